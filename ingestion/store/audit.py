"""What a built or published database holds: rows, last session, coverage, rows known too late, the day's numbers.

Reads only. The answers decide whether to publish, and what the console prints at the end of a run.
"""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from ingestion.store.sql import quoted_name

#: The share of an index whose names can be valued on the last session; below it the mart itself gives NULL.
COVERAGE_FLOOR = 0.50


@dataclass(frozen=True)
class Audit:
    """What a built database holds: rows of each mart, its last session, and tables with rows known too late."""

    rows: dict[str, int]
    last_session: date | None
    coverage: float | None
    from_the_future: dict[str, int]


def audit(path: Path, as_of: datetime) -> Audit:
    """What the built database at `path` holds; no row of it may be known after `as_of` (naive UTC).

    Coverage is that of the verdict's universe on the last session, None where no mart has it.
    """
    with reading(path) as connection:
        rows = {name: count(connection, "marts", name) for name in _tables(connection, "marts")}
        last = last_session(connection)
        return Audit(rows, last, _coverage(connection, main_universe(connection)), _from_the_future(connection, as_of))


def row_counts(path: Path) -> dict[tuple[str, str], int]:
    """Rows of every table (not view) of the database at `path`, by schema and name."""
    with reading(path) as connection:
        tables = connection.execute("select schema_name, table_name from duckdb_tables() order by all").fetchall()
        return {(schema, name): count(connection, schema, name) for schema, name in tables}


def headline(path: Path) -> dict[str, object]:
    """The day's numbers of a published file, one row as a dictionary; a number that no mart has is missing."""
    with reading(path) as connection:
        numbers = _row(connection, "select * from marts.publication")
        universe = main_universe(connection)
        for query in _HEADLINE:
            numbers.update(_row(connection, query, {"universe": universe} if "$universe" in query else {}))
    return numbers


_HEADLINE = (
    """
    select
        universe_id, call_id, call, headline, falsifier, complete, missing, day_state, selling_pressure, risk_state,
        where_quadrant, when_stage, stage_since, stage_age_sessions
    from marts.verdict_daily
    where universe_id = $universe and session_date = (select last_session from marts.publication)
    """,
    """
    select advances, declines, members, valid, pct_above_sma200, eligible_sma200
    from marts.breadth_daily
    where universe_id = $universe and segment_id = 'ALL'
        and session_date = (select last_session from marts.publication)
    """,
    """
    select vix, vix_chg_1d_pct, vix_vix3m, vol_state
    from marts.volatility_daily
    where session_date = (select last_session from marts.publication)
    """,
    """
    select weights_note
    from marts.index_attribution_daily
    where session_date = (select last_session from marts.publication) and weights_note is not null
    limit 1
    """,
    """
    select
        event_id, price_chg_pct as event_price_chg_pct,
        (
            select min(since.session_date)
            from marts.event_performance_daily as since
            where since.event_id = performance.event_id
        ) as event_anchor
    from marts.event_performance_daily as performance
    where series_id = '^GSPC' and session_date = (select last_session from marts.publication)
    order by days_since
    limit 1
    """,
)


def reading(path: Path) -> duckdb.DuckDBPyConnection:
    """A read-only connection to the database at `path`."""
    return duckdb.connect(str(path), read_only=True)


def main_universe(connection: duckdb.DuckDBPyConnection) -> str:
    """The universe that the database is about: the S&P 500 or, in a folder without its members, OWN."""
    if "verdict_daily" not in _tables(connection, "marts"):
        return "SP500"
    found = connection.execute(
        """
        select universe_id
        from marts.verdict_daily
        order by universe_id = 'SP500' desc, universe_id = 'OWN' desc, universe_id
        limit 1
        """
    ).fetchall()
    return found[0][0] if found else "SP500"


def count(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> int:
    """Rows of <schema>.<name>."""
    found: list[tuple[int]] = connection.execute(f"select count(*) from {schema}.{quoted_name(name)}").fetchall()
    return found[0][0]


def last_session(connection: duckdb.DuckDBPyConnection) -> date | None:
    """The newest session_date of any mart; the log of verdicts may have later ones."""
    newest = [
        connection.execute(f"select max(session_date)::date from {schema}.{quoted_name(name)}").fetchall()[0][0]
        for schema, name in _with_column(connection, "session_date", ("marts",))
        if name != "verdict_log"
    ]
    return max((day for day in newest if day is not None), default=None)


def _tables(connection: duckdb.DuckDBPyConnection, schema: str) -> list[str]:
    found = connection.execute(
        """
        select table_name
        from duckdb_tables()
        where database_name = current_database() and schema_name = ?
        order by table_name
        """,
        [schema],
    ).fetchall()
    return [row[0] for row in found]


def _with_column(connection: duckdb.DuckDBPyConnection, column: str, schemas: tuple[str, ...]) -> list[tuple[str, str]]:
    """Tables (not views) of `schemas` that have a column of this name."""
    return connection.execute(
        """
        select schema_name, table_name
        from duckdb_columns()
        inner join duckdb_tables() using (database_name, schema_name, table_name)
        where database_name = current_database() and column_name = ? and list_contains(?, schema_name)
        order by all
        """,
        [column, list(schemas)],
    ).fetchall()


def _coverage(connection: duckdb.DuckDBPyConnection, universe: str) -> float | None:
    if "breadth_daily" not in _tables(connection, "marts"):
        return None
    found = connection.execute(
        """
        select coverage::double
        from marts.breadth_daily
        where universe_id = ? and segment_id = 'ALL'
        order by session_date desc
        limit 1
        """,
        [universe],
    ).fetchall()
    return found[0][0] if found else None


def _from_the_future(connection: duckdb.DuckDBPyConnection, as_of: datetime) -> dict[str, int]:
    """Tables with rows known after `as_of`, and how many."""
    late = {}
    for schema, name in _with_column(connection, "known_at", ("staging", "intermediate", "marts")):
        found = connection.execute(
            f"select count(*) from {schema}.{quoted_name(name)} where known_at > ?", [as_of]
        ).fetchall()
        if found[0][0]:
            late[f"{schema}.{name}"] = found[0][0]
    return late


def _row(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: dict[str, str] | None = None
) -> dict[str, object]:
    try:
        cursor = connection.execute(query, parameters or {})
    except (duckdb.CatalogException, duckdb.BinderException):
        return {}
    found = cursor.fetchall()
    names = [column[0] for column in cursor.description or []]
    return dict(zip(names, found[0], strict=True)) if found else {}
