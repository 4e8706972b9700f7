"""The sentences of the verdict beside the numbers that they must agree with, as two tables: days and lines."""

#: Numbers that belong to names and definitions, not to the day.
NAMES = (
    r"S&P 500|Russell 2000|VIX3M|COR[13]M|Mag7|90 % (?:up|down) day|more than 3 %|of 100\b|100 on that day"
    r"|within 5 % of its high|VIX at 25 after a low under 18|\"VIX at 25\"|up 30 % in a session"
    r"|VIX up 30 %|up 10 points in five|50-session|200-session|FOMC of \w+ \d+"
)

DAYS = """
create table days as
with sections as (
    select
        session_date,
        string_agg(sentence, ' ' order by section, position) as said,
        max(sentence) filter (where section = 'call' and position = 1) as argument,
        max(sentence) filter (where section = 'call' and position = 2) as grounds_line,
        max(sentence) filter (where section = 'call' and position = 3) as call_odds_line,
        max(sentence) filter (where section = 'wrong_if' and position = 1) as wrong_line,
        max(sentence) filter (where section = 'wrong_if' and position = 2) as record_line,
        max(sentence) filter (where section = 'day') as day,
        max(sentence) filter (where section = 'risk' and position = 1) as vix_line,
        max(sentence) filter (where section = 'risk' and position = 2) as cor1m_line,
        max(sentence) filter (where section = 'when' and position = 2) as legs_line,
        max(sentence) filter (where section = 'breadth' and position = 1) as participation_line,
        max(sentence) filter (where section = 'breadth' and position = 2) as narrowness_line,
        max(sentence) filter (where section = 'selling' and position = 1) as selling_line,
        max(sentence) filter (where section = 'where' and position = 1) as index_line,
        max(sentence) filter (where section = 'where' and position = 2) as gap_line,
        max(sentence) filter (where section = 'where' and position = 3) as mega_cap_line,
        max(sentence) filter (where section = 'regime') as regime_line,
        max(sentence) filter (where section = 'changed' and position = 1) as events_line,
        max(sentence) filter (where section = 'changed' and position = 3) as states_line,
        max(sentence) filter (where section = 'missing' and position = 1) as missing_line,
        max(sentence) filter (where section = 'missing' and position = 2) as weights_line
    from marts.verdict_lines
    where universe_id = 'SP500'
    group by session_date
),

states as (
    select
        session_date,
        list(state_name) filter (where is_on) as names_on,
        list(state_name) filter (where is_on = false) as names_off,
        list(state_name) filter (
            where is_onset and state_id in ('zweig_thrust_nyse', 'whaley_thrust', 'breakaway_momentum')
        ) as thrusts,
        list(state_name) filter (
            where is_onset and state_id in ('volatility_blowout', 'correlation_blowout')
        ) as blowouts,
        bool_or(is_onset and state_id = 'zweig_thrust') as is_zweig_proxy,
        bool_or(state_id = 'zweig_thrust_nyse' and is_on is not null) as has_exchange
    from marts.states_daily
    group by session_date
)

select
    verdict.*,
    sections.* exclude (session_date),
    states.* exclude (session_date),
    breadth.advances,
    breadth.declines,
    breadth.valid,
    breadth.participation_score,
    index_days.price_return_1d as index_return,
    index_days.close as index_close,
    gaps.mega_cap_share_pct,
    weights.weights_note,
    volatility.vix,
    volatility.vix_obs_date,
    volatility.vix_high_10,
    volatility.vix_pctl_252,
    correlation.cor1m,
    correlation.cor1m_obs_date,
    correlation.cor1m_high_10,
    correlation.cor1m_pctl_252,
    capitulation.stage,
    capitulation.positioning_on,
    capitulation.capitulation_age,
    lag(verdict.when_stage) over (order by verdict.session_date) as previous_stage,
    mega_caps.rs_state,
    mega_caps.slope_21,
    calls.argues_for,
    calls.horizon as call_horizon,
    call_odds.finding as call_finding,
    call_odds.base_share_vix as call_share_vix,
    call_odds.base_share as call_share,
    call_odds.skill_known_low as call_skill_low
from marts.verdict_daily as verdict
left join sections using (session_date)
left join states using (session_date)
left join marts.breadth_daily as breadth
    on verdict.session_date = breadth.session_date and breadth.universe_id = 'SP500' and breadth.segment_id = 'ALL'
left join marts.index_daily as index_days
    on verdict.session_date = index_days.session_date and index_days.index_id = 'SP500'
left join marts.volatility_daily as volatility on verdict.session_date = volatility.session_date
left join marts.implied_correlation_daily as correlation on verdict.session_date = correlation.session_date
left join marts.capitulation_daily as capitulation on verdict.session_date = capitulation.session_date
left join marts.event_gap_daily as gaps
    on verdict.session_date = gaps.session_date and verdict.reference_event_id = gaps.event_id
left join marts.index_attribution_daily as weights
    on verdict.session_date = weights.session_date
    and (weights.index_id, weights.bucket_id, weights.horizon) = ('SP500', 'MAG7', '1')
left join marts.relative_performance_daily as mega_caps
    on verdict.session_date = mega_caps.session_date and mega_caps.pair_id = 'MAG7/SPY'
left join marts.verdict_score as calls on verdict.call_id = calls.call_id
left join marts.vix_odds_daily as call_odds
    on verdict.session_date = call_odds.session_date
    and (calls.target, calls.horizon) = (call_odds.target, call_odds.horizon)
"""

