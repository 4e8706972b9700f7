"""The news split, recomputed by numpy from rotations of a Cholesky factor and by search, and golden days."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.marts.built import read

HORIZONS = {"": 1, "5_": 5, "21_": 21}

RECOMPUTED = {
    "drivers_summary_daily": (
        "news_correlation",
        *(f"news_{kind}_{name}bp{end}" for name in [*HORIZONS, "event_"] for kind in ("growth", "discount")
          for end in ("", "_low", "_high")),
        "event_id", "news_growth_cum_bp", "news_discount_cum_bp", "news_cum_sessions", "why_day_identified",
        "why_5d_identified",
    ),
    "event_drivers_daily": ("contribution_event_bp_low", "contribution_event_bp_high"),
}  # fmt: skip

#: bp; sums over a year reach thousands
TOLERANCE = 1e-9


class Splits:
    """Every split of each session: its admissible angles, and the part of growth news at any angle.

    Arrays have an entry a session. A session's part is a + b cos 2a + c sin 2a at the angle a, since it is a product of
    two entries of a rotated matrix and its inverse; the three coefficients are read off three splits.
    """

    def __init__(self, stocks: pd.Series, bonds: pd.Series) -> None:
        joint = pd.DataFrame({"s": stocks, "b": bonds}).dropna().reindex(stocks.index)
        window = joint.rolling(252, min_periods=202)
        covariances = window.cov().to_numpy().reshape(-1, 2, 2)
        self.covariances = np.concatenate([np.full((1, 2, 2), np.nan), covariances[:-1]])
        known = np.isfinite(self.covariances).all(axis=(1, 2)) & joint.notna().all(axis=1).to_numpy()
        self.known = known
        self.returns = np.where(known[:, None], joint.to_numpy(), 0)
        self.covariances[~known] = np.eye(2)
        self.factors = np.linalg.cholesky(self.covariances)
        sigmas = np.sqrt(np.einsum("tii->ti", self.covariances))
        self.correlations = np.where(known, self.covariances[:, 0, 1] / sigmas.prod(axis=1), np.nan)
        self.correlations_before = covariances[:, 0, 1] / np.sqrt(covariances[:, 0, 0] * covariances[:, 1, 1])
        # bonds fall on growth news and rise on discount-rate news: the signs of the lower row, solved for the angle
        turn = np.arctan2(self.factors[:, 1, 1], self.factors[:, 1, 0])
        self.low, self.high = np.maximum(0, np.pi / 2 - turn), np.minimum(np.pi / 2, np.pi - turn)
        angles = np.array([0.2, 0.7, 1.3])
        basis = np.column_stack([np.ones(3), np.cos(2 * angles), np.sin(2 * angles)])
        values = np.stack([self.growth(np.full(len(stocks), angle)) for angle in angles])
        self.coefficients = np.linalg.solve(basis, values)

    def growth(self, angles: np.ndarray) -> np.ndarray:
        """The part of growth news at an angle a session, bp."""
        cos, sin = np.cos(angles), np.sin(angles)
        rotations = np.stack([np.stack([cos, sin], -1), np.stack([-sin, cos], -1)], -2)
        impacts = self.factors @ rotations
        shocks = np.linalg.solve(impacts, self.returns[:, :, None])[:, :, 0]
        return 1e4 * impacts[:, 0, 0] * shocks[:, 0]


def extremes(value: Callable[[np.ndarray], np.ndarray], low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, ...]:
    """The least and the greatest value between two angles, by a grid and a search around its best point."""
    found = []
    for sign in (1, -1):
        grid = np.stack([low + (high - low) * step / 64 for step in range(65)])
        best = np.stack([sign * value(angles) for angles in grid]).argmin(axis=0)
        step = (high - low) / 64
        left = low + step * np.maximum(best - 1, 0)
        right = low + step * np.minimum(best + 1, 64)
        for _ in range(60):
            first, second = left + (right - left) / 3, right - (right - left) / 3
            is_left = sign * value(first) < sign * value(second)
            left, right = np.where(is_left, left, first), np.where(is_left, second, right)
        ends = [sign * value(low), sign * value(high), sign * value((left + right) / 2)]
        found.append(np.where(high >= low, sign * np.min(ends, axis=0), np.nan))
    return tuple(found)


@pytest.fixture(scope="module")
def summary(market: tuple[Path, Path]) -> pd.DataFrame:
    query = "select * from marts.drivers_summary_daily order by session_date"
    return read(market[1], query).set_index("session_date")


@pytest.fixture(scope="module")
def splits(market: tuple[Path, Path], summary: pd.DataFrame) -> Splits:
    returns = read(market[0], "select * from intermediate.int_asset_days where asset_id in ('SPY', 'IEF')")
    returns = returns.pivot(index="session_date", columns="asset_id", values="total_return").reindex(summary.index)
    return Splits(returns.SPY, returns.IEF)


def window_growth(splits: Splits, coefficients: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    return lambda angles: coefficients[0] + coefficients[1] * np.cos(2 * angles) + coefficients[2] * np.sin(2 * angles)


def same(ours: pd.Series, theirs: np.ndarray, name: str, tolerance: float = TOLERANCE) -> None:
    expected = pd.Series(theirs, ours.index)
    assert ours.isna().equals(expected.isna()), name
    difference = (ours - expected).abs().max()
    print(f"{name:32} {expected.notna().sum():6} values, max difference {difference:.1e}")
    assert not difference > tolerance, name


def rolling_sum(values: np.ndarray, known: np.ndarray, sessions: int) -> np.ndarray:
    return pd.Series(np.where(known, values, np.nan)).rolling(sessions).sum().to_numpy()


def test_each_session_is_split_as_rotations_of_its_cholesky_factor_split_it(
    summary: pd.DataFrame, splits: Splits
) -> None:
    assert splits.known.sum() > 1500
    middle = np.where(splits.known, splits.growth((splits.low + splits.high) / 2), np.nan)
    low, high = (np.where(splits.known, ends, np.nan) for ends in extremes(splits.growth, splits.low, splits.high))
    total = 1e4 * splits.returns[:, 0]
    same(summary.news_growth_bp, middle, "growth")
    same(summary.news_growth_bp_low, low, "growth, low")
    same(summary.news_growth_bp_high, high, "growth, high")
    same(summary.news_discount_bp, total - middle, "discount rate")
    same(summary.news_discount_bp_low, total - high, "discount rate, low")
    same(summary.news_discount_bp_high, total - low, "discount rate, high")
    same(summary.news_growth_cum_bp, np.nancumsum(middle), "growth, running", 1e-7)
    same(summary.news_discount_cum_bp, np.nancumsum(total - middle), "discount rate, running", 1e-7)
    assert (summary.news_cum_sessions == splits.known.cumsum()).all()
    shifted = np.concatenate([[np.nan], splits.correlations_before[:-1]])
    same(summary.news_correlation, shifted, "correlation")

    # adds up, and its middle lies in its range
    known = summary[splits.known]
    assert (known.news_growth_bp + known.news_discount_bp - known.spx_return_bp).abs().max() <= TOLERANCE
    for kind in ("growth", "discount"):
        assert (known[f"news_{kind}_bp_low"] <= known[f"news_{kind}_bp"] + TOLERANCE).all()
        assert (known[f"news_{kind}_bp"] <= known[f"news_{kind}_bp_high"] + TOLERANCE).all()


def test_a_window_is_the_sum_of_its_sessions_and_its_range_that_of_one_common_angle(summary, splits: Splits) -> None:
    middle = splits.growth((splits.low + splits.high) / 2)
    for name, sessions in HORIZONS.items():
        if sessions == 1:
            continue
        total = rolling_sum(1e4 * splits.returns[:, 0], splits.known, sessions)
        growth = rolling_sum(middle, splits.known, sessions)
        coefficients = np.stack([rolling_sum(part, splits.known, sessions) for part in splits.coefficients])
        first = pd.Series(splits.low).rolling(sessions, min_periods=1).max().to_numpy()
        last = pd.Series(splits.high).rolling(sessions, min_periods=1).min().to_numpy()
        low, high = extremes(window_growth(splits, coefficients), first, last)
        same(summary[f"news_growth_{name}bp"], growth, f"growth {sessions}")
        same(summary[f"news_discount_{name}bp"], total - growth, f"discount rate {sessions}")
        same(summary[f"news_growth_{name}bp_low"], low, f"growth {sessions}, low")
        same(summary[f"news_growth_{name}bp_high"], high, f"growth {sessions}, high")
        same(summary[f"news_discount_{name}bp_low"], total - high, f"discount rate {sessions}, low")
        same(summary[f"news_discount_{name}bp_high"], total - low, f"discount rate {sessions}, high")
        outside = (summary[f"news_growth_{name}bp"] < summary[f"news_growth_{name}bp_low"]) | (
            summary[f"news_growth_{name}bp"] > summary[f"news_growth_{name}bp_high"]
        )
        print(f"{sessions} sessions: the sum of the middles is outside the range on {outside.mean():.1%} of them")
        # each session's middle has an angle of its own, so that their sum may lie beyond any common angle, seldom
        assert outside.mean() < 0.05


def test_since_each_event_the_range_is_that_of_one_common_angle(market, summary, splits: Splits) -> None:
    events = read(market[1], "select * from marts.event_drivers_daily where block = 'news' order by session_date")
    numbers = pd.Series(range(len(summary)), summary.index)
    compared = 0
    for (event, driver), rows in events.groupby(["event_id", "driver_id"]):
        start = numbers[rows.anchor_session.iloc[0]]
        after = slice(start + 1, None)
        coefficients = np.cumsum(splits.coefficients[:, after], axis=1)
        first = np.maximum.accumulate(splits.low[after])
        last = np.minimum.accumulate(splits.high[after])
        low, high = extremes(window_growth(splits, coefficients), first, last)
        total = np.cumsum(1e4 * splits.returns[after, 0])
        if driver == "news_discount":
            low, high = total - high, total - low
        assert splits.known[after].all()
        rows = rows.set_index("session_date")
        same(rows.contribution_event_bp_low, np.concatenate([[0], low]), f"{event} {driver}, low", 1e-8)
        same(rows.contribution_event_bp_high, np.concatenate([[0], high]), f"{event} {driver}, high", 1e-8)
        newest = summary[summary.event_id == event].index
        kind = driver.removeprefix("news_")
        for column, theirs in (("", ""), ("_low", "_low"), ("_high", "_high")):
            ours = summary.loc[newest, f"news_{kind}_event_bp{column}"]
            assert (ours - rows.loc[newest, f"contribution_event_bp{theirs}"]).abs().max() <= TOLERANCE
        compared += len(newest)
    assert compared > 0
    assert summary.loc[summary.event_id.isna(), "news_growth_event_bp"].isna().all()
    anchors = events.groupby("event_id").anchor_session.first()
    for day, event in summary.event_id.items():
        past = anchors[anchors <= day]
        assert (event == past.idxmax()) if len(past) else pd.isna(event)


def test_news_is_identified_where_one_kind_is_larger_at_every_angle(summary: pd.DataFrame, splits: Splits) -> None:
    grid = [splits.low + (splits.high - splits.low) * step / 400 for step in range(401)]
    growth = np.stack([splits.growth(angles) for angles in grid])
    is_growth = np.abs(growth) > np.abs(1e4 * splits.returns[:, 0] - growth)
    # where the index did not move, both kinds are equal and opposite
    identified = (is_growth.all(axis=0) | (~is_growth).all(axis=0)) & (splits.returns[:, 0] != 0)
    ours = summary.why_day_identified[splits.known].astype(bool)
    # between the points of the grid one kind may just stop to be the larger
    assert (ours != identified[splits.known]).mean() < 0.002
    assert summary.why_day_identified.isna().equals(pd.Series(~splits.known, summary.index))
    week = summary.dropna(subset=["news_growth_5_bp_low"])
    half = week.spx_return_5_bp / 2
    expected = (week.news_growth_5_bp_low > half) | (week.news_growth_5_bp_high < half)
    assert (week.why_5d_identified.astype(bool) == expected).all()
    assert summary.why_5d_identified.isna().equals(summary.news_growth_5_bp_low.isna())


def test_the_split_of_golden_days(folder_built: Path) -> None:
    summary = read(folder_built, "select * from marts.drivers_summary_daily").set_index("session_date")
    golden = {"2024-12-27": (-28.6, -76.6), "2022-06-13": (36.9, -416.6), "2016-06-24": (-382.5, 23.4)}
    for day, parts in golden.items():
        row = summary.loc[day]
        assert (row.news_growth_bp, row.news_discount_bp) == pytest.approx(parts, abs=0.3), day
    ranges = {"2024-12-27": (-101.5, 3.7), "2016-06-24": (-403.1, -194.4)}
    for day, ends in ranges.items():
        row = summary.loc[day]
        assert (row.news_growth_bp_low, row.news_growth_bp_high) == pytest.approx(ends, abs=0.3), day
    assert summary.why_day["2016-06-24"] == "news_growth"
    assert summary.why_day_identified["2016-06-24"]
    assert summary.why_day["2024-12-27"] == "news_discount"
    assert not summary.why_day_identified["2024-12-27"]
    assert summary.why_day_identified.astype("boolean").mean() == pytest.approx(0.25, abs=0.05)
