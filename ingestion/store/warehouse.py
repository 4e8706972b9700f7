"""The working database of a market: connections, its raw tables, appends, rejected rows and the log of loads."""

import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import cached_property

import duckdb
import pandas as pd

from ingestion.overlay import Overlay
from ingestion.settings import Settings
from ingestion.store import computed, mine, vintages
from ingestion.store.vintages import Appended
from ingestion.tables import LOG_TABLES, RAW_TABLES
from ingestion.tables.base import LogTable, RawTable


class Warehouse:
    """The working database of one market; the file is open for no longer than a call.

    The in-memory engine is reused: starting one takes longer than most calls.
    """

    def __init__(self, settings: Settings) -> None:
        self.path = settings.warehouse_path
        self._config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": settings.engine_memory,
            "threads": settings.threads,
            # beside the file: an engine without a file would take the current directory
            "temp_directory": f"{self.path}.tmp",
            # all that is needed comes with the package; nothing is fetched behind the user's back
            "autoinstall_known_extensions": False,
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
        """A read-only connection; raises FileNotFoundError before the first load."""
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
        """Create the schemas raw and mine where they are missing, and columns that a log has gained since."""
        with self.writing() as connection:
            connection.execute("create schema if not exists raw")
            mine.create(connection)
            tables: list[RawTable | LogTable] = [*RAW_TABLES.values(), *LOG_TABLES.values()]
            for table in tables:
                connection.execute(vintages.creation(table))
            for log in LOG_TABLES.values():
                for name, column in log.columns.items():
                    connection.execute(f"alter table raw.{log.name} add column if not exists {name} {column.sql_type}")

    def store_overlay(self, overlay: Overlay) -> None:
        """Make the tables of the schema mine the rows of a user's own things."""
        with self.writing() as connection:
            mine.replace(connection, overlay)

    def next_batch(self) -> int:
        """The number of the next batch: one more than any batch that was ever logged."""
        with self.reading() as connection:
            found: list[tuple[int]] = connection.execute(
                "select coalesce(max(batch_id), 0) + 1 from raw.ingestion_runs"
            ).fetchall()
        return found[0][0]

    def append(self, table: str, frame: pd.DataFrame, *, source: str, batch_id: int, ingested_at: datetime) -> Appended:
        """Append the rows of `frame` that are new or differ from the newest stored vintage.

        `frame` holds the table's columns as in tables.COLUMNS with known_at and vintage_stated. Where
        vintage_stated is false the row is compared with the newest stored vintage of its key, and a difference is
        known from `ingested_at` at the earliest; where it is true the source dated its own vintages, and a row is new
        unless that very vintage is stored. Returns the counts; all or nothing is stored.
        """
        with self.writing() as connection:
            return vintages.append(connection, RAW_TABLES[table], frame, source, batch_id, ingested_at)

    def replace(self, table: str, frame: pd.DataFrame, at: datetime) -> int:
        """Make a computed table the rows of `frame`, as store.computed documents; returns how many rows differed."""
        with self.writing() as connection:
            return computed.replace(connection, RAW_TABLES[table], frame, at)

    def date_again(self, table: str) -> int:
        """Date the stored rows of a table by its rule of today; returns how many rows changed."""
        with self.writing() as connection:
            return computed.date_again(connection, RAW_TABLES[table])

    def rename(self, pairs: Sequence[tuple[str, str]], *, batch_id: int, at: datetime) -> None:
        """Make the old and the new ticker of each pair one security, where either is stored; newest change first, so
        that a company that changed twice follows."""
        if not pairs:
            return
        with self.writing() as connection:
            for old, new in pairs:
                vintages.rename(connection, old, new, batch_id, at)

    def renamed(self) -> dict[str, str]:
        """Each ticker that was given up -> the one that its security carries now."""
        with self.reading() as connection:
            rows = connection.execute(
                f"""
                select given_up.symbol, named.symbol
                from {vintages.IDENTITIES} as given_up
                inner join {vintages.NAMED} as named using (security_id)
                where given_up.given_up is not null and given_up.symbol <> named.symbol
                """
            )
            return dict(rows.fetchall())

    def reject(self, rows: pd.DataFrame, *, source: str, table: str, origin: str, batch_id: int, at: datetime) -> None:
        """Store rows that broke their contract, each once: row_number, symbol, obs_date, reason and payload (JSON)."""
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
                    from raw.rejected_rows as stored
                    where stored.source = ? and stored.table_name = ? and stored.origin = ?
                        and stored.reason = arriving.reason and stored.payload = arriving.payload
                )
                """,
                [batch_id, source, table, origin, at, source, table, origin],
            )

    def take_back(self, table: str, batch_id: int) -> None:
        """Remove what an unfinished batch has stored of a file that is refused after all."""
        with self.writing() as connection:
            connection.execute(f"delete from raw.{RAW_TABLES[table].name} where batch_id = ?", [batch_id])
            connection.execute("delete from raw.rejected_rows where batch_id = ?", [batch_id])

    def log_run(self, run: dict[str, object]) -> None:
        """Append one row to raw.ingestion_runs; `run` maps each of its columns to a value."""
        with self.writing() as connection:
            names = ", ".join(run)
            marks = ", ".join("?" for _ in run)
            connection.execute(f"insert into raw.ingestion_runs ({names}) values ({marks})", list(run.values()))

    def watermarks(self) -> dict[str, date]:
        """Raw table -> newest day it describes, for tables that have rows."""
        newest: dict[str, date] = {}
        with self.reading() as connection:
            for name, table in RAW_TABLES.items():
                found = connection.execute(f"select max({table.described}) from raw.{name}").fetchall()
                if found[0][0] is not None:
                    newest[name] = found[0][0]
        return newest

    def symbols(self, asset_type: str) -> frozenset[str]:
        """Every ticker that any vintage gives this asset type (equity, etf, index)."""
        with self.reading() as connection:
            rows = connection.execute("select distinct symbol from raw.securities where asset_type = ?", [asset_type])
            return frozenset(row[0] for row in rows.fetchall())

    def first_bars(self) -> dict[str, date]:
        """Symbol -> day of its first stored bar."""
        with self.reading() as connection:
            rows = connection.execute(
                f"""
                with firsts as (
                    select security_id, min(obs_date) as first_date
                    from raw.prices
                    group by security_id
                )

                select named.symbol, min(firsts.first_date)
                from firsts
                inner join {vintages.IDENTITIES} as named using (security_id)
                group by named.symbol
                """
            )
            return dict(rows.fetchall())

    def count(self, table: str) -> int:
        """Rows stored in raw.<table>, every vintage counted."""
        name = RAW_TABLES[table].name
        with self.reading() as connection:
            found: list[tuple[int]] = connection.execute(f"select count(*) from raw.{name}").fetchall()
        return found[0][0]
