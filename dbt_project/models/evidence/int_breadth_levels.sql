-- Levels of the next session's breadth at which a test flips; one row a session, with three columns a level as in
-- int_market_levels. Zweig's average e moves to e + a * (x - e) with the next share x of advances, a = 2 / 11, so it reaches a
-- bound at x = e + (bound - e) / a. A 90 % day needs nine declines of ten members with prices, their number as today.
{% set reach = "11 / 2e0" -%}
{% set sides = {"": main_universe(), "_nyse": "NYSE"} -%}
{% set by_universe = "partition by universe_id order by session_date" -%}
with bounds as (
    {{ threshold_row(["zweig_low", "zweig_high", "zweig_sessions", "panic_declines_pct"]) }}
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

breadth as (
    select * from {{ ref("breadth_daily") }}
    where segment_id = 'ALL'
),

breadth_days as (
    select
        breadth.session_date,
        breadth.universe_id,
        breadth.valid,
        breadth.declines,
        breadth.advances / nullif(breadth.advances + breadth.declines, 0)::double as advance_share,
        breadth.adv_ratio_ema10,
        breadth.zbt_signal,
        breadth.zbt_days,
        sessions.session_number,
        breadth.declines - lag(breadth.declines) over by_session as declines_change,
        breadth.advances / nullif(breadth.advances + breadth.declines, 0)::double - lag(
            breadth.advances / nullif(breadth.advances + breadth.declines, 0)::double
        ) over by_session as share_change,
        breadth.adv_ratio_ema10 > bounds.zweig_high
            and lag(breadth.adv_ratio_ema10) over by_session <= bounds.zweig_high as is_crossing,
        bounds.*
    from breadth
    inner join sessions on breadth.session_date = sessions.session_date
    cross join bounds
    window by_session as (partition by breadth.universe_id order by breadth.session_date)
),

days_with_past as (
    select
        *,
        {{ rolling_std("declines_change", "(" ~ by_universe ~ " " ~ rows_back(63) ~ ")", 51) }} as declines_sigma_63,
        {{ rolling_std("share_change", "(" ~ by_universe ~ " " ~ rows_back(63) ~ ")", 51) }} as share_sigma_63,
        max(case when is_crossing then session_number end) over ({{ by_universe }} rows unbounded preceding) as crossing_number,
        adv_ratio_ema10 + {{ reach }} * (zweig_low - adv_ratio_ema10) as arming_share,
        adv_ratio_ema10 + {{ reach }} * (zweig_high - adv_ratio_ema10) as firing_share
    from breadth_days
),

days_with_reasons as (
    select
        *,
        case
            when adv_ratio_ema10 is null then 'the average is warming up'
            when arming_share <= 0 then 'not even without a single advance'
            when arming_share > 1 then 'whatever the next session brings'
        end as arming_reason,
        case
            when adv_ratio_ema10 is null then 'the average is warming up'
            when adv_ratio_ema10 > zweig_high then 'the average is above its bound already'
            when zbt_days is null or zbt_days + 1 > zweig_sessions then 'no dip within ten sessions'
            when crossing_number > session_number - zbt_days then 'the dip has given its signal'
            when firing_share >= 1 then 'not even with advances alone'
        end as firing_reason
    from days_with_past
)

select
    session_number,
    session_date
    {%- for suffix, universe_id in sides.items() %},
    max(advance_share) filter (where universe_id = '{{ universe_id }}') as advances{{ suffix }}_now,
    max(share_sigma_63) filter (where universe_id = '{{ universe_id }}') as advances{{ suffix }}_sigma_63,
    max(case when arming_reason is null then arming_share end) filter (where universe_id = '{{ universe_id }}')
        as zweig_armed{{ suffix }}_level,
    max(arming_reason) filter (where universe_id = '{{ universe_id }}') as zweig_armed{{ suffix }}_reason,
    bool_or(adv_ratio_ema10 < zweig_low) filter (where universe_id = '{{ universe_id }}')
        as zweig_armed{{ suffix }}_met,
    max(case when firing_reason is null then firing_share end) filter (where universe_id = '{{ universe_id }}')
        as zweig_fired{{ suffix }}_level,
    max(firing_reason) filter (where universe_id = '{{ universe_id }}') as zweig_fired{{ suffix }}_reason,
    bool_or(zbt_signal) filter (where universe_id = '{{ universe_id }}') as zweig_fired{{ suffix }}_met
    {%- endfor %},
    max(declines) filter (where universe_id = '{{ main_universe() }}') as declines_now,
    max(declines_sigma_63) filter (where universe_id = '{{ main_universe() }}') as declines_sigma_63,
    ceil(max(panic_declines_pct * valid) filter (where universe_id = '{{ main_universe() }}') / 100)::double as declines_90_level,
    null::string as declines_90_reason,
    bool_or(100e0 * declines / nullif(valid, 0)::double >= panic_declines_pct)
        filter (where universe_id = '{{ main_universe() }}') as declines_90_met
from days_with_reasons
where universe_id in ('{{ main_universe() }}', 'NYSE')
group by session_number, session_date
order by session_number
