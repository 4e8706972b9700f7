"""raw.exchange_breadth: counts of issues of a whole exchange."""

import pandas as pd
import pandera.pandas as pa

from ingestion.tables import known_at
from ingestion.tables.base import Circumstances, Column, NeighbourRule, RawTable
from ingestion.tables.rules import day, number, possible, present, rule

COUNTS = ("advances", "declines", "unchanged")

#: More issues than any exchange lists.
MOST_ISSUES = 1e6

#: An exchange day with fewer issues than this share of the median of the days around it is a broken count.
THIN_COUNT = 0.5


def contract(circumstances: Circumstances) -> pa.DataFrameSchema:
    """At least one of advances and declines, and no negative count."""
    return pa.DataFrameSchema(
        {
            "exchange": present("exchange"),
            "obs_date": day(circumstances),
            **{name: number(f"{name} is negative", 0, size=possible(name, most=MOST_ISSUES)) for name in COUNTS},
        },
        checks=[
            rule(lambda rows: rows["advances"].notna() | rows["declines"].notna(), "no counts"),
            rule(
                lambda rows: (rows[list(COUNTS)].fillna(0) % 1 == 0).all(axis="columns"), "a count is no whole number"
            ),
        ],
    )


def thin_counts(counts: pd.DataFrame, circumstances: Circumstances) -> pd.Index:
    """Rows of broken counts: far fewer issues than on the ten days before and after."""
    counts = counts.sort_values(["exchange", "obs_date"], kind="stable")
    issues = counts[["advances", "declines", "unchanged"]].sum(axis=1, min_count=3)
    usual = issues.groupby(counts["exchange"]).transform(
        lambda days: days.rolling(21, center=True, min_periods=3).median()
    )
    return counts.index[(issues < THIN_COUNT * usual).to_numpy(dtype=bool)]


EXCHANGE_BREADTH = RawTable(
    name="exchange_breadth",
    meaning="Advancing, declining and unchanged issues of an exchange.",
    key={
        "exchange": Column("varchar", "Exchange that is counted, such as NYSE."),
        "obs_date": Column("date", "Session of the counts."),
    },
    values={
        "advances": Column("integer", "Issues that closed above their previous close."),
        "declines": Column("integer", "Issues that closed below their previous close."),
        "unchanged": Column("integer", "Issues that closed at their previous close."),
    },
    known_at=known_at.by_rule("same_day 18:00"),
    rules=contract,
    neighbours=(NeighbourRule(thin_counts, f"issues counted are under {THIN_COUNT:.0%} of the median around it"),),
)
