-- From members to buckets of an index: the weight of each bucket at the previous close and its contribution to the return of
-- the index in the session; one row an index, bucket and session. Buckets: the group MAG7, its legs (both Alphabet classes
-- are one leg), the sectors, and REST (all but MAG7). Members without a return are left out and the other weights are
-- rescaled to 1, so that contributions add up to the return of the index.
with weights as (
    select * from {{ ref("int_index_weights_daily") }}
),

name_days as (
    select * from {{ ref("int_name_days") }}
),

securities as (
    select * from {{ ref("stg_securities") }}
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

mega_caps as (
    select * from {{ ref("groups") }}
    where group_id = 'MAG7'
),

share_classes as (
    select * from {{ ref("share_classes") }}
),

-- a leg of the mega-caps and each symbol that belongs to it
leg_symbols as (
    select
        member_symbol as leg_symbol,
        member_symbol as symbol
    from mega_caps
    union all
    select
        share_classes.leg_symbol,
        share_classes.symbol
    from share_classes
    inner join mega_caps on share_classes.leg_symbol = mega_caps.member_symbol
),

member_days as (
    select
        weights.index_id,
        weights.session_number,
        weights.session_date,
        weights.security_id,
        weights.weights_date,
        weights.weights_age_sessions,
        weights.is_dated_previous_session,
        coalesce(weights.sector, 'Unclassified') as sector,
        leg_symbols.leg_symbol,
        weights.dated_weight,
        name_days.total_return is not null and name_days.price_return is not null and weights.weight is not null
            as is_covered,
        name_days.total_return,
        name_days.price_return,
        weights.weight
    from weights
    inner join securities on weights.security_id = securities.security_id
    left join name_days
        on weights.security_id = name_days.security_id
        and weights.session_number = name_days.session_number
    left join leg_symbols on securities.symbol = leg_symbols.symbol
),

index_days as (
    select
        index_id,
        session_number,
        session_date,
        weights_date,
        weights_age_sessions,
        is_dated_previous_session,
        sum(weight) filter (where is_covered) as covered_weight,
        count(*) filter (where is_covered) as names_covered,
        sum(weight * total_return) filter (where is_covered)
            / nullif(sum(weight) filter (where is_covered), 0) as index_return,
        sum(weight * price_return) filter (where is_covered)
            / nullif(sum(weight) filter (where is_covered), 0) as index_price_return,
        -- in dated weights, because a member without a price has no current one
        sum(dated_weight) filter (where is_covered) / nullif(sum(dated_weight), 0) as covered_share
    from member_days
    group by all
),

-- every session from the first with weights on, also one without members, so that later sums over sessions skip none
index_sessions as (
    select
        first_sessions.index_id,
        sessions.session_number,
        sessions.session_date
    from sessions
    inner join (
        select
            index_id,
            min(session_number) as first_number
        from index_days
        group by index_id
    ) as first_sessions on sessions.session_number >= first_sessions.first_number
),

bucket_members as (
    select
        member_days.*,
        'MAG7' as bucket_id,
        'group' as bucket_kind
    from member_days
    where leg_symbol is not null
    union all
    select
        member_days.*,
        leg_symbol as bucket_id,
        'name' as bucket_kind
    from member_days
    where leg_symbol is not null
    union all
    select
        member_days.*,
        sector as bucket_id,
        'sector' as bucket_kind
    from member_days
    union all
    select
        member_days.*,
        'REST' as bucket_id,
        'rest' as bucket_kind
    from member_days
    where leg_symbol is null
),

bucket_sums as (
    select
        index_id,
        bucket_id,
        bucket_kind,
        session_number,
        count(*) filter (where is_covered) as names_in_bucket,
        sum(weight) filter (where is_covered) as weight,
        sum(weight * total_return) filter (where is_covered) as contribution
    from bucket_members
    group by all
),

-- a bucket has every session from its first member on, so that later sums over sessions skip none
bucket_starts as (
    select
        index_id,
        bucket_id,
        bucket_kind,
        min(session_number) as first_number
    from bucket_sums
    where names_in_bucket > 0
    group by all
)

select
    index_sessions.index_id,
    bucket_starts.bucket_id,
    bucket_starts.bucket_kind,
    index_sessions.session_number,
    index_sessions.session_date,

    ---------- bucket
    coalesce(bucket_sums.names_in_bucket, 0) as names_in_bucket,
    coalesce(bucket_sums.weight, 0) / nullif(index_days.covered_weight, 0) as weight,
    coalesce(bucket_sums.contribution, 0) / nullif(index_days.covered_weight, 0) as contribution,

    ---------- index as built from its members
    index_days.index_return,
    index_days.index_price_return,
    coalesce(index_days.names_covered, 0) as names_covered,
    index_days.covered_share,

    ---------- provenance
    index_days.weights_date,
    index_days.weights_age_sessions,
    case
        when index_days.is_dated_previous_session then 'holdings'
        when index_days.weights_date is not null then 'drifted'
    end as weight_basis
from index_sessions
inner join bucket_starts
    on index_sessions.index_id = bucket_starts.index_id
    and index_sessions.session_number >= bucket_starts.first_number
left join index_days
    on index_sessions.index_id = index_days.index_id
    and index_sessions.session_number = index_days.session_number
left join bucket_sums
    on index_sessions.index_id = bucket_sums.index_id
    and bucket_starts.bucket_id = bucket_sums.bucket_id
    and index_sessions.session_number = bucket_sums.session_number
order by index_sessions.index_id, bucket_starts.bucket_id, index_sessions.session_number
