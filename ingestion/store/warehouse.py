"""The working database: its raw tables, appending where values differ, rejected rows and the run log.

Raw is append-only vintages: a row is added only where its values differ from the newest one stored, so nothing a source
said is ever lost and a second run adds nothing.
"""

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import duckdb
import pandas as pd

from ingestion.settings import Settings
from ingestion.tables import LOG_TABLES, RAW_TABLES
from ingestion.tables.base import LogTable, RawTable

#: Relative difference up to which two values of the same row are one value: sources repeat rows with float noise of
#: about 1e-7 (seen in Yahoo's bars), while the smallest real correction, a cent on a 1,000-dollar stock, is 1e-5.
SAME_VALUE = 1e-6


@dataclass(frozen=True)
class Appended:
    """What became of the rows of one append; received = new + unchanged + restated."""

    received: int = 0
    new: int = 0
    unchanged: int = 0
    restated: int = 0

    def __add__(self, other: "Appended") -> "Appended":
        return Appended(*(mine + theirs for mine, theirs in zip(self._counts(), other._counts(), strict=True)))

    def _counts(self) -> tuple[int, int, int, int]:
        return self.received, self.new, self.unchanged, self.restated


class Warehouse:
    """The working database of one market. Opens, works and closes: the file is open for no longer than a call.

    What lives on is an engine without a file: to start one costs more than most calls.
    """

    def __init__(self, settings: Settings) -> None:
        self.path = settings.warehouse_path
        self._config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": settings.engine_memory,
            "threads": settings.threads,
            # beside the file, as for an engine that has one; without, it would be the folder that a command is typed in
            "temp_directory": f"{self.path}.tmp",
        }

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection in one transaction: all of it is stored or, when an error leaves the block, none."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._opened("attach ? as warehouse") as connection:
            connection.begin()
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A read-only connection; raises FileNotFoundError when nothing was ever loaded."""
        if not self.path.exists():
            raise FileNotFoundError(f"there is no warehouse at {self.path}: run the ingestion first")
        with self._opened("attach ? as warehouse (read_only)") as connection:
            yield connection

    @contextmanager
    def _opened(self, attach: str) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._engine.cursor() as connection:
            connection.execute(attach, [str(self.path)])
            try:
                connection.execute("use warehouse")
                yield connection
            finally:
                connection.execute("use memory")
                connection.execute("detach warehouse")

    @cached_property
    def _engine(self) -> duckdb.DuckDBPyConnection:
        engine = duckdb.connect(config=self._config)
        weakref.finalize(self, engine.close)
        engine.execute("set global TimeZone = 'UTC'")
        return engine

    def create(self) -> None:
        """Create the schema raw and its tables where they are missing."""
        with self.writing() as connection:
            connection.execute("create schema if not exists raw")
            tables: list[RawTable | LogTable] = [*RAW_TABLES.values(), *LOG_TABLES.values()]
            for table in tables:
                connection.execute(creation(table))

    def next_batch(self) -> int:
        """The number of the next batch: one more than any batch that was ever logged."""
        with self.reading() as connection:
            return _single(connection.execute("select coalesce(max(batch_id), 0) + 1 from raw.ingestion_runs"))

    def append(self, table: str, frame: pd.DataFrame, *, source: str, batch_id: int, ingested_at: datetime) -> Appended:
        """Add the rows of `frame` that say something new.

        `frame` holds the table's columns as in tables.COLUMNS with known_at and vintage_stated. Where
        vintage_stated is false the row is compared with the newest stored vintage of its key, and a difference is
        known from `ingested_at` at the earliest; where it is true the source dated its own vintages, and a row is new
        unless that very vintage is stored. Returns the counts; all or nothing is stored.
        """
        raw = RAW_TABLES[table]
        with self.writing() as connection:
            if "symbol" in frame.columns and raw.names_securities:
                _register(connection, frame, source, batch_id, ingested_at)
                frame = _with_security_id(connection, frame, raw.described)
            if table == "securities":
                frame = _with_new_ids(connection, frame)
            if table == "prices":
                frame = _with_later_splits(frame)
            connection.register("arriving", frame)
            appended = _append(connection, raw, source, batch_id, ingested_at)
            connection.unregister("arriving")
        return appended

    def reject(self, rows: pd.DataFrame, *, source: str, table: str, origin: str, batch_id: int, at: datetime) -> None:
        """Keep rows that broke their contract: row_number, symbol, obs_date, reason and payload (JSON)."""
        if rows.empty:
            return
        with self.writing() as connection:
            connection.register("arriving", rows)
            connection.execute(
                """
                insert into raw.rejected_rows
                select ?, ?, ?, ?, row_number, symbol, obs_date, reason, payload, ?
                from arriving
                where not exists (
                    select 1
                    from raw.rejected_rows as seen
                    where seen.source = ? and seen.table_name = ? and seen.origin = ?
                        and seen.reason = arriving.reason and seen.payload = arriving.payload
                )
                """,
                [batch_id, source, table, origin, at, source, table, origin],
            )

    def log_run(self, run: dict[str, object]) -> None:
        """Append one row to raw.ingestion_runs; `run` maps each of its columns to a value."""
        with self.writing() as connection:
            names = ", ".join(run)
            marks = ", ".join("?" for _ in run)
            connection.execute(f"insert into raw.ingestion_runs ({names}) values ({marks})", list(run.values()))

    def watermarks(self) -> dict[str, object]:
        """Raw table -> newest day it describes, for tables that hold rows."""
        with self.reading() as connection:
            newest = {
                name: _single(connection.execute(f"select max({table.described}) from raw.{name}"))
                for name, table in RAW_TABLES.items()
            }
        return {name: day for name, day in newest.items() if day is not None}

    def symbols(self, asset_type: str) -> frozenset[str]:
        """Every ticker that any vintage calls by this asset type (equity, etf, index)."""
        with self.reading() as connection:
            rows = connection.execute("select distinct symbol from raw.securities where asset_type = ?", [asset_type])
            return frozenset(row[0] for row in rows.fetchall())

    def count(self, table: str) -> int:
        """Rows stored in raw.<table>, every vintage counted."""
        with self.reading() as connection:
            return _single(connection.execute(f"select count(*) from raw.{RAW_TABLES[table].name}"))


def creation(table: RawTable | LogTable) -> str:
    """The SQL that creates a raw table where it is missing."""
    shape = ", ".join(f"{name} {column.sql_type}" for name, column in table.columns.items())
    return f"create table if not exists raw.{table.name} ({shape})"


def _single(cursor: duckdb.DuckDBPyConnection) -> Any:
    """The one value of a query that has one row and one column."""
    return cursor.fetchall()[0][0]


def _register(connection, frame: pd.DataFrame, source: str, batch_id: int, ingested_at: datetime) -> None:
    """Give every symbol that no security carries yet an identity without a name."""
    connection.register("symbols", frame[["symbol"]].drop_duplicates())
    connection.execute(
        """
        insert into raw.securities (symbol, valid_from, security_id, known_at, ingested_at, batch_id, source)
        select
            symbol, date '1900-01-01', (select coalesce(max(security_id), 0) from raw.securities)
                + row_number() over (order by symbol),
            timestamp '1900-01-01', ?, ?, ?
        from symbols
        where symbol not in (select symbol from raw.securities)
        """,
        [ingested_at, batch_id, source],
    )
    connection.unregister("symbols")


def _with_security_id(connection, frame: pd.DataFrame, described: str) -> pd.DataFrame:
    """The frame with security_id in place of symbol: the identity that carried the ticker on the day described."""
    connection.register("arriving", frame)
    identified = connection.execute(
        f"""
        with identities as (
            select
                symbol, valid_from, security_id,
                lead(valid_from, 1, date '9999-12-31') over (partition by symbol order by valid_from) as next_from,
                min(valid_from) over (partition by symbol) as first_from
            from (select distinct symbol, valid_from, security_id from raw.securities)
        )

        select arriving.* exclude (symbol), identities.security_id
        from arriving
        inner join identities
            on arriving.symbol = identities.symbol
            and arriving.{described} < identities.next_from
            and (arriving.{described} >= identities.valid_from or identities.valid_from = identities.first_from)
        """
    ).df()
    connection.unregister("arriving")
    return identified


def _with_later_splits(frame: pd.DataFrame) -> pd.DataFrame:
    """The bars with the product of the splits after each in the same answer: what its prices were divided by.

    A fact of the vintage: a build that knows less than the whole history still finds what was traded on the day.
    """
    newest_first = frame.sort_values(["security_id", "obs_date"], ascending=[True, False])
    factor = newest_first["split"].fillna(1).groupby(newest_first["security_id"]).cumprod()
    return frame.assign(later_splits=(factor / newest_first["split"].fillna(1)).reindex(frame.index))


def _with_new_ids(connection, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with security_id: the stored one of (symbol, valid_from), else the next free number."""
    connection.register("arriving", frame)
    numbered = connection.execute(
        """
        with stored as (
            select symbol, valid_from, min(security_id) as security_id
            from raw.securities
            group by all
        ),

        matched as (
            select arriving.*, stored.security_id as stored_id
            from arriving
            left join stored on arriving.symbol = stored.symbol and arriving.valid_from = stored.valid_from
        )

        select
            * exclude (stored_id),
            coalesce(
                stored_id,
                (select coalesce(max(security_id), 0) from raw.securities)
                    + dense_rank() over (partition by stored_id is null order by symbol, valid_from)
            )::integer as security_id
        from matched
        """
    ).df()
    connection.unregister("arriving")
    return numbered


