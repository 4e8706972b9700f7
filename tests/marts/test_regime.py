"""Regime and its spells, recomputed by pandas and plain loops, and the regimes planted in the sample market."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.dbt.test_regression_macros import sides
from tests.marts.built import read

RECOMPUTED = {
    "regime_daily": (
        "growth_cyclical_z", "growth_small_cap_z", "growth_credit_z", "growth_claims_z", "growth_inputs",
        "growth_impulse", "inflation_breakeven_z", "inflation_linkers_z", "inflation_consumer_prices_z",
        "inflation_inputs", "inflation_impulse", "liquidity_real_yield_z", "liquidity_short_yield_z",
        "liquidity_dollar_z", "liquidity_balance_sheet_z", "liquidity_spread_z", "liquidity_inputs",
        "liquidity_impulse", "growth_side", "inflation_side", "quadrant", "quadrant_conf", "curve_slope_bp",
        "yield_2y_chg_21_bp", "yield_10y_chg_21_bp", "curve_regime", "duration_premium_chg_63_bp",
        "duration_premium_rising", "credit_premium_chg_63_bp", "credit_premium_rising", "stock_bond_corr_63",
        "hy_spread_z_756", "is_vix_backwardation", "is_correlation_inverted", "is_correlation_high",
        "is_hy_spread_wide", "is_vix_high", "index_to_high_252", "is_index_below_high", "risk_legs_on",
        "risk_state",
    ),
    "regime_spells": (
        "end_date", "quadrant", "sessions", "is_open", "closed_on", "spy_return_pct", "iwm_return_pct",
        "rsp_return_pct", "qqq_return_pct", "mag7_return_pct", "tlt_return_pct", "ief_return_pct",
        "hyg_return_pct", "lqd_return_pct", "tip_return_pct", "gld_return_pct", "uup_return_pct",
    ),
}  # fmt: skip

QUADRANTS = {
    ("up", "down"): "goldilocks",
    ("up", "up"): "reflation",
    ("down", "up"): "stagflation",
    ("down", "down"): "deflation",
}
ASSETS = ["SPY", "IWM", "RSP", "QQQ", "MAG7", "TLT", "IEF", "HYG", "LQD", "TIP", "GLD", "UUP"]
LEGS = [
    "is_vix_backwardation", "is_correlation_inverted", "is_correlation_high", "is_hy_spread_wide", "is_vix_high",
    "is_index_below_high",
]  # fmt: skip


@pytest.fixture(scope="module")
def mart(market: tuple[Path, Path]) -> pd.DataFrame:
    return read(market[1], "select * from marts.regime_daily order by session_date").set_index("session_date")


@pytest.fixture(scope="module")
def sources(market: tuple[Path, Path]) -> dict[str, pd.DataFrame]:
    """Log total-return indices, levels as known and the days they describe: sessions in rows."""
    warehouse, _ = market
    sessions = read(warehouse, "select session_date, cutoff_at from intermediate.int_sessions order by 1")
    index = pd.DatetimeIndex(sessions.session_date)
    asset = read(warehouse, "select session_date, asset_id, log_total_return_index from intermediate.int_asset_days")
    level = read(warehouse, "select session_date, series_id, value, obs_date from intermediate.int_series_days")
    return {
        "sessions": sessions.set_index(index),
        "asset": asset.pivot(index="session_date", columns="asset_id", values="log_total_return_index").reindex(index),
        "level": level.pivot(index="session_date", columns="series_id", values="value").reindex(index),
        "described": level.pivot(index="session_date", columns="series_id", values="obs_date").reindex(index),
        "prices": read(warehouse, "select * from staging.stg_series_vintages where series_id = 'CPIAUCSL'"),
    }


def z(reading: pd.Series) -> pd.Series:
    window = reading.rolling(756, min_periods=504)
    return (reading - window.mean()) / window.std()


def scaled_change(level: pd.Series) -> pd.Series:
    return (level - level.shift(63)) / (np.sqrt(63) * level.diff().rolling(63, min_periods=51).std())


def acceleration(sources: dict[str, pd.DataFrame]) -> pd.Series:
    """3-month less 12-month rate of consumer prices, each month in its newest vintage known at the cutoff."""
    prices = sources["prices"].sort_values(["known_at", "batch_id"])
    cutoffs, described = sources["sessions"].cutoff_at, sources["described"].CPIAUCSL
    memo: dict[tuple, float] = {}
    out = {}
    for session, month in described.dropna().items():
        known = prices[prices.known_at <= cutoffs[session]]
        key = (month, len(known))
        if key not in memo:
            newest = known.groupby("obs_date").value.last()
            now, quarter, year = (newest.get(month - pd.DateOffset(months=back), np.nan) for back in (0, 3, 12))
            memo[key] = 100 * ((now / quarter) ** 4 - 1) - 100 * (now / year - 1)
        out[session] = memo[key]
    return pd.Series(out).reindex(described.index)


@pytest.fixture(scope="module")
def inputs(sources: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The z-scores of the inputs of each impulse."""
    asset, level = sources["asset"], sources["level"]
    repos = level.RRPONTSYD.where(level.index >= "2014-01-01", 0)
    return {
        "growth": pd.DataFrame(
            {
                "cyclical": z(scaled_change(asset.CYCLICALS - asset.DEFENSIVES)),
                "small_cap": z(scaled_change(asset.IWM - asset.SPY)),
                "credit": z(scaled_change(asset.HYG - asset.IEF)),
                "claims": z(scaled_change(-np.log(level.ICSA))),
            }
        ),
        "inflation": pd.DataFrame(
            {
                "breakeven": z(scaled_change(level.T10YIE)),
                "linkers": z(scaled_change(asset.TIP - asset.IEF)),
                "consumer_prices": z(acceleration(sources)),
            }
        ),
        "liquidity": pd.DataFrame(
            {
                "real_yield": z(scaled_change(-level.DFII10)),
                "short_yield": z(scaled_change(-level.DGS2)),
                "dollar": z(scaled_change(-np.log(level.DTWEXBGS))),
                "balance_sheet": z(scaled_change(level.WALCL - level.WTREGEN - 1000 * repos)),
                "spread": z(-level.BAMLH0A0HYM2),
            }
        ),
    }


