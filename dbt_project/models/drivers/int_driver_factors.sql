-- The move of each driver and of the S&P 500 in a session; one row a session, one column a driver. The index is SPY's total
-- return, because SPY closes in the same auction as the funds that the drivers are made of. The change of a level is NULL if
-- either of its days is carried. Credit is the plain return of its fund here; int_driver_fits makes it orthogonal to rates.
{% set drivers = ["rates", "credit", "dollar", "mega_cap", "small_cap", "cyclical", "volatility"] -%}
with drivers as (
    select * from {{ ref("drivers") }}
    where kind not in ('news', 'residual')
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

asset_days as (
    select * from {{ ref("int_asset_days") }}
),

series_days as (
    select * from {{ ref("int_series_days") }}
),

stock_returns as (
    select
        session_number,
        total_return as spx_return
    from asset_days
    where asset_id = 'SPY'
),

asset_factors as (
    select
        drivers.driver_id,
        long_days.session_number,
        case
            when drivers.short_asset is null then long_days.total_return
            else long_days.total_return - short_days.total_return
        end as factor_return
    from drivers
    inner join asset_days as long_days on drivers.long_asset = long_days.asset_id
    left join asset_days as short_days
        on drivers.short_asset = short_days.asset_id
        and long_days.session_number = short_days.session_number
    where drivers.kind <> 'level'
),

level_factors as (
    select
        drivers.driver_id,
        current_days.session_number,
        ln(current_days.value / nullif(previous_days.value, 0)) as factor_return
    from drivers
    inner join series_days as current_days on drivers.long_asset = current_days.series_id
    inner join series_days as previous_days
        on drivers.long_asset = previous_days.series_id
        and current_days.session_number = previous_days.session_number + 1
    where drivers.kind = 'level'
        and current_days.age_sessions = 0
        and previous_days.age_sessions = 0
),

factor_returns as (
    select * from asset_factors
    union all
    select * from level_factors
),

factors_by_driver as (
    select
        session_number
        {%- for driver in drivers %},
        max(factor_return) filter (where driver_id = '{{ driver }}') as {{ driver }}
        {%- endfor %}
    from factor_returns
    group by session_number
)

select
    sessions.session_number,
    sessions.session_date,
    stock_returns.spx_return
    {%- for driver in drivers %},
    factors_by_driver.{{ driver }}
    {%- endfor %}
from sessions
left join stock_returns on sessions.session_number = stock_returns.session_number
left join factors_by_driver on sessions.session_number = factors_by_driver.session_number
where sessions.session_number >= (select min(session_number) from stock_returns where spx_return is not null)
order by sessions.session_number
