"""The newest session of a published file in a few lines: its call, its headline and the numbers of its four answers.

Reads only.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from ingestion.store.audit import main_universe, reading


@dataclass(frozen=True)
class Number:
    """A number of an answer (selling, why, where, when) now, on the session before, and its percentile in a year."""

    answer: str
    answer_id: str
    unit: str
    value: float | None
    previous: float | None
    pctl_252: float | None


@dataclass(frozen=True)
class Day:
    """The newest session: the sentences of its call, its headline, and the numbers of its answers."""

    session: date
    call: tuple[str, ...]
    headline: str
    numbers: tuple[Number, ...]


def read_day(path: Path) -> Day | None:
    """The newest session of the published file at `path`; None where it has no verdict."""
    with reading(path) as connection:
        universe = main_universe(connection)
        try:
            verdicts = connection.execute(
                """
                select session_date, headline
                from marts.verdict_daily
                where universe_id = ?
                order by session_date desc
                limit 1
                """,
                [universe],
            ).fetchall()
            call = connection.execute(
                """
                select sentence
                from marts.verdict_lines
                where universe_id = ? and section = 'call'
                    and session_date = (select max(session_date) from marts.verdict_daily)
                order by position
                """,
                [universe],
            ).fetchall()
            numbers = connection.execute(
                """
                select answer, answer_id, unit, value, previous, pctl_252
                from marts.answers_daily
                where universe_id = ? and session_date = (select max(session_date) from marts.verdict_daily)
                order by array_position(['selling', 'why', 'where', 'when'], answer), answer_id
                """,
                [universe],
            ).fetchall()
        except (duckdb.CatalogException, duckdb.BinderException):
            return None
    if not (verdicts and call):
        return None
    session, headline = verdicts[0]
    return Day(session, tuple(sentence for (sentence,) in call), headline, tuple(Number(*row) for row in numbers))