def hold(ours: pd.Series, theirs: pd.Series, name: str, tolerance: float = 1e-9) -> None:
    theirs = theirs.reindex(ours.index)
    assert ours.isna().equals(theirs.isna()), name
    difference = (ours - theirs).abs().max()
    print(f"{name:32} {theirs.notna().sum():6} values, max difference {difference:.1e}")
    assert not difference > tolerance, name


def test_impulses_are_those_of_pandas(mart: pd.DataFrame, inputs: dict[str, pd.DataFrame]) -> None:
    for impulse, frame in inputs.items():
        for input_id, expected in frame.items():
            hold(mart[f"{impulse}_{input_id}_z"], expected, f"{impulse}_{input_id}_z", 1e-8)
        counted = frame.count(axis=1).reindex(mart.index)
        assert (mart[f"{impulse}_inputs"] == counted).all()
        least = 2 if impulse == "inflation" else 3
        hold(mart[f"{impulse}_impulse"], frame.mean(axis=1).where(counted >= least), f"{impulse}_impulse", 1e-8)


def test_quadrants_are_those_of_a_plain_loop(mart: pd.DataFrame, inputs: dict[str, pd.DataFrame]) -> None:
    names = {1: "up", -1: "down"}
    expected = {}
    for impulse in ("growth", "inflation"):
        walked = sides(mart[f"{impulse}_impulse"].to_numpy(dtype=float), 0.25)
        expected[impulse] = [names.get(side) for side in walked]
        ours = mart[f"{impulse}_side"].astype(object).where(mart[f"{impulse}_side"].notna(), None)
        assert ours.tolist() == expected[impulse]
    quadrants = [QUADRANTS.get(pair) for pair in zip(expected["growth"], expected["inflation"], strict=True)]
    assert mart.quadrant.astype(object).where(mart.quadrant.notna(), None).tolist() == quadrants
    both = pd.concat([inputs["growth"], inputs["inflation"]], axis=1).reindex(mart.index)
    wanted = np.column_stack(
        [np.where(np.array(expected["growth"]) == "up", 1, -1)] * 4
        + [np.where(np.array(expected["inflation"]) == "up", 1, -1)] * 3
    )
    agreeing = pd.Series((np.sign(both.to_numpy()) == wanted).sum(axis=1), mart.index) / both.count(axis=1)
    hold(mart.quadrant_conf, agreeing.where(mart.quadrant.notna()), "quadrant_conf")
    assert mart.quadrant.nunique() == 4


