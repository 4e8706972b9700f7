"""What every raw table accepts and what it sets aside: each rule with a row that keeps it and one that breaks it."""

import json
from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest

from ingestion.sources.base import SourceRefused
from ingestion.tables import COLUMNS, RAW_TABLES, contracts
from tests.ingestion.tables.contract_rows import CIRCUMSTANCES, GOOD, check, rows

# One good and one bad row of each rule ------------------------------------------------------------------------------


@pytest.mark.parametrize("table", COLUMNS)
def test_a_good_row_is_accepted_as_it_is(table):
    checked = check(table, {})
    assert checked.rejected.empty
    assert checked.repeated == 0
    accepted = checked.accepted.iloc[0]
    for name, value in GOOD[table].items():
        if value is None:
            assert pd.isna(accepted[name]), name
        elif RAW_TABLES[table].delivered[name] == "date":
            assert accepted[name] == pd.Timestamp(value), name
        else:
            assert accepted[name] == value, name


OUTSIDE = "close outside low and high by more than 0.5%"
NO_SESSION = "not a session of the New York Stock Exchange"
NOT_IN_BOUNDS = "close outside its bounds (COR 0 to 100, VIX above 0 to 200, others above 0)"

BROKEN = [
    ("securities", {"symbol": None}, "no symbol"),
    ("securities", {"symbol": "  "}, "no symbol"),
    ("securities", {"valid_from": None}, "no date"),
    ("securities", {"valid_from": "2025-03-08"}, "date in the future"),
    ("prices", {"symbol": None}, "no symbol"),
    ("prices", {"obs_date": None}, "no date"),
    ("prices", {"obs_date": "yesterday"}, "obs_date is not a date (YYYY-MM-DD): 'yesterday'; no date"),
    ("prices", {"obs_date": "2025-03-10"}, "date in the future"),
    ("prices", {"obs_date": "2024-12-28"}, NO_SESSION),
    ("prices", {"obs_date": "2025-01-09"}, NO_SESSION),
    *[("prices", {name: -1.0}, f"{name} is not above zero") for name in ("open", "adj_close", "split")],
    *[("prices", {name: 0.0}, f"{name} is not above zero") for name in ("open", "adj_close", "split")],
    ("prices", {"close": 0.0, "low": None}, "close is not above zero"),
    ("prices", {"high": -1.0, "low": None, "close": None}, "high is not above zero"),
    ("prices", {"low": 0.0}, "low is not above zero"),
    ("prices", {"volume": -1.0}, "volume is negative"),
    ("prices", {"dividend": -0.1}, "dividend is negative"),
    ("prices", {"close": None, "adj_close": None}, "no price"),
    ("prices", {"high": 99.0, "low": 99.1, "close": 99.0}, "high below low"),
    ("prices", {"close": 102.0 * 1.0051}, OUTSIDE),
    ("prices", {"close": 99.0 * 0.9949}, OUTSIDE),
    ("prices", {"close": "tba"}, "close is not a number: 'tba'"),
    ("prices", {"close": np.inf}, f"close is not a number: 'inf'; {OUTSIDE}; close is beyond 1e+09 or under 1e-06"),
    ("prices", {"volume": "1,000"}, "volume is not a number: '1,000'"),
    ("prices", {"close": True}, "close is not a number: 'True'"),
    ("index_levels", {"series_id": None}, "no series"),
    ("index_levels", {"obs_date": None}, "no date"),
    ("index_levels", {"obs_date": "2025-03-08"}, "date in the future"),
    ("index_levels", {"close": None}, "no close"),
    ("index_levels", {"close": 0.0}, NOT_IN_BOUNDS),
    ("index_levels", {"close": 200.1}, NOT_IN_BOUNDS),
    ("index_levels", {"series_id": "VIX3M", "close": 526.02}, NOT_IN_BOUNDS),
    ("index_levels", {"series_id": "COR1M", "close": 100.1}, NOT_IN_BOUNDS),
    ("index_levels", {"series_id": "COR3M", "close": -0.1}, NOT_IN_BOUNDS),
    ("index_levels", {"series_id": "SKEW", "close": 0.0}, NOT_IN_BOUNDS),
    ("macro_observations", {"series_id": ""}, "no series"),
    ("macro_observations", {"obs_date": "2025-03-08"}, "date in the future"),
    ("macro_observations", {"obs_date": "0024-12-27"}, "date before 1900"),
    ("macro_observations", {"value": "4,62"}, "value is not a number: '4,62'"),
    ("positioning", {"contract_code": None}, "no contract"),
    ("positioning", {"obs_date": None}, "no date"),
    ("positioning", {"obs_date": "2025-03-11"}, "date in the future"),
    ("positioning", {"open_interest": None}, "no open interest"),
    ("positioning", {"open_interest": -1.0}, "open interest is negative"),
    *[
        ("positioning", {name: -1.0}, f"{name} is negative")
        for name in COLUMNS["positioning"]
        if name.endswith(("_long", "_short"))
    ],
    ("exchange_breadth", {"exchange": None}, "no exchange"),
    ("exchange_breadth", {"obs_date": None}, "no date"),
    ("exchange_breadth", {"obs_date": "2025-03-10"}, "date in the future"),
    ("exchange_breadth", {"advances": None, "declines": None}, "no counts"),
    ("exchange_breadth", {"advances": -1}, "advances is negative"),
    ("exchange_breadth", {"declines": -1}, "declines is negative"),
    ("exchange_breadth", {"unchanged": -1}, "unchanged is negative"),
    ("index_membership", {"index_id": None}, "no index"),
    ("index_membership", {"symbol": None}, "no symbol"),
    ("index_membership", {"valid_from": None}, "no date"),
    ("index_membership", {"valid_from": "2025-03-24"}, "date in the future"),
    ("index_membership", {"valid_to": "2000-01-02"}, "the spell ends before it begins"),
    ("index_membership", {"valid_to": "soon"}, "valid_to is not a date (YYYY-MM-DD): 'soon'"),
    ("index_weights", {"index_id": None}, "no index"),
    ("index_weights", {"symbol": None}, "no symbol"),
    ("index_weights", {"obs_date": None}, "no date"),
    ("index_weights", {"obs_date": "2025-03-08"}, "date in the future"),
    ("index_weights", {"weight": None}, "no weight"),
    ("index_weights", {"weight": 0.0}, "weight outside 0 to 1 (a fraction)"),
    ("index_weights", {"weight": 7.1}, "weight outside 0 to 1 (a fraction)"),
]


