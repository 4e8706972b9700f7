"""A ticker that leaves Wikipedia's list while another comes with the same day of being added is the same company."""

from datetime import date

import pandas as pd
import pytest

from ingestion import universe
from ingestion.sources.membership import Change, renamed
from tests.ingestion.live_market import FRIDAY, MONDAY, LiveMarket
from tests.ingestion.stand_in import StandIn

A, B = date(2001, 1, 2), date(2010, 6, 1)


@pytest.mark.parametrize(
    ("stored", "members", "changes", "pairs"),
    [
        ([("X", A, None)], {"Y": A}, [], (("X", "Y"),)),
        ([("X", A, None), ("U", B, None)], {"Y": A, "V": B}, [], (("X", "Y"), ("U", "V"))),
        ([("X", A, None)], {"Y": B}, [], ()),
        ([("X", A, None), ("Z", A, None)], {"Y": A, "Z": A}, [], (("X", "Y"),)),
        ([("X", A, None), ("Z", A, None)], {"Y": A}, [], ()),
        ([("X", A, None)], {"Y": A, "Z": A}, [], ()),
        ([("X", A, B)], {"Y": A}, [], ()),
        ([("X", A, None), ("Y", A, B)], {"Y": A}, [], ()),
        ([("X", A, None)], {"Y": A}, [Change(B, None, "X")], ()),
        ([("X", A, None)], {"Y": A}, [Change(A, "Y", None)], ()),
        ([("X", A, None)], {"X": A, "Y": A}, [], ()),
        ([], {"Y": A}, [], ()),
    ],
)
def test_one_leaves_and_one_comes_with_the_same_day(stored, members, changes, pairs) -> None:
    frame = pd.DataFrame(stored, columns=["symbol", "valid_from", "valid_to"])
    assert renamed(members, tuple(changes), frame) == pairs


def test_a_renamed_member_goes_on_as_one(stand_in: StandIn, tmp_path) -> None:
    live = LiveMarket(stand_in, tmp_path)
    for table in ("securities", "index_membership"):
        live.load(table, FRIDAY)
    live.prices(FRIDAY, "Q010")
    before = live.stored.spells("SP500").set_index("symbol")
    live.world.members[live.world.members.index("Q010")] = "NEWQ"
    for table in ("securities", "index_membership"):
        live.load(table, MONDAY)
    after = live.stored.spells("SP500").set_index("symbol")
    assert set(before.index) - set(after.index) == {"Q010"}
    assert set(after.index) - set(before.index) == {"NEWQ"}
    assert after.loc["NEWQ"].tolist() == before.loc["Q010"].tolist()
    assert set(live.stored.equities()) & {"Q010", "NEWQ"} == {"NEWQ"}
    assert live.closes("NEWQ"), "its bars are those of the old ticker"


def test_the_seed_is_read_newest_change_first(monkeypatch) -> None:
    rows = [
        {"symbol_old": "A", "symbol_new": "B", "changed_on": "2020-01-02", "source": "x"},
        {"symbol_old": "B", "symbol_new": "C", "changed_on": "2022-06-09", "source": "x"},
    ]
    monkeypatch.setattr(universe, "seed", lambda name: {"renames": tuple(rows)}[name])
    assert universe.renames() == (("B", "C"), ("A", "B"))
