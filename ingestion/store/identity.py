"""Which market and which folder a warehouse belongs to, and which build wrote it: a file of another one is refused."""

from datetime import datetime

import duckdb

from ingestion.settings import Settings
from ingestion.store.warehouse import Warehouse
from ingestion.tables import RAW_TABLES

#: Raised by one with each change to the raw tables that an older build could not read.
FORMAT = 2

#: Tables without known_at and their column that says when a row was written.
_STAMPS = (("rejected_rows", "ingested_at"), ("verdict_log", "built_at"), ("identity", "written_at"))


class AnotherMarket(Exception):
    """The warehouse holds another market or was written by a newer build: choose another --data or the right folder."""


_CREATE = (
    "create table if not exists raw.identity (market varchar, folder varchar, format integer, written_at timestamp)"
)


def require_own(settings: Settings, warehouse: Warehouse, now: datetime) -> None:
    """Write which market and folder the warehouse is of, or compare what is written; raises AnotherMarket.

    A warehouse from before this table takes the identity of the run that opens it, and one of an older build is of this
    one from now on. `now` is naive UTC.
    """
    folder = _folder(settings)
    with warehouse.writing() as connection:
        connection.execute(_CREATE)
        written = connection.execute("select market, folder, format from raw.identity").fetchall()
        if not written:
            row = [settings.market, folder, FORMAT, now]
            connection.execute("insert into raw.identity values (?, ?, ?, ?)", row)
            return
    market, written_folder, written_format = written[0]
    if written_format > FORMAT:
        raise AnotherMarket(
            f"{warehouse.path} was written by a newer market-internals: update this one, or give another --data"
        )
    if market != settings.market:
        raise AnotherMarket(
            f"{warehouse.path} holds the market {market!r}, not {settings.market!r}: give another --data"
        )
    if written_folder != folder:
        raise AnotherMarket(
            f"{warehouse.path} was built from the folder {written_folder}, not from {folder}: give another --data for "
            "other files; if the same files have moved, run once with --folder-moved"
        )
    if written_format < FORMAT:
        with warehouse.writing() as connection:
            connection.execute("update raw.identity set format = ?", [FORMAT])


def adopt(settings: Settings, warehouse: Warehouse) -> None:
    """Write the folder of `settings` as that of the warehouse, whose files have moved there."""
    with warehouse.writing() as connection:
        connection.execute(_CREATE)
        connection.execute("update raw.identity set folder = ?", [_folder(settings)])


def _folder(settings: Settings) -> str | None:
    if settings.market != "folder" or settings.folder is None:
        return None
    return str(settings.folder.expanduser().resolve())


def newest_stored(warehouse: Warehouse) -> datetime | None:
    """The newest moment (naive UTC) at which a load began; None where nothing was loaded."""
    with warehouse.reading() as connection:
        found: list[tuple[datetime | None]] = connection.execute(
            "select max(started_at) from raw.ingestion_runs"
        ).fetchall()
    return found[0][0]


def date_back(warehouse: Warehouse, now: datetime) -> int:
    """Date rows that were stored after `now` to `now`, because the clock was ahead when they were stored.

    What such a row was known from is dated back with it, or it would be waited for until that day comes. Values stay as
    they are. Returns how many rows were dated.
    """
    dated = 0
    with warehouse.writing() as connection:
        for table in RAW_TABLES:
            dated += _changed(
                connection.execute(
                    f"update raw.{table} set known_at = least(known_at, ?), ingested_at = ? where ingested_at > ?",
                    [now, now, now],
                )
            )
        for table, column in (
            ("rejected_rows", "ingested_at"),
            ("verdict_log", "built_at"),
            ("identity", "written_at"),
        ):
            dated += _changed(connection.execute(f"update raw.{table} set {column} = ? where {column} > ?", [now, now]))
        dated += _changed(
            connection.execute(
                "update raw.ingestion_runs set started_at = ?, finished_at = ? where started_at > ?", [now, now, now]
            )
        )
    return dated


def _changed(done: duckdb.DuckDBPyConnection) -> int:
    counts: list[tuple[int]] = done.fetchall()
    return counts[0][0]