@pytest.mark.parametrize(("table", "change", "reason"), BROKEN, ids=[f"{row[0]}-{row[1]}" for row in BROKEN])
def test_a_broken_row_is_set_aside_with_its_reason_and_the_rest_goes_in(table, change, reason):
    other = {
        "index_weights": {"symbol": "MSFT"},
        "index_membership": {"symbol": "MSFT"},
        "securities": {"symbol": "MSFT"},
    }
    checked = check(table, change, other.get(table, {"obs_date": "2024-12-23"}))
    assert list(checked.rejected["reason"]) == [reason]
    assert list(checked.rejected["row_number"]) == [1]
    assert len(checked.accepted) == 1


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("prices", {"obs_date": "2025-03-07"}),
        ("prices", {"symbol": "DX-Y.NYB", "obs_date": "2025-01-09"}),
        ("prices", {"symbol": "^GSPC", "obs_date": "2024-12-25"}),
        ("prices", {"close": 102.0 * 1.0049}),
        ("prices", {"close": 99.0 * 0.9951}),
        ("prices", {"close": None}),
        ("prices", {"adj_close": None}),
        ("prices", {"open": None, "high": None, "low": None, "adj_close": None, "volume": None}),
        ("prices", {"high": 101.0, "low": 101.0}),
        ("prices", {"volume": 0.0, "dividend": 0.0, "split": 1.0}),
        ("index_levels", {"obs_date": "2024-12-25"}),
        ("index_levels", {"close": 200.0}),
        ("index_levels", {"series_id": "COR1M", "close": 0.0}),
        ("index_levels", {"series_id": "COR1M", "close": 12.0, "high": 526.02}),
        ("index_levels", {"series_id": "SKEW", "close": 210.0}),
        ("macro_observations", {"value": None}),
        ("macro_observations", {"value": -1.5}),
        ("macro_observations", {"obs_date": "2024-08-31"}),
        ("positioning", {"dealer_long": None, "dealer_short": None}),
        ("exchange_breadth", {"declines": None}),
        ("index_membership", {"valid_to": "2000-01-04"}),
        ("index_weights", {"weight": 1.0}),
    ],
    ids=str,
)
def test_a_row_at_the_edge_of_its_rule_is_accepted(table, change):
    checked = check(table, change)
    assert checked.rejected.empty
    assert len(checked.accepted) == 1


def test_all_reasons_of_a_row_are_given_once_each():
    (reason,) = check("prices", {"close": -5.0, "volume": -1.0, "obs_date": "2024-12-28"}).rejected["reason"]
    assert sorted(reason.split("; ")) == sorted(["close is not above zero", "volume is negative", OUTSIDE, NO_SESSION])


def test_a_rejected_row_keeps_its_payload_its_key_and_its_line():
    broken = {"symbol": "XOM", "close": -1.0, "volume": np.nan, "row_number": 4711}
    rejected = check("prices", {"row_number": 4710}, broken).rejected.iloc[0]
    assert (rejected["row_number"], rejected["symbol"]) == (4711, "XOM")
    assert rejected["obs_date"] == pd.Timestamp("2024-12-27")
    payload = json.loads(rejected["payload"])
    assert payload["close"] == "-1.0"
    assert payload["volume"] is None
    assert payload["obs_date"] == "2024-12-27"


