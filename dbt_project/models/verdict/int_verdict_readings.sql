-- Every number and state that the sentences of the verdict read, under the names of macros/verdict_facts.sql; one row a session
-- from the first breadth. What one section alone reads is in the model of that section.
{% set least_age = threshold("anchor_least_age") -%}
{% set most_age = threshold("anchor_most_age") -%}
{% set legs = ["washout", "panic", "volatility", "correlation", "positioning", "exhaustion", "trigger"] -%}
with sessions as (
    select * from {{ ref("int_sessions") }}
),

breadth as (
    select * from {{ ref("breadth_daily") }}
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

drivers_summary as (
    select * from {{ ref("drivers_summary_daily") }}
),

regime as (
    select * from {{ ref("regime_daily") }}
),

capitulation as (
    select * from {{ ref("capitulation_daily") }}
),

stage_runs as (
    select * from {{ ref("int_stage_runs") }}
),

weights as (
    select * from {{ ref("index_attribution_daily") }}
    where index_id = '{{ main_universe() }}' and bucket_id = 'MAG7' and horizon = '1'
),

event_performance as (
    select * from {{ ref("event_performance_daily") }}
),

event_gaps as (
    select * from {{ ref("event_gap_daily") }}
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
    where series_id = '^GSPC' and days_since between 1 and {{ most_age }}{{ and_of_the_index() }}
    group by session_date
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
        breadth.eligible_sma50,
        breadth.pct_above_sma200,
        breadth.eligible_sma200,
        {{ of_enough_members("breadth.participation_score", "breadth.valid") }} as participation_score,
        {{ of_enough_members("breadth.participation_state", "breadth.valid") }} as participation_state,
        {{ of_enough_members("breadth.participation_extreme_date", "breadth.valid") }} as participation_extreme_date,
        {{ of_enough_members("breadth.narrowness_score", "breadth.valid") }} as narrowness_score,
        {{ of_enough_members("breadth.narrowness_state", "breadth.valid") }} as narrowness_state,
        {{ of_enough_members("breadth.narrowness_extreme_date", "breadth.valid") }} as narrowness_extreme_date,
        100e0 * breadth.declines / nullif(breadth.valid, 0) as declines_pct,
        breadth.down_volume_pct,
        -index_days.price_return_1d as index_fall,

        ---------- drivers
        drivers_summary.spx_return_bp as stock_return_bp,
        drivers_summary.shock_class,
        drivers_summary.why_day,
        drivers_summary.why_5d,
        drivers_summary.why_primary,
        drivers_summary.why_secondary,
        drivers_summary.why_day_identified,
        drivers_summary.why_5d_identified,
        drivers_summary.spx_return_bp as day_move,
        drivers_summary.news_growth_bp as day_growth,
        drivers_summary.news_growth_bp_low as day_growth_low,
        drivers_summary.news_growth_bp_high as day_growth_high,
        drivers_summary.news_discount_bp as day_discount,
        drivers_summary.spx_return_5_bp as week_move,
        drivers_summary.news_growth_5_bp as week_growth,
        drivers_summary.news_growth_5_bp_low as week_growth_low,
        drivers_summary.news_growth_5_bp_high as week_growth_high,
        drivers_summary.news_discount_5_bp as week_discount,
        drivers_summary.ief_return_bp as bond_move,

        ---------- mega-caps
        mega_cap_ratio.rs_state as mega_cap_state,
        mega_cap_ratio.slope_21 as mega_cap_slope,
        mega_cap_ratio.slope_21_chg_5 as mega_cap_slope_chg,
        mega_cap_ratio.ratio_bond_corr_63 as mega_cap_bond_corr,
        mega_cap_ratio.low_corr as has_weak_bond_link,

        ---------- volatility and implied correlation
        volatility.vix,
        case when volatility.vix_obs_date < sessions.session_date then volatility.vix_obs_date end as vix_old_date,
        volatility.vix_vix3m,
        volatility.vix_high_10,
        volatility.vix_rollover,
        volatility.vol_state,
        implied_correlation.cor1m,
        case when implied_correlation.cor1m_obs_date < sessions.session_date then implied_correlation.cor1m_obs_date end
            as cor1m_old_date,
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
        stage_runs.stage_before,
        capitulation.stage_since,
        capitulation.stage_age_sessions,
        (capitulation.stage_age_sessions + 1)::integer as stage_day,
        stage_runs.stage_before is not null as is_stage_start_known,
        capitulation.capitulation_age,
        capitulation.legs_met,
        capitulation.legs_missing,
        capitulation.legs_unknown,
        {%- for leg in legs %}
        capitulation.{{ leg }}_age,
        {%- endfor %}
        capitulation.positioning_on,
        capitulation.asset_manager_net_pct_oi,
        capitulation.asset_manager_pctl_156w,
        capitulation.report_date,
        capitulation.cta_exposure,

        ---------- the session before, and the age of the weights
        previous_sessions.session_date as previous_date,
        weights.weights_note is not null as has_old_weights,
        weights.weights_age_sessions,
        weights.weights_date
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
        and sessions.session_date = event_gaps.session_date{{ and_of_the_index() }}
    left join drivers_summary on sessions.session_date = drivers_summary.session_date{{ and_of_the_index() }}
    left join mega_cap_ratio on sessions.session_date = mega_cap_ratio.session_date
    left join volatility on sessions.session_date = volatility.session_date
    left join implied_correlation on sessions.session_date = implied_correlation.session_date
    left join regime on sessions.session_date = regime.session_date
    left join capitulation on sessions.session_date = capitulation.session_date
    left join stage_runs on sessions.session_date = stage_runs.session_date
    left join weights on sessions.session_date = weights.session_date
    left join sessions as previous_sessions on sessions.session_number - 1 = previous_sessions.session_number
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
),

pressures as (
    select
        *,
        -- the mean of three ranks; volume is unknown on an early close, which leaves two
        case
            when declines_pct_pctl_252 is not null and index_fall_pctl_252 is not null
                then (declines_pct_pctl_252 + coalesce(down_volume_pct_pctl_252, 0) + index_fall_pctl_252)
                    / (2 + (down_volume_pct_pctl_252 is not null)::integer)
        end as selling_pressure
    from selling_ranks
)

select
    *,
    case
        when declines is null or advances is null or valid < {{ fewest_members() }} then null
        when declines >= {{ threshold("day_heavy_share") }} * valid then 'heavy_selling'
        when advances >= {{ threshold("day_heavy_share") }} * valid then 'heavy_buying'
        when spx_return is null then null
        when declines >= {{ threshold("day_broad_share") }} * valid and spx_return < 0 then 'broad_selling'
        when advances >= {{ threshold("day_broad_share") }} * valid and spx_return > 0 then 'broad_buying'
        when spx_return < 0 and 2 * advances > valid then 'narrow_loss'
        when spx_return > 0 and 2 * declines > valid then 'narrow_gain'
        when spx_return < 0 then 'selling'
        when spx_return > 0 then 'buying'
        else 'mixed'
    end as day_state,
    concat_ws(
        ', ',
        case when not is_final then 'final levels (provisional)' end,
        case when spx_close is null then 'index close' end,
        case when valid is null or declines is null then 'advances and declines' end,
        case when participation_score is null then 'participation score' end,
        case when narrowness_score is null then 'narrowness score' end,
        case when selling_pressure is null then 'selling pressure' end,
        case when why_primary is null then 'drivers' end,
        case when mega_cap_state is null then 'mega-caps' end,
        case when vol_state is null then 'volatility state' end,
        case when vix_old_date is not null then 'VIX of the session' end,
        case when implied_corr_state is null then 'implied correlation state' end,
        case when cor1m_old_date is not null then 'COR1M of the session' end,
        case when growth_impulse is null or inflation_impulse is null then 'regime impulses' end,
        case when risk_state is null then 'risk state' end,
        case when stage is null then 'capitulation stage' end,
        case when asset_manager_net_pct_oi is null then 'positioning' end,
        'the newest ' || unanswered
    ) as missing
from pressures
order by session_number
