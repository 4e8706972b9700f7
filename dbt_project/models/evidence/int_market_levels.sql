-- Levels of the next close at which a test of the S&P 500, the VIX, COR1M or the mega-caps flips; one row a session, with
-- three columns a level: the level, why there is none, and whether the test is met today. levels_next lists them.
--
-- A window of n sessions that ends with the next one holds the n - 1 sessions up to today and the next close x. So x is the
-- highest where it reaches the highest of n - 1, and its percentile reaches p where it reaches their k-th smallest,
-- k = p * n / 100 - 1 rounded up: with x itself, k + 1 of the n values are at most x.
{% set year = "(order by session_date " ~ rows_back(251) ~ ")" -%}
{% set percentiles = {
    "vix": {"stressed": "vix_stressed_pctl", "leg": "leg_volatility_pctl"},
    "cor1m": {"elevated": "cor1m_elevated_pctl", "leg": "leg_correlation_pctl"},
} -%}
{% set low_percentiles = {"vix": {"calm": "vix_calm_pctl"}, "cor1m": {"floor": "cor1m_floor_pctl"}} -%}
{% set bounds = [
    "near_high_share", "vix_backwardation", "vix_stressed_pctl", "vix_calm_pctl", "leg_volatility_pctl",
    "vix_rollover_share", "vix_blowout_1d_pct", "vix_blowout_calm", "vix_blowout_level", "vix_high", "risk_index_share",
    "cor1m_elevated_pctl", "cor1m_floor_pctl", "leg_correlation_pctl", "exhaustion_share",
    "cor1m_blowout_chg_5d", "correlation_inverted",
] -%}
with bounds as (
    {{ threshold_row(bounds) }}
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

-- a universe has levels from its first breadth on: sorting a year of the VIX for every earlier session would cost more
first_breadth as (
    select min(session_date) as session_date
    from {{ ref("breadth_daily") }}
    where universe_id = '{{ main_universe() }}' and segment_id = 'ALL'
),

index_days as (
    select * from {{ ref("index_daily") }}
    where index_id = '{{ main_universe() }}'
),

volatility as (
    select * from {{ ref("volatility_daily") }}
),

implied_correlation as (
    select * from {{ ref("implied_correlation_daily") }}
),

mega_cap_ratio as (
    select * from {{ ref("relative_performance_daily") }}
    where pair_id = 'MAG7/SPY'
),

---------- the index
index_windows as (
    select
        session_date,
        close,
        is_near_high,
        close_to_high_252,
        max(close) over (order by session_date {{ rows_back(251) }}) as high_251,
        count(close) over (order by session_date {{ rows_back(251) }}) as closes_251,
        {{ rolling_std("ln(1 + price_return_1d)", "(order by session_date " ~ rows_back(63) ~ ")", 51) }} as sigma_63
    from index_days
),

-- the quarter's window counts closes, not sessions
close_windows as (
    select
        session_date,
        max(close) over (order by session_date {{ rows_back(62) }}) as high_62,
        max(close) over (order by session_date {{ rows_back(63) }}) as high_63
    from index_days
    where close is not null
),

index_levels as (
    select
        index_windows.session_date,
        index_windows.close as index_now,
        index_windows.sigma_63 as index_sigma_63,
        index_windows.high_251 as index_high_252_level,
        null::string as index_high_252_reason,
        index_windows.close_to_high_252 >= 1 as index_high_252_met,
        case when index_windows.closes_251 >= 201 then bounds.near_high_share * index_windows.high_251 end
            as index_near_high_level,
        case when index_windows.closes_251 < 201 then 'fewer than 202 closes of a year' end as index_near_high_reason,
        index_windows.is_near_high as index_near_high_met,
        case when index_windows.closes_251 >= 201 then bounds.risk_index_share * index_windows.high_251 end
            as index_correction_level,
        case when index_windows.closes_251 < 201 then 'fewer than 202 closes of a year' end as index_correction_reason,
        case when index_windows.is_near_high is not null
            then {{ at_most("index_windows.close_to_high_252", "bounds.risk_index_share") }} end as index_correction_met,
        close_windows.high_62 as index_high_63_level,
        null::string as index_high_63_reason,
        index_windows.close >= close_windows.high_63 as index_high_63_met
    from index_windows
    cross join bounds
    left join close_windows on index_windows.session_date = close_windows.session_date
),

---------- the VIX
vix_windows as (
    select
        *,
        vix_obs_date = session_date as is_vix_of_the_session,
        count(vix) over {{ year }} + 1 as vix_n,
        {{ listed_over("vix", year) }} as vix_listed,
        {{ rolling_high("vix", "(order by session_date " ~ rows_back(9) ~ ")", 7) }} as vix_high_9,
        {{ rolling_low("vix", "(order by session_date " ~ rows_back(9) ~ ")", 7) }} as vix_low_9,
        case when vix_obs_date = session_date and lag(vix_obs_date) over by_session = lag(session_date) over by_session
            then ln(vix / nullif(lag(vix) over by_session, 0)) end as vix_log_change
    from volatility
    window by_session as (order by session_date)
),

vix_windows_with_sigma as (
    select
        *,
        {{ rolling_std("vix_log_change", "(order by session_date " ~ rows_back(63) ~ ")", 51) }} as vix_sigma_63
    from vix_windows
),

vix_sorted_windows as (
    select
        vix_windows_with_sigma.* {{ exclude() }} (vix_listed),
        {{ sorted_list("vix_windows_with_sigma.vix_listed") }} as vix_sorted,
        bounds.*
    from vix_windows_with_sigma
    inner join first_breadth on vix_windows_with_sigma.session_date >= first_breadth.session_date
    cross join bounds
),

vix_levels as (
    select
        session_date,
        vix as vix_now,
        vix_sigma_63,
        vix_backwardation * vix3m as vix_backwardation_level,
        case when vix3m is null then 'VIX3M is not known' end as vix_backwardation_reason,
        vix_vix3m >= vix_backwardation as vix_backwardation_met,
        {%- for level, threshold_id in percentiles.vix.items() %}
        case when vix_n >= 126 then {{ kth_of_sorted("vix_sorted", "ceil(" ~ threshold_id ~ " * vix_n / 100) - 1") }} end
            as vix_{{ level }}_level,
        case when vix_n < 126 then 'fewer than 126 sessions' end as vix_{{ level }}_reason,
        vix_pctl_252 >= {{ threshold_id }} as vix_{{ level }}_met,
        {%- endfor %}
        {%- for level, threshold_id in low_percentiles.vix.items() %}
        case when vix_n >= 126 then {{ kth_of_sorted("vix_sorted", "floor(" ~ threshold_id ~ " * vix_n / 100)") }} end
            as vix_{{ level }}_level,
        case when vix_n < 126 then 'fewer than 126 sessions' end as vix_{{ level }}_reason,
        vix_pctl_252 <= {{ threshold_id }} as vix_{{ level }}_met,
        {%- endfor %}
        vix_rollover_share * vix_high_9 as vix_off_high_level,
        case when vix_high_9 is null then 'fewer than eight of ten sessions' end as vix_off_high_reason,
        {{ at_most("vix", "vix_rollover_share * vix_high_10") }} as vix_off_high_met,
        case when is_vix_of_the_session then (1 + vix_blowout_1d_pct / 100) * vix end as vix_jump_level,
        case when not is_vix_of_the_session then 'the VIX is of an earlier session' end as vix_jump_reason,
        {{ at_least("vix_chg_1d_pct", "vix_blowout_1d_pct") }} as vix_jump_met,
        case when vix_low_9 < vix_blowout_calm then vix_blowout_level end as vix_climb_level,
        case
            when vix_low_9 is null then 'fewer than eight of ten sessions'
            when vix_low_9 >= vix_blowout_calm then 'no calm low within ten sessions'
        end as vix_climb_reason,
        vix >= vix_blowout_level and vix_low_10 < vix_blowout_calm as vix_climb_met,
        vix_high as vix_high_level,
        null::string as vix_high_reason,
        vix >= vix_high as vix_high_met
    from vix_sorted_windows
),

---------- COR1M
cor1m_windows as (
    select
        *,
        count(cor1m) over {{ year }} + 1 as cor1m_n,
        {{ listed_over("cor1m", year) }} as cor1m_listed,
        {{ rolling_std("cor1m_chg_1d", "(order by session_date " ~ rows_back(63) ~ ")", 51) }} as cor1m_sigma_63,
        {{ rolling_high("cor1m", "(order by session_date " ~ rows_back(9) ~ ")", 7) }} as cor1m_high_9,
        case when lag(cor1m_obs_date, 4) over by_session = lag(session_date, 4) over by_session
            then lag(cor1m, 4) over by_session end as cor1m_4_back
    from implied_correlation
    window by_session as (order by session_date)
),

cor1m_sorted_windows as (
    select
        cor1m_windows.* {{ exclude() }} (cor1m_listed),
        {{ sorted_list("cor1m_windows.cor1m_listed") }} as cor1m_sorted,
        bounds.*
    from cor1m_windows
    inner join first_breadth on cor1m_windows.session_date >= first_breadth.session_date
    cross join bounds
),

cor1m_levels as (
    select
        session_date,
        cor1m as cor1m_now,
        cor1m_sigma_63,
        {%- for level, threshold_id in percentiles.cor1m.items() %}
        case when cor1m_n >= 126
            then {{ kth_of_sorted("cor1m_sorted", "ceil(" ~ threshold_id ~ " * cor1m_n / 100) - 1") }} end
            as cor1m_{{ level }}_level,
        case when cor1m_n < 126 then 'fewer than 126 sessions' end as cor1m_{{ level }}_reason,
        cor1m_pctl_252 >= {{ threshold_id }} as cor1m_{{ level }}_met,
        {%- endfor %}
        {%- for level, threshold_id in low_percentiles.cor1m.items() %}
        case when cor1m_n >= 126
            then {{ kth_of_sorted("cor1m_sorted", "floor(" ~ threshold_id ~ " * cor1m_n / 100)") }} end
            as cor1m_{{ level }}_level,
        case when cor1m_n < 126 then 'fewer than 126 sessions' end as cor1m_{{ level }}_reason,
        cor1m_pctl_252 <= {{ threshold_id }} as cor1m_{{ level }}_met,
        {%- endfor %}
        exhaustion_share * cor1m_high_9 as cor1m_off_high_level,
        case when cor1m_high_9 is null then 'fewer than eight of ten sessions' end as cor1m_off_high_reason,
        {{ at_most("cor1m", "exhaustion_share * cor1m_high_10") }} as cor1m_off_high_met,
        cor1m_4_back + cor1m_blowout_chg_5d as cor1m_jump_level,
        case when cor1m_4_back is null then 'no COR1M of five sessions before the next' end as cor1m_jump_reason,
        {{ at_least("cor1m_chg_5d", "cor1m_blowout_chg_5d") }} as cor1m_jump_met,
        cor3m + correlation_inverted as cor1m_inverted_level,
        case when cor3m is null then 'COR3M is not known' end as cor1m_inverted_reason,
        is_correlation_inverted as cor1m_inverted_met
    from cor1m_sorted_windows
),

---------- the mega-caps against SPY: ahead where the log ratio is above the mean of 63 sessions, its own included
ratio_windows as (
    select
        session_date,
        rs_ratio,
        log_ratio,
        log_ratio - lag(log_ratio) over by_session as log_ratio_change,
        sum(log_ratio) over (order by session_date {{ rows_back(62) }}) as sum_62,
        count(log_ratio) over (order by session_date {{ rows_back(62) }}) as ratios_62,
        {{ rolling_mean("log_ratio", "(order by session_date " ~ rows_back(63) ~ ")", 51) }} as mean_63
    from mega_cap_ratio
    window by_session as (order by session_date)
),

mega_cap_levels as (
    select
        session_date,
        rs_ratio as mega_caps_now,
        {{ rolling_std("log_ratio_change", "(order by session_date " ~ rows_back(63) ~ ")", 51) }} as mega_caps_sigma_63,
        case when ratios_62 >= 50 then 100 * exp(sum_62 / ratios_62) end as mega_caps_leading_level,
        case when ratios_62 < 50 then 'fewer than 51 sessions of a quarter' end as mega_caps_leading_reason,
        log_ratio > mean_63 as mega_caps_leading_met
    from ratio_windows
)

select
    sessions.session_number,
    sessions.session_date,
    index_levels.* {{ exclude() }} (session_date),
    vix_levels.* {{ exclude() }} (session_date),
    cor1m_levels.* {{ exclude() }} (session_date),
    mega_cap_levels.* {{ exclude() }} (session_date)
from sessions
inner join first_breadth on sessions.session_date >= first_breadth.session_date
left join index_levels on sessions.session_date = index_levels.session_date
left join vix_levels on sessions.session_date = vix_levels.session_date
left join cor1m_levels on sessions.session_date = cor1m_levels.session_date
left join mega_cap_levels on sessions.session_date = mega_cap_levels.session_date
order by sessions.session_number
