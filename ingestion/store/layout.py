"""How a file of bars is written: its delimiter, what its columns are called, the form of its days and numbers.

Spreadsheets and yfinance give the columns other names than we do; here a file becomes one SQL relation of our columns.
"""

import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import duckdb

#: Our column -> what else it is called, in lower case without blanks and signs (Adj Close, Stock Splits).
NAMES = {
    "symbol": ("symbol", "ticker"),
    "date": ("date", "datetime"),
    "open": ("open",),
    "high": ("high",),
    "low": ("low",),
    "close": ("close",),
    "adj_close": ("adjclose", "adjustedclose"),
    "volume": ("volume",),
    "dividend": ("dividend", "dividends"),
    "split": ("split", "splits", "stocksplit", "stocksplits"),
}

#: What a column that a file does not have is, in SQL: a bar without the two has no corporate action.
ABSENT = {"dividend": "0::double", "split": "1::double"}

#: Columns without which there is no bar.
NEEDED = ("symbol", "date", "close")

_DELIMITERS = (",", ";", "\t", "|")

#: Days that are not written as YYYY-MM-DD: the pattern of a cell, and the format by which DuckDB reads it.
_DAYS = {
    r"\d{1,2}/\d{1,2}/\d{4}": "%m/%d/%Y",
    r"\d{1,2}\.\d{1,2}\.\d{4}": "%d.%m.%Y",
    r"\d{8}": "%Y%m%d",
}


class UnknownLayout(Exception):
    """A file whose columns cannot be those of bars, in one sentence."""


@dataclass(frozen=True)
class Layout:
    """The bars of a file as an SQL relation with one parameter, its path: our columns and file_row_number (from 0).

    `types` gives the SQL type of each column as the file has it; `absent` are the columns that it does not have.
    """

    relation: str
    types: dict[str, str]
    absent: tuple[str, ...]


def layout(path: Path) -> Layout:
    """The layout of a parquet or CSV file of bars.

    Raises UnknownLayout for other columns or days of which none is sure, duckdb.Error for an unreadable file.
    """
    found = path.stat()
    return _layout(path, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=8)
def _layout(path: Path, changed: int, size: int) -> Layout:
    if path.suffix == ".parquet":
        rows = "read_parquet(?, file_row_number = true, binary_as_string = true)"
        with duckdb.connect() as engine:
            described = engine.execute(f"describe select * from {rows}", [str(path)]).fetchall()
        types = {row[0]: row[1] for row in described if row[0] != "file_row_number"}
        return _relation(path, rows, {name: f'"{_doubled(name)}"' for name in types}, types, "")
    delimiter, header = _header(path)
    # by number, since a spreadsheet may leave a heading empty
    names = ", ".join(f"'c{number}': 'varchar'" for number in range(len(header)))
    options = (
        f"auto_detect = false, header = true, delim = '{delimiter}', quote = '\"', escape = '\"', columns = {{{names}}}"
    )
    rows = f"(select *, row_number() over () - 1 as file_row_number from read_csv(?, {options}))"
    cells: dict[str, str] = {}
    if header[:1] == ["Price"]:
        raise UnknownLayout(
            f"expected columns {', '.join(NEEDED)}; came yfinance's wide table: write it by "
            "data.stack(level='Ticker', future_stack=True).to_csv('prices.csv')"
        )
    for number, name in enumerate(header):
        if name in cells and name:
            raise UnknownLayout(f"expected each column once; came with {name} more than once")
        cells[name] = f"c{number}"
    return _relation(path, rows, cells, dict.fromkeys(cells, "VARCHAR"), delimiter)


def _relation(path: Path, rows: str, cells: dict[str, str], types: dict[str, str], delimiter: str) -> Layout:
    """The relation over `rows`, whose columns `cells` maps from the names of the file to SQL; no delimiter: parquet."""
    theirs = _theirs(list(cells))
    columns = []
    for ours in NAMES:
        if ours not in theirs:
            columns.append(f"{ABSENT.get(ours, 'null::double')} as {ours}")
            continue
        cell = cells[theirs[ours]]
        if delimiter and ours == "date":
            cell = _day(path, rows, cell)
        elif delimiter and ours != "symbol":
            cell = _number(cell, delimiter, ours == "volume")
        if ours == "split" and theirs[ours] != "split":
            # yfinance writes 0 where there is none
            cell = f"case when try_cast({cell} as double) = 0 then '1' else {cell}::varchar end"
        columns.append(f"{cell} as {ours}")
    relation = f"(select {', '.join(columns)}, file_row_number from {rows})"
    ours_types = {ours: types[theirs[ours]] if ours in theirs else "DOUBLE" for ours in NAMES}
    return Layout(relation, ours_types, tuple(ours for ours in NAMES if ours not in theirs))


