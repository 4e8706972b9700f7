"""raw.positioning: the CFTC's Traders in Financial Futures report."""

import pandera.pandas as pa

from ingestion.tables import known_at
from ingestion.tables.base import Circumstances, Column, RawTable
from ingestion.tables.rules import day, number, possible, present, rule

POSITIONS = {
    "dealer_long": Column("double", "Contracts that dealers are long."),
    "dealer_short": Column("double", "Contracts that dealers are short, positive."),
    "asset_manager_long": Column("double", "Contracts that asset managers are long."),
    "asset_manager_short": Column("double", "Contracts that asset managers are short, positive."),
    "leveraged_long": Column("double", "Contracts that leveraged funds are long."),
    "leveraged_short": Column("double", "Contracts that leveraged funds are short, positive."),
}


def contract(circumstances: Circumstances) -> pa.DataFrameSchema:
    """Open interest, and no negative position."""
    return pa.DataFrameSchema(
        {
            "contract_code": present("contract"),
            "obs_date": day(circumstances),
            "open_interest": number("open interest is negative", 0, size=possible("open interest")),
            **{name: number(f"{name} is negative", 0, size=possible(name)) for name in POSITIONS},
        },
        checks=rule(lambda rows: rows["open_interest"].notna(), "no open interest"),
    )


POSITIONING = RawTable(
    name="positioning",
    meaning="Weekly futures positions by kind of trader (Traders in Financial Futures, futures only).",
    key={
        "contract_code": Column("varchar", "Contract as the CFTC numbers it, such as 13874A."),
        "obs_date": Column("date", "Report date: a Tuesday, in some weeks a Monday."),
    },
    values={"open_interest": Column("double", "Contracts outstanding."), **POSITIONS},
    known_at=known_at.by_release,
    rules=contract,
)