def test_curve_and_premia_are_those_of_pandas(mart: pd.DataFrame, sources: dict[str, pd.DataFrame]) -> None:
    level, described = sources["level"], sources["described"]
    two, ten = level.DGS2, level.DGS10
    slope = (ten - two).where(described.DGS2 == described.DGS10)
    hold(mart.curve_slope_bp, 100 * slope, "curve_slope_bp")
    hold(mart.yield_2y_chg_21_bp, 100 * two.diff(21), "yield_2y_chg_21_bp")
    hold(mart.yield_10y_chg_21_bp, 100 * ten.diff(21), "yield_10y_chg_21_bp")
    # in whole basis points, as the yields are quoted
    moved = (100 * (two + ten).diff(21)).round()
    steeper = (100 * slope.diff(21)).round()
    regime = np.where(moved > 0, "bear", "bull").astype(object) + np.where(steeper > 0, "_steepening", "_flattening")
    regime = pd.Series(regime, level.index).where((moved != 0) & (steeper != 0), "unchanged")
    regime = regime.where(moved.notna() & steeper.notna()).reindex(mart.index)
    assert mart.curve_regime.isna().equals(regime.isna())
    assert (mart.curve_regime.dropna() == regime.dropna()).all()
    for column, change in (
        ("duration_premium", (100 * slope.diff(63)).round()),
        ("credit_premium", (100 * level.BAMLH0A0HYM2.diff(63)).round()),
    ):
        hold(mart[f"{column}_chg_63_bp"], change, f"{column}_chg_63_bp", 1e-6)
        rising = (change > 0).astype("boolean").where(change.notna()).reindex(mart.index)
        assert mart[f"{column}_rising"].astype("boolean").equals(rising)
    print(mart.curve_regime.value_counts(normalize=True).round(3).to_dict())


def test_the_stock_bond_correlation_is_that_of_pandas(mart: pd.DataFrame, sources: dict[str, pd.DataFrame]) -> None:
    returns = np.expm1(sources["asset"][["SPY", "TLT"]].diff())
    hold(mart.stock_bond_corr_63, returns.SPY.rolling(63, min_periods=51).corr(returns.TLT), "stock_bond_corr_63", 1e-8)


