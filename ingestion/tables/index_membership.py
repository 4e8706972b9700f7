"""raw.index_membership: dated spells of index membership."""

from datetime import date

import pandas as pd
import pandera.pandas as pa

from ingestion.tables import known_at
from ingestion.tables.base import Circumstances, Column, NeighbourRule, RawTable
from ingestion.tables.rules import day, present, rule


def contract(circumstances: Circumstances) -> pa.DataFrameSchema:
    """A spell that does not end before it begins. One that ends where it begins has no day: so a source retracts it."""
    return pa.DataFrameSchema(
        {"index_id": present("index"), "symbol": present("symbol"), "valid_from": day(circumstances)},
        checks=rule(lambda spells: ~(spells["valid_to"] < spells["valid_from"]), "the spell ends before it begins"),
    )


def overlapping(spells: pd.DataFrame, circumstances: Circumstances) -> pd.Index:
    """Spells that begin while another one of the same name lasts; of two that begin on one day, the shorter."""
    name = spells["symbol"].replace(dict(circumstances.renamed))
    lasting = spells.assign(name=name, end=spells["valid_to"].fillna(pd.Timestamp(date.max)))
    # one that ends where it begins has no day: so a source takes it back
    lasting = lasting[lasting["end"] > lasting["valid_from"]]
    lasting = lasting.sort_values(["index_id", "name", "valid_from", "end"], ascending=[True, True, True, False])
    latest = lasting.groupby(["index_id", "name"], sort=False)["end"].cummax()
    before = latest.groupby([lasting["index_id"], lasting["name"]], sort=False).shift(1)
    return lasting.index[lasting["valid_from"] < before]


INDEX_MEMBERSHIP = RawTable(
    name="index_membership",
    meaning="Dated spells of index membership, half-open.",
    key={
        "index_id": Column("varchar", "Index, such as SP500."),
        "security_id": Column("integer", "Security that is a member."),
        "valid_from": Column("date", "First day of membership; 1900-01-01: not stated."),
    },
    values={"valid_to": Column("date", "First day after membership; NULL while it lasts.")},
    known_at=known_at.by_rule("same_day 09:30", "valid_from"),
    rules=contract,
    neighbours=(NeighbourRule(overlapping, "overlaps another membership of the same name"),),
    described="valid_from",
    changes_daily=False,
)
