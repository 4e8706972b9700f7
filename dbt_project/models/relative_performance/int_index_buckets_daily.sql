-- From names to buckets of an index: what each bucket weighed at the close before a session and what it gave to the
-- index in the session. Buckets: the group MAG7, its legs, the sectors, and REST (all but MAG7). Names without a return
-- are left out and the rest is rescaled to 1, so that contributions add up to the return of the whole.
with weights as (
    select * from {{ ref("int_index_weights_daily") }}
),

name_days as (
    select * from {{ ref("int_name_days") }}
),

securities as (
    select * from {{ ref("stg_securities") }}
),

legs as (
    select
        groups.member_symbol as leg_symbol,
        groups.member_symbol as symbol
    from {{ ref("groups") }} as groups
    where groups.group_id = 'MAG7'
    union all
    select
        share_classes.leg_symbol,
        share_classes.symbol
    from {{ ref("share_classes") }} as share_classes
    inner join {{ ref("groups") }} as groups
        on share_classes.leg_symbol = groups.member_symbol
        and groups.group_id = 'MAG7'
),

returned as (
    select
        weights.index_id,
        weights.session_number,
        weights.session_date,
        weights.security_id,
        weights.weights_date,
        weights.is_dated_eve,
        coalesce(weights.sector, 'Unclassified') as sector,
        legs.leg_symbol,
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
    left join legs on securities.symbol = legs.symbol
),

wholes as (
    select
        index_id,
        session_number,
        session_date,
        weights_date,
        is_dated_eve,
        sum(weight) filter (where is_covered) as covered_weight,
        count(*) filter (where is_covered) as names_covered,
        sum(weight * total_return) filter (where is_covered)
            / nullif(sum(weight) filter (where is_covered), 0) as index_return,
        sum(weight * price_return) filter (where is_covered)
            / nullif(sum(weight) filter (where is_covered), 0) as index_price_return,
        -- members without a price weigh what they weighed at the holdings
        sum(dated_weight) filter (where is_covered) / nullif(sum(dated_weight), 0) as covered_share
    from returned
    group by all
),

bucketed as (
    select
        returned.*,
        'MAG7' as bucket_id,
        'group' as bucket_kind
    from returned
    where leg_symbol is not null
    union all
    select
        returned.*,
        leg_symbol as bucket_id,
        'name' as bucket_kind
    from returned
    where leg_symbol is not null
    union all
    select
        returned.*,
        sector as bucket_id,
        'sector' as bucket_kind
    from returned
    union all
    select
        returned.*,
        'REST' as bucket_id,
        'rest' as bucket_kind
    from returned
    where leg_symbol is null
),

summed as (
    select
        index_id,
        bucket_id,
        bucket_kind,
        session_number,
        count(*) filter (where is_covered) as names_in_bucket,
        sum(weight) filter (where is_covered) as weight,
        sum(weight * total_return) filter (where is_covered) as contribution
    from bucketed
    group by all
),

-- from its first name on a bucket has every session: a sum over sessions must not step over one
buckets as (
    select
        index_id,
        bucket_id,
        bucket_kind,
        min(session_number) as first_number
    from summed
    where names_in_bucket > 0
    group by all
)

select
    wholes.index_id,
    buckets.bucket_id,
    buckets.bucket_kind,
    wholes.session_number,
    wholes.session_date,

    ---------- bucket
    coalesce(summed.names_in_bucket, 0) as names_in_bucket,
    coalesce(summed.weight, 0) / nullif(wholes.covered_weight, 0) as weight,
    coalesce(summed.contribution, 0) / nullif(wholes.covered_weight, 0) as contribution,

    ---------- index as built from its members
    wholes.index_return,
    wholes.index_price_return,
    wholes.names_covered,
    wholes.covered_share,

    ---------- provenance
    wholes.weights_date,
    case when wholes.is_dated_eve then 'holdings' else 'drifted' end as weight_basis
from wholes
inner join buckets
    on wholes.index_id = buckets.index_id
    and wholes.session_number >= buckets.first_number
left join summed
    on wholes.index_id = summed.index_id
    and buckets.bucket_id = summed.bucket_id
    and wholes.session_number = summed.session_number
order by wholes.index_id, buckets.bucket_id, wholes.session_number
