"""Today's list and the table of changes become dated spells; what the page takes back is taken back in raw."""

import itertools
from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.calendar import EARLIEST
from ingestion.sources.membership import Change, dated_spells, parse_page, reconciled
from tests.ingestion.live_market import FRIDAY, MONDAY
from tests.ingestion.stand_in import edited

A, B, C, D = date(2001, 1, 2), date(2005, 3, 1), date(2010, 6, 1), date(2020, 9, 1)


@pytest.mark.parametrize(
    ("members", "changes", "rows", "unplaced"),
    [
        ({"X": A}, [], [("X", A, None)], 0),
        ({"X": None}, [], [("X", EARLIEST, None)], 0),
        ({"X": A}, [Change(B, "X", "Y")], [("X", B, None), ("Y", EARLIEST, B)], 0),
        (
            {"X": D},
            [Change(A, "X", None), Change(B, None, "X"), Change(D, "X", None)],
            [("X", A, B), ("X", D, None)],
            0,
        ),
        ({"X": D}, [Change(B, "Y", "X")], [("X", EARLIEST, B), ("X", D, None)], 1),
        ({"X": A}, [Change(B, None, "X")], [("X", A, None)], 1),
        ({"X": A}, [Change(B, "OLD", None)], [("X", A, None)], 1),
        ({}, [Change(B, None, "Y"), Change(A, "Y", None)], [("Y", A, B)], 0),
        ({}, [Change(B, "Y", "Y")], [("Y", EARLIEST, B)], 1),
        ({"X": A}, [Change(B, "X", "X")], [("X", EARLIEST, B), ("X", B, None)], 0),
    ],
)
def test_a_walk_back_through_the_changes_dates_the_spells(members, changes, rows, unplaced):
    spells = dated_spells(members, tuple(changes))
    assert (list(spells.rows), spells.unplaced) == (rows, unplaced)


tickers = st.sampled_from(["U", "V", "W", "X", "Y", "Z"])
days = st.dates(date(1960, 1, 1), date(2030, 1, 1))


@given(
    st.dictionaries(tickers, st.none() | days),
    st.lists(st.builds(Change, days, st.none() | tickers, st.none() | tickers), max_size=12),
)
def test_spells_of_one_symbol_never_overlap_and_members_are_in(members, changes):
    rows = dated_spells(members, tuple(changes)).rows
    for symbol in {symbol for symbol, _, _ in rows}:
        spells = [(begin, end or date.max) for name, begin, end in rows if name == symbol]
        assert all(begin < end for begin, end in spells)
        assert all(first[1] <= second[0] for first, second in itertools.pairwise(spells))
    assert {symbol for symbol, _, end in rows if end is None} == set(members)


@given(
    st.dictionaries(tickers, st.none() | days, min_size=1),
    st.lists(st.builds(Change, days, st.none() | tickers, st.none() | tickers), max_size=8),
    st.lists(st.builds(Change, days, st.none() | tickers, st.none() | tickers), max_size=8),
)
def test_whatever_the_page_said_before_raw_ends_without_overlaps(members, before, after):
    first = dated_spells(members, tuple(before))
    stored = pd.DataFrame(first.rows, columns=["symbol", "valid_from", "valid_to"]).astype(object)
    stored = stored.where(stored.notna(), None)
    rows, _ = reconciled(dated_spells(members, tuple(after)), stored, set(members), date(2030, 1, 2))
    now = {(symbol, begin): end for symbol, begin, end in [*stored.itertuples(index=False, name=None), *rows]}
    for symbol in {symbol for symbol, _, _ in rows}:
        spells = sorted((b, e or date.max) for (name, b), e in now.items() if name == symbol and b != e)
        assert all(one[1] <= two[0] for one, two in itertools.pairwise(spells))


def test_the_page_is_read_with_its_footnotes_dots_and_joined_cells(stand_in):
    page = parse_page(stand_in.world.wikipedia().encode(), "page")
    assert len(page.members) == 503
    assert {"BRK-B", "BF-B", "AAPL"} <= set(page.members["symbol"])
    assert page.members["name"].iloc[0] == "AAPL Works"
    assert page.changes == (
        Change(date(2024, 11, 18), "Q001", "GONE"),
        Change(date(2024, 11, 18), "Q002", None),
        Change(date(2019, 10, 1), "GONE", "OLDER"),
    )
    assert page.departed["GONE"] == "Gone Works"


def test_dated_membership_is_stored_with_a_note_of_its_source(live):
    loaded = live.load("index_membership", FRIDAY)
    assert (loaded.new, loaded.rejected) == (505, 0)
    (note,) = live.ask("select message from raw.ingestion_runs")[0]
    assert note == "Wikipedia: 503 members, 3 changes, back to 2019-10-01; 0 could not be placed"
    spells = live.stored.spells("SP500").set_index("symbol")
    assert tuple(spells.loc["GONE"]) == (date(2019, 10, 1), date(2024, 11, 18))
    assert tuple(spells.loc["OLDER"]) == (EARLIEST, date(2019, 10, 1))
    assert spells.loc["Q001", "valid_from"] == date(2024, 11, 18)
    assert spells.loc["Q003", "valid_from"] == EARLIEST


def test_a_date_that_the_page_corrects_is_taken_back_and_nothing_is_deleted(live):
    live.load("index_membership", FRIDAY)
    before = live.rows("index_membership")
    live.stand_in.spoil("/wiki", edited(lambda body: body.replace(b"November 18, 2024", b"November 19, 2024")))
    live.load("index_membership", MONDAY)
    assert before < live.rows("index_membership")
    spells = live.stored.spells("SP500").set_index("symbol")
    assert spells.loc["Q001", "valid_from"] == date(2024, 11, 19)
    assert spells.loc["GONE", "valid_to"] == date(2024, 11, 19)
    note = live.ask("select message from raw.ingestion_runs order by batch_id desc limit 1")[0][0]
    assert "Q001 from 2024-11-18 is retracted" in note


def test_a_member_that_left_the_list_without_a_dated_change_ends_today(live):
    live.load("index_membership", FRIDAY)
    live.world.members.remove("Q050")
    live.load("index_membership", MONDAY)
    spells = live.stored.spells("SP500").set_index("symbol")
    assert spells.loc["Q050", "valid_to"] == MONDAY
    assert live.load("index_membership", MONDAY).new == 0


def test_identities_have_names_sectors_and_kinds(live):
    live.load("securities", FRIDAY)
    named = {row[0]: row[1:] for row in live.ask("select symbol, name, asset_type, gics_sector from raw.securities")}
    assert named["Q001"] == ("Q001 Works", "equity", "Financials") or named["Q001"][1] == "equity"
    assert named["GONE"] == ("Gone Works", "equity", None)
    assert named["SPY"][1] == "etf"
    assert named["^GSPC"][1] == "index"
