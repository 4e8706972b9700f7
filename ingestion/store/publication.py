"""From the audited marts to the one file that readers open: copy beside it, verify, swap.

The published file is replaced whole or not at all; whoever has it open keeps the old one. What a built database holds
(row counts, last session, coverage, rows known too late) is asked here too, because it decides whether to publish.
"""

import os
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from ingestion import calendar
from ingestion.store import verdict_log

#: The share of an index whose names can be valued on the last session; below it the mart itself gives NULL.
COVERAGE_FLOOR = 0.50

#: What DuckDB raises when a disk is full or a file is not to be had; a checkpoint without room is a FatalException.
DISK_ERRORS = (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.FatalException)


class PublicationFailed(Exception):
    """Nothing was published; the file that stood there still stands."""


class NotAudited(PublicationFailed):
    """What was built is not what may be published: mend the build."""


class CannotWrite(PublicationFailed):
    """The disk is full or the folder cannot be written: make room or choose another data folder."""


@dataclass(frozen=True)
class Stamp:
    """What the builder says of a build; as_of and built_at are naive UTC."""

    market: str
    is_made_up: bool
    as_of: datetime
    rule_version: str
    git_revision: str
    built_at: datetime
    tests_passed: int


@dataclass(frozen=True)
class Published:
    """What was published, and where."""

    path: Path
    last_session: date
    is_final: bool
    rows: dict[str, int]
    stamp: Stamp


@dataclass(frozen=True)
class Audit:
    """What a built database holds: rows of each mart, its last session, and what is known of it too early."""

    rows: dict[str, int]
    last_session: date | None
    coverage: float | None
    from_the_future: dict[str, int]


def publish(source: Path, target: Path, stamp: Stamp) -> Published:
    """Publish the marts of the database `source` as the file `target`.

    The table marts.publication (one row) says what was published; marts.verdict_log, which verdicts were. Raises
    NotAudited when there is nothing to publish or the copy differs from its source, CannotWrite when disk or folder
    refuse.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        sweep(target)
        fresh = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            published = _copy(source, fresh, target, stamp)
            _verify(fresh, published)
            verdict_log.keep(source, fresh)
            swap(fresh, target)
        finally:
            _remove(fresh)
    except (*DISK_ERRORS, OSError) as error:
        raise CannotWrite(f"cannot publish to {target}: {_reason(error)}; the file there is as it was") from error
    return published


def audit(path: Path, as_of: datetime, universe: str = "SP500") -> Audit:
    """What the built database at `path` holds; `as_of` (naive UTC) is what its rows may be known by.

    Reads read-only; coverage is that of all of `universe` on the last session, None where no mart gives it.
    """
    with _reading(path) as connection:
        rows = {name: _count(connection, "marts", name) for name in _tables(connection, "marts")}
        last = _last_session(connection)
        return Audit(rows, last, _coverage(connection, universe), _from_the_future(connection, as_of))


def row_counts(path: Path) -> dict[tuple[str, str], int]:
    """Rows of every table (not view) of the database at `path`, by schema and name."""
    with _reading(path) as connection:
        tables = connection.execute("select schema_name, table_name from duckdb_tables() order by all").fetchall()
        return {(schema, name): _count(connection, schema, name) for schema, name in tables}


def headline(path: Path) -> dict[str, object]:
    """The day's numbers of a published file, one row as a dictionary; a number that no mart holds is missing."""
    with _reading(path) as connection:
        numbers = _row(connection, "select * from marts.publication")
        for query in _HEADLINE:
            numbers.update(_row(connection, query))
    return numbers


