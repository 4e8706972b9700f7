-- Every number and state that the verdict may mention, under the names of macros/verdict_facts.sql; one row a session from the
-- first breadth. verdict_daily only puts them into sentences.
{% set least_age = threshold("anchor_least_age") -%}
{% set most_age = threshold("anchor_most_age") -%}
with sessions as (
    select * from {{ ref("int_sessions") }}
),

breadth as (
    select * from {{ ref("breadth_daily") }}
    where universe_id = 'SP500' and segment_id = 'ALL'
),

index_days as (
    select * from {{ ref("index_daily") }}
    where index_id = 'SP500'
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

drivers as (
    select * from {{ ref("drivers_daily") }}
),

drivers_summary as (
    select * from {{ ref("drivers_summary_daily") }}
),

regime as (
    select * from {{ ref("regime_daily") }}
),

capitulation as (
    select * from {{ ref("capitulation_daily") }}
),

event_performance as (
    select * from {{ ref("event_performance_daily") }}
),

event_gaps as (
    select * from {{ ref("event_gap_daily") }}
),

odds as (
    select * from {{ ref("odds_daily") }}
    where horizon = 21
),

studies as (
    select * from {{ ref("studies") }}
),

unanswered as (
    select * from {{ ref("int_unanswered") }}
),

-- the event that the index is compared with: the newest that is at least a month old, else the newest; at most a year old
reference_events as (
    select
        session_date,
        {{ value_at_max("event_id", "(days_since >= " ~ least_age ~ ", -days_since)") }} as event_id,
        {{ value_at_max("anchor_session", "(days_since >= " ~ least_age ~ ", -days_since)") }} as anchor_session
    from event_performance
    where series_id = '^GSPC' and days_since between 1 and {{ most_age }}
    group by session_date
),

-- of the studies of current states, the one with the fewest events that are still enough; without one, that with the most
chosen_studies as (
    select
        session_date,
        {{ value_at_min(
            "study_id",
            "(n_events < " ~ threshold("study_least_events") ~ ", case when n_events < "
            ~ threshold("study_least_events") ~ " then -n_events else n_events end, study_id)"
        ) }} as study_id
    from odds
    where target = 'down' and track = 'all'
    group by session_date
),

study_odds as (
    select
        chosen_studies.session_date,
        chosen_studies.study_id,
        studies.name as study_name,
        {% for target in ["down", "vix_up_30pct"] -%}
            {% for column in ["hits", "n_events", "share", "ci_low", "ci_high", "base_share", "finding"] -%}
                max(odds.{{ column }}) filter (where odds.target = '{{ target }}' and odds.track = 'all')
                    as {{ target }}_{{ column }},
            {% endfor -%}
        {% endfor -%}
        max(odds.hits) filter (where odds.target = 'down' and odds.track = 'clean') as clean_down_hits,
        max(odds.n_events) filter (where odds.target = 'down' and odds.track = 'clean') as clean_down_n_events
    from chosen_studies
    inner join odds on chosen_studies.session_date = odds.session_date and chosen_studies.study_id = odds.study_id
    inner join studies on chosen_studies.study_id = studies.study_id
    group by chosen_studies.session_date, chosen_studies.study_id, studies.name
),

readings as (
    select
        sessions.session_number,
        sessions.session_date,
        sessions.is_final and not coalesce(unanswered.awaits_bars, false) as is_final,
        unanswered.unanswered,

        ---------- index
        index_days.close as spx_close,
        index_days.price_return_1d as spx_return,
        reference_events.event_id,
        coalesce(reference_events.anchor_session, month_ago_sessions.session_date) as reference_date,
        coalesce(anchor_index.close, month_ago_index.close) as reference_close,
        large.price_chg_pct as spx_chg_pct,
        small.price_chg_pct as small_cap_chg_pct,
        bonds.index_100 as bond_index_100,
        event_gaps.gap_pp,
        event_gaps.mega_cap_pp,
        event_gaps.mega_cap_share_pct,

        ---------- breadth
        breadth.members,
        breadth.valid,
        breadth.advances,
        breadth.declines,
        breadth.up_volume_pct,
        breadth.neg_breadth_streak,
        breadth.pct_above_sma50,
        breadth.pct_above_sma200,
        breadth.participation_score,
        breadth.participation_state,
        breadth.participation_extreme_date,
        breadth.narrowness_score,
        breadth.narrowness_state,
        breadth.narrowness_extreme_date,
        100.0 * breadth.declines / nullif(breadth.valid, 0) as declines_pct,
        breadth.down_volume_pct,
        -index_days.price_return_1d as index_fall,

        ---------- drivers
        drivers_summary.spx_return_bp as stock_return_bp,
        drivers_summary.spx_return_5_bp as stock_return_5_bp,
        drivers_summary.shock_class,
        drivers_summary.why_primary,
        drivers_summary.why_secondary,
        drivers_summary.macro_residual_5_bp,
        {{ driver_in_words("primary_drivers.driver_name") }} as primary_name,
        primary_drivers.contribution_5_bp as primary_bp,
        {{ driver_in_words("secondary_drivers.driver_name") }} as secondary_name,
        secondary_drivers.contribution_5_bp as secondary_bp,
        drivers_summary.why_day as day_driver_id,
        drivers_summary.why_day_identified,
        drivers_summary.why_5d_identified,
        {{ driver_in_words("day_drivers.driver_name") }} as day_driver_name,
        day_drivers.contribution_bp as day_driver_bp,
        case when drivers_summary.why_day = 'not_explained' then drivers_summary.why_day_bp end as day_residual_bp,

        ---------- mega-caps
        mega_cap_ratio.rs_state as mega_cap_state,
        mega_cap_ratio.slope_21 as mega_cap_slope,
        mega_cap_ratio.slope_21_chg_5 as mega_cap_slope_chg,
        mega_cap_ratio.ratio_bond_corr_63 as mega_cap_bond_corr,
        mega_cap_ratio.low_corr as has_weak_bond_link,
        mega_cap_ratio.dist_from_252d_high_pct as mega_cap_from_high_pct,

        ---------- volatility and implied correlation
        volatility.vix,
        volatility.vix_obs_date,
        volatility.vix_vix3m,
        volatility.vix_rollover,
        volatility.vol_state,
        implied_correlation.cor1m,
        implied_correlation.cor1m_chg_5d,
        implied_correlation.cor1m_high_10,
        implied_correlation.cor1m_pctl_252,
        implied_correlation.implied_corr_state,

        ---------- regime
        regime.growth_impulse,
        regime.inflation_impulse,
        regime.quadrant,
        regime.curve_regime,
        regime.risk_state,
        regime.yield_10y,
        regime.yield_obs_date,

        ---------- capitulation
        capitulation.stage,
        capitulation.stage_age_sessions,
        capitulation.capitulation_age,
        capitulation.legs_met,
        capitulation.legs_missing,
        capitulation.legs_unknown,
        capitulation.positioning_on,
        capitulation.asset_manager_net_pct_oi,
        capitulation.asset_manager_pctl_156w,
        capitulation.report_date,
        capitulation.cta_exposure,

        ---------- odds
        study_odds.* exclude (session_date)
    from sessions
    left join breadth on sessions.session_date = breadth.session_date
    left join index_days on sessions.session_date = index_days.session_date
    left join sessions as month_ago_sessions
        on sessions.session_number - {{ least_age }} = month_ago_sessions.session_number
    left join index_days as month_ago_index on month_ago_sessions.session_date = month_ago_index.session_date
    left join reference_events on sessions.session_date = reference_events.session_date
    left join index_days as anchor_index on reference_events.anchor_session = anchor_index.session_date
    {%- for alias, series_id in {"large": "^GSPC", "small": "^RUT", "bonds": "TLT"}.items() %}
    left join event_performance as {{ alias }}
        on reference_events.event_id = {{ alias }}.event_id
        and sessions.session_date = {{ alias }}.session_date
        and {{ alias }}.series_id = '{{ series_id }}'
    {%- endfor %}
    left join event_gaps
        on reference_events.event_id = event_gaps.event_id
        and sessions.session_date = event_gaps.session_date
    left join drivers_summary on sessions.session_date = drivers_summary.session_date
    left join drivers as primary_drivers
        on sessions.session_date = primary_drivers.session_date
        and drivers_summary.why_primary = primary_drivers.driver_id
    left join drivers as secondary_drivers
        on sessions.session_date = secondary_drivers.session_date
        and drivers_summary.why_secondary = secondary_drivers.driver_id
    left join drivers as day_drivers
        on sessions.session_date = day_drivers.session_date
        and drivers_summary.why_day = day_drivers.driver_id
    left join mega_cap_ratio on sessions.session_date = mega_cap_ratio.session_date
    left join volatility on sessions.session_date = volatility.session_date
    left join implied_correlation on sessions.session_date = implied_correlation.session_date
    left join regime on sessions.session_date = regime.session_date
    left join capitulation on sessions.session_date = capitulation.session_date
    left join study_odds on sessions.session_date = study_odds.session_date
    left join unanswered on sessions.session_date = unanswered.session_date
    where sessions.session_number >= (
        select min(begun.session_number)
        from sessions as begun
        inner join breadth as first_breadth on begun.session_date = first_breadth.session_date
    )
),

selling_ranks as (
    select
        *,
        {% for part in ["declines_pct", "down_volume_pct", "index_fall"] -%}
            {{ rolling_pctl(part, "(order by session_number " ~ rows_back(252) ~ ")", 126) }} as {{ part }}_pctl_252
            {%- if not loop.last %},{% endif %}
        {% endfor %}
    from readings
)

select
    *,
    -- the mean of three ranks; volume is unknown on an early close, which leaves two
    case
        when declines_pct_pctl_252 is not null and index_fall_pctl_252 is not null
            then (declines_pct_pctl_252 + coalesce(down_volume_pct_pctl_252, 0) + index_fall_pctl_252)
                / (2 + (down_volume_pct_pctl_252 is not null)::integer)
    end as selling_pressure
from selling_ranks
order by session_number