def test_risk_is_counted_leg_by_leg(market, mart: pd.DataFrame, sources: dict[str, pd.DataFrame]) -> None:
    _, published = market
    by_day = {
        "vix_vix3m": "select session_date, vix_vix3m as x from marts.volatility_daily",
        "vix": "select session_date, vix as x from marts.volatility_daily",
        "close": "select session_date, close as x from marts.index_daily where index_id = 'SP500'",
        "slope": "select session_date, cor_slope_1m3m as x from marts.implied_correlation_daily",
        "rank": "select session_date, avg_pairwise_corr_pctl_252 as x from marts.equity_correlation_daily "
        "where universe_id = 'SP500' and window_sessions = 21",
    }
    read_days = {name: read(published, query).set_index("session_date").x for name, query in by_day.items()}
    legs = {name: days.reindex(mart.index) for name, days in read_days.items()}
    spread = z(sources["level"].BAMLH0A0HYM2).reindex(mart.index)
    hold(mart.hy_spread_z_756, spread, "hy_spread_z_756", 1e-8)
    year = read_days["close"].sort_index().rolling(252, min_periods=202)
    share = (read_days["close"] / year.max()).reindex(mart.index)
    hold(mart.index_to_high_252, share, "index_to_high_252")
    on = pd.DataFrame(
        {
            LEGS[0]: (legs["vix_vix3m"] >= 1).astype("boolean").where(legs["vix_vix3m"].notna()),
            LEGS[1]: (legs["slope"] > 0).astype("boolean").where(legs["slope"].notna()),
            LEGS[2]: (legs["rank"] >= 90).astype("boolean").where(legs["rank"].notna()),
            LEGS[3]: (spread >= 1).astype("boolean").where(spread.notna()),
            LEGS[4]: (legs["vix"] >= 25).astype("boolean").where(legs["vix"].notna()),
            LEGS[5]: (share <= 0.9 + 1e-9).astype("boolean").where(share.notna()),
        }
    )
    for leg in LEGS:
        assert mart[leg].astype("boolean").equals(on[leg]), leg
    fewest = on.fillna(False).astype(int).sum(axis=1)
    most = on.fillna(True).astype(int).sum(axis=1)
    assert (mart.risk_legs_on == fewest).all()
    stages = read(published, "select session_date, stage from marts.capitulation_daily").set_index("session_date").stage
    washed = stages.reindex(mart.index).isin(["washout", "capitulated", "confirmed"])
    expected = [
        low if low == high else None
        for low, high in zip(lasting_risk(fewest, washed), lasting_risk(most, washed), strict=True)
    ]
    assert mart.risk_state.astype(object).where(mart.risk_state.notna(), None).tolist() == expected
    assert set(mart.risk_state[washed].dropna()) <= {"fragile", "stress"}
    assert not (mart.risk_state.eq("calm") & (mart.is_vix_high.fillna(False) | (share < 0.85))).any()


def lasting_risk(legs_on: pd.Series, washed: pd.Series) -> list[str]:
    """The state of each session: it gets worse at once, and better after three sessions that were all better."""
    names = ["calm", "fragile", "stress"]
    level, better, levels = 0, [], []
    for count, is_washed in zip(legs_on, washed, strict=True):
        today = 2 if count >= 3 else 1 if count else 0
        if today >= level:
            level, better = today, []
        else:
            better.append(today)
            if len(better) == 3:
                level = max(better)
                better = better[len(better) - better[::-1].index(level) :]
        levels.append(names[max(level, int(is_washed))])
    return levels


def test_spells_are_the_stretches_of_one_quadrant_and_their_returns(market, mart, sources) -> None:
    spells = read(market[1], "select * from marts.regime_spells order by start_date")
    asset = sources["asset"]
    days = list(mart.index)
    stretches: list[list[int]] = []
    for place, quadrant in enumerate(mart.quadrant):
        if pd.isna(quadrant):
            continue
        if place and stretches and stretches[-1][1] == place - 1 and mart.quadrant.iloc[place - 1] == quadrant:
            stretches[-1][1] = place
        else:
            stretches.append([place, place])
    assert len(spells) == len(stretches) > 10
    for row, (first, last) in zip(spells.itertuples(), stretches, strict=True):
        is_open = last == len(days) - 1
        assert (row.start_date, row.quadrant) == (days[first], mart.quadrant.iloc[first])
        assert row.sessions == last - first + 1
        assert row.is_open == is_open
        assert pd.isna(row.end_date) if is_open else row.end_date == days[last]
        assert pd.isna(row.closed_on) if is_open else row.closed_on == days[last + 1]
        end = days[last] if is_open else days[last + 1]
        for symbol in ASSETS:
            expected = 100 * np.expm1(asset.loc[end, symbol] - asset.loc[days[first], symbol])
            ours = getattr(row, f"{symbol.lower()}_return_pct")
            assert pd.isna(ours) if pd.isna(expected) else ours == pytest.approx(expected, abs=1e-9)
    assert spells.is_open.sum() == pd.notna(mart.quadrant.iloc[-1])


