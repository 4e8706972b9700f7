"""What was last read and published from which contents, so that a run repeats neither without need.

It is remembered in the warehouse afterwards: a run that is cut off is repeated. Contents are compared by checksum, so a
restored backup and a row changed by hand are noticed.
"""

import json
from datetime import date, datetime

import duckdb

from ingestion.store.vintages import IDENTITIES
from ingestion.store.warehouse import Warehouse
from ingestion.tables import RAW_TABLES

#: One row a table, and one row.
_CREATE = (
    """
    create table if not exists raw.read_sources
        (table_name varchar, identity varchar, code varchar, contents varchar, outcome varchar)
    """,
    """
    create table if not exists raw.newest_publication
        (identity varchar, contents varchar, as_of timestamp, built_at timestamp, last_cutoff timestamp)
    """,
)

#: What the models read: the vintages and the rejected rows. Of the log of loads they read failures and when each ended.
_READ_BY_MODELS = (*RAW_TABLES, "rejected_rows")


def published_before(warehouse: Warehouse, identity: str, now: datetime) -> datetime | None:
    """When the newest publication was built, where building it again at `now` would give the same; None otherwise.

    That is so if the same code (`identity`) would read the same rows, no further row becomes known meanwhile, every
    session was final then, so that none awaits its cutoff, and every source answered. Instants are naive UTC.
    """
    with warehouse.writing() as connection:
        _create(connection)
        found = connection.execute(
            """
            select as_of, built_at, contents
            from raw.newest_publication
            where identity = ? and as_of <= ? and last_cutoff <= as_of
            """,
            [identity, now],
        ).fetchall()
        if not found or _has_failures(connection):
            return None
        as_of, built_at, contents = found[0]
        if any(_becomes_known(connection, table, as_of, now) for table in RAW_TABLES):
            return None
        if contents != checksums(connection, _READ_BY_MODELS):
            return None
    return built_at  # type: ignore[no-any-return]


def remember_publication(
    warehouse: Warehouse, identity: str, as_of: datetime, built_at: datetime, last_cutoff: datetime
) -> None:
    """Remember what was published: `last_cutoff` is the cutoff of its newest session. Instants are naive UTC."""
    with warehouse.writing() as connection:
        _create(connection)
        connection.execute("delete from raw.newest_publication")
        if not _has_failures(connection):
            row = [identity, checksums(connection, _READ_BY_MODELS), as_of, built_at, last_cutoff]
            connection.execute("insert into raw.newest_publication values (?, ?, ?, ?, ?)", row)


def read_before(warehouse: Warehouse, table: str, identity: str) -> dict[str, object] | None:
    """The outcome of the newest load of a table, where it read the same (`identity`) and its rows are unchanged."""
    with warehouse.writing() as connection:
        _create(connection)
        found = connection.execute(
            "select contents, outcome from raw.read_sources where table_name = ? and identity = ?", [table, identity]
        ).fetchall()
        if not found or found[0][0] != _of_load(connection, table):
            return None
    outcome: dict[str, object] = json.loads(found[0][1])
    return outcome


def checked_by(warehouse: Warehouse, table: str) -> str | None:
    """The digest of the code that checked the newest rows of a table; None where its load is not remembered."""
    with warehouse.writing() as connection:
        _create(connection)
        found = connection.execute("select code from raw.read_sources where table_name = ?", [table]).fetchall()
    return found[0][0] if found else None


def remember_read(
    warehouse: Warehouse, table: str, identity: str, code: str, outcome: dict[str, object], today: date
) -> None:
    """Remember a load by the code with the digest `code`.

    It is not remembered where a rejected row describes a day after `today`: tomorrow that row may be a good one.
    """
    with warehouse.writing() as connection:
        _create(connection)
        connection.execute("delete from raw.read_sources where table_name = ?", [table])
        early: list[tuple[int]] = connection.execute(
            "select count(*) from raw.rejected_rows where table_name = ? and obs_date > ?", [table, today]
        ).fetchall()
        if not early[0][0]:
            row = [table, identity, code, _of_load(connection, table), json.dumps(outcome, default=str)]
            connection.execute("insert into raw.read_sources values (?, ?, ?, ?, ?)", row)


def _of_load(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    """The contents that the outcome of a load depends on: its rows, and which symbols are indices or were given up.

    A load of any table may add identities without a name; those are left out.
    """
    identities = connection.execute(
        f"""
        select count(*), bit_xor(hash(securities, identities.security_id, identities.given_up))
        from raw.securities as securities
        inner join {IDENTITIES} as identities using (symbol, valid_from)
        where securities.asset_type is not null
        """
    ).fetchall()
    return f"{checksums(connection, (table,)) if table != 'securities' else ''} {identities[0]}"


def _create(connection: duckdb.DuckDBPyConnection) -> None:
    for statement in _CREATE:
        connection.execute(statement)


def checksums(connection: duckdb.DuckDBPyConnection, tables: tuple[str, ...]) -> str:
    """The rows of raw tables, counted and hashed."""
    found = []
    for table in tables:
        query = f"select count(*), bit_xor(hash(stored)) from raw.{table} as stored"
        found.append(f"{table} {connection.execute(query).fetchall()[0]}")
    return ", ".join(found)


def _becomes_known(connection: duckdb.DuckDBPyConnection, table: str, after: datetime, until: datetime) -> bool:
    known: list[tuple[int]] = connection.execute(
        f"select count(*) from raw.{table} where known_at > ? and known_at <= ?", [after, until]
    ).fetchall()
    return known[0][0] > 0


def _has_failures(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether the newest load of any table failed."""
    failed: list[tuple[int]] = connection.execute(
        """
        select count(*)
        from (select arg_max(status, batch_id) as status from raw.ingestion_runs group by table_name)
        where status <> 'ok'
        """
    ).fetchall()
    return failed[0][0] > 0