def _theirs(came: list[str]) -> dict[str, str]:
    """Our column -> the file's name of it; raises UnknownLayout for a column that is needed and absent or unclear."""
    theirs: dict[str, str] = {}
    for ours, aliases in NAMES.items():
        if ours in came:
            theirs[ours] = ours
            continue
        found = [name for name in came if re.sub(r"[^a-z]", "", name.lower()) in aliases]
        if len(found) > 1:
            raise UnknownLayout(f"expected one column {ours}; came with {' and '.join(found)}")
        if found:
            theirs[ours] = found[0]
    missing = [name for name in NEEDED if name not in theirs and not (name == "close" and "adj_close" in theirs)]
    if missing:
        raise UnknownLayout(
            f"expected columns {', '.join(NEEDED)}; missing {', '.join(missing)}, "
            f"came with {', '.join(came)[:200] or 'none'}"
        )
    return theirs


def _header(path: Path) -> tuple[str, list[str]]:
    """The delimiter of a CSV file, that which parts its header into most columns that are ours, and the header."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        line = file.readline(100_000)
    headers = {mark: [cell.strip() for cell in next(csv.reader([line], delimiter=mark), [])] for mark in _DELIMITERS}
    known = {alias for aliases in NAMES.values() for alias in aliases}

    def ours(mark: str) -> int:
        return sum(re.sub(r"[^a-z]", "", cell.lower()) in known for cell in headers[mark])

    delimiter = max(_DELIMITERS, key=ours)
    return delimiter, headers[delimiter]


def _day(path: Path, rows: str, cell: str) -> str:
    """The days of a CSV column as YYYY-MM-DD, if its first one is in another form that is sure; others as they came."""
    with duckdb.connect() as engine:
        first = engine.execute(f"select trim({cell}) from {rows} where {cell} is not null limit 1", [str(path)])
        day = next(iter(first.fetchone() or ()), "")
        form = next((pattern for pattern in _DAYS if re.match(rf"{pattern}(?:\D|$)", day)), None)
        if form is None:
            return cell
        if form.count("/"):
            other = engine.execute(
                f"select min({cell}) from {rows} where regexp_matches(trim({cell}), '^(1[3-9]|2\\d|3[01])/')",
                [str(path)],
            ).fetchone()
            if other and other[0]:
                raise UnknownLayout(f"expected days as YYYY-MM-DD or month/day/year; came {other[0]!r}")
    part = f"regexp_extract(trim({cell}), '^{form}')"
    return f"coalesce(strftime(try_strptime({part}, '{_DAYS[form]}'), '%Y-%m-%d'), {cell})"


def _number(cell: str, delimiter: str, is_whole: bool) -> str:
    """A number of a CSV column with a point before its decimals and nothing between its thousands.

    Of 1.234 only a whole number shows that its point is no decimal one.
    """
    if delimiter == ",":
        pattern, plain = r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", f"replace({cell}, ',', '')"
    else:
        # where a semicolon parts the cells, a comma comes before the decimals
        pattern, plain = r"[+-]?(\d{1,3}(\.\d{3})+|\d+),\d*", f"replace(replace({cell}, '.', ''), ',', '.')"
        if is_whole:
            is_whole_number = f"regexp_full_match(trim({cell}), '\\d{{1,3}}(\\.\\d{{3}})+')"
            return f"case when {is_whole_number} then replace({cell}, '.', '') else {cell} end"
    is_grouped = f"contains({cell}, ',') and regexp_full_match(trim({cell}), '{pattern}')"
    return f"case when {is_grouped} then {plain} else {cell} end"


def _doubled(name: str) -> str:
    return name.replace('"', '""')
