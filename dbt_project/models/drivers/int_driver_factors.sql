-- What each driver did in a session, beside the S&P 500: SPY's total return, which closes in the same auction as the
-- funds that the drivers are made of. A level's change is NULL where either of its days is carried. Credit is the plain
-- return of its fund here; it is made orthogonal where the window is known.
{% set drivers = ["rates", "credit", "dollar", "mega_cap", "small_cap", "cyclical", "volatility"] -%}
with drivers as (
    select * from {{ ref("drivers") }}
    where kind <> 'residual'
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
        today.session_number,
        ln(today.value / nullif(yesterday.value, 0)) as factor_return
    from drivers
    inner join series_days as today on drivers.long_asset = today.series_id
    inner join series_days as yesterday
        on drivers.long_asset = yesterday.series_id
        and today.session_number = yesterday.session_number + 1
    where drivers.kind = 'level'
        and today.age_sessions = 0
        and yesterday.age_sessions = 0
),

combined as (
    select * from asset_factors
    union all
    select * from level_factors
),

widened as (
    select
        session_number
        {%- for driver in drivers %},
        max(factor_return) filter (where driver_id = '{{ driver }}') as {{ driver }}
        {%- endfor %}
    from combined
    group by session_number
)

select
    sessions.session_number,
    sessions.session_date,
    stock_returns.spx_return
    {%- for driver in drivers %},
    widened.{{ driver }}
    {%- endfor %}
from sessions
left join stock_returns on sessions.session_number = stock_returns.session_number
left join widened on sessions.session_number = widened.session_number
where sessions.session_number >= (select min(session_number) from stock_returns where spx_return is not null)
order by sessions.session_number