def test_closed_spells_lie_whole_before_what_a_later_session_adds(market, mart: pd.DataFrame) -> None:
    """The truncation law for spells: cut the quadrants at T, and the spells closed by T are those of the full build."""
    spells = read(market[1], "select * from marts.regime_spells order by start_date")
    for cut in np.linspace(len(mart) * 0.8, len(mart) - 1, 12).astype(int):
        known = mart.quadrant.iloc[: cut + 1]
        changes = (known != known.shift()) & ~(known.isna() & known.shift().isna())
        starts = known[changes & known.notna()].index
        running = [known.index[-1]] if pd.notna(known.iloc[-1]) else []
        closed = spells[spells.closed_on <= known.index[-1]]
        assert len(closed) == len(starts) - len(running)
        assert closed.start_date.tolist() == list(starts[: len(closed)])


def test_planted_regimes_are_found(published: Path) -> None:
    """Those that have readings: found within 100 sessions, and on most sessions (0.55) after the first quarter.

    A change over 63 sessions cannot know a regime on its first day, and the recovery of 2020 starts inside the crash's
    window; the crash itself, of 23 sessions, is found within ten.
    """
    mart = read(published, "select * from marts.regime_daily order by session_date").set_index("session_date")
    truths = pd.read_csv(Path(__file__).parents[2] / "ingestion" / "sources" / "simulation" / "truths.csv")
    planted = truths[truths.kind == "regime"]
    early = mart[:"2018-12-24"]
    assert early.quadrant.isna().all(), "z-scores need 504 sessions, so the regimes of 2017 and 2018 have no reading"
    planted = planted[planted.start_date > str(early.index[-1].date())]
    assert len(planted) == 7
    for truth in planted.itertuples():
        wanted = QUADRANTS[
            ("up" if "growth up" in truth.planted else "down", "up" if "inflation up" in truth.planted else "down")
        ]
        assert wanted in truth.truth_id
        reading = mart.loc[truth.start_date : truth.end_date].quadrant
        found = np.flatnonzero(reading == wanted)
        late = reading.iloc[63:]
        share = (late == wanted).mean() if len(late) else float("nan")
        print(f"{truth.truth_id:26} {len(reading):4} sessions, found after {found[0]:3}, share after 63: {share:.2f}")
        assert found[0] <= (10 if len(reading) < 63 else 100)
        assert not share < 0.55
    crash = mart.loc["2020-03-02":"2020-03-23"]
    assert (crash.risk_state == "stress").any()


def test_golden_days_of_the_real_market(folder_built: Path) -> None:
    mart = read(folder_built, "select * from marts.regime_daily").set_index("session_date")
    assert mart.quadrant["2020-03-16"] == "deflation"
    shares = mart[mart.index >= "2010"].risk_state.value_counts(normalize=True)
    print(shares.round(4).to_dict())
    assert shares[["calm", "fragile", "stress"]].tolist() == pytest.approx([0.52, 0.36, 0.12], abs=0.02)
    assert mart.risk_state["2020-03-16"] == "stress"
    assert mart.risk_state["2015-08-24"] == "stress"
    assert mart.quadrant["2024-12-27"] == "reflation"
    assert mart.risk_state["2024-12-27"] == "fragile"
    # no row of 2024-11-11 and 2024-11-08 not yet published: what was known is 2024-11-07
    assert mart.yield_10y["2024-11-11"] == 4.31
    assert str(mart.yield_obs_date["2024-11-11"].date()) == "2024-11-07"
