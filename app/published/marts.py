"""Every question the viewer asks of the published file: the only place of the app with SQL.

Answers are kept until the file is replaced (reader.py). Outside values travel as parameters; only names that the file
itself says it has are formatted into SQL.
"""

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from datetime import date
from pathlib import Path

import pandas as pd

from app.published import reader
from app.published.answer import Answer, Value, readable
from ingestion.settings import Settings

CHOSEN: ContextVar[Settings | None] = ContextVar("chosen", default=None)  # instead of those of the environment


class NothingPublished(Exception):
    """There is no published file of this market: run the main job."""


# ---------- asking


def published_path() -> Path:
    """The file that is read: that of the market and data folder of the settings."""
    return (CHOSEN.get() or Settings()).published_path


def ask(mart: str, sql: str, needs: Sequence[str] = (), /, **parameters: Value) -> Answer:
    """Run `sql` with `$name` parameters on the published file; raises NothingPublished where there is none.

    Where the mart lacks a column that the query `needs`, the answer is empty and says what is missing.
    """
    if missing := tuple(name for name in needs if name not in columns(mart)):
        return Answer(pd.DataFrame(columns=list(needs)), f"marts.{mart}", "", missing)
    path = published_path()
    try:
        stamp = path.stat()
    except FileNotFoundError as error:
        raise NothingPublished(str(path)) from error
    version = (stamp.st_mtime_ns, stamp.st_size, stamp.st_ino)
    frame = reader.read(str(path), version, sql, tuple(sorted(parameters.items())))
    return Answer(frame.copy(deep=False), f"marts.{mart}", readable(sql, parameters))


def columns(mart: str) -> tuple[str, ...]:
    """Columns of a mart in the published file; empty where the file holds no such mart."""
    held = ask(
        mart,
        """
select table_name, column_name
from duckdb_columns()
where schema_name = 'marts'
order by table_name, column_index
""",
    ).frame
    return tuple(held.loc[held["table_name"] == mart, "column_name"])


def _select(mart: str, wanted: Sequence[str], where: Sequence[str], order: Sequence[str], **values: Value) -> Answer:
    """Of `mart`, the `wanted` columns that the file holds; the others are named in the answer's `missing`."""
    existing = columns(mart)
    held = [name for name in wanted if name in existing]
    missing = tuple(name for name in wanted if name not in existing)
    if not held:
        return Answer(pd.DataFrame(), f"marts.{mart}", "", missing)
    for name in [*order, *(key for key in values if key not in ("first", "session"))]:
        if name.removesuffix(" desc") not in existing:
            raise KeyError(f"marts.{mart} has no column {name!r}")
    lines = [f"select {_wrapped(held)}", f"from marts.{mart}"]
    lines += [f"where {' and '.join(where)}"] if where else []
    lines += [f"order by {', '.join(order)}"] if order else []
    answer = ask(mart, "\n".join(lines), **values)
    return Answer(answer.frame, answer.mart, answer.sql, missing)


def _wrapped(names: Sequence[str]) -> str:
    lines, line = [], ""
    for name in names:
        if line and len(line) + len(name) > 88:
            lines.append(line.rstrip())
            line = ""
        line += f"{name}, "
    return "\n    ".join([*lines, line.rstrip(", ")])


# ---------- the questions that any mart answers; `keys` are column = value


def history(mart: str, wanted: Sequence[str], first: date, session: date, **keys: Value) -> Answer:
    """session_date, the `wanted` columns and null_reason where the mart gives one, from `first` to `session`."""
    reason = ["null_reason"] if "null_reason" in columns(mart) else []
    return _select(
        mart,
        ["session_date", *wanted, *reason],
        [*(f"{key} = ${key}" for key in keys), "session_date between $first and $session"],
        ["session_date"],
        first=first,
        session=session,
        **keys,
    )


def on_session(mart: str, wanted: Sequence[str], session: date, order: Sequence[str] = (), **keys: Value) -> Answer:
    """The `wanted` columns of the rows of one session, in the `order` of these columns ("name" or "name desc")."""
    where = [*(f"{key} = ${key}" for key in keys), "session_date = $session"]
    return _select(mart, wanted, where, order, session=session, **keys)


def rows(mart: str, wanted: Sequence[str], order: Sequence[str] = (), **keys: Value) -> Answer:
    """The `wanted` columns of every row that has these `keys`, whatever its day."""
    return _select(mart, wanted, [f"{key} = ${key}" for key in keys], order, **keys)


def up_to(
    mart: str, wanted: Sequence[str], day: str, session: date, order: Sequence[str] = (), **keys: Value
) -> Answer:
    """The `wanted` columns of rows with these `keys` whose column `day` is not after the session, the newest first."""
    if day not in columns(mart):
        return Answer(pd.DataFrame(), f"marts.{mart}", "", (day,))
    where = [*(f"{key} = ${key}" for key in keys), f"{day} <= $session"]
    return _select(mart, wanted, where, [f"{day} desc", *order], session=session, **keys)


