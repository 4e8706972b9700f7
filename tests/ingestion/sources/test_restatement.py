"""Which symbols have been restated: properties over made-up histories, and the seam that must never be seen."""

from datetime import timedelta

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.sources.restatement import SAME_CLOSE, restated

DAYS = pd.bdate_range("2024-10-01", periods=40)

prices = st.lists(st.floats(1, 1_000), min_size=20, max_size=40)
seams = st.integers(12, 19)
ratios = st.sampled_from([0.05, 0.5, 1.5, 2.0, 4.0, 20.0])


def bars(symbol: str, closes: list[float], first: int = 0, split: dict[int, float] | None = None) -> pd.DataFrame:
    days = DAYS[first : first + len(closes)]
    frame = pd.DataFrame({"symbol": symbol, "obs_date": days, "close": closes, "split": np.nan})
    for at, ratio in (split or {}).items():
        frame.loc[frame["obs_date"] == DAYS[at], "split"] = ratio
    return frame


def stored(symbol: str, closes: list[float]) -> pd.DataFrame:
    return bars(symbol, closes).drop(columns="split")


@given(prices, seams, st.floats(-0.9, 0.9), st.floats(0.01, 0.99))
def test_new_bars_float_noise_and_dividends_restate_nothing(closes, seam, noise, adjusted):
    arriving = bars("A", [close * (1 + noise * SAME_CLOSE) for close in closes[seam - 10 :]], seam - 10)
    arriving["adj_close"] = arriving["close"] * adjusted
    assert restated(stored("A", closes[:seam]), arriving.assign(dividend=5.0)) == {}


@given(prices, seams, st.integers(0, 9), st.floats(3 * SAME_CLOSE, 0.5))
def test_one_differing_close_in_the_overlap_names_the_symbol_and_the_day(closes, seam, at, change):
    known = closes[:seam]
    moved = list(closes)
    moved[seam - 1 - at] *= 1 + change
    reasons = restated(stored("A", known), bars("A", moved[seam - 10 :], seam - 10))
    assert list(reasons) == ["A"]
    assert f"the close of {DAYS[seam - 1 - at].date()} was" in reasons["A"]


@given(prices, seams, ratios)
def test_a_split_after_the_newest_stored_bar_names_the_symbol_even_before_its_closes_move(closes, seam, ratio):
    arriving = bars("A", closes[seam - 10 :], seam - 10, {seam: ratio})
    assert restated(stored("A", closes[:seam]), arriving) == {"A": f"a split of {ratio:g} on {DAYS[seam].date()}"}


@given(prices, seams, ratios)
def test_a_split_that_is_stored_already_restates_nothing(closes, seam, ratio):
    arriving = bars("A", closes[seam - 10 :], seam - 10, {seam - 1: ratio})
    assert restated(stored("A", closes[:seam]), arriving) == {}


@given(prices, seams)
def test_bars_that_meet_nothing_stored_ask_for_everything(closes, seam):
    arriving = bars("A", closes[seam:], seam)
    expected = {"A": "no day in common with what is stored"} if len(arriving) else {}
    assert restated(stored("A", closes[:seam]), arriving) == expected


@given(prices, seams, st.randoms())
def test_neither_other_symbols_nor_the_order_of_rows_matter(closes, seam, chance):
    known = pd.concat([stored("A", closes[:seam]), stored("B", closes[:seam])])
    arriving = pd.concat(
        [
            bars("A", [2 * close for close in closes[seam - 10 :]], seam - 10),
            bars("B", closes[seam - 10 :], seam - 10),
            bars("NEW", closes[seam:], seam),
        ]
    )
    seed = chance.randrange(1_000)
    shuffled = restated(known.sample(frac=1, random_state=seed), arriving.sample(frac=1, random_state=seed))
    assert shuffled == restated(known, arriving)
    assert list(shuffled) == ["A"]


@given(prices, seams)
def test_a_close_missing_on_either_side_says_nothing(closes, seam):
    known = stored("A", closes[:seam])
    known.loc[known.index[-1], "close"] = None
    arriving = bars("A", closes[seam - 10 :], seam - 10)
    arriving.loc[0, "close"] = None
    assert restated(known, arriving) == {}


@settings(max_examples=100)
@given(
    st.lists(st.floats(-0.04, 0.04), min_size=39, max_size=39),
    st.dictionaries(st.integers(1, 39), ratios, max_size=3),
    st.lists(st.integers(1, 12), min_size=1, max_size=8),
)
def test_whatever_splits_come_evening_by_evening_no_false_move_is_ever_stored(returns, splits, steps):
    """Raw after every evening equals what the source says that day, whatever was split in between."""
    traded = np.concatenate([[100.0], 100.0 * np.cumprod(1 + np.array(returns))])

    def said(today: int) -> pd.DataFrame:
        known = {at: ratio for at, ratio in splits.items() if at <= today}
        closes = [
            close / np.prod([ratio for at, ratio in known.items() if day < at]) for day, close in enumerate(traded)
        ]
        return bars("A", closes[: today + 1], split=known)

    raw = pd.Series(dtype="float64")
    today = 0
    for step in [1, *steps]:
        today = min(today + step, len(DAYS) - 1)
        truth = said(today)
        if raw.empty:
            arriving = truth
        else:
            start = raw.index[max(len(raw) - 11, 0)]
            arriving = truth[truth["obs_date"] >= start]
            known = pd.DataFrame({"symbol": "A", "obs_date": raw.index, "close": raw.to_numpy()})
            if restated(known[known["obs_date"] >= start], arriving):
                arriving = truth
        new = arriving.set_index("obs_date")["close"]
        raw = new.combine_first(raw)
        pd.testing.assert_series_equal(
            raw, truth.set_index("obs_date")["close"], check_names=False, check_freq=False, rtol=1e-5
        )


def test_the_days_of_these_tests_are_enough_for_every_seam():
    assert len(DAYS) == 40
    assert DAYS[1] - DAYS[0] == timedelta(days=1)
