"""What every raw table accepts and what it sets aside: each rule with a row that keeps it and one that breaks it."""

import json
from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion import calendar, contracts
from ingestion.sources.base import COLUMNS, SourceRefused

CIRCUMSTANCES = contracts.Circumstances(
    today=date(2025, 3, 7),
    sessions=pd.DatetimeIndex(calendar.sessions(2025)["session_date"]),
    indices=frozenset({"^GSPC", "DX-Y.NYB"}),
)

GOOD = {
    "securities": {
        "symbol": "AAPL",
        "valid_from": "1900-01-01",
        "name": "Apple",
        "asset_type": "equity",
        "gics_sector": "Information Technology",
        "gics_sub_industry": None,
    },
    "prices": {
        "symbol": "SPY",
        "obs_date": "2024-12-27",
        "open": 100.0,
        "high": 102.0,
        "low": 99.0,
        "close": 101.0,
        "adj_close": 100.5,
        "volume": 1_000.0,
        "dividend": None,
        "split": None,
    },
    "index_levels": {
        "series_id": "VIX",
        "obs_date": "2024-12-27",
        "open": 15.0,
        "high": 17.0,
        "low": 14.0,
        "close": 16.0,
    },
    "macro_observations": {"series_id": "DGS10", "obs_date": "2024-12-27", "value": 4.62},
    "positioning": {
        "contract_code": "13874A",
        "obs_date": "2024-12-24",
        "open_interest": 2_000_000.0,
        "dealer_long": 10.0,
        "dealer_short": 20.0,
        "asset_manager_long": 30.0,
        "asset_manager_short": 40.0,
        "leveraged_long": 50.0,
        "leveraged_short": 60.0,
    },
    "exchange_breadth": {
        "exchange": "NYSE",
        "obs_date": "2024-12-27",
        "advances": 1_000,
        "declines": 900,
        "unchanged": 100,
    },
    "index_membership": {
        "index_id": "SP500",
        "symbol": "AAPL",
        "valid_from": "2000-01-03",
        "valid_to": None,
    },
    "index_weights": {"index_id": "SP500", "obs_date": "2024-12-06", "symbol": "AAPL", "weight": 0.07},
}


