"""Bulk reads of a parquet or CSV file by DuckDB, as the folder source needs them: chunks, one column, column names."""

import csv
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

from ingestion.tables.cells import YEAR_DAY_MONTH, one_symbol


def read_symbols(
    path: Path, symbol_column: str, date_column: str, per_chunk: int, only: Collection[str] | None = None
) -> Iterator[pd.DataFrame]:
    """Read a parquet or CSV file of bars in bulk: frames of whole symbols, sorted by symbol and date.

    `only` chooses symbols by the spelling of the file; rows that name no symbol come with the first frame.
    Symbols come as text, classes of shares with a dash; CSV columns come as text, so that a cell which is no number can
    be named; adds file_row_number (from 0). Raises duckdb.Error when the file cannot be read.
    """
    written = spellings(path, symbol_column)
    if only is not None:
        written = {name: found for name, found in written.items() if set(found) & set(only)}
    names, rows_of_file = list(written), reader(path)
    with _engine() as connection:
        for start in range(0, max(len(names), 1), per_chunk):
            chunk = {spelling: name for name in names[start : start + per_chunk] for spelling in written[name]}
            bars = connection.execute(
                f"""
                select * replace ({symbol_column}::varchar as {symbol_column})
                from {rows_of_file}
                where {symbol_column}::varchar in (select unnest(?)) or ({symbol_column} is null and ?)
                order by {symbol_column}, {date_column}
                """,
                [str(path), list(chunk), start == 0],
            ).df()
            yield _as_we_write(bars, chunk, symbol_column, date_column)


def read_since(path: Path, symbol_column: str, date_column: str, since: Mapping[str, date]) -> pd.DataFrame:
    """The rows of each symbol (by the spelling of the file) from a day on, in the form of read_symbols."""
    rows_of_file = reader(path)
    with _engine() as connection:
        connection.register("since", pd.DataFrame({"spelling": list(since), "first_day": list(since.values())}))
        bars = connection.execute(
            f"""
            select bars.* replace (bars.{symbol_column}::varchar as {symbol_column})
            from {rows_of_file} as bars
            inner join since on bars.{symbol_column}::varchar = since.spelling
            where bars.{date_column}::date >= since.first_day::date
            order by bars.{symbol_column}, bars.{date_column}
            """,
            [str(path)],
        ).df()
    names = {spelling: one_symbol(spelling) for spelling in since}
    return _as_we_write(bars, names, symbol_column, date_column)


def _as_we_write(bars: pd.DataFrame, names: Mapping[str, str], symbol_column: str, date_column: str) -> pd.DataFrame:
    """The bars with each spelling replaced by its symbol, in the order of the symbols."""
    if all(spelling == name for spelling, name in names.items()):
        return bars
    renamed = bars.assign(**{symbol_column: bars[symbol_column].map(dict(names))})
    return renamed.sort_values([symbol_column, date_column], kind="stable", ignore_index=True)


def read_names(path: Path, symbol_column: str) -> list[str]:
    """The distinct symbols of a parquet or CSV file as read_symbols writes them, sorted, NULL left out."""
    return list(spellings(path, symbol_column))


def spellings(path: Path, symbol_column: str) -> dict[str, list[str]]:
    """Each symbol of a file as we write it, sorted, with the ways in which the file writes it; NULL left out."""
    rows_of_file = reader(path)
    with _engine() as connection:
        rows = connection.execute(
            f"select distinct {symbol_column}::varchar from {rows_of_file} where {symbol_column} is not null",
            [str(path)],
        ).fetchall()
    found: dict[str, list[str]] = {}
    for (spelling,) in sorted(rows):
        found.setdefault(one_symbol(spelling), []).append(spelling)
    return dict(sorted(found.items()))


def count_rows(path: Path) -> int:
    """Rows of a parquet or CSV file."""
    rows_of_file = reader(path)
    with _engine() as connection:
        found: list[tuple[int]] = connection.execute(f"select count(*) from {rows_of_file}", [str(path)]).fetchall()
    return found[0][0]


def day_in_another_order(path: Path, date_column: str) -> str | None:
    """A day of the file that can only be year-day-month, where there is one and days are text."""
    if read_columns(path).get(date_column) != "VARCHAR":
        return None
    rows_of_file = reader(path)
    with _engine() as connection:
        rows = connection.execute(
            f"""
            select min({date_column}::varchar)
            from {rows_of_file}
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
    rows_of_file = reader(path)
    with _engine() as connection:
        described = connection.execute(f"describe select * from {rows_of_file}", [str(path)]).fetchall()
    return {row[0]: row[1] for row in described if row[0] != "file_row_number"}


def _engine() -> duckdb.DuckDBPyConnection:
    """An engine in memory that shows moments with a time zone in UTC, whatever the zone of the machine."""
    engine = duckdb.connect()
    engine.execute("set TimeZone = 'UTC'")
    return engine


def reader(path: Path) -> str:
    """The rows of a file as an SQL relation with one parameter, its path; adds file_row_number (from 0)."""
    if path.suffix == ".parquet":
        return "read_parquet(?, file_row_number = true, binary_as_string = true)"
    names = ", ".join("'" + name.replace("'", "''") + "': 'varchar'" for name in read_columns(path))
    options = f"auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', columns = {{{names}}}"
    return f"(select *, row_number() over () - 1 as file_row_number from read_csv(?, {options}))"
