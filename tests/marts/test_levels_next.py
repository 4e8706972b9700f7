"""levels_next: at every session of both markets, a next reading on either side of a level flips its test."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.marts.built import read

RECOMPUTED = {
    "levels_next": (
        "level_name", "reading", "unit", "comparator", "is_met", "value", "level", "distance", "sigma_63",
        "distance_sigma", "within_reach", "null_reason",
    ),
}  # fmt: skip

#: Quotes in hundredths may miss a bound by their rounding; the marts count them as on it.
NOISE = 1e-9

#: How far to either side of a level a reading is put, as a share of the level.
HAIR = 1e-8

Test = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Reading:
    """A reading at every session and the tests of its next value, with the readings between which that value lies."""

    now: pd.Series
    changes: pd.Series
    between: tuple[float, float]
    tests: dict[str, Test]


def past(values: pd.Series, sessions: int) -> np.ndarray:
    """The last values up to each session, a row a session; NaN before the first."""
    padded = np.concatenate([np.full(sessions - 1, np.nan), values.to_numpy(dtype=float)])
    return np.lib.stride_tricks.sliding_window_view(padded, sessions)


def with_next(window: np.ndarray, following: np.ndarray) -> np.ndarray:
    """Windows of the next session: the past and the next value."""
    return np.column_stack([window, following])


def count(window: np.ndarray) -> np.ndarray:
    """Known values in each window."""
    return (~np.isnan(window)).sum(axis=1)


def percentile(window: np.ndarray, following: np.ndarray) -> np.ndarray:
    """Percentage of the values of the next window that are at most the next one; NaN with fewer than 126."""
    known = count(window) + 1
    share = 100 * ((window <= following[:, None]).sum(axis=1) + 1) / known
    return np.where(known >= 126, share, np.nan)


def highest(window: np.ndarray, following: np.ndarray, least: int) -> np.ndarray:
    """The highest of the next window; NaN with fewer than `least` values."""
    joint = with_next(window, following)
    return np.where(count(joint) >= least, np.fmax.reduce(joint, axis=1), np.nan)


def lowest(window: np.ndarray, following: np.ndarray, least: int) -> np.ndarray:
    """The lowest of the next window; NaN with fewer than `least` values."""
    return -highest(-window, -following, least)


def answer(test: np.ndarray, *needed: np.ndarray) -> np.ndarray:
    """1 and 0 for a test met and not met, NaN where something it needs is missing."""
    return np.where(np.any([np.isnan(one) for one in needed], axis=0), np.nan, test.astype(float))


def index_reading(published: Path) -> Reading:
    days = read(published, "select * from marts.index_daily where index_id = 'SP500' order by session_date")
    days = days.set_index("session_date")
    year, quarter = past(days.close, 251), past(days.close.dropna(), 62)
    in_quarter = days.index.isin(days.close.dropna().index)

    def at_quarter_high(following: np.ndarray) -> np.ndarray:
        full = np.full((len(days), 62), np.nan)
        full[in_quarter] = quarter
        return answer(following >= highest(full, following, 1))

    tests = {
        "index_high_252": lambda following: answer(following >= highest(year, following, 1)),
        "index_near_high": lambda following: answer(
            following >= 0.95 * highest(year, following, 202), highest(year, following, 202)
        ),
        "index_correction": lambda following: answer(
            following <= 0.9 * highest(year, following, 202) + NOISE, highest(year, following, 202)
        ),
        "index_high_63": at_quarter_high,
    }
    return Reading(days.close, np.log1p(days.price_return_1d), (1.0, 1e6), tests)


def vix_reading(published: Path) -> Reading:
    days = read(published, "select * from marts.volatility_daily order by session_date").set_index("session_date")
    year, fortnight, vix = past(days.vix, 251), past(days.vix, 9), days.vix.to_numpy()
    fresh = days.vix_obs_date == days.index
    changes = np.log(days.vix / days.vix.shift()).where(fresh & fresh.shift(fill_value=False))

    def climbs(following: np.ndarray) -> np.ndarray:
        low = lowest(fortnight, following, 8)
        return answer((following >= 25) & (low < 18), low)

    vix3m = days.vix3m.to_numpy(dtype=float)
    base = np.where(fresh, vix, np.nan)
    tests = {
        "vix_backwardation": lambda following: answer(following / vix3m >= 1, vix3m),
        "vix_stressed": lambda following: answer(percentile(year, following) >= 80, percentile(year, following)),
        "vix_calm": lambda following: answer(percentile(year, following) <= 40, percentile(year, following)),
        "vix_leg": lambda following: answer(percentile(year, following) >= 95, percentile(year, following)),
        "vix_off_high": lambda following: answer(
            following <= 0.8 * highest(fortnight, following, 8) + NOISE, highest(fortnight, following, 8)
        ),
        "vix_jump": lambda following: answer(following >= 1.3 * base - NOISE, base),
        "vix_climb": climbs,
        "vix_high": lambda following: answer(following >= 25),
    }
    return Reading(days.vix, changes, (0.01, 1000.0), tests)


def cor1m_reading(published: Path) -> Reading:
    days = read(published, "select * from marts.implied_correlation_daily order by session_date")
    days = days.set_index("session_date")
    year, fortnight = past(days.cor1m, 251), past(days.cor1m, 9)
    earlier = days.cor1m.where(days.cor1m_obs_date == days.index).shift(4).to_numpy(dtype=float)
    cor3m = days.cor3m.to_numpy(dtype=float)
    tests = {
        "cor1m_floor": lambda following: answer(percentile(year, following) <= 10, percentile(year, following)),
        "cor1m_elevated": lambda following: answer(percentile(year, following) >= 80, percentile(year, following)),
        "cor1m_leg": lambda following: answer(percentile(year, following) >= 95, percentile(year, following)),
        "cor1m_off_high": lambda following: answer(
            following <= 0.8 * highest(fortnight, following, 8) + NOISE, highest(fortnight, following, 8)
        ),
        "cor1m_jump": lambda following: answer(following - earlier >= 10 - NOISE, earlier),
        "cor1m_inverted": lambda following: answer(following - cor3m > 0, cor3m),
    }
    return Reading(days.cor1m, days.cor1m_chg_1d, (0.01, 1000.0), tests)


def mega_cap_reading(published: Path) -> Reading:
    days = read(
        published, "select * from marts.relative_performance_daily where pair_id = 'MAG7/SPY' order by session_date"
    ).set_index("session_date")
    quarter = past(days.log_ratio, 62)

    def leads(following: np.ndarray) -> np.ndarray:
        joint = with_next(quarter, np.log(following / 100))
        mean = np.where(count(joint) >= 51, np.nanmean(joint, axis=1), np.nan)
        return answer(np.log(following / 100) > mean, mean)

    return Reading(days.rs_ratio, days.log_ratio.diff(), (0.1, 1e6), {"mega_caps_leading": leads})


def share_reading(published: Path, universe_id: str, suffix: str) -> Reading:
    days = read(
        published,
        "select * from marts.breadth_daily where universe_id = ? and segment_id = 'ALL' order by session_date",
        universe_id,
    ).set_index("session_date")
    average = days.adv_ratio_ema10
    share = days.advances / (days.advances + days.declines).replace(0, np.nan)
    # sessions since the last dip, and whether it has given its signal
    dips, signals, dip, spent = [], [], None, False
    for place, (now, before) in enumerate(zip(average, average.shift(), strict=True)):
        if now < 0.4:
            dip, spent = place, False
        if now > 0.615 and before <= 0.615:
            spent = True
        dips.append(np.nan if dip is None else place - dip)
        signals.append(spent)
    armed = np.array(dips) + 1 <= 10
    ready = armed & ~np.array(signals)
    e = average.to_numpy(dtype=float)
    step = 2 / 11
    tests = {
        f"zweig_armed{suffix}": lambda following: answer(e + step * (following - e) < 0.4, e),
        f"zweig_fired{suffix}": lambda following: answer(
            (e + step * (following - e) > 0.615) & (e <= 0.615) & ready, e
        ),
    }
    return Reading(share, share.diff(), (0.0, 1.0), tests)


def decline_reading(published: Path) -> Reading:
    days = read(
        published,
        "select * from marts.breadth_daily where universe_id = 'SP500' and segment_id = 'ALL' order by session_date",
    ).set_index("session_date")
    valid = days.valid.where(days.declines.notna()).to_numpy(dtype=float)
    # a count is whole: between two counts there is none
    tests = {"declines_90": lambda following: answer(100 * np.floor(following) / valid >= 90, valid)}
    return Reading(days.declines.astype(float), days.declines.astype(float).diff(), (0.0, 1e6), tests)


@pytest.fixture(scope="module")
def mart(market: tuple[Path, Path]) -> pd.DataFrame:
    return read(market[1], "select * from marts.levels_next order by level_id, session_date")


@pytest.fixture(scope="module")
def readings(market: tuple[Path, Path], mart: pd.DataFrame) -> list[Reading]:
    makers = (index_reading, vix_reading, cor1m_reading, mega_cap_reading, decline_reading)
    found = [make(market[1]) for make in makers] + [share_reading(market[1], "SP500", "")]
    if "zweig_armed_nyse" in set(mart.level_id):
        found.append(share_reading(market[1], "NYSE", "_nyse"))
    return found


def rows_of(mart: pd.DataFrame, level_id: str) -> pd.DataFrame:
    """The rows of a level by session."""
    return mart[mart.level_id == level_id].set_index("session_date")


def test_every_level_of_the_seed_is_there(mart: pd.DataFrame, readings: list[Reading], warehouse: Path) -> None:
    seed = read(warehouse, "select * from seeds.levels").set_index("level_id")
    kinds = mart.level_id.str.split(":").str[0]
    assert set(kinds) | {"zweig_armed_nyse", "zweig_fired_nyse"} == set(seed.index)
    assert {level_id for one in readings for level_id in one.tests} == set(kinds) - {"index_anchor"}
    assert set(mart.universe_id) == {"SP500"}
    for column in ("reading", "unit", "comparator"):
        assert (mart[column] == kinds.map(seed[column])).all(), column
    events = read(warehouse, "select event_id, event_name from intermediate.int_event_anchors").set_index("event_id")
    event = mart.level_id.str.split(":").str[1].map(events.event_name)
    named = kinds.map(seed["name"]) + (", " + event).fillna("")
    assert (mart.level_name == named).all()


def test_a_next_reading_on_either_side_of_a_level_flips_its_test(mart: pd.DataFrame, readings: list[Reading]) -> None:
    for one in readings:
        for level_id, test in one.tests.items():
            rows = rows_of(mart, level_id).reindex(one.now.index)
            level = rows.level.to_numpy(dtype=float)
            hair = 0.4 if level_id == "declines_90" else HAIR * level
            here = np.isfinite(level)
            assert here.sum() > 10, level_id
            below, above = test(level - hair)[here], test(level + hair)[here]
            meets_above = rows.comparator[here].isin([">", ">="]).to_numpy().astype(float)
            assert (above == meets_above).all(), level_id
            assert (below == 1 - meets_above).all(), level_id


def test_where_there_is_no_level_no_next_reading_flips_the_test(mart: pd.DataFrame, readings: list[Reading]) -> None:
    reasons: set[str] = set()
    for one in readings:
        low, high = one.between
        for level_id, test in one.tests.items():
            rows = rows_of(mart, level_id)
            assert (rows.level.isna() == rows.null_reason.notna()).all(), level_id
            missing = rows.level.isna().reindex(one.now.index, fill_value=False).to_numpy()
            lowest_reading, highest_reading = (test(np.full(len(missing), bound))[missing] for bound in (low, high))
            flips = (lowest_reading != highest_reading) & ~np.isnan(lowest_reading) & ~np.isnan(highest_reading)
            unknown = (rows.null_reason == "not known in this session").reindex(one.now.index, fill_value=False)
            assert not (flips & ~unknown.to_numpy()[missing]).any(), level_id
            reasons |= set(rows.null_reason.dropna())
    assert len(reasons) >= 4


def test_distances_are_in_units_and_in_standard_deviations_of_a_day(
    mart: pd.DataFrame, readings: list[Reading], warehouse: Path
) -> None:
    seed = read(warehouse, "select * from seeds.levels").set_index("level_id")
    for one in readings:
        sigma = one.changes.rolling(63, min_periods=51).std()
        for level_id in one.tests:
            rows = rows_of(mart, level_id)
            now, sigma_63 = one.now.reindex(rows.index), sigma.reindex(rows.index)
            pd.testing.assert_series_equal(rows.value, now.astype(float), check_names=False, check_freq=False)
            np.testing.assert_allclose(rows.sigma_63, sigma_63, rtol=1e-7, atol=1e-12, err_msg=level_id)
            np.testing.assert_allclose(rows.distance, rows.level - now, rtol=0, atol=1e-9)
            moved = np.log(rows.level / now) if seed.sigma_of[level_id] == "log" else rows.level - now
            theirs = (moved / sigma_63.where(sigma_63 > 0)).astype(float)
            np.testing.assert_allclose(rows.distance_sigma.astype(float), theirs, rtol=1e-6, atol=1e-9)
            reach = (theirs.abs() <= np.sqrt(21)).where(theirs.notna())
            assert rows.within_reach.astype(object).where(rows.within_reach.notna()).equals(
                reach.astype(object).where(reach.notna())
            ), level_id  # fmt: skip


def test_a_test_is_met_today_as_yesterdays_next_reading_has_it(mart: pd.DataFrame, readings: list[Reading]) -> None:
    """Today's reading is the next one of the session before; bounds that move with the day have a test of their own."""
    for one in readings:
        for level_id, test in one.tests.items():
            if level_id in ("vix_backwardation", "cor1m_inverted", "declines_90"):
                continue
            rows = rows_of(mart, level_id)
            today = one.now.to_numpy(dtype=float)
            met = pd.Series(test(np.append(today[1:], np.nan)), index=one.now.index).shift()
            met = met.where(one.now.notna() & one.now.shift().notna()).reindex(rows.index)
            known = met.notna() & rows.is_met.notna()
            if level_id == "vix_jump":
                known &= one.changes.reindex(rows.index).notna()
            assert known.sum() > 200, level_id
            assert (rows.is_met[known].astype(float) == met[known]).all(), level_id


