"""From the audited marts to the one file that readers open: copy beside it, verify, replace.

The published file is replaced whole or not at all; a reader that has it open keeps the old one.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from ingestion import calendar
from ingestion.store import verdict_log
from ingestion.store.audit import count, last_session, reading
from ingestion.store.disk import (
    DISK_ERRORS,
    CannotWrite,
    partial_path,
    reason_of,
    remove_file,
    remove_leftovers,
    replace_file,
)
from ingestion.store.sql import quoted_name, quoted_text

#: The published file opens with this version of DuckDB and every later one; the warehouse is this version's own.
OPENS_FROM = "v1.2.0"


class NotAudited(Exception):
    """What was built may not be published: mend the build. The published file is as it was."""


@dataclass(frozen=True)
class Stamp:
    """Facts about a build that only its builder knows; as_of and built_at are naive UTC."""

    market: str
    is_made_up: bool
    as_of: datetime
    rule_version: str
    git_revision: str
    built_at: datetime
    tests_passed: int
    engine: str = "duckdb"


@dataclass(frozen=True)
class Published:
    """What was published, and where."""

    path: Path
    last_session: date
    is_final: bool
    rows: dict[str, int]
    stamp: Stamp


def publish(source: Path, target: Path, stamp: Stamp) -> Published:
    """Publish the marts of the database `source` as the file `target`.

    Adds marts.publication (one row: what was published) and marts.verdict_log (every published verdict). Raises
    NotAudited when there is nothing to publish or the copy differs from its source, CannotWrite when disk or folder
    refuse.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(target)
        fresh = partial_path(target)
        try:
            published = _copy(source, fresh, target, stamp)
            _verify(fresh, published)
            verdict_log.record(source, fresh)
            replace_file(fresh, target)
        finally:
            remove_file(fresh)
    except (*DISK_ERRORS, OSError) as error:
        raise CannotWrite(f"cannot publish to {target}: {reason_of(error)}; the file there is as it was") from error
    return published


def _copy(source: Path, fresh: Path, target: Path, stamp: Stamp) -> Published:
    if not source.exists():
        raise NotAudited(f"there is nothing to publish: no database at {source}")
    with duckdb.connect(str(fresh), config={"storage_compatibility_version": OPENS_FROM}) as connection:
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
        # one transaction: otherwise each of several hundred comments waits for the disk
        connection.begin()
        connection.execute("create schema marts")
        rows = {}
        for name, definition, comment in tables:
            connection.execute(definition)
            connection.execute(f"insert into marts.{quoted_name(name)} select * from built.marts.{quoted_name(name)}")
            rows[name] = count(connection, "marts", name)
            if comment:
                connection.execute(f"comment on table marts.{quoted_name(name)} is {quoted_text(comment)}")
        for table, column, comment in comments:
            connection.execute(
                f"comment on column marts.{quoted_name(table)}.{quoted_name(column)} is {quoted_text(comment)}"
            )
        last = last_session(connection)
        if last is None:
            raise NotAudited("there is nothing to publish: no mart holds a session")
        is_final = calendar.cutoff(last) <= stamp.as_of and not _awaits_bars(connection, last)
        published = Published(target, last, is_final, rows, stamp)
        _sign(connection, published)
        verdict_log.copy_log(connection, stamp.as_of, stamp.built_at, stamp.rule_version, stamp.git_revision)
        different = [name for name, copied in rows.items() if copied != count(connection, "built.marts", name)]
        if different:
            raise NotAudited(f"the copy differs from the build in {', '.join(different)}")
        connection.commit()
        connection.execute("detach built")
        connection.execute("checkpoint")
    return published


def _awaits_bars(connection: duckdb.DuckDBPyConnection, last: date) -> bool:
    """Whether the verdict of the last session is not final, though it is over: the bars of a later one did not come."""
    if not connection.execute("from duckdb_tables() where table_name = 'verdict_daily'").fetchall():
        return False
    rows = connection.execute("select is_final from marts.verdict_daily where session_date = ?", [last]).fetchall()
    return any(not is_final for (is_final,) in rows)


def _sign(connection: duckdb.DuckDBPyConnection, published: Published) -> None:
    """Add the table marts.publication: what this file is."""
    connection.execute(
        """
        create table marts.publication (
            market varchar not null, is_made_up boolean not null, as_of timestamp not null,
            last_session date not null, is_final boolean not null, rule_version varchar not null,
            git_revision varchar not null, built_at timestamp not null, tests_passed integer not null,
            engine varchar not null
        )
        """
    )
    row = asdict(published.stamp) | {"last_session": published.last_session, "is_final": published.is_final}
    names = ", ".join(row)
    marks = ", ".join("?" for _ in row)
    connection.execute(f"insert into marts.publication ({names}) values ({marks})", list(row.values()))
    connection.execute("comment on table marts.publication is 'What this file is: one row.'")
    for column, meaning in _PUBLICATION.items():
        connection.execute(f"comment on column marts.publication.{column} is {quoted_text(meaning)}")


_PUBLICATION = {
    "market": "The world of data these numbers come from: sample, folder or live.",
    "is_made_up": "Whether nobody ever paid these prices.",
    "as_of": "The instant (UTC) up to which rows were known to this build.",
    "last_session": "The newest session in the marts.",
    "is_final": "Whether everything a reader of the last session can know was out at as_of.",
    "rule_version": "Fingerprint of the thresholds and of the rules of the call; it changes when one does.",
    "git_revision": "Revision of the code that built this file; -dirty where it had local changes.",
    "built_at": "When it was built (UTC).",
    "tests_passed": "Data tests that passed before it was published; it is not published when one fails.",
    "engine": "What built the marts: duckdb or spark.",
}


def _verify(fresh: Path, published: Published) -> None:
    """Open the copy as a reader will, and compare it with what was copied."""
    with reading(fresh) as connection:
        for name, expected in published.rows.items():
            if (found := count(connection, "marts", name)) != expected:
                raise NotAudited(f"the copy of {name} holds {found:,} rows and not {expected:,}")
        signed = connection.execute("select last_session, market, as_of from marts.publication").fetchall()
        if signed != [(published.last_session, published.stamp.market, published.stamp.as_of)]:
            raise NotAudited(f"the copy is signed {signed}")
        if (last := last_session(connection)) != published.last_session:
            raise NotAudited(f"the copy ends on {last} and not on {published.last_session}")
