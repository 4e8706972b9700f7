"""What the marts know of each session beside what the verdict has of it, as one table: `known`.

It is worked out from the marts alone, so that a verdict that reads them wrongly differs from it.
"""

SECTIONS = {
    "call": 3, "day": 1, "selling": 2, "why": 7, "where": 3, "breadth": 3, "risk": 2, "regime": 1, "when": 3, "odds": 2,
    "changed": 3, "levels": 3, "calendar": 2, "wrong_if": 2, "missing": 2,
}  # fmt: skip
BODY = ("selling", "why", "where", "breadth", "risk", "regime", "when", "odds", "missing")
THRUSTS = "('zweig_thrust_nyse', 'zweig_thrust', 'whaley_thrust', 'breakaway_momentum')"
BLOWOUTS = "('volatility_blowout', 'correlation_blowout')"
LEGS = ("washout", "panic", "volatility", "correlation", "positioning", "exhaustion", "trigger")

#: Number of the sentence on changes -> its value and its decimals in text, in the order of the sentence's ties.
MOVED = {
    "moved_declines": ("breadth.declines", 0),
    "moved_up_volume": ("breadth.up_volume_pct", 0),
    "moved_sma50": ("breadth.pct_above_sma50", 1),
    "moved_vix": ("volatility.vix", 2),
    "moved_vix_vix3m": ("volatility.vix_vix3m", 2),
    "moved_cor1m": ("correlation.cor1m", 2),
    "moved_yield": ("regime.yield_10y", 2),
    "moved_cta": ("capitulation.cta_exposure", 2),
}


def ago(age: str) -> str:
    """SQL for how many sessions ago, in words."""
    return f"case {age} when 0 then 'today' when 1 then '1 session ago' else {age} || ' sessions ago' end"


def rank(value: str) -> str:
    """SQL for the percentile of a value among those of a year of sessions."""
    return f"""case when {value} is not null and count({value}) over year >= 126 then
        100.0 * len(list_filter(list({value}) over year, lambda one: one <= {value})) / count({value}) over year end"""


def largest_driver(move: str, part: str) -> str:
    """SQL for the name of the largest named driver in the direction of a move, if it is a tenth of it and 5 bp."""
    along = f"sign(drivers.{move}) * parts.{part}"
    return f"""arg_max(parts.driver_name, {along}) filter (
        where parts.driver_id in ('rates', 'dollar', 'mega_cap', 'small_cap', 'cyclical')
            and {along} >= greatest(0.1 * abs(drivers.{move}), 5)
    )"""


