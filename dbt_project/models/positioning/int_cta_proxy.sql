-- How much SPY would a trend follower with a volatility target hold, and how much did he trade lately? A proxy for systematic
-- positions, which nobody reports; one row a session from SPY's first bar. The signal is the mean of four trends, each the
-- return over its horizon in units of its usual size, limited to cta_trend_cap and divided by it; exposure scales it to the volatility target.
{% set horizons = [20, 60, 120, 250] -%}
with sessions as (
    select * from {{ ref("int_sessions") }}
),

stock_days as (
    select * from {{ ref("int_asset_days") }}
    where asset_id = 'SPY'
),

first_bar as (
    select min(session_number) as session_number
    from stock_days
),

session_returns as (
    select
        sessions.session_number,
        sessions.session_date,
        stock_days.total_return,
        stock_days.log_total_return_index
    from sessions
    inner join first_bar on sessions.session_number >= first_bar.session_number
    left join stock_days on sessions.session_number = stock_days.session_number
),

trend_inputs as (
    select
        *,
        {{ rolling_std("total_return", "(order by session_number " ~ rows_back(60) ~ ")", 48) }} as sigma_60
        {%- for length in horizons %},
        exp(log_total_return_index - lag(log_total_return_index, {{ length }}) over by_session) - 1
            as return_{{ length }}
        {%- endfor %}
    from session_returns
    window by_session as (order by session_number)
),

trends as (
    select
        *
        {%- for length in horizons %},
        return_{{ length }} / nullif(sigma_60 * sqrt({{ length }}), 0) as trend_{{ length }}
        {%- endfor %}
    from trend_inputs
),

signals as (
    select
        session_number,
        session_date,
        sigma_60 * sqrt(252) as volatility_60,
        (
            {%- for length in horizons %}
            -- a case, because greatest(least()) would turn NULL into a bound
            {{ "+ " if not loop.first }}case
                when trend_{{ length }} > {{ threshold("cta_trend_cap") }} then {{ threshold("cta_trend_cap") }}
                when trend_{{ length }} < -{{ threshold("cta_trend_cap") }} then -{{ threshold("cta_trend_cap") }}
                else trend_{{ length }}
            end / {{ threshold("cta_trend_cap") }}
            {%- endfor %}
        ) / {{ horizons | length }} as cta_signal
    from trends
),

exposures as (
    select
        *,
        cta_signal * case
            when volatility_60 * {{ threshold("cta_leverage_cap") }} < {{ threshold("cta_target_volatility") }}
                then {{ threshold("cta_leverage_cap") }}
            else {{ threshold("cta_target_volatility") }} / nullif(volatility_60, 0)
        end as cta_exposure
    from signals
),

flows as (
    select
        *,
        cta_exposure - lag(cta_exposure, 5) over (order by session_number) as cta_flow_5d,
        cta_exposure - lag(cta_exposure, 21) over (order by session_number) as cta_flow_21d
    from exposures
)

select
    *,
    {{ rolling_z("cta_flow_5d", "(order by session_number " ~ rows_back(252) ~ ")", 126) }} as cta_flow_5d_z_252,
    {{ rolling_z("cta_flow_21d", "(order by session_number " ~ rows_back(252) ~ ")", 126) }} as cta_flow_21d_z_252
from flows
order by session_number
