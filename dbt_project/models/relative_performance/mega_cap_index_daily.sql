-- The seven mega-caps as one index, weighted in four ways; one row a weighting and session. NULL unless all seven have a bar.
--     ew_q          equal weights, set at the first close of each quarter and left to drift
--     ew_d          equal weights, set again at every close
--     ew_d_ex_tsla  the same without Tesla
--     cw            weights of the members in the S&P 500
{% set named_on = "2023-04-11" -%}
with groups as (
    select * from {{ ref("groups") }}
    where group_id = 'MAG7'
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

asset_days as (
    select * from {{ ref("int_asset_days") }}
),

index_buckets as (
    select * from {{ ref("int_index_buckets_daily") }}
    where index_id = 'SP500' and bucket_kind = 'name'
),

legs as (
    select
        groups.member_symbol as leg_symbol,
        count(*) over () as legs
    from groups
),

leg_days as (
    select
        legs.leg_symbol,
        legs.legs,
        asset_days.session_number,
        asset_days.session_date,
        asset_days.log_total_return_index
    from asset_days
    inner join legs on asset_days.asset_id = legs.leg_symbol
),

---------- equal weight at the first close of each quarter
complete_days as (
    select
        session_number,
        session_date,
        row_number() over (partition by date_trunc('quarter', session_date) order by session_number) = 1
            as is_rebalance
    from leg_days
    group by session_number, session_date
    having count(*) = max(legs)
),

-- weights set at a close apply from the next session on
days_with_base as (
    select
        *,
        max(case when is_rebalance then session_number end) over (
            order by session_number rows between unbounded preceding and 1 preceding
        ) as base_number
    from complete_days
),

quarter_growth as (
    select
        days_with_base.session_number,
        days_with_base.is_rebalance,
        coalesce(avg(exp(leg_days.log_total_return_index - bases.log_total_return_index)), 1) as growth
    from days_with_base
    left join leg_days on days_with_base.session_number = leg_days.session_number
    left join leg_days as bases
        on days_with_base.base_number = bases.session_number
        and leg_days.leg_symbol = bases.leg_symbol
    group by all
),

quarterly_levels as (
    select
        session_number,
        ln(growth) + coalesce(
            sum(case when is_rebalance then ln(growth) end) over (
                order by session_number rows between unbounded preceding and 1 preceding
            ), 0
        ) as log_level
    from quarter_growth
),

---------- weights in the S&P 500
weighted_returns as (
    select
        session_number,
        min(weight_basis) as weight_basis,
        sum(contribution) / nullif(sum(weight), 0) as total_return
    from index_buckets
    where names_in_bucket > 0
    group by session_number
    having count(*) = (select count(*) from groups)
),

weighted_levels as (
    select
        session_number,
        weight_basis,
        total_return,
        sum(ln(1 + total_return)) over (order by session_number rows unbounded preceding) as log_level
    from weighted_returns
),

---------- all weightings
levels as (
    select
        'ew_q' as weighting,
        session_number,
        log_level,
        'equal' as weight_basis
    from quarterly_levels
    union all
    select
        case asset_id when 'MAG7' then 'ew_d' else 'ew_d_ex_tsla' end as weighting,
        session_number,
        log_total_return_index as log_level,
        'equal' as weight_basis
    from asset_days
    where asset_id in ('MAG7', 'MAG7_EX_TSLA')
    union all
    select
        'cw' as weighting,
        session_number,
        log_level,
        weight_basis
    from weighted_levels
),

-- the close from which the first return is measured
starts as (
    select
        weighting,
        min(session_number) - case weighting when 'ew_q' then 0 else 1 end as first_number
    from levels
    group by weighting
),

member_counts as (
    select
        starts.weighting,
        leg_days.session_number,
        count(*) as members_present
    from leg_days
    inner join starts
        on starts.weighting <> 'ew_d_ex_tsla'
        or leg_days.leg_symbol <> 'TSLA'
    group by all
),

index_days as (
    select
        starts.weighting,
        sessions.session_number,
        sessions.session_date,
        case when sessions.session_number = starts.first_number then 0 else levels.log_level end as log_level,
        levels.weight_basis,
        coalesce(member_counts.members_present, 0) as members_present
    from starts
    inner join sessions on starts.first_number <= sessions.session_number
    left join levels
        on starts.weighting = levels.weighting
        and sessions.session_number = levels.session_number
    left join member_counts
        on starts.weighting = member_counts.weighting
        and sessions.session_number = member_counts.session_number
)

select
    ---------- keys
    session_date::date as session_date,
    weighting::string as weighting,

    ---------- index
    (100 * exp(log_level))::double as level,
    (exp(log_level - lag(log_level) over (partition by weighting order by session_number)) - 1)::double as return_1d,

    ---------- members and weights in the data
    members_present::integer as members_present,
    weight_basis::string as weight_basis,
    (session_date < date '{{ named_on }}')::boolean as is_hindsight
from index_days
order by weighting, session_date