KNOWN = f"""
create table known as
with sentences as (
    select
        session_date,
        {
    ", ".join(
        f"max(sentence) filter (where section = '{section}' and position = {position}) as {section}_{position}"
        for section, positions in SECTIONS.items()
        for position in range(1, positions + 1)
    )
},
        {
    ", ".join(
        f"string_agg(sentence, ' ' order by position) filter (where section = '{section}') as text_{section}"
        for section in SECTIONS
    )
},
        max(evidence) filter (where section = 'changed' and position = 2) as moved_evidence,
        flatten(list(evidence::json ->> '$[*].text' order by section, position)) as texts_of_evidence
    from published.marts.verdict_lines
    group by session_date
),

-- every session that a verdict is due for
sessions as (
    select
        breadth.session_date,
        breadth,
        volatility,
        correlation,
        regime,
        capitulation,
        drivers,
        mega_caps,
        index_days,
        weights,
        lag(breadth.session_date) over by_session as previous_date,
        lag(breadth.session_date, 21) over by_session as month_ago,
        lag(capitulation.stage) over by_session as stage_yesterday,
        lag(regime.quadrant) over by_session as quadrant_yesterday,
        lag(regime.risk_state) over by_session as risk_yesterday,
        row_number() over by_session as place
    from published.marts.breadth_daily as breadth
    left join published.marts.volatility_daily as volatility using (session_date)
    left join published.marts.implied_correlation_daily as correlation using (session_date)
    left join published.marts.regime_daily as regime using (session_date)
    left join published.marts.capitulation_daily as capitulation using (session_date)
    left join published.marts.drivers_summary_daily as drivers using (session_date)
    left join published.marts.relative_performance_daily as mega_caps
        on breadth.session_date = mega_caps.session_date and mega_caps.pair_id = 'MAG7/SPY'
    left join published.marts.index_daily as index_days
        on breadth.session_date = index_days.session_date and index_days.index_id = 'SP500'
    left join published.marts.index_attribution_daily as weights
        on breadth.session_date = weights.session_date
        and (weights.index_id, weights.bucket_id, weights.horizon) = ('SP500', 'MAG7', '1')
    where breadth.universe_id = 'SP500' and breadth.segment_id = 'ALL'
    window by_session as (order by breadth.session_date)
),

ranks as (
    select
        session_date,
        {rank("breadth.declines / nullif(breadth.valid, 0)")} as declines_rank,
        {rank("breadth.down_volume_pct")} as volume_rank,
        {rank("-index_days.price_return_1d")} as fall_rank
    from sessions
    window year as (order by session_date rows 251 preceding)
),

moves as (
    {
    " union all ".join(
        f'''select session_date, '{number}' as number, {place} as place, {value}::double as value,
            {decimals} as decimals, value - lag(value) over (order by session_date) as change from sessions'''
        for place, (number, (value, decimals)) in enumerate(MOVED.items())
    )
}
),

sized_moves as (
    select
        *,
        round(value, decimals) <> round(value - change, decimals) as is_seen,
        case when count(change) over quarter >= 51
            then abs(change) / nullif(stddev_samp(change) over quarter, 0) end as size
    from moves
    window quarter as (partition by number order by session_date rows 62 preceding)
),

largest_moves as (
    select session_date, list(number order by -size, place)[:3] as moves_due
    from sized_moves
    where size >= 1 and is_seen
    group by session_date
),

switches as (
    select
        states.session_date,
        bool_or(states.state_id = 'zweig_thrust_nyse' and states.is_on is not null) as is_counted,
        string_agg(states.state_name, ', ' order by states.state_id) filter (
            where states.is_onset and states.state_id in {THRUSTS} and states.state_id <> 'zweig_thrust'
        ) as fired,
        string_agg(states.state_name, ', ' order by states.state_id) filter (
            where states.is_onset and states.state_id in {THRUSTS}
        ) as fired_by_members,
        string_agg(states.state_name, ', ' order by states.state_id) filter (
            where states.is_onset and states.state_id in {BLOWOUTS}
        ) as blown_out,
        string_agg(states.state_name, ', ' order by states.state_id) filter (
            where states.is_onset and states.state_id not in {THRUSTS} and states.state_id not in {BLOWOUTS}
        ) as begun,
        string_agg(states.state_name, ', ' order by states.state_id) filter (
            where states.is_on = false and before.is_on and states.state_id not in {THRUSTS}
        ) as ended
    from published.marts.states_daily as states
    inner join sessions on states.session_date = sessions.session_date
    left join published.marts.states_daily as before
        on states.state_id = before.state_id and sessions.previous_date = before.session_date
    where split_part(states.state_id, '_', 1) not in ('stage', 'quadrant', 'risk', 'shock')
    group by states.session_date
),

anchors as (
    select
        session_date,
        arg_min(event_id, (days_since < 21, days_since)) as event_due,
        arg_min(anchor_session, (days_since < 21, days_since)) as anchor_due
    from published.marts.event_performance_daily
    where series_id = '^GSPC' and days_since between 1 and 252
    group by session_date
),

levels as (
    select
        session_date,
        {
    ", ".join(
        f"arg_min(level_name, (abs(distance_sigma), level_id)) filter (where reading = '{reading}') as level_{place}"
        for place, reading in enumerate(("S&P 500 close", "VIX", "COR1M"), 1)
    )
}
    from published.marts.levels_next
    where within_reach
    group by session_date
),

dates as (
    select
        *,
        calendar_name || ' ' || weekday || ' ' || event_date as words,
        row_number() over (partition by session_date, kind = 'release' order by position) as place
    from published.marts.calendar_ahead
    where kind = 'release' or calendar_id in ('fed_decision', 'monthly_expiry', 'index_rebalance')
),

calendars as (
    select
        session_date,
        'Releases: ' || string_agg(words, ', ' order by position) filter (where kind = 'release' and place <= 5) || '.'
            as releases_due,
        'Dates: ' || string_agg(words, ', ' order by position) filter (where kind <> 'release') || '.' as dates_due
    from dates
    group by session_date
),

driver_parts as (
    select
        parts.session_date,
        {largest_driver("spx_return_bp", "contribution_bp")} as day_driver,
        {largest_driver("spx_return_5_bp", "contribution_5_bp")} as week_driver,
        max(parts.contribution_bp) filter (where parts.driver_id = 'macro_residual') as day_residual,
        max(parts.contribution_5_bp) filter (where parts.driver_id = 'macro_residual') as week_residual
    from published.marts.drivers_daily as parts
    inner join published.marts.drivers_summary_daily as drivers using (session_date)
    group by parts.session_date
),

vix_odds as (
    select
        session_date,
        bool_or(least(base_share, base_share_vix) >= 0.005 and greatest(base_share, base_share_vix) < 0.995) filter (
            where target = 'drawdown_over_3pct' and horizon = 21
        ) as is_month_said,
        bool_or(least(base_share, base_share_vix) >= 0.005 and greatest(base_share, base_share_vix) < 0.995) filter (
            where target = 'fall_over_3pct' and horizon = 5
        ) as is_week_said
    from published.marts.vix_odds_daily
    where universe_id = 'SP500'
    group by session_date
)

select
    sessions.*,
    sentences.* exclude (session_date),
    verdict,
    largest_moves.moves_due,
    list_filter(sentences.moved_evidence::json ->> '$[*].id', lambda one: not contains(one, '_before')) as moves_said,
    case when is_counted then fired else fired_by_members end || ' fired' as fired_due,
    switches.blown_out as blown_out_due,
    switches.begun,
    switches.ended,
    before_run.stage as stage_before_run,
    before_run.stage is not null as is_start_known,
    coalesce(sessions.capitulation.stage <> 'none', false) as stage_is_said,
    coalesce(sessions.capitulation.stage in ('capitulated', 'confirmed'), false) as is_capitulated,
    sessions.capitulation.stage_age_sessions as stage_age,
    anchors.* exclude (session_date),
    levels.* exclude (session_date),
    calendars.* exclude (session_date),
    driver_parts.* exclude (session_date),
    vix_odds.* exclude (session_date),
    large.price_chg_pct as index_change,
    small.price_chg_pct as small_cap_change,
    bonds.index_100 as bonds_100,
    gaps.gap_pp,
    gaps.mega_cap_pp,
    gaps.mega_cap_share_pct,
    study,
    clean_study,
    study_state.since as study_since,
    case
        when declines_rank is not null and fall_rank is not null
            then (declines_rank + fall_rank + coalesce(volume_rank, 0)) / (2 + (volume_rank is not null)::integer)
    end as pressure_due
from sessions
left join sentences using (session_date)
left join ranks using (session_date)
left join published.marts.verdict_daily as verdict using (session_date)
left join largest_moves using (session_date)
left join switches using (session_date)
left join anchors using (session_date)
left join levels using (session_date)
left join calendars using (session_date)
left join driver_parts using (session_date)
left join vix_odds using (session_date)
left join sessions as run_starts on sessions.capitulation.stage_since = run_starts.session_date
left join published.marts.capitulation_daily as before_run on run_starts.previous_date = before_run.session_date
left join published.marts.event_performance_daily as large
    on sessions.session_date = large.session_date and event_due = large.event_id and large.series_id = '^GSPC'
left join published.marts.event_performance_daily as small
    on sessions.session_date = small.session_date and event_due = small.event_id and small.series_id = '^RUT'
left join published.marts.event_performance_daily as bonds
    on sessions.session_date = bonds.session_date and event_due = bonds.event_id and bonds.series_id = 'TLT'
left join published.marts.event_gap_daily as gaps
    on sessions.session_date = gaps.session_date and event_due = gaps.event_id
left join published.marts.odds_daily as study
    on sessions.session_date = study.session_date and verdict.odds_study_id = study.study_id
    and (study.target, study.horizon, study.track) = ('drawdown_over_3pct', 21, 'all')
left join published.marts.odds_daily as clean_study
    on sessions.session_date = clean_study.session_date and verdict.odds_study_id = clean_study.study_id
    and (clean_study.target, clean_study.horizon, clean_study.track) = ('drawdown_over_3pct', 21, 'clean')
left join published.marts.states_daily as study_state
    on sessions.session_date = study_state.session_date and study.state_id = study_state.state_id
"""