def across(
    mart: str, value: str, key: str, names: Mapping[str, Value], first: date, session: date, **keys: Value
) -> Answer:
    """session_date and, for each `names` (column = what `key` holds), the `value` of that row beside the others."""
    told = [f"max({value}) filter (where {key} = $key_{number}) as {name}" for number, name in enumerate(names)]
    held = {f"key_{number}": name for number, name in enumerate(names.values())}
    where = "".join(f"{column} = ${column} and " for column in keys)
    sql = (
        f"select\n    session_date,\n    {f',{chr(10)}    '.join(told)}\nfrom marts.{mart}\n"
        f"where {where}session_date between $first and $session\ngroup by session_date\norder by session_date"
    )
    return ask(mart, sql, ["session_date", value, key, *keys], first=first, session=session, **held, **keys)


# ---------- what the file is, and which sessions it holds


def publication() -> Answer:
    """One row: market, is_made_up, as_of, last_session, is_final, rule_version, git_revision, built_at (UTC)."""
    return ask("publication", "select *\nfrom marts.publication")


def dictionary() -> Answer:
    """mart, column_name, unit, formula, meaning of every column; empty where the file explains none."""
    return rows("dictionary", ["mart", "column_name", "unit", "formula", "meaning"], ["mart", "position"])


def sessions_around(asked: date) -> Answer:
    """session: the newest on or before `asked`; before, after: its neighbours; oldest, newest of the file."""
    return ask(
        "breadth_daily",
        """
with sessions as (
    select distinct session_date
    from marts.breadth_daily
),

chosen as (
    select coalesce(max(session_date) filter (where session_date <= $asked), min(session_date)) as session
    from sessions
)

select
    any_value(chosen.session) as session,
    max(session_date) filter (where session_date < chosen.session) as before,
    min(session_date) filter (where session_date > chosen.session) as after,
    min(session_date) as oldest,
    max(session_date) as newest
from sessions
cross join chosen
""",
        asked=asked,
    )


def window_start(session: date, sessions: int | None) -> Answer:
    """first_session of the `sessions` that end with `session`; of the file where `sessions` is None."""
    return ask(
        "breadth_daily",
        """
select min(session_date) as first_session
from (
    select distinct session_date
    from marts.breadth_daily
    where session_date <= $session
    order by session_date desc
    limit $sessions
)
""",
        session=session,
        sessions=sessions,
    )


def first_row(mart: str, **keys: Value) -> Answer:
    """first_session: the oldest day of the rows with these keys."""
    where = " and ".join(f"{key} = ${key}" for key in keys) or "true"
    sql = f"select min(session_date) as first_session\nfrom marts.{mart}\nwhere {where}"
    return ask(mart, sql, ["session_date", *keys], **keys)


def events() -> Answer:
    """event_id, event_name, anchor_session of every event, oldest first."""
    return ask(
        "event_performance_daily",
        """
select event_id, event_name, min(anchor_session) as anchor_session
from marts.event_performance_daily
group by event_id, event_name
order by anchor_session, event_id
""",
        ["event_id", "event_name", "anchor_session"],
    )


# ---------- questions of one mart


def universes() -> Answer:
    """universe_id, segment_id that have rows, the index and ALL first."""
    return ask(
        "breadth_daily",
        """
select universe_id, segment_id
from marts.breadth_daily
group by universe_id, segment_id
order by universe_id = 'SP500' desc, universe_id, segment_id = 'ALL' desc, segment_id
""",
    )


def spells(mart: str, state: str, first: date, session: date, **keys: Value) -> Answer:
    """Runs of one value of the column `state`: state, from_session, to_session, until (end of the band), sessions."""
    where = "".join(f"{key} = ${key} and " for key in keys)
    return ask(
        mart,
        f"""
with days as (
    select
        session_date,
        coalesce({state}, 'no value') as state,
        row_number() over (order by session_date)
            - row_number() over (partition by {state} order by session_date) as spell
    from marts.{mart}
    where {where}session_date between $first and $session
)

select
    state,
    min(session_date) as from_session,
    max(session_date) as to_session,
    count(*) as sessions,
    coalesce(lead(min(session_date)) over (order by min(session_date)), max(session_date) + 1) as until
from days
group by state, spell
order by from_session
""",
        [state, *keys],
        first=first,
        session=session,
        **keys,
    )


def gaps() -> Answer:
    """Series of the whole file with fewer days than their own calendar, the most gaps first."""
    return ask(
        "data_quality",
        """
select series_id, table_name, first_obs_date, last_obs_date, rows_expected, gaps, coverage
from marts.data_quality
where check_id = 'freshness' and gaps > 0
order by gaps desc, series_id
""",
        ["gaps"],
    )


def coverage_by_year() -> Answer:
    """universe_id, year, coverage (0–1, mean of its sessions), gaps (member-days), reason."""
    return ask(
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


def level_ages(first: date, session: date) -> Answer:
    """session_date, series_id, obs_date, age_sessions, null_reason of every level; daily series first."""
    return ask(
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


def event_strip(event_id: str, session: date) -> Answer:
    """series_id, session_date, until (end of its cell), price_chg_pct, below_anchor since the anchor; lowest first."""
    return ask(
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


def term_curves(session: date) -> Answer:
    """session_date, sessions_ago (0, 5, 21), tenor, value: the VIX family on three sessions, the newest last."""
    return ask(
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


def correlation_matrix(session: date, window: int) -> Answer:
    """asset_a, asset_b, correlation of every pair of one session, each pair once, in the order of the assets."""
    return ask(
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
