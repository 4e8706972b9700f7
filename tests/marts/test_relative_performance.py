"""Relative performance, recomputed in pandas and numpy from the days of the assets, and the facts of December 2024."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ingestion.settings import PROJECT_ROOT
from tests.marts.built import read

RECOMPUTED = {
    "index_daily": (
        "close", "price_return_1d", "price_index", "price_basis", "total_return_1d", "total_return_index",
        "total_return_basis",
    ),
    "event_performance_daily": (
        "days_since", "close", "price_chg_pct", "total_return_pct", "index_100", "rel_vs_spx_pp",
        "max_drawdown_since_pct", "below_anchor", "days_below_anchor", "anchor_session", "event_name",
        "anchor_stale_days",
    ),
    "mega_cap_index_daily": (
        "level", "return_1d", "members_present", "is_hindsight",
    ),
    "relative_performance_daily": (
        "rs_ratio", "log_ratio", "rs_roc_5", "rs_roc_21", "rs_roc_63", "slope_21", "slope_21_chg_5", "rs_z_252",
        "dist_from_252d_high_pct", "ratio_bond_corr_63", "ratio_beta_ief", "rs_state", "low_corr",
        "regime_map_5", "regime_map_21",
    ),
}  # fmt: skip

SEEDS = PROJECT_ROOT / "dbt_project" / "seeds" / "universe"
MEGA_CAPS = ["AAPL", "MSFT", "NVDA", "AMZN", "GOOGL", "META", "TSLA"]


@pytest.fixture(scope="module")
def folder(request: pytest.FixtureRequest) -> Path:
    request.getfixturevalue("folder_built")
    return request.getfixturevalue("folder_settings").warehouse_path


@pytest.fixture(scope="module")
def days(warehouse: Path) -> dict[str, pd.DataFrame]:
    """Each measure of the asset days as a panel: all sessions down, assets across."""
    frame = read(warehouse, "select * from intermediate.int_asset_days")
    sessions = read(warehouse, "select session_date from intermediate.int_sessions order by 1").session_date
    return {
        measure: frame.pivot(index="session_date", columns="asset_id", values=measure).reindex(sessions)
        for measure in ["close", "price_return", "total_return", "log_price_index", "log_total_return_index"]
    }


def assert_close(actual: pd.DataFrame, expected: pd.DataFrame, tolerance: float = 1e-9) -> None:
    """Same rows, the same NULLs, and no difference beyond the tolerance (of 1, or of the value where it is larger)."""
    actual, expected = actual.sort_index().astype(float), expected.sort_index().astype(float)
    pd.testing.assert_index_equal(actual.index, expected.index, check_names=False, exact=False)
    worst = 0.0
    for column in expected.columns:
        difference = ((actual[column] - expected[column]).abs() / expected[column].abs().clip(lower=1)).max()
        assert (actual[column].isna() == expected[column].isna()).all(), f"NULLs of {column} differ"
        assert not difference > tolerance, f"{column} differs by {difference}"
        worst = max(worst, difference)
    print(f"{', '.join(expected.columns)}: largest difference {worst:.1e}")


# ---------------------------------------------------------------------------------------------------- index_daily


def chained(main: pd.Series, fallback: pd.Series) -> pd.DataFrame:
    """Return and chained level of the main asset, of its stand-in where it has none; bars on every session."""
    returns = main.pct_change(fill_method=None).fillna(fallback.pct_change(fill_method=None))
    held = main.notna() | fallback.notna()
    frame = pd.DataFrame({"return": returns[held], "level": 100 * (1 + returns[held].fillna(0)).cumprod()})
    return frame.reindex(main.index[main.index >= held.idxmax()])


def test_indices_are_chained_from_their_bars(warehouse: Path, days: dict[str, pd.DataFrame]) -> None:
    marts = read(warehouse, "select * from marts.index_daily")
    seed = pd.read_csv(SEEDS / "indices.csv").set_index("index_id")
    assert set(marts.index_id) == set(seed.index)
    prices, totals = np.exp(days["log_price_index"]), np.exp(days["log_total_return_index"])
    for index_id, rows in marts.groupby("index_id"):
        symbols = seed.loc[index_id]
        price = chained(prices[symbols.price_symbol], prices[symbols.price_fallback])
        total = chained(totals[symbols.total_return_symbol], totals[symbols.total_return_fallback])
        expected = pd.DataFrame(
            {
                "close": days["close"][symbols.price_symbol],
                "price_return_1d": price["return"],
                "price_index": price["level"],
                "total_return_1d": total["return"],
                "total_return_index": total["level"],
            }
        )
        rows = rows.set_index("session_date")
        assert_close(rows[expected.columns], expected.loc[rows.index.min() :])
        with_level = rows.price_index.notna()
        assert rows.price_basis[with_level].isin([symbols.price_symbol, symbols.price_fallback]).all()
        step = totals[symbols.total_return_symbol].diff().reindex(rows.index)
        basis = rows.total_return_basis[rows.total_return_index.notna()]
        assert basis.isin([symbols.total_return_symbol, symbols.total_return_fallback]).all()
        assert (basis[step.reindex(basis.index).notna()] == symbols.total_return_symbol).all()


def test_the_stand_in_is_named_where_it_stands_in(folder: Path) -> None:
    basis = read(folder, "select session_date, price_basis from marts.index_daily where index_id = 'RUSSELL2000'")
    basis = basis.set_index("session_date").price_basis
    assert basis.loc[:"2016-06-28"].unique().tolist() == ["IWM"]
    assert basis.loc["2016-06-29":].unique().tolist() == ["^RUT"]


# --------------------------------------------------------------------------------------- event_performance_daily


def test_events_are_measured_from_their_base(warehouse: Path, days: dict[str, pd.DataFrame]) -> None:
    marts = read(warehouse, "select * from marts.event_performance_daily")
    benchmark = read(warehouse, "select * from marts.index_daily where index_id = 'SP500'").set_index("session_date")
    seed = pd.read_csv(SEEDS / "event_series.csv").set_index("series_id")
    events = pd.read_csv(SEEDS / "events.csv", dtype=str).set_index("event_id")
    sessions = days["close"].index
    assert not marts.empty
    for (event_id, series_id), rows in marts.groupby(["event_id", "series_id"]):
        anchor = sessions[sessions >= events.anchor_date[event_id]][0]
        bars = days["log_total_return_index"][series_id].dropna().index
        base = bars[bars <= anchor][-1]
        span = sessions[sessions >= anchor]
        price = np.exp(days["log_price_index"][series_id])
        total = np.exp(days["log_total_return_index"][seed.total_return_symbol[series_id]])
        price = price.where(price.index.isin(bars)).loc[span] / price[base]
        total = total.where(total.index.isin(bars)).loc[span] / total[base]
        below = (price < 1).where(price.notna())
        expected = pd.DataFrame(
            {
                "days_since": range(len(span)),
                "close": days["close"][series_id].loc[span],
                "price_chg_pct": 100 * (price - 1),
                "total_return_pct": 100 * (total - 1),
                "index_100": 100 * total,
                "rel_vs_spx_pp": 100
                * (total - benchmark.total_return_index[span] / benchmark.total_return_index[anchor]),
                "max_drawdown_since_pct": [
                    100 * min((total.iloc[: n + 1] / total.iloc[: n + 1].cummax().clip(lower=1) - 1).min(), 0)
                    if total.iloc[: n + 1].notna().any()
                    else np.nan
                    for n in range(len(span))
                ],
                "below_anchor": below,
                "days_below_anchor": below.fillna(0).cumsum().where(price.notna()),
            },
            index=span,
        )
        rows = rows.set_index("session_date")
        assert_close(rows[expected.columns], expected)
        assert (rows.anchor_session == anchor).all()
        assert (rows.event_name == events.name[event_id]).all()
        assert (rows.null_reason.notna() == (expected.price_chg_pct.isna() | expected.index_100.isna())).all()
        stale = int((sessions <= anchor).sum() - (sessions <= base).sum()) or None
        assert rows.anchor_stale_days.dropna().unique().tolist() == ([stale] if stale else [])


@pytest.mark.parametrize(
    ("series_id", "total_return_pct"),
    [
        ("SPY", -0.29), ("IWM", -7.72), ("RSP", -4.17), ("TLT", -4.67), ("IEF", -1.35), ("HYG", -0.50), ("LQD", -2.04),
        ("TIP", -1.38), ("AAPL", 13.99), ("MSFT", 3.20), ("NVDA", -5.67), ("AMZN", 8.18), ("GOOGL", 7.00),
        ("META", 2.94), ("TSLA", 23.33), ("MAG7", 7.74),
    ],
)  # fmt: skip
def test_since_the_event_of_11_november(folder: Path, series_id: str, total_return_pct: float) -> None:
    (measured,) = read(
        folder,
        "select total_return_pct from marts.event_performance_daily where event_id = '2024-11-11' "
        f"and session_date = '2024-12-27' and series_id = '{series_id}'",
    ).total_return_pct
    assert measured == pytest.approx(total_return_pct, abs=0.05)


def test_the_index_fell_below_its_anchor_on_27_december(folder: Path) -> None:
    rows = read(
        folder,
        "select * from marts.event_performance_daily where event_id = '2024-11-11' and series_id = '^GSPC' "
        "and session_date in ('2024-12-26', '2024-12-27') order by session_date",
    )
    assert rows.below_anchor.tolist() == [False, True]
    assert rows.anchor_close.tolist() == pytest.approx([6001.35, 6001.35], abs=0.005)
    assert rows.close.iloc[1] == pytest.approx(5970.84, abs=0.005)
    assert rows.price_chg_pct.iloc[1] == pytest.approx(-0.51, abs=0.02)


# ------------------------------------------------------------------------------------------- mega_cap_index_daily


def held_quarterly(levels: pd.DataFrame) -> pd.Series:
    """Value of a portfolio bought in equal parts at the first close, and again at the first close of each quarter."""
    value, shares, quarter, values = 100.0, None, None, {}
    for session, prices in levels.iterrows():
        if shares is not None:
            value = float((shares * prices).sum())
        if shares is None or session.to_period("Q") != quarter:
            shares, quarter = value / len(prices) / prices, session.to_period("Q")
        values[session] = value
    return pd.Series(values)


def test_the_equal_weight_mega_cap_indices_are_portfolios(warehouse: Path, days: dict[str, pd.DataFrame]) -> None:
    marts = read(warehouse, "select * from marts.mega_cap_index_daily").set_index("session_date")
    levels = np.exp(days["log_total_return_index"][MEGA_CAPS])
    complete = levels.dropna()
    present = levels.notna().sum(axis=1)
    quarterly = marts[marts.weighting == "ew_q"]
    assert_close(quarterly[["level"]], held_quarterly(complete).reindex(quarterly.index).to_frame("level"))
    assert (quarterly.members_present == present[quarterly.index]).all()
    assert (quarterly.weight_basis[quarterly.level.notna()] == "equal").all()
    for weighting, legs in [("ew_d", MEGA_CAPS), ("ew_d_ex_tsla", MEGA_CAPS[:-1])]:
        rows = marts[marts.weighting == weighting]
        returns = days["total_return"][legs].loc[rows.index[0] :].iloc[1:].mean(axis=1, skipna=False)
        expected = 100 * (1 + returns.fillna(0)).cumprod().where(returns.notna())
        expected.loc[rows.index[0]] = 100
        assert_close(rows[["level"]], expected.to_frame("level"))
    for _, rows in marts.groupby("weighting"):
        assert rows.level.iloc[0] == 100
        assert_close(rows[["return_1d"]], rows.level.pct_change(fill_method=None).to_frame("return_1d"))
        assert (rows.is_hindsight == (rows.index < "2023-04-11")).all()


def test_the_weighted_mega_cap_index_is_its_part_of_the_index(warehouse: Path) -> None:
    rows = read(warehouse, "select * from marts.mega_cap_index_daily where weighting = 'cw'").set_index("session_date")
    part = read(
        warehouse,
        "select session_date, contribution_bp, weight_pct from marts.index_attribution_daily "
        "where index_id = 'SP500' and bucket_id = 'MAG7' and horizon = '1'",
    ).set_index("session_date")
    returns = (part.contribution_bp / part.weight_pct / 100).where(rows.level.notna().reindex(part.index))
    assert len(returns) > 60
    assert_close(rows[["return_1d"]].iloc[1:], returns.to_frame("return_1d"))


def test_mega_caps_since_the_event(folder: Path) -> None:
    levels = read(folder, "select * from marts.mega_cap_index_daily")
    levels = levels.pivot(index="session_date", columns="weighting", values="level")
    since = 100 * (levels.loc["2024-12-27"] / levels.loc["2024-11-11"] - 1)
    assert since.ew_d == pytest.approx(7.74, abs=0.1)
    assert since.ew_q == pytest.approx(7.90, abs=0.1)
    slowing = 100 * (levels.ew_d["2024-12-27"] / levels.ew_d["2024-12-16"] - 1)
    assert slowing == pytest.approx(-2.20, abs=0.1)
    ratio = read(folder, "select * from marts.relative_performance_daily where pair_id = 'MAG7/SPY'")
    ratio = ratio.set_index("session_date")
    index = (1 + slowing / 100) / (ratio.rs_ratio["2024-12-27"] / ratio.rs_ratio["2024-12-16"]) - 1
    assert 100 * index == pytest.approx(-1.61, abs=0.1)
    assert ratio.rs_state["2024-12-27"] == "leading_slowing"


# ------------------------------------------------------------------------------------- relative_performance_daily


def windowed(length: int, least: int, measure: Callable[..., float], *series: pd.Series) -> pd.Series:
    """A measure of the joint values of each window, NULL where there are fewer than `least`; no running sums."""
    values = [np.concatenate([np.full(length - 1, np.nan), one.to_numpy(float)]) for one in series]
    windows = [np.lib.stride_tricks.sliding_window_view(one, length) for one in values]
    results = np.full(len(series[0]), np.nan)
    for place, window in enumerate(zip(*windows, strict=True)):
        joint = ~np.isnan(np.array(window)).any(axis=0)
        if joint.sum() >= least:
            results[place] = measure(*(one[joint] for one in window))
    return pd.Series(results, index=series[0].index)


def covariance(left: np.ndarray, right: np.ndarray) -> float:
    return float(((left - left.mean()) * (right - right.mean())).sum() / (len(left) - 1))


def slope(values: np.ndarray, regressor: np.ndarray) -> float:
    """Coefficient of least squares with a constant."""
    design = np.column_stack([np.ones_like(regressor), regressor - regressor[0]])
    return float(np.linalg.lstsq(design, values, rcond=None)[0][1])


def standing(values: np.ndarray) -> float:
    return float((values[-1] - values.mean()) / values.std(ddof=1))


def correlation(left: np.ndarray, right: np.ndarray) -> float:
    return covariance(left, right) / float(left.std(ddof=1) * right.std(ddof=1))


def direction(numerator: pd.Series, denominator: pd.Series) -> pd.Series:
    names = {(True, True): "both_up", (True, False): "up_down", (False, True): "down_up", (False, False): "both_down"}
    known = numerator.notna() & denominator.notna()
    signs = zip(numerator > 1e-12, denominator > 1e-12, strict=True)
    return pd.Series([names[up] for up in signs], index=numerator.index).where(known)


def test_pairs_are_recomputed(warehouse: Path, days: dict[str, pd.DataFrame]) -> None:
    marts = read(warehouse, "select * from marts.relative_performance_daily")
    seed = pd.read_csv(SEEDS / "pairs.csv").set_index("pair_id")
    assert set(marts.pair_id) == set(seed.index)
    for pair_id, rows in marts.groupby("pair_id"):
        rows = rows.set_index("session_date").sort_index()
        numerator = days["log_total_return_index"][seed.numerator[pair_id]]
        denominator = days["log_total_return_index"][seed.denominator[pair_id]]
        ratio = numerator - denominator
        start = ratio.first_valid_index()
        numerator, denominator, ratio = (part.loc[start:] for part in (numerator, denominator, ratio - ratio[start]))
        known = numerator.notna() & denominator.notna()
        numerator, denominator = numerator.where(known), denominator.where(known)
        level = 100 * np.exp(ratio)
        places = pd.Series(np.arange(len(ratio), dtype=float), index=ratio.index)
        trend = 1e4 * windowed(21, 17, slope, ratio, places)
        turn = trend - trend.shift(5)
        change, long_bonds, bonds = ratio.diff(), days["total_return"].TLT[start:], days["total_return"].IEF[start:]
        beta = windowed(63, 50, lambda left, right: covariance(left, right) / covariance(right, right), change, bonds)
        mean = ratio.rolling(63, min_periods=51).mean()
        expected = pd.DataFrame(
            {
                "rs_ratio": level,
                "log_ratio": ratio,
                "rs_roc_5": 100 * (level / level.shift(5) - 1),
                "rs_roc_21": 100 * (level / level.shift(21) - 1),
                "rs_roc_63": 100 * (level / level.shift(63) - 1),
                "slope_21": trend,
                "slope_21_chg_5": turn,
                "rs_z_252": windowed(252, 126, standing, ratio).where(known),
                "dist_from_252d_high_pct": 100 * (level / level.rolling(252, min_periods=202).max() - 1),
                "ratio_bond_corr_63": windowed(63, 51, correlation, change, long_bonds),
                "ratio_beta_ief": 100 * beta,
            }
        )
        assert_close(rows[expected.columns], expected)
        ahead = ratio > mean
        states = ["leading_slowing", "leading", "lagging_improving"]
        state = np.select([ahead & (turn < 0), ahead, turn > 0], states, "lagging")
        state = pd.Series(state, index=ratio.index).where(ratio.notna() & mean.notna() & turn.notna())
        steady = (ratio - mean).abs().gt(1e-12) & turn.abs().gt(1e-9) | state.isna()
        pd.testing.assert_series_equal(rows.rs_state[steady], state[steady], check_names=False, check_dtype=False)
        bound = rows.ratio_bond_corr_63.abs() < 0.2
        assert (rows.low_corr.dropna().astype(bool) == bound[rows.ratio_bond_corr_63.notna()]).all()
        for sessions in (5, 21):
            went = direction(numerator - numerator.shift(sessions), denominator - denominator.shift(sessions))
            actual = rows[f"regime_map_{sessions}"]
            pd.testing.assert_series_equal(actual, went, check_names=False, check_dtype=False)
