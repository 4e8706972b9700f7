"""The stage, the states and the headline of the newest session of a published file: what a notification compares.

Reads only.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ingestion.store.audit import main_universe, reading


@dataclass(frozen=True)
class State:
    """A state on a session; `is_on` is None where a reading is missing, `since` (when it began) where it is off."""

    name: str
    is_on: bool | None
    since: date | None


@dataclass(frozen=True)
class Readings:
    """The newest session of a published file, and the sessions on which each state began.

    `stage` is None where it is unknown, `stage_since` is the first session of it in a row; `onsets` holds the state_id
    and the session of each state that began on `onsets_from` or later.
    """

    market: str
    session: date
    is_final: bool
    headline: str
    stage: str | None
    stage_since: date | None
    states: dict[str, State]
    onsets: tuple[tuple[str, date], ...]


def read(path: Path, onsets_from: date | None = None, session: date | None = None) -> Readings:
    """The readings of `session` of the published file at `path` (default: its newest session).

    `onsets_from` defaults to the session itself. Raises duckdb.Error for a file that cannot be read and LookupError
    where it has no verdict of the session.
    """
    with reading(path) as connection:
        market, last, is_final = connection.execute(
            "select market, last_session, is_final from marts.publication"
        ).fetchall()[0]
        day, universe = session or last, main_universe(connection)
        verdicts = connection.execute(
            "select headline, when_stage, stage_since, is_final from marts.verdict_daily "
            "where universe_id = ? and session_date = ?",
            [universe, day],
        ).fetchall()
        if not verdicts:
            raise LookupError(f"the published file has no verdict of {day}")
        headline, stage, since, day_is_final = verdicts[0]
        states = connection.execute(
            """
            select state_id, state_name, is_on, since
            from marts.states_daily
            where universe_id = ? and session_date = ?
            """,
            [universe, day],
        ).fetchall()
        onsets = connection.execute(
            """
            select state_id, session_date
            from marts.states_daily
            where universe_id = ? and is_onset and session_date between ? and ?
            order by session_date, state_id
            """,
            [universe, min(onsets_from or day, day), day],
        ).fetchall()
    return Readings(
        market=market,
        session=day,
        is_final=is_final if day == last else day_is_final,
        headline=headline,
        stage=stage,
        stage_since=since,
        states={state_id: State(name, is_on, began) for state_id, name, is_on, began in states},
        onsets=tuple((state_id, began) for state_id, began in onsets),
    )


def previous_session(path: Path, session: date) -> date | None:
    """The session before `session` in the published file at `path`; None where there is none."""
    with reading(path) as connection:
        found: list[tuple[date | None]] = connection.execute(
            "select max(session_date) from marts.verdict_daily where session_date < ?", [session]
        ).fetchall()
    return found[0][0]
