"""raw.macro_observations: yields, spreads and macro series."""

import numpy as np
import pandera.pandas as pa

from ingestion.tables import known_at
from ingestion.tables.base import Circumstances, Column, RawTable
from ingestion.tables.rules import day, number, possible, present


def contract(circumstances: Circumstances) -> pa.DataFrameSchema:
    """A series and a day; a value may be empty, as in a month that was never published."""
    value = number("value is not a number", -np.inf, size=possible("value"))
    return pa.DataFrameSchema({"series_id": present("series"), "obs_date": day(circumstances), "value": value})


MACRO_OBSERVATIONS = RawTable(
    name="macro_observations",
    meaning="Yields, spreads and macro series, as FRED publishes them.",
    key={
        "series_id": Column("varchar", "Series as FRED names it, such as DGS10."),
        "obs_date": Column("date", "Day or first day of the month or week that the value describes."),
    },
    values={"value": Column("double", "Value in the unit of the series.")},
    known_at=known_at.by_series("federal_business_day 17:00"),
    rules=contract,
)
