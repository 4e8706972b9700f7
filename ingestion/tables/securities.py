"""raw.securities: identities. Every other table refers to the security_id that is given here."""

import pandera.pandas as pa

from ingestion.tables import known_at, rules
from ingestion.tables.base import Circumstances, Column, RawTable


def contract(circumstances: Circumstances) -> pa.DataFrameSchema:
    """A ticker and the day from which it is carried."""
    return pa.DataFrameSchema({"symbol": rules.present("symbol"), "valid_from": rules.day(circumstances)})


SECURITIES = RawTable(
    name="securities",
    meaning="Who carries a ticker from when; security_id is the integer key of everything else.",
    key={
        "symbol": Column("varchar", "Ticker, classes of shares with a dash (BRK-B), indices with ^ (^GSPC)."),
        "valid_from": Column("date", "First day on which this security carries the ticker; 1900-01-01: not stated."),
    },
    values={
        "security_id": Column("integer", "Number of (symbol, valid_from), given when first seen.", assigned=True),
        "name": Column("varchar", "Name of the company, fund or index."),
        "asset_type": Column("varchar", "equity, etf or index."),
        "gics_sector": Column("varchar", "GICS sector of an equity."),
        "gics_sub_industry": Column("varchar", "GICS sub-industry of an equity."),
    },
    known_at=known_at.by_rule("same_day 00:00", "valid_from"),
    rules=contract,
    described="valid_from",
    changes_daily=False,
)
