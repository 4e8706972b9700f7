-- What the variance of SPY over the next 21 sessions may be expected to be, from what is known in a session: by the VIX and the
-- variances realised over 1, 5 and 21 sessions, and by the VIX alone; one row a session. Variances are in volatility points
-- squared a year, the mean square of daily log returns.
--
-- Each is a regression over all windows that are closed by the session, at least 252, weighted by 1 / VIX⁴ (Corsi 2009,
-- Bekaert and Hoerova 2014). Everything divided by VIX² is the same as least squares: the constant of that is the slope on VIX²,
-- and the slope on 1 / VIX² is the constant. Rows are those of the last session of a window with the readings of the session before it, so
-- that no reading comes from after its session.
{% set horizon = 21 -%}
{% set regressors = {"har": ["unit", "rv_1", "rv_5", "rv_21"], "vix": ["unit"]} -%}
with sessions as (
    select * from {{ ref("int_sessions") }}
),

vix_days as (
    select
        session_number,
        value as vix
    from {{ ref("int_series_days") }}
    where series_id = 'VIX'
),

stock_days as (
    select
        session_number,
        252 * power(100 * ln(1 + total_return), 2) as square
    from {{ ref("int_asset_days") }}
    where asset_id = 'SPY'
),

variances as (
    select
        sessions.session_number,
        power(vix_days.vix, 2) as vix_squared,
        stock_days.square as variance_1,
        {{ rolling_mean("stock_days.square", "(order by sessions.session_number " ~ rows_back(5) ~ ")", 4) }} as variance_5,
        {{ rolling_mean("stock_days.square", "(order by sessions.session_number " ~ rows_back(21) ~ ")", 17) }} as variance_21
    from sessions
    left join vix_days on sessions.session_number = vix_days.session_number
    left join stock_days on sessions.session_number = stock_days.session_number
),

readings as (
    select
        *,
        1 / nullif(vix_squared, 0) as unit,
        variance_1 / nullif(vix_squared, 0) as rv_1,
        variance_5 / nullif(vix_squared, 0) as rv_5,
        variance_21 / nullif(vix_squared, 0) as rv_21
    from variances
),

closed_windows as (
    select
        session_number,
        variance_21 / nullif(lag(vix_squared, {{ horizon }}) over by_session, 0) as outcome
        {%- for name in regressors["har"] %},
        lag({{ name }}, {{ horizon }}) over by_session as {{ name }}
        {%- endfor %}
    from readings
    window by_session as (order by session_number)
),

{% for forecast, names in regressors.items() -%}
{{ forecast }}_fits as (
    select *
    from {{ rolling_ols(
        "closed_windows", "outcome", names, "session_number", "rows between unbounded preceding and current row", 252
    ) }}
),

{% endfor -%}
forecasts as (
    select
        readings.*
        {%- for forecast, names in regressors.items() %},
        {{ forecast }}_fits.observations as {{ forecast }}_windows,
        readings.vix_squared * (
            {{ forecast }}_fits.alpha
            {%- for name in names %}
            + {{ forecast }}_fits.beta_{{ name }} * readings.{{ name }}
            {%- endfor %}
        ) as {{ forecast }}_forecast
        {%- endfor %}
    from readings
    inner join har_fits on readings.session_number = har_fits.session_number
    inner join vix_fits on readings.session_number = vix_fits.session_number
)

select
    session_number,
    variance_21
    {%- for forecast in regressors %},
    {{ forecast }}_windows,
    case
        when {{ forecast }}_forecast is not null
            then greatest({{ forecast }}_forecast, {{ threshold("expected_variance_floor") }} * vix_squared)
    end as {{ forecast }}_variance
    {%- endfor %}
from forecasts
order by session_number
