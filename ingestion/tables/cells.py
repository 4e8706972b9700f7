"""Cells as a source sent them, typed by their column: days, numbers, texts and symbols."""

import re

import numpy as np
import pandas as pd

from ingestion import calendar
from ingestion.tables.base import RawTable

#: A day as we read it, with or without a time of day and an offset: 03/04/2024 would be two days, and "now" is none.
ISO_DAY = r"^\s*(\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?)\s*(Z|[+-]\d{2}(?::?\d{2})?)?\s*$"

#: A day that can only be year-day-month: then no other day of the file is sure to be year-month-day.
YEAR_DAY_MONTH = r"^\s*\d{4}-(?:1[3-9]|2\d|3[01])-(?:0[1-9]|1[0-2])(?!\d)"

#: Month/day/year with or without a time of day, as the CFTC's bundle of past reports and Cboe write it.
SLASHED_DAY = r"^\s*(\d{1,2})/(\d{1,2})/(\d{4})(?:\s+\d{1,2}:\d{2}(?::\d{2})?\s*(?:[AaPp][Mm])?)?\s*$"

#: What stands for nothing in a column that may be empty, compared in lower case.
NOTHING = frozenset({"", "na", "n/a", "nan", "null", "none"})

#: A class of shares: BRK.B and BRK/B are BRK-B; DX-Y.NYB is an index.
_SHARE_CLASS = re.compile(r"[./]([A-Za-z])$")


def read_days(cells: pd.Series) -> pd.Series:
    """Cells of any kind as wall-clock moments (datetime64), NaT where a cell is no ISO day such as 2024-12-27.

    A moment with a time zone is a day by its own sense, whatever the zone of the machine: midnight UTC is that day, any
    other moment is read in New York. Where one day of the cells can only be year-day-month, none is read.
    """
    moments, is_zoned = _moments(cells)
    if not is_zoned.any():
        return moments
    zoned = moments[is_zoned]
    in_new_york = zoned.dt.tz_localize("UTC").dt.tz_convert(calendar.NEW_YORK).dt.tz_localize(None)
    return moments.where(~is_zoned | (moments == moments.dt.normalize()), in_new_york.reindex(moments.index))


def read_instants(cells: pd.Series) -> pd.Series:
    """Cells of any kind as naive UTC instants, NaT where a cell is none; one without a zone is UTC."""
    return _moments(cells)[0]


def month_first(cells: pd.Series) -> pd.Series:
    """Text cells with month/day/year as ISO days; others, and all where a day of the cells can only be day/month, as
    they came."""
    parts = cells.astype("string").str.extract(SLASHED_DAY)
    first, second = (pd.to_numeric(parts[place], errors="coerce") for place in (0, 1))
    if ((first > 12) & (first <= 31) & second.between(1, 12)).fillna(False).any():
        return cells
    iso = parts[2] + "-" + parts[0].str.zfill(2) + "-" + parts[1].str.zfill(2)
    return cells.astype("string").where(iso.isna(), iso)


def one_symbol(symbol: str) -> str:
    """A symbol as we write it: classes of shares with a dash."""
    return _SHARE_CLASS.sub(r"-\1", symbol.strip())


def typed(table: RawTable, original: pd.DataFrame) -> tuple[pd.DataFrame, dict[int, list[str]]]:
    """The columns that `table` receives, typed, and for each row the reasons of its unreadable cells.

    Adds known_at where `original` has it. An unreadable or infinite cell is reported; an empty one is missing.
    """
    reasons: dict[int, list[str]] = {}
    columns: dict[str, pd.Series] = {}
    types = table.delivered | ({"known_at": "timestamp"} if "known_at" in original else {})
    for name, sql_type in types.items():
        cells = original[name]
        may_be_empty = name not in table.delivered_key
        if sql_type == "varchar":
            columns[name] = _text(cells, may_be_empty, name == "symbol")
            continue
        blank = cells.isna()
        if _is_text(cells, sql_type in ("date", "timestamp")):
            stripped = cells.astype("string").str.strip()
            blank = blank | stripped.eq("").fillna(False).astype(bool)
            if may_be_empty:
                blank = blank | stripped.str.lower().isin(NOTHING)
            if sql_type not in ("date", "timestamp"):
                blank = blank | stripped.eq(".").fillna(False).astype(bool)
            cells = stripped.mask(blank)
        if sql_type == "date":
            columns[name], expected = read_days(cells).dt.normalize(), "date (YYYY-MM-DD)"
        elif sql_type == "timestamp":
            columns[name], expected = read_instants(cells), "date (YYYY-MM-DD)"
        else:
            columns[name], expected = pd.to_numeric(cells, errors="coerce").astype("float64"), "number"
        unreadable = ~blank & (columns[name].isna() | columns[name].isin([np.inf, -np.inf]))
        for row in np.flatnonzero(unreadable.to_numpy(dtype=bool)):
            reasons.setdefault(int(row), []).append(f"{name} is not a {expected}: {str(original[name].iloc[row])!r}")
    return pd.DataFrame(columns), reasons


def _text(cells: pd.Series, may_be_empty: bool, is_symbol: bool) -> pd.Series:
    text = cells.astype("string").str.strip().replace("", pd.NA)
    if is_symbol:
        return text.str.replace(_SHARE_CLASS, r"-\1", regex=True)
    return text.mask(text.str.lower().isin(NOTHING)) if may_be_empty else text


def _is_text(cells: pd.Series, holds_days: bool) -> bool:
    """Whether the cells must be read, since their type is not that of the column."""
    if holds_days:
        return not pd.api.types.is_datetime64_any_dtype(cells.dtype)
    return not pd.api.types.is_numeric_dtype(cells.dtype) or pd.api.types.is_bool_dtype(cells.dtype)


def _moments(cells: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Moments without a zone, those that came with one in UTC, and whether each came with one."""
    if isinstance(cells.dtype, pd.DatetimeTZDtype):
        return cells.dt.tz_convert("UTC").dt.tz_localize(None), cells.notna()
    if pd.api.types.is_datetime64_dtype(cells.dtype):
        return cells, pd.Series(False, index=cells.index)
    text = cells.astype("string")
    parts = text.str.extract(ISO_DAY)
    if text.str.match(YEAR_DAY_MONTH).fillna(False).any():
        parts[0] = pd.NA
    moments = pd.to_datetime(parts[0], errors="coerce", format="ISO8601")
    is_zoned = parts[1].notna() & moments.notna()
    if is_zoned.any():
        zoned = pd.to_datetime(parts[0][is_zoned] + parts[1][is_zoned], errors="coerce", format="ISO8601", utc=True)
        moments = moments.where(~is_zoned, zoned.dt.tz_localize(None).reindex(moments.index))
    return moments, is_zoned.astype(bool)
