"""Bulk reads of a parquet or CSV file by DuckDB, as the folder source needs them: chunks, one column, column names."""

import csv
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd


def read_symbols(path: Path, symbol_column: str, date_column: str, per_chunk: int) -> Iterator[pd.DataFrame]:
    """Read a parquet or CSV file of bars in bulk: frames of whole symbols, sorted by symbol and date.

    CSV columns come as text, so that a cell which is no number can be named; adds file_row_number (from 0). Raises
    duckdb.Error when the file cannot be read.
    """
    names = read_distinct(path, symbol_column)
    with _engine() as connection:
        for start in range(0, max(len(names), 1), per_chunk):
            yield connection.execute(
                f"""
                select *
                from {_reader(path)}
                where {symbol_column} in (select unnest(?)) or ({symbol_column} is null and ?)
                order by {symbol_column}, {date_column}
                """,
                [str(path), names[start : start + per_chunk], start == 0],
            ).df()


def read_distinct(path: Path, column: str) -> list[str]:
    """The distinct values of one column of a parquet or CSV file, sorted, NULL left out."""
    with _engine() as connection:
        rows = connection.execute(
            f"select distinct {column} from {_reader(path)} where {column} is not null order by 1", [str(path)]
        ).fetchall()
    return [row[0] for row in rows]


def read_columns(path: Path) -> list[str]:
    """Column names of a parquet or CSV file, in order; raises duckdb.Error when it cannot be read."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            return next(csv.reader([file.readline(100_000)]), [])
    with _engine() as connection:
        described = connection.execute(f"describe select * from {_reader(path)}", [str(path)]).fetchall()
    return [row[0] for row in described if row[0] != "file_row_number"]


def _engine() -> duckdb.DuckDBPyConnection:
    """An engine in memory that shows moments with a time zone in UTC, whatever the zone of the machine."""
    engine = duckdb.connect()
    engine.execute("set TimeZone = 'UTC'")
    return engine


def _reader(path: Path) -> str:
    if path.suffix == ".parquet":
        return "read_parquet(?, file_row_number = true)"
    names = ", ".join("'" + name.replace("'", "''") + "': 'varchar'" for name in read_columns(path))
    options = f"auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', columns = {{{names}}}"
    return f"(select *, row_number() over () - 1 as file_row_number from read_csv(?, {options}))"
