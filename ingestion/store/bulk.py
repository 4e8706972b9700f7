"""Bulk reads of a parquet or CSV file by DuckDB, as the folder source needs them: chunks, one column, column names."""

import csv
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd

from ingestion.tables.cells import YEAR_DAY_MONTH

#: A symbol as we write it (as tables.cells.one_symbol), so that one name written in two ways is one.
_SYMBOL = r"regexp_replace(trim({0}::varchar), '[./]([A-Za-z])$', '-\1')"


def read_symbols(path: Path, symbol_column: str, date_column: str, per_chunk: int) -> Iterator[pd.DataFrame]:
    """Read a parquet or CSV file of bars in bulk: frames of whole symbols, sorted by symbol and date.

    Symbols come as text, classes of shares with a dash; CSV columns come as text, so that a cell which is no number can
    be named; adds file_row_number (from 0). Raises duckdb.Error when the file cannot be read.
    """
    names = read_names(path, symbol_column)
    symbol = _SYMBOL.format(symbol_column)
    with _engine() as connection:
        for start in range(0, max(len(names), 1), per_chunk):
            yield connection.execute(
                f"""
                select * replace ({symbol} as {symbol_column})
                from {_reader(path)}
                where {symbol} in (select unnest(?)) or ({symbol_column} is null and ?)
                order by {symbol}, {date_column}
                """,
                [str(path), names[start : start + per_chunk], start == 0],
            ).df()


def read_names(path: Path, symbol_column: str) -> list[str]:
    """The distinct symbols of a parquet or CSV file as read_symbols writes them, sorted, NULL left out."""
    with _engine() as connection:
        rows = connection.execute(
            f"""
            select distinct {_SYMBOL.format(symbol_column)}
            from {_reader(path)}
            where {symbol_column} is not null
            order by 1
            """,
            [str(path)],
        ).fetchall()
    return [row[0] for row in rows]


def count_rows(path: Path) -> int:
    """Rows of a parquet or CSV file."""
    with _engine() as connection:
        found: list[tuple[int]] = connection.execute(f"select count(*) from {_reader(path)}", [str(path)]).fetchall()
    return found[0][0]


def day_in_another_order(path: Path, date_column: str) -> str | None:
    """A day of the file that can only be year-day-month, where there is one."""
    with _engine() as connection:
        rows = connection.execute(
            f"""
            select min({date_column}::varchar)
            from {_reader(path)}
            where regexp_matches({date_column}::varchar, ?)
            """,
            [str(path), YEAR_DAY_MONTH.replace(r"(?!\d)", r"(?:\D|$)")],
        ).fetchall()
    day: str | None = rows[0][0]
    return day


def read_columns(path: Path) -> dict[str, str]:
    """Column -> SQL type of a parquet or CSV file, in order; raises duckdb.Error when it cannot be read."""
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            return dict.fromkeys(next(csv.reader([file.readline(100_000)]), []), "VARCHAR")
    with _engine() as connection:
        described = connection.execute(f"describe select * from {_reader(path)}", [str(path)]).fetchall()
    return {row[0]: row[1] for row in described if row[0] != "file_row_number"}


def _engine() -> duckdb.DuckDBPyConnection:
    """An engine in memory that shows moments with a time zone in UTC, whatever the zone of the machine."""
    engine = duckdb.connect()
    engine.execute("set TimeZone = 'UTC'")
    return engine


def _reader(path: Path) -> str:
    if path.suffix == ".parquet":
        return "read_parquet(?, file_row_number = true, binary_as_string = true)"
    names = ", ".join("'" + name.replace("'", "''") + "': 'varchar'" for name in read_columns(path))
    options = f"auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', columns = {{{names}}}"
    return f"(select *, row_number() over () - 1 as file_row_number from read_csv(?, {options}))"
