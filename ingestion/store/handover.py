"""Tables of a built database as Parquet for another engine, and that engine's tables back in their place."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from ingestion.store.audit import reading
from ingestion.store.sql import quoted_name, quoted_text

#: The schemas that models are built from.
GIVEN = ("raw", "mine", "seeds")

#: A file of this size is a piece of work for one core of a cluster.
FILE_SIZE = "128MB"


@dataclass(frozen=True)
class Given:
    """A table that was handed over: its folder of Parquet files, and the DuckDB type of each column."""

    schema: str
    name: str
    folder: Path
    types: Mapping[str, str]


@dataclass(frozen=True)
class Taken:
    """A table to take back: its folder of Parquet files, and what it and its columns are, as comments."""

    schema: str
    name: str
    folder: Path
    words: str = ""
    column_words: Mapping[str, str] = field(default_factory=dict)


def give(built: Path, raw: Path | None, folder: Path) -> list[Given]:
    """Write the tables that models are built from to folders of their own below `folder`, which is made again.

    `raw` is the database of the sources' rows and the user's own where that is not the one that is built.
    """
    shutil.rmtree(folder, ignore_errors=True)
    if raw is None:
        return _written(built, GIVEN, folder)
    return _written(raw, ("raw", "mine"), folder) + _written(built, ("seeds",), folder)


def _written(database: Path, schemas: Sequence[str], folder: Path) -> list[Given]:
    given = []
    with reading(database) as connection:
        for schema, name, types in connection.execute(
            """
            select
                schema_name,
                table_name,
                map(list(column_name order by column_index), list(data_type order by column_index))
            from duckdb_columns()
            where database_name = current_database() and list_contains(?, schema_name)
            group by schema_name, table_name
            order by schema_name, table_name
            """,
            [list(schemas)],
        ).fetchall():
            place = folder / schema / name
            place.mkdir(parents=True)
            connection.execute(
                f"copy {quoted_name(schema)}.{quoted_name(name)} to {quoted_text(place)} "
                f"(format parquet, file_size_bytes {quoted_text(FILE_SIZE)})"
            )
            given.append(Given(schema, name, place, types))
    return given


def take_back(database: Path, tables: list[Taken]) -> None:
    """Put tables in the place of those of the same name in the database, and remove all else of their schemas.

    All or nothing is done. What an earlier build on another engine stored for itself does not fit these tables.
    """
    with duckdb.connect(str(database)) as connection:
        connection.begin()
        for schema in sorted({table.schema for table in tables}):
            connection.execute(f"drop schema if exists {quoted_name(schema)} cascade")
            connection.execute(f"create schema {quoted_name(schema)}")
        for table in tables:
            place = f"{quoted_name(table.schema)}.{quoted_name(table.name)}"
            files = quoted_text(table.folder / "*.parquet")
            connection.execute(f"create table {place} as select * from read_parquet({files})")
            if table.words:
                connection.execute(f"comment on table {place} is {quoted_text(table.words)}")
            for column, words in table.column_words.items():
                connection.execute(f"comment on column {place}.{quoted_name(column)} is {quoted_text(words)}")
        connection.commit()