def _append(connection, raw: RawTable, source: str, batch_id: int, ingested_at: datetime) -> Appended:
    key = ", ".join(raw.key)
    same_key = " and ".join(f"arriving.{name} = stored.{name}" for name in raw.key)
    differs = " or ".join(_differs(raw, name) for name in raw.values)
    columns = ", ".join(f"arriving.{name}" for name in raw.key | raw.values)
    connection.execute(
        f"""
        create or replace temp table judged as
        with repeated as (
            select *, row_number() over (partition by {key}, known_at order by 1) as occurrence
            from arriving
        ),

        stored as (
            select *, row_number() over (partition by {key} order by known_at desc, batch_id desc) as age
            from raw.{raw.name}
            where ({key}) in (select ({key}) from arriving)
        )

        select
            {columns}, arriving.known_at, arriving.vintage_stated,
            stored.batch_id is not null as is_stored,
            not arriving.vintage_stated and ({differs}) as is_different
        from repeated as arriving
        left join stored
            on {same_key}
            and (
                (not arriving.vintage_stated and stored.age = 1)
                or (arriving.vintage_stated and stored.known_at = arriving.known_at)
            )
        where arriving.occurrence = 1
        """
    )
    connection.execute(
        f"""
        insert into raw.{raw.name} ({key}, {", ".join(raw.values)}, known_at, ingested_at, batch_id, source)
        select
            {key}, {", ".join(raw.values)},
            case when is_stored then greatest(known_at, $ingested_at) else known_at end,
            $ingested_at, $batch_id, $source
        from judged
        where not is_stored or is_different
        -- by day, so that who asks for the newest days need not read the history before them
        order by {raw.described}, {key}, known_at
        """,
        {"ingested_at": ingested_at, "batch_id": batch_id, "source": source},
    )
    received, new, restated = connection.execute(
        """
        select
            (select count(*) from arriving),
            count(*) filter (where not is_stored and not restates),
            count(*) filter (where (is_stored and is_different) or (not is_stored and restates))
        from (
            select *, vintage_stated and known_at > min(known_at) over (partition by {key}) as restates
            from judged
        )
        """.replace("{key}", key)
    ).fetchone()
    connection.execute("drop table judged")
    return Appended(received, new, received - new - restated, restated)


def _differs(raw: RawTable, name: str) -> str:
    """SQL: does the arriving value of `name` differ from the stored one?"""
    if raw.values[name].sql_type == "double":
        condition = (
            f"(arriving.{name} is null) <> (stored.{name} is null) or "
            f"abs(arriving.{name} - stored.{name}) > {SAME_VALUE} * abs(stored.{name})"
        )
    else:
        condition = f"arriving.{name} is distinct from stored.{name}"
    for column, stands_in_for in raw.fallback:
        if name == column:
            condition = f"arriving.{stands_in_for} is null and ({condition})"
    return f"coalesce({condition}, false)"
