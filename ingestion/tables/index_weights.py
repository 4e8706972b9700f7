"""raw.index_weights: weights of an index at dated holdings."""

import pandera.pandas as pa

from ingestion.tables import known_at
from ingestion.tables.base import Circumstances, Column, RawTable
from ingestion.tables.rules import ABOVE_ZERO, day, number, present, rule


def contract(circumstances: Circumstances) -> pa.DataFrameSchema:
    """A weight above zero and at most one."""
    return pa.DataFrameSchema(
        {
            "index_id": present("index"),
            "symbol": present("symbol"),
            "obs_date": day(circumstances),
            "weight": number("weight outside 0 to 1 (a fraction)", ABOVE_ZERO, 1.0),
        },
        checks=rule(lambda rows: rows["weight"].notna(), "no weight"),
    )


INDEX_WEIGHTS = RawTable(
    name="index_weights",
    meaning="Weights of an index at dated holdings.",
    key={
        "index_id": Column("varchar", "Index, such as SP500."),
        "security_id": Column("integer", "Security that is weighted."),
        "obs_date": Column("date", "Day of the holdings."),
    },
    values={"weight": Column("double", "Share of the index, a fraction.")},
    known_at=known_at.by_rule("calendar_day 08:00"),
    rules=contract,
    changes_daily=False,
)