def test_row_numbers_count_from_one_whatever_the_index_of_the_frame():
    frame = rows("macro_observations", {"obs_date": "2024-12-26"}, {"obs_date": None}).set_axis([70, 3])
    assert list(contracts.check("macro_observations", frame, CIRCUMSTANCES, "a test").rejected["row_number"]) == [2]


def test_a_payload_is_json_even_of_what_is_no_number():
    rejected = check("prices", {"close": np.inf, "open": -np.inf, "high": np.nan}).rejected
    assert json.loads(rejected["payload"].iloc[0])["close"] == "inf"


# Cells as text ------------------------------------------------------------------------------------------------------


def test_text_cells_become_numbers_and_dates():
    texts = {"obs_date": " 2024-12-27 ", "close": " 101.0", "volume": "1e3", "dividend": "", "split": "."}
    row = check("prices", {name: str(GOOD["prices"][name]) for name in ("open", "high", "low")} | texts).accepted.iloc[
        0
    ]
    assert row["obs_date"] == pd.Timestamp("2024-12-27")
    assert (row["open"], row["close"], row["volume"]) == (100.0, 101.0, 1_000.0)
    assert pd.isna(row["dividend"])
    assert pd.isna(row["split"])


@pytest.mark.parametrize(
    "cell", ["now", "today", "12/27/2024", "27.12.2024", "20241227", "2024", "5", 20241227, 3.5, True]
)
def test_a_cell_that_is_no_iso_day_is_never_guessed_to_be_one(cell):
    checked = check("macro_observations", {"obs_date": cell})
    assert checked.accepted.empty
    assert f"obs_date is not a date (YYYY-MM-DD): {str(cell)!r}" in checked.rejected["reason"].iloc[0]


def test_numbers_and_moments_are_not_mistaken_for_each_other():
    moments = rows("macro_observations", {}, {"obs_date": "2024-12-26"})
    moments["value"] = pd.to_datetime(["2024-12-27", "2024-12-26"])
    assert len(contracts.check("macro_observations", moments, CIRCUMSTANCES, "a test").rejected) == 2
    numbers = rows("macro_observations", {}, {}).assign(obs_date=[20241227, 20241226])
    assert len(contracts.check("macro_observations", numbers, CIRCUMSTANCES, "a test").rejected) == 2


@pytest.mark.parametrize(
    "cell",
    [
        date(2024, 12, 27),
        datetime(2024, 12, 27, 14, 30),
        pd.Timestamp("2024-12-27"),
        pd.Timestamp("2024-12-27", tz="America/New_York"),
        "2024-12-27T16:00:00-05:00",
        "2024-12-27 16:00",
    ],
    ids=repr,
)
def test_a_day_is_read_from_dates_and_moments_by_their_own_clock(cell):
    assert list(check("macro_observations", {"obs_date": cell}).accepted["obs_date"]) == [pd.Timestamp("2024-12-27")]


def test_days_with_and_without_an_offset_may_stand_in_one_column():
    cells = ({"obs_date": "2024-12-26"}, {"obs_date": "2024-12-27T00:00:00Z"}, {"obs_date": datetime(2024, 12, 24)})
    assert len(check("macro_observations", *cells).accepted) == 3


# Frames of the wrong shape ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", COLUMNS)
def test_a_frame_without_one_of_its_columns_is_refused_whole_with_what_was_expected_and_what_came(table):
    last = COLUMNS[table][-1]
    with pytest.raises(SourceRefused) as refusal:
        contracts.check(table, rows(table, {}).drop(columns=last), CIRCUMSTANCES, "prices of XOM")
    said = str(refusal.value)
    assert said.startswith("prices of XOM: expected columns ")
    assert f"missing {last}" in said
    assert "came with" in said


def test_a_frame_without_any_column_is_refused():
    with pytest.raises(SourceRefused, match="came with none"):
        contracts.check("prices", pd.DataFrame(), CIRCUMSTANCES, "prices of XOM")


def test_a_frame_with_one_column_twice_is_refused():
    twice = pd.concat([rows("prices", {}), rows("prices", {})[["close"]]], axis=1)
    with pytest.raises(SourceRefused, match="came with close more than once"):
        contracts.check("prices", twice, CIRCUMSTANCES, "prices of XOM")


@pytest.mark.parametrize("table", COLUMNS)
def test_an_empty_frame_of_the_right_shape_is_fine(table):
    checked = contracts.check(table, rows(table), CIRCUMSTANCES, "a test")
    assert (len(checked.accepted), len(checked.rejected), checked.repeated) == (0, 0, 0)


def test_a_table_that_nobody_knows_is_no_table():
    with pytest.raises(KeyError):
        contracts.check("tulips", pd.DataFrame({"price": [1.0]}), CIRCUMSTANCES, "a test")


def test_a_spell_may_be_taken_back_by_ending_where_it_began():
    assert len(check("index_membership", {"valid_to": "2000-01-03"}).accepted) == 1
