"""Cells as a source sent them, typed by their column: days, numbers and texts."""

import numpy as np
import pandas as pd

from ingestion.tables.base import RawTable

#: A day as we read it, with or without a time of day and an offset: 03/04/2024 would be two days, and "now" is none.
ISO_DAY = r"^\s*(\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?)\s*(?:Z|[+-]\d{2}:?\d{2})?\s*$"


def read_days(cells: pd.Series) -> pd.Series:
    """Cells of any kind as wall-clock moments (datetime64), NaT where a cell is no ISO day such as 2024-12-27."""
    if isinstance(cells.dtype, pd.DatetimeTZDtype):
        return cells.dt.tz_localize(None)
    if pd.api.types.is_datetime64_dtype(cells.dtype):
        return cells
    return pd.to_datetime(cells.astype("string").str.extract(ISO_DAY, expand=False), errors="coerce", format="ISO8601")


def typed(table: RawTable, original: pd.DataFrame) -> tuple[pd.DataFrame, dict[int, list[str]]]:
    """The columns that `table` receives, typed, and for each row the reasons of its unreadable cells.

    Adds known_at where `original` has it. An unreadable or infinite cell is reported; an empty one is missing.
    """
    reasons: dict[int, list[str]] = {}
    columns: dict[str, pd.Series] = {}
    types = table.delivered | ({"known_at": "timestamp"} if "known_at" in original else {})
    for name, sql_type in types.items():
        cells = original[name]
        if sql_type == "varchar":
            columns[name] = cells.astype("string").str.strip().replace("", pd.NA)
            continue
        blank = cells.isna()
        if sql_type in ("date", "timestamp"):
            parsed = read_days(cells)
            columns[name] = parsed.dt.normalize() if sql_type == "date" else parsed
            expected = "date (YYYY-MM-DD)"
        else:
            if not pd.api.types.is_numeric_dtype(cells.dtype) or pd.api.types.is_bool_dtype(cells.dtype):
                cells = cells.astype("string").str.strip()
                blank = blank | cells.isin(["", "."])
            columns[name] = pd.to_numeric(cells.mask(blank), errors="coerce").astype("float64")
            expected = "number"
        unreadable = ~blank & (columns[name].isna() | columns[name].isin([np.inf, -np.inf]))
        for row in np.flatnonzero(unreadable.to_numpy(dtype=bool)):
            reasons.setdefault(int(row), []).append(f"{name} is not a {expected}: {str(cells.iloc[row])!r}")
    return pd.DataFrame(columns), reasons
