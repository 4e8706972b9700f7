"""Queries of one mart each, for pictures that no query of app.published.any_mart serves."""

from datetime import date

from app.published.answer import Answer
from app.published.file import Published


def gaps(published: Published) -> Answer:
    """Series of the whole file with fewer days than their own calendar, the most gaps first."""
    return published.answer(
        "data_quality",
        """
select series_id, table_name, first_obs_date, last_obs_date, rows_expected, gaps, coverage
from marts.data_quality
where check_id = 'freshness' and gaps > 0
order by gaps desc, series_id
""",
        ["gaps"],
    )


def coverage_by_year(published: Published) -> Answer:
    """universe_id, year, coverage (0–1, mean of its sessions), gaps (member-days), reason."""
    return published.answer(
        "data_quality",
        """
select
    split_part(series_id, ' ', 1) as universe_id,
    year(first_obs_date) as year,
    coverage,
    gaps,
    reason
from marts.data_quality
where check_id = 'coverage'
order by universe_id = 'SP500' desc, universe_id, year
""",
        ["coverage"],
    )


def level_ages(published: Published, first: date, session: date) -> Answer:
    """session_date, series_id, obs_date, age_sessions, null_reason of every level; daily series first."""
    return published.answer(
        "macro_levels_daily",
        """
select session_date, series_id, obs_date, age_sessions, null_reason
from marts.macro_levels_daily
where session_date between $first and $session
order by max(age_sessions) over (partition by series_id), series_id, session_date
""",
        ["age_sessions"],
        first=first,
        session=session,
    )


def state_spells(published: Published, state_id: str, universe: str, last: int) -> Answer:
    """from_session (NULL where the state was on before the file begins), to_session and sessions of the `last` spells
    of a state, the newest first."""
    return published.answer(
        "states_daily",
        """
select since as from_session, max(session_date) as to_session, count(*) as sessions
from marts.states_daily
where state_id = $state_id and universe_id = $universe and is_on
group by since
order by to_session desc
limit $last
""",
        ["since", "is_on"],
        state_id=state_id,
        universe=universe,
        last=last,
    )


def month_returns(published: Published, session: date) -> Answer:
    """quadrant, asset, n and median (%) of the months that had closed by the session."""
    return published.answer(
        "regime_month_returns",
        """
select session_date, quadrant, asset, n, median
from marts.regime_month_returns
where session_date = (select max(session_date) from marts.regime_month_returns where session_date <= $session)
order by quadrant, asset
""",
        ["session_date", "quadrant", "asset", "n", "median"],
        session=session,
    )


def event_strip(published: Published, event_id: str, session: date) -> Answer:
    """series_id, session_date, until (end of its cell), price_chg_pct, below_anchor since the anchor; lowest first."""
    return published.answer(
        "event_performance_daily",
        """
select
    series_id,
    session_date,
    lead(session_date, 1, session_date + 1) over (partition by series_id order by session_date) as until,
    price_chg_pct,
    below_anchor
from marts.event_performance_daily
where event_id = $event_id and session_date <= $session
order by last_value(index_100) over (
    partition by series_id order by session_date rows between unbounded preceding and unbounded following
), series_id, session_date
""",
        ["below_anchor"],
        event_id=event_id,
        session=session,
    )


def term_curves(published: Published, session: date) -> Answer:
    """session_date, sessions_ago (0, 5, 21), tenor, value: the VIX family on three sessions, the newest last."""
    return published.answer(
        "volatility_daily",
        """
with numbered as (
    select *, row_number() over (order by session_date desc) - 1 as sessions_ago
    from marts.volatility_daily
    where session_date <= $session
)

select session_date, sessions_ago, tenor, value
from numbered
unpivot include nulls (value for tenor in (vix9d, vix, vix3m, vix6m))
where sessions_ago in (0, 5, 21)
order by sessions_ago desc
""",
        ["vix9d", "vix", "vix3m", "vix6m"],
        session=session,
    )


def correlation_matrix(published: Published, session: date, window: int) -> Answer:
    """asset_a, asset_b, correlation of every pair of one session, each pair once, in the order of the assets."""
    return published.answer(
        "cross_asset_correlation_daily",
        """
select asset_a, asset_b, correlation
from marts.cross_asset_correlation_daily
where session_date = $session and window_sessions = $sessions
order by
    count(*) over (partition by asset_a) desc,
    count(*) over (partition by asset_b)
""",
        ["correlation"],
        session=session,
        sessions=window,
    )