def test_the_tests_that_compare_two_readings_of_a_day(market: tuple[Path, Path], mart: pd.DataFrame) -> None:
    volatility = read(market[1], "select * from marts.volatility_daily").set_index("session_date")
    correlation = read(market[1], "select * from marts.implied_correlation_daily").set_index("session_date")
    breadth = read(
        market[1], "select * from marts.breadth_daily where universe_id = 'SP500' and segment_id = 'ALL'"
    ).set_index("session_date")
    pairs = {
        "vix_backwardation": (volatility.vix / volatility.vix3m >= 1).where(
            volatility.vix3m.notna() & (volatility.vix_obs_date == volatility.vix3m_obs_date)
        ),
        "cor1m_inverted": (correlation.cor1m > correlation.cor3m).where(correlation.cor_slope_1m3m.notna()),
        "declines_90": (10 * breadth.declines >= 9 * breadth.valid).where(breadth.declines.notna()),
    }
    for level_id, met in pairs.items():
        rows = rows_of(mart, level_id)
        theirs = met.reindex(rows.index)
        known = theirs.notna()
        assert known.sum() > 1000
        assert rows.is_met[known].astype(bool).equals(theirs[known].astype(bool)), level_id
        assert rows.is_met[~known].isna().all(), level_id


def test_the_anchor_is_the_level_of_the_index(market: tuple[Path, Path], mart: pd.DataFrame) -> None:
    performance = read(market[1], "select * from marts.event_performance_daily where series_id = '^GSPC'")
    rows = mart[mart.level_id.str.startswith("index_anchor:")]
    assert len(rows) == len(performance) > 20
    both = rows.assign(event_id=rows.level_id.str.split(":").str[1]).merge(performance, on=["session_date", "event_id"])
    assert len(both) == len(rows)
    assert (both.level == both.anchor_close).all()
    assert (both.value == both.close).all()
    assert (both.is_met == (both.value < both.level)).all()
