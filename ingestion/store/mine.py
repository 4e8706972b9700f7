"""The tables of a user's own things in the working database: the schema mine, replaced as a whole by every run."""

from collections.abc import Iterable, Mapping

import duckdb

from ingestion.overlay import FILES, UNIVERSE, Overlay
from ingestion.store.sql import quoted_name

#: Table of the schema mine -> its columns, all text; `line` orders the rows as the file has them.
TABLES: Mapping[str, tuple[str, ...]] = {
    **{name: tuple(file.columns) for name, file in FILES.items()},
    "universe_members": ("universe_id", *UNIVERSE.columns),
}


def create(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the schema and its tables where they are missing."""
    connection.execute("create schema if not exists mine")
    for table, columns in TABLES.items():
        connection.execute(_creation("create table if not exists", table, columns))


def replace(connection: duckdb.DuckDBPyConnection, overlay: Overlay) -> None:
    """Make the tables the rows of the overlay."""
    rows: dict[str, Iterable[Mapping[str, str | None]]] = {**overlay.rows, "universe_members": overlay.members}
    for table, columns in TABLES.items():
        connection.execute(_creation("create or replace table", table, columns))
        values = [[line, *(row[name] for name in columns)] for line, row in enumerate(rows[table], 1)]
        if values:
            marks = ", ".join("?" * (len(columns) + 1))
            connection.executemany(f"insert into mine.{quoted_name(table)} values ({marks})", values)


def _creation(how: str, table: str, columns: Iterable[str]) -> str:
    typed = ", ".join(f"{quoted_name(name)} varchar" for name in columns)
    return f"{how} mine.{quoted_name(table)} (line integer, {typed})"
