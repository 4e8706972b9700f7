-- Is volatility high, and is it rising or past its peak? Implied volatility as known at the cutoff of each session, realised
-- volatility of SPY, and the states; one row a session from the first VIX. A level may be carried from an earlier day (see its
-- obs date). A change, a ratio or a spread is NULL unless both of its levels are of the days they should be.
{% set families = {
    "vix": "VIX", "vix9d": "VIX9D", "vix3m": "VIX3M", "vix6m": "VIX6M", "vvix": "VVIX", "skew": "SKEW",
} -%}
with sessions as (
    select * from {{ ref("int_sessions") }}
),

series_days as (
    select * from {{ ref("int_series_days") }}
),

asset_days as (
    select * from {{ ref("int_asset_days") }}
),

expected_variances as (
    select * from {{ ref("int_expected_variance") }}
),

levels as (
    select
        session_number,
        {%- for column, series_id in families.items() %}
        max(value) filter (where series_id = '{{ series_id }}') as {{ column }},
        max(obs_date) filter (where series_id = '{{ series_id }}') as {{ column }}_obs_date,
        {%- endfor %}
        max(age_sessions) filter (where series_id = 'VIX') as vix_age
    from series_days
    group by session_number
),

first_level as (
    select min(session_number) as session_number
    from levels
    where vix is not null
),

stock_returns as (
    select
        session_number,
        ln(1 + total_return) as log_return
    from asset_days
    where asset_id = 'SPY'
),

session_levels as (
    select
        sessions.session_number,
        sessions.session_date,
        levels.* {{ exclude() }} (session_number),
        stock_returns.log_return,
        expected_variances.har_variance,
        expected_variances.vix_variance
    from sessions
    inner join first_level on sessions.session_number >= first_level.session_number
    left join levels on sessions.session_number = levels.session_number
    left join stock_returns on sessions.session_number = stock_returns.session_number
    left join expected_variances on sessions.session_number = expected_variances.session_number
),

measures as (
    select
        *,
        case when vix3m_obs_date = vix_obs_date then vix / nullif(vix3m, 0) end as vix_vix3m,
        case when vix9d_obs_date = vix_obs_date then vix9d / nullif(vix, 0) end as vix9d_vix,
        -- NULL if either close is carried
        case
            when vix_age = 0 and lag(vix_age) over by_session = 0
                then 100 * (vix / nullif(lag(vix) over by_session, 0) - 1)
        end as vix_chg_1d_pct,
        100 * sqrt(252) * {{ rolling_std("log_return", "(order by session_number " ~ rows_back(5) ~ ")", 4) }} as rv_5,
        100 * sqrt(252) * {{ rolling_std("log_return", "(order by session_number " ~ rows_back(21) ~ ")", 17) }} as rv_21,
        {{ rolling_high("vix", "(order by session_number " ~ rows_back(10) ~ ")", 8) }} as vix_high_10,
        {{ rolling_low("vix", "(order by session_number " ~ rows_back(10) ~ ")", 8) }} as vix_low_10,
        {{ rolling_pctl("vix", "(order by session_number " ~ rows_back(252) ~ ")", 126) }} as vix_pctl_252,
        {{ rolling_z("vix", "(order by session_number " ~ rows_back(252) ~ ")", 126) }} as vix_z_252,
        {{ rolling_quantile("vix", 0.1, "(order by session_number " ~ rows_back(252) ~ ")", 126) }} as vix_p10_252,
        {{ rolling_quantile("vix", 0.9, "(order by session_number " ~ rows_back(252) ~ ")", 126) }} as vix_p90_252
    from session_levels
    window by_session as (order by session_number)
),

measures_with_flags as (
    select
        *,
        {{ at_least("vix_chg_1d_pct", threshold("vix_blowout_1d_pct")) }}
            or (vix >= {{ threshold("vix_blowout_level") }} and vix_low_10 < {{ threshold("vix_blowout_calm") }})
            as blowout_flag,
        -- the spike that the VIX has come off must itself be within the ten sessions
        {{ at_most("vix", threshold("vix_rollover_share") ~ " * vix_high_10") }}
            and max(vix_pctl_252) over (order by session_number {{ rows_back(10) }})
            >= {{ threshold("vix_rollover_pctl") }} as vix_rollover
    from measures
)

select
    session_date,

    ---------- implied volatility, as known at the cutoff
    vix,
    vix9d,
    vix3m,
    vix6m,
    vvix,
    skew,
    vix_obs_date,
    vix9d_obs_date,
    vix3m_obs_date,
    vix6m_obs_date,
    vvix_obs_date,
    skew_obs_date,

    ---------- term structure
    vix_vix3m,
    vix9d_vix,

    ---------- realised volatility and the premium over it
    rv_21,
    rv_5,
    power(vix, 2) - power(rv_21, 2) as vrp,
    sqrt(har_variance) as rv_21_expected,
    power(vix, 2) - har_variance as vrp_expected,
    sqrt(vix_variance) as rv_21_expected_vix,
    power(vix, 2) - vix_variance as vrp_expected_vix,

    ---------- compared with its own past
    vix_chg_1d_pct,
    vix_pctl_252,
    vix_z_252,
    vix_p10_252,
    vix_p90_252,
    vix_high_10,
    vix_low_10,

    ---------- states
    blowout_flag,
    vix_rollover,
    vix_vix3m >= {{ threshold("vix_backwardation") }} as is_vix_backwardation,
    -- NULL if any input is unknown: if known inputs alone could decide, loud states would be overcounted in sessions with gaps
    case
        when blowout_flag is null or vix_vix3m is null or vix_pctl_252 is null then null
        when blowout_flag then 'blowout'
        when vix_vix3m >= {{ threshold("vix_backwardation") }} or vix_pctl_252 >= {{ threshold("vix_stressed_pctl") }}
            then 'stressed'
        when vix_pctl_252 <= {{ threshold("vix_calm_pctl") }} and vix < {{ threshold("vix_high") }} then 'calm'
        else 'normal'
    end as vol_state
from measures_with_flags
order by session_date