LINES = f"""
create table lines as
with vix_odds as (
    select
        session_date,
        max(skill_known_low) filter (where target = 'drawdown_over_3pct' and horizon = 21) as month_skill_low,
        max(skill_known_low) filter (where target = 'fall_over_3pct' and horizon = 5) as week_skill_low
    from marts.vix_odds_daily
    where universe_id = 'SP500'
    group by session_date
),

month_odds as (
    select * from marts.odds_daily
    where universe_id = 'SP500' and target = 'drawdown_over_3pct' and horizon = 21
),

studies_on as (
    select
        session_date,
        count(*) as studies_on,
        max(age_sessions) as longest_age,
        max(age_sessions) filter (where skill_known_low > 0) as longest_age_with_skill
    from month_odds
    where track = 'all'
    group by session_date
)

select
    lines.*,
    lines.sentence as text,
    regexp_replace(lines.sentence, '{NAMES}', ' ', 'g') as without_names,
    lines.evidence::json ->> '$[*].text' as texts,
    (lines.evidence ->> '$[0].value')::double as first_value,
    levels.is_met as is_level_met,
    levels.distance as level_distance,
    levels.within_reach as is_level_in_reach,
    case when lines.position < 5 then drivers.spx_return_bp else drivers.spx_return_5_bp end as move_bp,
    case when lines.position < 5 then drivers.news_growth_bp else drivers.news_growth_5_bp end as growth,
    case when lines.position < 5 then drivers.news_growth_bp_low else drivers.news_growth_5_bp_low end as growth_low,
    case when lines.position < 5 then drivers.news_growth_bp_high else drivers.news_growth_5_bp_high end as growth_high,
    case when lines.position < 5 then drivers.why_day_identified else drivers.why_5d_identified end as is_identified,
    max(lines.sentence) filter (where lines.section = 'why' and lines.position = 5) over session as week_line,
    max(lines.sentence) filter (where lines.section = 'day') over session as headline,
    count(*) over (partition by lines.session_date, lines.section, lines.position) as sentences_there,
    vix_odds.month_skill_low,
    vix_odds.week_skill_low,
    coalesce(studies_on.studies_on, 0) as studies_on,
    studies_on.longest_age,
    studies_on.longest_age_with_skill,
    study_states.is_on as is_study_on,
    study_odds.age_sessions as study_age,
    study_odds.skill_known_low as study_skill_low,
    study_odds.hits as study_hits,
    study_odds.n_events as study_n_events,
    clean_odds.n_events as study_clean_n_events
from marts.verdict_lines as lines
left join marts.drivers_summary_daily as drivers using (session_date)
left join marts.levels_next as levels
    on lines.session_date = levels.session_date
    and lines.section in ('levels', 'wrong_if')
    and regexp_extract(lines.evidence ->> '$[0].filter', 'level_id=(.*)$', 1) = levels.level_id
left join vix_odds on lines.session_date = vix_odds.session_date
left join studies_on on lines.session_date = studies_on.session_date
left join month_odds as study_odds
    on lines.session_date = study_odds.session_date
    and lines.section = 'odds'
    and regexp_extract(lines.evidence, 'study_id=([^;"]+)', 1) = study_odds.study_id
    and study_odds.track = 'all'
left join month_odds as clean_odds
    on study_odds.session_date = clean_odds.session_date
    and study_odds.study_id = clean_odds.study_id
    and clean_odds.track = 'clean'
left join marts.states_daily as study_states
    on lines.session_date = study_states.session_date
    and lines.section = 'odds'
    and regexp_extract(lines.evidence, 'state_id=([^;"]+)', 1) = study_states.state_id
window session as (partition by lines.session_date)
"""