_HEADLINE = (
    """
    select advances, declines, members, valid, pct_above_sma200, eligible_sma200
    from marts.breadth_daily
    where universe_id = 'SP500' and segment_id = 'ALL'
        and session_date = (select last_session from marts.publication)
    """,
    """
    select vix, vix_chg_1d_pct, vix_vix3m, vol_state
    from marts.volatility_daily
    where session_date = (select last_session from marts.publication)
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


def _copy(source: Path, fresh: Path, target: Path, stamp: Stamp) -> Published:
    if not source.exists():
        raise NotAudited(f"there is nothing to publish: no database at {source}")
    with duckdb.connect(str(fresh)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("attach ? as built (read_only)", [str(source)])
        tables = connection.execute(
            """
            select table_name, sql, comment
            from duckdb_tables()
            where database_name = 'built' and schema_name = 'marts'
            order by table_name
            """
        ).fetchall()
        comments = connection.execute(
            """
            select table_name, column_name, comment
            from duckdb_columns()
            where database_name = 'built' and schema_name = 'marts' and comment is not null
            """
        ).fetchall()
        if not tables:
            raise NotAudited("there is nothing to publish: the build holds no mart")
        # one transaction: several hundred comments would each wait for the disk
        connection.begin()
        connection.execute("create schema marts")
        rows = {}
        for name, definition, comment in tables:
            connection.execute(definition)
            connection.execute(f"insert into marts.{_name(name)} select * from built.marts.{_name(name)}")
            rows[name] = _count(connection, "marts", name)
            if comment:
                connection.execute(f"comment on table marts.{_name(name)} is {_text(comment)}")
        for table, column, comment in comments:
            connection.execute(f"comment on column marts.{_name(table)}.{_name(column)} is {_text(comment)}")
        last_session = _last_session(connection)
        if last_session is None:
            raise NotAudited("there is nothing to publish: no mart holds a session")
        published = Published(target, last_session, calendar.cutoff(last_session) <= stamp.as_of, rows, stamp)
        _sign(connection, published)
        verdict_log.carry(connection, stamp.as_of, stamp.built_at, stamp.rule_version, stamp.git_revision)
        different = [name for name, count in rows.items() if count != _count(connection, "built.marts", name)]
        if different:
            raise NotAudited(f"the copy differs from the build in {', '.join(different)}")
        connection.commit()
        connection.execute("detach built")
        connection.execute("checkpoint")
    return published


def _sign(connection: duckdb.DuckDBPyConnection, published: Published) -> None:
    """Add the table marts.publication: what this file is."""
    connection.execute(
        """
        create table marts.publication (
            market varchar not null, is_made_up boolean not null, as_of timestamp not null,
            last_session date not null, is_final boolean not null, rule_version varchar not null,
            git_revision varchar not null, built_at timestamp not null, tests_passed integer not null
        )
        """
    )
    row = asdict(published.stamp) | {"last_session": published.last_session, "is_final": published.is_final}
    names = ", ".join(row)
    marks = ", ".join("?" for _ in row)
    connection.execute(f"insert into marts.publication ({names}) values ({marks})", list(row.values()))
    connection.execute("comment on table marts.publication is 'What this file is: one row.'")
    for column, meaning in _PUBLICATION.items():
        connection.execute(f"comment on column marts.publication.{column} is {_text(meaning)}")


_PUBLICATION = {
    "market": "The world of data these numbers come from: sample, folder or live.",
    "is_made_up": "Whether nobody ever paid these prices.",
    "as_of": "The instant (UTC) up to which rows were known to this build.",
    "last_session": "The newest session in the marts.",
    "is_final": "Whether everything a reader of the last session can know was out at as_of.",
    "rule_version": "Fingerprint of the thresholds; it changes when one does.",
    "git_revision": "Revision of the code that built this file; -dirty where it had local changes.",
    "built_at": "When it was built (UTC).",
    "tests_passed": "Data tests that passed before it was published; it is not published when one fails.",
}


def _verify(fresh: Path, published: Published) -> None:
    """Open the copy as a reader will, and hold it against what was copied."""
    with _reading(fresh) as connection:
        for name, count in published.rows.items():
            if (found := _count(connection, "marts", name)) != count:
                raise NotAudited(f"the copy of {name} holds {found:,} rows and not {count:,}")
        signed = connection.execute("select last_session, market, as_of from marts.publication").fetchall()
        if signed != [(published.last_session, published.stamp.market, published.stamp.as_of)]:
            raise NotAudited(f"the copy is signed {signed}")
        if (last := _last_session(connection)) != published.last_session:
            raise NotAudited(f"the copy ends on {last} and not on {published.last_session}")


def swap(fresh: Path, target: Path) -> None:
    """Put the copy in the target's place, on the disk and not only in its cache."""
    with fresh.open("rb+") as file:
        os.fsync(file.fileno())
    write_ahead(target).unlink(missing_ok=True)
    os.replace(fresh, target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def sweep(target: Path) -> None:
    """Remove what crashed runs left beside the target; a market has one writer, so none of it is in use."""
    for left in target.parent.glob(f".{target.name}.*.part*"):
        left.unlink(missing_ok=True)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    write_ahead(path).unlink(missing_ok=True)


def write_ahead(path: Path) -> Path:
    """Where DuckDB writes ahead of the file `path`."""
    return path.with_name(f"{path.name}.wal")


def disk_refusal(words: str) -> str | None:
    """What disk or folder refused, by the words of DuckDB, SQLite or the operating system; None when it was neither."""
    for refusal, signs in _REFUSALS.items():
        if any(sign in words for sign in signs):
            return refusal
    return None


_REFUSALS = {
    "the disk is full": ("No space left", "File too large", "Disk quota", "disk is full"),
    "the folder cannot be written": ("Permission denied", "Read-only file system", "readonly database"),
    "the disk is full or cannot be read": ("disk I/O error",),
}


def _reason(error: Exception) -> str:
    words = " ".join(str(error).split())
    if refusal := disk_refusal(words):
        return refusal
    if isinstance(error, PermissionError):
        return "the folder cannot be written"
    if isinstance(error, OSError):
        return f"{error.strerror or words}"
    return words


def _reading(path: Path) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(path), read_only=True)


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


def _count(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> int:
    return connection.execute(f"select count(*) from {schema}.{_name(name)}").fetchall()[0][0]


def _last_session(connection: duckdb.DuckDBPyConnection) -> date | None:
    """The newest session_date of any mart; the log of verdicts may tell of later ones."""
    newest = [
        connection.execute(f"select max(session_date)::date from {schema}.{_name(name)}").fetchall()[0][0]
        for schema, name in _with_column(connection, "session_date", ("marts",))
        if name != "verdict_log"
    ]
    return max((day for day in newest if day is not None), default=None)


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
            f"select count(*) from {schema}.{_name(name)} where known_at > ?", [as_of]
        ).fetchall()
        if found[0][0]:
            late[f"{schema}.{name}"] = found[0][0]
    return late


def _row(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, object]:
    try:
        cursor = connection.execute(query)
    except (duckdb.CatalogException, duckdb.BinderException):
        return {}
    found = cursor.fetchall()
    names = [column[0] for column in cursor.description or []]
    return dict(zip(names, found[0], strict=True)) if found else {}


def _text(value: object) -> str:
    """An SQL string literal."""
    return "'" + str(value).replace("'", "''") + "'"


def _name(identifier: str) -> str:
    """A quoted SQL identifier."""
    return '"' + identifier.replace('"', '""') + '"'
