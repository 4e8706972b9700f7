"""raw.index_membership: dated spells of index membership."""

import pandera.pandas as pa

from ingestion.tables import known_at
from ingestion.tables.base import Circumstances, Column, RawTable
from ingestion.tables.rules import day, present, rule


def contract(circumstances: Circumstances) -> pa.DataFrameSchema:
    """A spell that does not end before it begins. One that ends where it begins has no day: so a source retracts it."""
    return pa.DataFrameSchema(
        {"index_id": present("index"), "symbol": present("symbol"), "valid_from": day(circumstances)},
        checks=rule(lambda spells: ~(spells["valid_to"] < spells["valid_from"]), "the spell ends before it begins"),
    )


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
    described="valid_from",
    changes_daily=False,
)