def rows(table: str, *changes: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame([GOOD[table] | change for change in changes], columns=[*COLUMNS[table], *_extra(changes)])


def _extra(changes: tuple[dict[str, object], ...]) -> list[str]:
    named = {name for change in changes for name in change}
    return sorted(named - {name for columns in COLUMNS.values() for name in columns})


def check(table: str, *changes: dict[str, object]) -> contracts.Checked:
    return contracts.check(table, rows(table, *changes), CIRCUMSTANCES, "a test")


def bars(closes: list[float], start: str = "2024-12-02", **columns: list[object]) -> pd.DataFrame:
    """Bars of SPY on consecutive sessions."""
    days = CIRCUMSTANCES.sessions[CIRCUMSTANCES.sessions >= start][: len(closes)]
    frame = rows("prices", *[{"obs_date": day} for day in days])
    frame = frame.assign(open=np.nan, high=np.nan, low=np.nan, adj_close=np.nan, close=closes)
    return frame.assign(**columns)


def check_bars(frame: pd.DataFrame) -> contracts.Checked:
    return contracts.check("prices", frame, CIRCUMSTANCES, "a test")


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
        elif name in contracts.DATES:
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
    ("prices", {"close": "n/a"}, "close is not a number: 'n/a'"),
    ("prices", {"close": np.inf}, f"close is not a number: 'inf'; {OUTSIDE}"),
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
    ("index_membership", {"valid_to": "2000-01-03"}, "the spell ends before it begins"),
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
    other = {"index_weights": {"symbol": "MSFT"}, "index_membership": {"symbol": "MSFT"}, "securities": {"symbol": "MSFT"}}
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
    assert sorted(reason.split("; ")) == sorted(
        ["close is not above zero", "volume is negative", OUTSIDE, NO_SESSION]
    )


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
    row = check("prices", {name: str(GOOD["prices"][name]) for name in ("open", "high", "low")} | texts).accepted.iloc[0]
    assert row["obs_date"] == pd.Timestamp("2024-12-27")
    assert (row["open"], row["close"], row["volume"]) == (100.0, 101.0, 1_000.0)
    assert pd.isna(row["dividend"])
    assert pd.isna(row["split"])


@pytest.mark.parametrize("cell", ["now", "today", "12/27/2024", "27.12.2024", "20241227", "2024", "5", 20241227, 3.5, True])
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


# Duplicates ---------------------------------------------------------------------------------------------------------


def test_rows_equal_within_a_millionth_are_one_row():
    checked = check("prices", {"close": 101.0 * (1 + 9e-7)}, {"open": 100.00001}, {"close": 101.0 * (1 - 9e-8)})
    assert (len(checked.accepted), checked.repeated, len(checked.rejected)) == (1, 2, 0)


def test_a_missing_value_equals_a_missing_value_and_nothing_else():
    assert check("prices", {"adj_close": None}, {"adj_close": None}).repeated == 1
    assert len(check("prices", {"adj_close": None}, {}).rejected) == 2
    assert len(check("prices", {}, {"adj_close": None}).rejected) == 2


def test_one_key_with_different_values_rejects_every_row_of_it_and_no_other():
    checked = check("prices", {}, {"close": 101.2}, {}, {"obs_date": "2024-12-26"})
    assert list(checked.rejected["row_number"]) == [1, 2, 3]
    assert set(checked.rejected["reason"]) == {"duplicate key with different values"}
    assert list(checked.accepted["obs_date"]) == [pd.Timestamp("2024-12-26")]


def test_a_broken_row_does_not_drag_its_good_twin_along():
    checked = check("prices", {}, {"close": -1.0})
    assert list(checked.rejected["row_number"]) == [2]
    assert len(checked.accepted) == 1


def test_of_several_snapshots_of_a_day_the_last_counts():
    snapshots = [{"obs_date": f"2024-12-27 {hour}:00:00", "close": 100.0 + hour / 100} for hour in (20, 15, 18)]
    checked = check("prices", *snapshots)
    assert list(checked.accepted["close"]) == [100.2]
    assert list(checked.accepted["obs_date"]) == [pd.Timestamp("2024-12-27")]
    assert list(checked.rejected["row_number"]) == [2, 3]
    assert set(checked.rejected["reason"]) == {"an earlier snapshot of the same day"}


def test_the_last_snapshot_counts_though_it_lacks_a_value_that_an_earlier_one_had():
    early, late = {"obs_date": "2024-12-27 15:00:00"}, {"obs_date": "2024-12-27 20:00:00", "volume": None, "close": 101.5}
    checked = check("prices", early, late)
    assert list(checked.accepted["close"]) == [101.5]
    assert checked.accepted["volume"].isna().all()
    assert list(checked.rejected["row_number"]) == [1]


def test_a_last_snapshot_that_repeats_is_one_row():
    last = {"obs_date": "2024-12-27 20:00:00"}
    checked = check("prices", {"obs_date": "2024-12-27 15:00:00", "close": 100.9}, last, last)
    assert (len(checked.accepted), checked.repeated, len(checked.rejected)) == (1, 1, 1)


def test_two_last_snapshots_that_differ_reject_the_day():
    last = {"obs_date": "2024-12-27 20:00:00"}
    checked = check("prices", {"obs_date": "2024-12-27 15:00:00"}, last, last | {"close": 101.7})
    assert checked.accepted.empty
    assert len(checked.rejected) == 3


@pytest.mark.parametrize("table", COLUMNS)
def test_every_table_counts_a_repeated_row_once(table):
    checked = check(table, {}, {}, {})
    assert (len(checked.accepted), checked.repeated, len(checked.rejected)) == (1, 2, 0)


def test_vintages_of_one_observation_are_no_duplicates():
    vintages = [{"value": value, "known_at": pd.Timestamp(day)} for value, day in ((4.1, "2025-01-02"), (4.2, "2025-02-03"))]
    checked = check("macro_observations", *vintages, vintages[1])
    assert list(checked.accepted["value"]) == [4.1, 4.2]
    assert list(checked.accepted["known_at"]) == [pd.Timestamp("2025-01-02"), pd.Timestamp("2025-02-03")]
    assert checked.repeated == 1


def test_a_vintage_without_its_moment_is_set_aside():
    checked = check("macro_observations", {"known_at": pd.Timestamp("2025-01-02")}, {"known_at": pd.NaT, "value": 1.0})
    assert list(checked.rejected["reason"]) == ["no known_at"]
    assert len(checked.accepted) == 1


# Jumps --------------------------------------------------------------------------------------------------------------


def test_a_jump_that_comes_back_is_a_bad_print():
    checked = check_bars(bars([100.0, 101.0, 150.0, 102.0, 103.0]))
    assert list(checked.rejected["row_number"]) == [3]
    assert checked.rejected["reason"].iloc[0] == "moved over 40% without a corporate action and came back"
    assert list(checked.accepted["close"]) == [100.0, 101.0, 102.0, 103.0]


def test_a_fall_that_comes_back_is_a_bad_print_too():
    assert list(check_bars(bars([100.0, 55.0, 95.5])).rejected["row_number"]) == [2]


@pytest.mark.parametrize(
    "closes",
    [
        [100.0, 150.0, 149.0],  # stays
        [100.0, 150.0, 106.0],  # comes back, but not to within five percent
        [100.0, 139.0, 100.0],  # forty percent it was not
        [100.0, 150.0],  # the newest day: nobody can tell yet
        [150.0, 100.0, 101.0],  # nothing before it to come back to
    ],
    ids=str,
)
def test_a_jump_that_stays_or_cannot_be_judged_is_kept(closes):
    assert check_bars(bars(closes)).rejected.empty


@pytest.mark.parametrize("action", [{"split": [None, 0.5, None]}, {"dividend": [None, 45.0, None]}], ids=str)
def test_a_jump_with_a_corporate_action_is_kept(action):
    assert check_bars(bars([100.0, 55.0, 101.0], **action)).rejected.empty


def test_a_split_of_one_and_a_dividend_of_nothing_are_no_corporate_action():
    frame = bars([100.0, 150.0, 101.0], split=[1.0, 1.0, 1.0], dividend=[0.0, 0.0, 0.0])
    assert list(check_bars(frame).rejected["row_number"]) == [2]


def test_a_jump_is_found_in_unsorted_rows_and_never_across_symbols():
    frame = pd.concat([bars([100.0, 150.0, 101.0]).iloc[[2, 0, 1]], bars([10.0, 10.1, 10.2]).assign(symbol="IWM")])
    assert list(check_bars(frame).rejected["row_number"]) == [3]


def test_a_bad_print_is_found_though_every_row_is_repeated():
    frame = bars([100.0, 150.0, 101.0])
    checked = check_bars(pd.concat([frame, frame, frame]))
    assert list(checked.rejected["row_number"]) == [2, 5, 8]
    assert (len(checked.accepted), checked.repeated) == (2, 4)


def test_a_row_that_is_broken_anyway_is_not_the_neighbour_that_a_jump_is_judged_by():
    checked = check_bars(bars([100.0, -1.0, 150.0, 101.0]))
    assert list(checked.rejected["row_number"]) == [2, 3]


# Exchange counts ----------------------------------------------------------------------------------------------------


def counts(issues: list[int]) -> pd.DataFrame:
    days = CIRCUMSTANCES.sessions[CIRCUMSTANCES.sessions >= "2024-11-01"][: len(issues)]
    advances = [total // 2 for total in issues]
    changes = [
        {"obs_date": day, "advances": up, "declines": total - up - 1, "unchanged": 1}
        for day, total, up in zip(days, issues, advances, strict=True)
    ]
    return rows("exchange_breadth", *changes)


def check_counts(frame: pd.DataFrame) -> contracts.Checked:
    return contracts.check("exchange_breadth", frame, CIRCUMSTANCES, "a test")


def test_a_day_that_counts_under_half_of_the_issues_around_it_is_set_aside():
    checked = check_counts(counts([3_000] * 10 + [1_499] + [3_000] * 10))
    assert list(checked.rejected["row_number"]) == [11]
    assert checked.rejected["reason"].iloc[0] == "issues counted are under 50% of the median around it"


def test_a_day_that_counts_just_over_half_of_the_issues_is_kept():
    assert check_counts(counts([3_000] * 10 + [1_501] + [3_000] * 10)).rejected.empty


def test_a_thin_day_is_found_in_unsorted_and_in_repeated_rows():
    frame = counts([3_000] * 5 + [600] + [3_000] * 5)
    assert list(check_counts(frame.iloc[::-1]).rejected["row_number"]) == [6]
    checked = check_counts(pd.concat([frame] * 13))
    assert len(checked.rejected) == 13
    assert set(checked.rejected["obs_date"]) == {frame["obs_date"].iloc[5]}


def test_a_day_without_declines_is_not_a_thin_day():
    frame = counts([3_000] * 11)
    frame["declines"] = frame["declines"].astype("float64")
    frame.loc[5, "declines"] = np.nan
    assert check_counts(frame).rejected.empty


def test_each_exchange_is_held_against_its_own_counts():
    frame = pd.concat([counts([3_000] * 5), counts([300] * 5).assign(exchange="AMEX")])
    assert check_counts(frame).rejected.empty


# Whatever comes -----------------------------------------------------------------------------------------------------

CELLS = st.one_of(
    st.none(),
    st.floats(allow_nan=True, allow_infinity=True),
    st.integers(-(10**12), 10**12),
    st.booleans(),
    st.sampled_from(["", ".", "nan", "inf", "-1", "1e999", "now", "2024-12-27", "2024-12-27T15:00:00Z", "9999-12-31"]),
    st.text(max_size=6),
    st.dates(),
    st.datetimes(timezones=st.none() | st.just(calendar.NEW_YORK)),
)
#: Cells that are mostly right, so that rules between rows and columns are reached too.
LIKELY = {
    **dict.fromkeys(contracts.TEXTS, st.sampled_from(["SPY", "VIX", "COR1M", "^GSPC"])),
    **dict.fromkeys(contracts.DATES, st.sampled_from(["2024-12-24", "2024-12-26", "2024-12-27", "2024-12-27 15:00:00"])),
}
NUMBERS = st.sampled_from([0.5, 0.5000001, 1.0, 2.0, 100.0])


@st.composite
def frames(draw) -> tuple[str, pd.DataFrame]:
    table = draw(st.sampled_from(sorted(COLUMNS)))
    stated = ["known_at"] if draw(st.booleans()) else []
    size = draw(st.integers(0, 6))
    columns = {
        name: draw(st.lists(st.one_of(LIKELY.get(name, NUMBERS), CELLS), min_size=size, max_size=size))
        for name in [*COLUMNS[table], *stated]
    }
    typed = draw(st.booleans())
    return table, pd.DataFrame(columns) if typed else pd.DataFrame(columns, dtype=object)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(frames())
def test_every_row_of_any_frame_is_accepted_repeated_or_rejected(case):
    table, frame = case
    checked = contracts.check(table, frame, CIRCUMSTANCES, "a test")
    assert len(frame) == len(checked.accepted) + len(checked.rejected) + checked.repeated
    assert all(reason for reason in checked.rejected["reason"])
    numbers = checked.accepted.select_dtypes("float64")
    assert not np.isinf(numbers.to_numpy()).any()
    key = contracts.KEYS[table] + (["known_at"] if "known_at" in checked.accepted else [])
    assert not checked.accepted.duplicated(key).any()
    assert checked.accepted[key].notna().all().all()
    for payload in checked.rejected["payload"]:
        json.loads(payload)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text(min_size=1, max_size=8), max_size=6, unique=True))
def test_a_frame_of_any_other_columns_is_refused_and_nothing_else_is_raised(names):
    frame = pd.DataFrame({name: ["x"] for name in names})
    for table in COLUMNS:
        with pytest.raises(SourceRefused):
            contracts.check(table, frame, CIRCUMSTANCES, "a test")
