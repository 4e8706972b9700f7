"""Bulk reads of a parquet or CSV file by DuckDB, as the folder source needs them: chunks, one column, column names."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd

from ingestion.store.layout import layout
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
    """Column of ours -> SQL type that it has in a parquet or CSV file of bars; raises as `layout` does."""
    return layout(path).types


def _engine() -> duckdb.DuckDBPyConnection:
    """An engine in memory that shows moments with a time zone in UTC, whatever the zone of the machine."""
    engine = duckdb.connect()
    engine.execute("set TimeZone = 'UTC'")
    return engine


@dataclass(frozen=True)
class Fault:
    """The first row (from 0) of a file that is no bar: what was expected of a column, and the cell that came."""

    row: int
    expected: str
    came: str


def fault_of_first_rows(path: Path, rows: int) -> Fault | None:
    """The first fault of a file of bars if more than half of its first rows have one, or if it has no row."""
    day = "try_cast(left(trim(date::varchar), 10) as date) is null"
    price = "coalesce(try_cast(close::varchar as double), try_cast(adj_close::varchar as double), 0) <= 0"
    rows_of_file = reader(path)
    with _engine() as connection:
        found = connection.execute(
            f"""
            with faults as (
                select
                    file_row_number,
                    case
                        when symbol is null then 'expected a symbol'
                        when {day} then 'expected a day as YYYY-MM-DD in date'
                        when {price} then 'expected a number above zero in close'
                    end as expected,
                    case when symbol is null then '' when {day} then date::varchar else close::varchar end as came
                from (select * from {rows_of_file} limit {rows})
            )

            select count(*), count(expected), arg_min((file_row_number, expected, came), file_row_number)
                filter (where expected is not null)
            from faults
            """,
            [str(path)],
        ).fetchall()
    count, faulty, first = found[0]
    if not count:
        return Fault(0, "expected a bar", "")
    return Fault(first[0], first[1], first[2] or "") if 2 * faulty > count else None


def spans(path: Path) -> list[tuple[str, date, date]]:
    """The first and the last day of each symbol of a file of bars, by our spelling, sorted."""
    rows_of_file = reader(path)
    with _engine() as connection:
        rows = connection.execute(
            f"""
            select symbol::varchar, min(day), max(day)
            from (select symbol, try_cast(left(trim(date::varchar), 10) as date) as day from {rows_of_file})
            where symbol is not null and day is not null
            group by 1
            """,
            [str(path)],
        ).fetchall()
    found: dict[str, tuple[date, date]] = {}
    for spelling, first, last in rows:
        before = found.get(one_symbol(spelling), (first, last))
        found[one_symbol(spelling)] = min(first, before[0]), max(last, before[1])
    return [(symbol, *days) for symbol, days in sorted(found.items())]


def reader(path: Path) -> str:
    """The rows of a file as an SQL relation with one parameter, its path: our columns, and file_row_number (from 0)."""
    return layout(path).relation
