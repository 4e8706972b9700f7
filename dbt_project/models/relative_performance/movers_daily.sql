-- Who moved the S&P 500? One row a session, side and rank: the ten members that added most to its total return, the ten that
-- took most from it, all other members as one row, and every sector. The members and the rest add up to the index, and so do
-- the sectors.
{% set listed = 10 -%}
with weights as (
    select * from {{ ref("int_index_weights_daily") }}
    where index_id = 'SP500'
),

name_days as (
    select * from {{ ref("int_name_days") }}
),

securities as (
    select * from {{ ref("stg_securities") }}
),

buckets as (
    select * from {{ ref("int_index_buckets_daily") }}
    where index_id = 'SP500'
),

-- the same for every bucket of a session
index_days as (
    select distinct
        session_number,
        session_date,
        index_return,
        names_covered,
        weights_date,
        weight_basis
    from buckets
),

covered_members as (
    select
        weights.session_number,
        weights.security_id,
        weights.sector,
        weights.weight,
        name_days.total_return,
        weights.weight * name_days.total_return as contribution
    from weights
    inner join name_days
        on weights.security_id = name_days.security_id
        and weights.session_number = name_days.session_number
    where name_days.total_return is not null and name_days.price_return is not null and weights.weight is not null
),

-- ranking some twenty members of a session costs a quarter of ranking all
session_bounds as (
    select
        session_number,
        sum(weight) as covered_weight,
        {{ nth_largest("contribution", listed) }} as least_added,
        {{ nth_smallest("contribution", listed) }} as least_taken
    from covered_members
    group by session_number
),

ranked_members as (
    select
        covered_members.session_number,
        covered_members.security_id,
        covered_members.sector,
        covered_members.total_return,
        covered_members.weight / nullif(session_bounds.covered_weight, 0) as weight,
        covered_members.contribution / nullif(session_bounds.covered_weight, 0) as contribution,
        case when covered_members.contribution < 0 then 'took' else 'added' end as side,
        row_number() over (
            partition by covered_members.session_number, covered_members.contribution < 0
            order by abs(covered_members.contribution) desc, covered_members.security_id asc
        ) as rank
    from covered_members
    inner join session_bounds on covered_members.session_number = session_bounds.session_number
    where (covered_members.contribution > 0 and covered_members.contribution >= session_bounds.least_added)
        or (covered_members.contribution < 0 and covered_members.contribution <= session_bounds.least_taken)
),

listed_members as (
    select *
    from ranked_members
    where rank <= {{ listed }}
),

listed_sums as (
    select
        session_number,
        count(*) as names,
        sum(weight) as weight,
        sum(contribution) as contribution
    from listed_members
    group by session_number
),

ranked_sectors as (
    select
        session_number,
        bucket_id,
        names_in_bucket,
        weight,
        contribution,
        row_number() over (partition by session_number order by contribution desc, bucket_id asc) as rank
    from buckets
    where bucket_kind = 'sector' and names_in_bucket > 0
),

movers as (
    select
        listed_members.session_number,
        listed_members.side,
        listed_members.rank,
        securities.symbol as mover,
        securities.security_name as mover_name,
        listed_members.sector,
        1 as names,
        listed_members.weight,
        listed_members.total_return,
        listed_members.contribution
    from listed_members
    inner join securities on listed_members.security_id = securities.security_id
    union all
    select
        index_days.session_number,
        'rest' as side,
        1 as rank,
        'REST' as mover,
        'All other members' as mover_name,
        null as sector,
        index_days.names_covered - coalesce(listed_sums.names, 0) as names,
        1 - coalesce(listed_sums.weight, 0) as weight,
        (index_days.index_return - coalesce(listed_sums.contribution, 0)) / nullif(1 - coalesce(listed_sums.weight, 0), 0)
            as total_return,
        index_days.index_return - coalesce(listed_sums.contribution, 0) as contribution
    from index_days
    left join listed_sums on index_days.session_number = listed_sums.session_number
    where index_days.names_covered > coalesce(listed_sums.names, 0)
    union all
    select
        session_number,
        'sector' as side,
        rank,
        bucket_id as mover,
        bucket_id as mover_name,
        bucket_id as sector,
        names_in_bucket as names,
        weight,
        contribution / nullif(weight, 0) as total_return,
        contribution
    from ranked_sectors
)

select
    ---------- keys
    index_days.session_date::date as session_date,
    movers.side::string as side,
    movers.rank::integer as rank,

    ---------- who
    movers.mover::string as mover,
    movers.mover_name::string as mover_name,
    movers.sector::string as sector,
    movers.names::integer as names,

    ---------- what
    (100 * movers.weight)::double as weight_pct,
    (100 * movers.total_return)::double as return_pct,
    (10000 * movers.contribution)::double as contribution_bp,
    (100 * index_days.index_return)::double as index_return_pct,

    ---------- weights in the data
    index_days.weights_date::date as weights_date,
    index_days.weight_basis::string as weight_basis
from movers
inner join index_days on movers.session_number = index_days.session_number
order by session_date, side, rank
