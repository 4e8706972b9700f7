"""Contracts that compare rows: duplicates, jumps, broken counts; and a law that holds for whatever a source sends."""

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion import calendar
from ingestion.sources.base import SourceRefused
from ingestion.tables import COLUMNS, RAW_TABLES, contracts
from tests.ingestion.tables.contract_rows import CIRCUMSTANCES, bars, check, check_bars, rows

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
    early, late = (
        {"obs_date": "2024-12-27 15:00:00"},
        {"obs_date": "2024-12-27 20:00:00", "volume": None, "close": 101.5},
    )
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
    vintages = [
        {"value": value, "known_at": pd.Timestamp(day)} for value, day in ((4.1, "2025-01-02"), (4.2, "2025-02-03"))
    ]
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
NUMBERS = st.sampled_from([0.5, 0.5000001, 1.0, 2.0, 100.0])
DAYS = st.sampled_from(["2024-12-24", "2024-12-26", "2024-12-27", "2024-12-27 15:00:00"])
LIKELY = {
    "varchar": st.sampled_from(["SPY", "VIX", "COR1M", "^GSPC"]),
    "date": DAYS,
    "timestamp": DAYS,
    "double": NUMBERS,
    "integer": NUMBERS,
}


@st.composite
def frames(draw) -> tuple[str, pd.DataFrame]:
    table = draw(st.sampled_from(sorted(COLUMNS)))
    stated = {"known_at": "timestamp"} if draw(st.booleans()) else {}
    size = draw(st.integers(0, 6))
    columns = {
        name: draw(st.lists(st.one_of(LIKELY[sql_type], CELLS), min_size=size, max_size=size))
        for name, sql_type in (RAW_TABLES[table].delivered | stated).items()
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
    key = [*RAW_TABLES[table].delivered_key, *(["known_at"] if "known_at" in checked.accepted else [])]
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


# Splits that the closes do not show ---------------------------------------------------------------------------------

AS_TRADED = [1000.0, 1010.0, 1005.0, 100.0, 101.0]
ADJUSTED = [100.0, 101.0, 100.5, 100.0, 101.0]


def split_bars(closes: list[float], adjusted: list[float | None], ratio: float = 10.0, **others: object):
    frame = bars(closes).assign(adj_close=adjusted, **others)
    frame["split"] = [ratio if number == 3 else None for number in range(len(frame))]
    return frame


def check_after(frame: pd.DataFrame, first_bar: date | None):
    stored = {"SPY": first_bar} if first_bar else {}
    return contracts.check("prices", frame, replace(CIRCUMSTANCES, first_bars=stored), "a test")


def test_closes_before_a_split_that_they_do_not_show_are_set_aside():
    checked = check_bars(split_bars(AS_TRADED, ADJUSTED))
    assert list(checked.rejected["row_number"]) == [1, 2, 3]
    assert checked.rejected["reason"].str.startswith("not adjusted for a split").all()
    assert list(checked.accepted["close"]) == AS_TRADED[3:]


@pytest.mark.parametrize(
    ("closes", "ratio"),
    [([50.0, 50.5, 50.2, 100.0, 101.0], 0.5), ([105.0, 106.0, 105.5, 100.4, 101.0], 1.05)],
    ids=["reverse", "small"],
)
def test_reverse_and_small_splits_are_seen_too(closes, ratio):
    adjusted = [close / ratio for close in closes[:3]] + closes[3:]
    assert len(check_bars(split_bars(closes, adjusted, ratio)).rejected) == 3
    assert check_bars(split_bars(adjusted, adjusted, ratio)).rejected.empty


@pytest.mark.parametrize("adjusted", [[None] * 5, AS_TRADED], ids=["missing", "as traded"])
def test_without_an_adjusted_close_the_ratio_itself_is_proof(adjusted):
    assert len(check_bars(split_bars(AS_TRADED, adjusted)).rejected) == 3
    assert check_bars(split_bars(ADJUSTED, [None] * 5)).rejected.empty


def test_a_split_with_a_dividend_is_left_to_the_adjusted_close():
    closes = [100.0, 101.0, 100.5, 95.0, 96.0]
    adjusted = [80.0, 81.0, 80.5, 95.0, 96.0]
    assert check_bars(split_bars(closes, adjusted, 0.8, dividend=4.0)).rejected.empty


def test_where_bars_from_before_the_split_are_stored_those_since_wait():
    frame = split_bars(AS_TRADED, ADJUSTED)
    days = pd.to_datetime(frame["obs_date"]).dt.date
    assert list(check_after(frame, days[0]).rejected["row_number"]) == [4, 5]
    assert list(check_after(frame, days[3]).rejected["row_number"]) == [1, 2, 3]
