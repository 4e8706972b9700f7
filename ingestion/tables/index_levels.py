"""raw.index_levels: levels of Cboe's indices."""

import pandas as pd
import pandera.pandas as pa

from ingestion.tables import known_at
from ingestion.tables.base import Circumstances, Column, RawTable
from ingestion.tables.rules import ABOVE_ZERO, LARGEST, day, present, rule

#: Prefix of a series -> the lowest and highest close that is accepted; Cboe's files hold bad prints such as 526.02.
BOUNDS = {"COR": (0.0, 100.0), "VIX": (ABOVE_ZERO, 200.0)}


def in_bounds(levels: pd.DataFrame) -> pd.Series:
    """Whether each close is within the bounds of its series; others must be above zero."""
    good = levels["close"].isna() | ((levels["close"] > 0) & (levels["close"] <= LARGEST))
    for prefix, (low, high) in BOUNDS.items():
        chosen = levels["series_id"].str.startswith(prefix).fillna(False).astype(bool)
        good = good.mask(chosen & levels["close"].notna(), levels["close"].between(low, high))
    return good


def contract(circumstances: Circumstances) -> pa.DataFrameSchema:
    """A close within the bounds of its series."""
    return pa.DataFrameSchema(
        {"series_id": present("series"), "obs_date": day(circumstances), "close": present("close")},
        checks=rule(in_bounds, "close outside its bounds (COR 0 to 100, VIX above 0 to 200, others above 0)"),
    )


INDEX_LEVELS = RawTable(
    name="index_levels",
    meaning="Levels of Cboe's indices: the VIX family, implied correlation, SKEW.",
    key={
        "series_id": Column("varchar", "Index as Cboe names it, such as VIX or COR1M."),
        "obs_date": Column("date", "Day of the level."),
    },
    values={
        "open": Column("double", "First level of the day."),
        "high": Column("double", "Highest level of the day; Cboe's holds bad prints, no model reads it."),
        "low": Column("double", "Lowest level of the day."),
        "close": Column("double", "Last level of the day."),
    },
    known_at=known_at.by_series("calendar_day 08:00"),
    rules=contract,
)
