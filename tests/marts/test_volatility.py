"""volatility_daily, recomputed by pandas from the level series and SPY's returns, and golden facts of December 2024."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from tests.marts.built import read

RECOMPUTED = {
    "volatility_daily": (
        "vix", "vix_obs_date", "vix9d", "vix9d_obs_date", "vix3m", "vix3m_obs_date", "vix6m", "vix6m_obs_date",
        "vvix", "vvix_obs_date", "skew", "skew_obs_date", "vix_vix3m", "vix9d_vix", "rv_21", "rv_5", "vrp",
        "rv_21_expected", "vrp_expected", "rv_21_expected_vix", "vrp_expected_vix",
        "vix_chg_1d_pct", "vix_pctl_252", "vix_z_252", "vix_p10_252", "vix_p90_252", "vix_high_10",
        "vix_low_10", "blowout_flag", "vix_rollover", "vol_state",
    ),
}  # fmt: skip

FAMILIES = {"vix": "VIX", "vix9d": "VIX9D", "vix3m": "VIX3M", "vix6m": "VIX6M", "vvix": "VVIX", "skew": "SKEW"}


@pytest.fixture(scope="module")
def mart(market: tuple[Path, Path]) -> pd.DataFrame:
    return read(market[1], "select * from marts.volatility_daily order by session_date").set_index("session_date")


@pytest.fixture(scope="module")
def variances(market: tuple[Path, Path]) -> pd.DataFrame:
    """VIX² and the realised variances of SPY over 1, 5 and 21 sessions, vol points squared a year; sessions in rows."""
    warehouse, _ = market
    sessions = read(warehouse, "select session_date from intermediate.int_sessions order by 1").session_date
    vix = read(warehouse, "select session_date, value from intermediate.int_series_days where series_id = 'VIX'")
    spy = read(warehouse, "select session_date, total_return from intermediate.int_asset_days where asset_id = 'SPY'")
    squares = 252 * (100 * np.log1p(spy.set_index("session_date").total_return.reindex(sessions))) ** 2
    return pd.DataFrame(
        {
            "v_1": squares,
            "v_5": squares.rolling(5, min_periods=4).mean(),
            "v_21": squares.rolling(21, min_periods=17).mean(),
            "vix_squared": vix.set_index("session_date").value.reindex(sessions) ** 2,
        }
    )


@pytest.fixture(scope="module")
def recomputed(market: tuple[Path, Path]) -> pd.DataFrame:
    """The mart by another road: sessions in rows, one column a measure."""
    warehouse, _ = market
    sessions = pd.DatetimeIndex(
        read(warehouse, "select session_date from intermediate.int_sessions order by 1").session_date
    )
    levels = read(warehouse, "select * from intermediate.int_series_days")
    spy = read(
        warehouse, "select session_date, total_return from intermediate.int_asset_days where asset_id = 'SPY'"
    ).set_index("session_date")
    frame = pd.DataFrame(index=sessions)
    described = pd.DataFrame(index=sessions)
    for column, series_id in FAMILIES.items():
        one = levels[levels.series_id == series_id].set_index("session_date").reindex(sessions)
        frame[column] = one.value
        frame[f"{column}_obs_date"] = one.obs_date
        described[column] = one.age_sessions
    frame = frame.loc[frame.vix.first_valid_index() :]
    vix = frame.vix
    is_fresh = described.vix.reindex(frame.index).eq(0)

    frame["vix_vix3m"] = (vix / frame.vix3m).where(frame.vix_obs_date == frame.vix3m_obs_date)
    frame["vix9d_vix"] = (frame.vix9d / vix).where(frame.vix_obs_date == frame.vix9d_obs_date)
    logs = np.log1p(spy.total_return.reindex(sessions))
    frame["rv_21"] = (logs.rolling(21, min_periods=17).std() * np.sqrt(252) * 100).reindex(frame.index)
    frame["rv_5"] = (logs.rolling(5, min_periods=4).std() * np.sqrt(252) * 100).reindex(frame.index)
    frame["vrp"] = vix**2 - frame.rv_21**2
    frame["vix_chg_1d_pct"] = (100 * (vix / vix.shift() - 1)).where(is_fresh & is_fresh.shift(fill_value=False))
    year = vix.rolling(252, min_periods=126)
    frame["vix_pctl_252"] = year.apply(lambda values: 100 * np.mean(values[~np.isnan(values)] <= values[-1]), raw=True)
    frame["vix_z_252"] = (vix - year.mean()) / year.std()
    frame["vix_p10_252"] = year.quantile(0.1)
    frame["vix_p90_252"] = year.quantile(0.9)
    frame["vix_high_10"] = vix.rolling(10, min_periods=8).max()
    frame["vix_low_10"] = vix.rolling(10, min_periods=8).min()
    return frame


def test_every_number_equals_its_recomputation(mart: pd.DataFrame, recomputed: pd.DataFrame) -> None:
    assert mart.index.equals(recomputed.index)
    for column in recomputed.columns:
        expected = recomputed[column]
        assert mart[column].isna().equals(expected.isna()), column
        if column.endswith("_obs_date"):
            assert (mart[column].dropna() == expected.dropna()).all(), column
            continue
        difference = (mart[column] - expected).abs().max()
        print(f"{column:16} {expected.notna().sum():6} values, max difference {difference:.1e}")
        # variance in vol points squared reaches thousands: relative there
        assert not difference > 1e-9 * max(1.0, expected.abs().max() / 100), column


def test_every_state_equals_its_recomputation(mart: pd.DataFrame, recomputed: pd.DataFrame) -> None:
    expected = recomputed
    jump = expected.vix_chg_1d_pct >= 30 - 1e-9
    climb = (expected.vix >= 25) & (expected.vix_low_10 < 18)
    known = expected.vix_chg_1d_pct.notna() & (expected.vix_low_10.notna() | (expected.vix < 25))
    flag = (jump | climb).astype("boolean").where(jump | climb | known)
    assert mart.blowout_flag.astype("boolean").equals(flag)

    spike = expected.vix_pctl_252.rolling(10, min_periods=1).max()
    rolled = (expected.vix <= 0.8 * expected.vix_high_10 + 1e-9) & (spike >= 95)
    decided = expected.vix_high_10.notna() & (spike.notna() | (expected.vix > 0.8 * expected.vix_high_10 + 1e-9))
    decided |= spike.notna() & (spike < 95)
    assert mart.vix_rollover.astype("boolean").equals(rolled.astype("boolean").where(decided & expected.vix.notna()))

    state = pd.Series(
        np.select(
            [
                flag.fillna(False).astype(bool),
                (expected.vix_vix3m >= 1) | (expected.vix_pctl_252 >= 80),
                (expected.vix_pctl_252 <= 40) & (expected.vix < 25),
            ],
            ["blowout", "stressed", "calm"],
            "normal",
        ),
        expected.index,
    ).where(flag.notna() & expected.vix_vix3m.notna() & expected.vix_pctl_252.notna())
    assert mart.vol_state.isna().equals(state.isna())
    assert (mart.vol_state.dropna() == state.dropna()).all()


def test_volatility_of_december_2024(folder_built: Path) -> None:
    mart = read(folder_built, "select * from marts.volatility_daily").set_index("session_date")
    assert mart.vix["2024-12-17"] == pytest.approx(15.87, abs=0.01)
    assert mart.vix["2024-12-18"] == pytest.approx(27.62, abs=0.01)
    assert mart.vix_chg_1d_pct["2024-12-18"] == pytest.approx(74.04, abs=0.01)
    assert mart.vix_vix3m["2024-12-18"] == pytest.approx(1.139, abs=0.001)
    assert mart.vix_vix3m["2024-12-27"] == pytest.approx(0.883, abs=0.001)
    assert mart.vol_state["2024-12-18"] == "blowout"
    assert not mart.vix_rollover["2024-12-18"]
    assert mart.vix_rollover["2024-12-27"]


def test_a_stressed_or_blown_out_volatility_is_rare(folder_built: Path) -> None:
    share = read(folder_built, "select vol_state from marts.volatility_daily").vol_state.value_counts(normalize=True)
    print(share.round(4).to_dict())
    assert share.blowout + share.stressed <= 0.20
    assert share.blowout <= 0.03


@pytest.mark.parametrize("name", ["rv_21_expected", "rv_21_expected_vix"])
def test_expected_variance_is_that_of_statsmodels_over_the_windows_closed_by_then(mart, variances, name: str) -> None:
    regressors = ["v_1", "v_5", "v_21", "vix_squared"] if name == "rv_21_expected" else ["vix_squared"]
    # a row ends with the session that its window begins after; what came of it is the variance of 21 sessions later
    rows = variances.assign(outcome=variances.v_21.shift(-21))
    published = mart[name].reindex(variances.index)
    premium = mart[name.replace("rv_21", "vrp")].reindex(variances.index)
    worst, compared = 0.0, 0
    for place in [*range(0, len(rows), 15), *range(len(rows) - 30, len(rows))]:
        today = rows[regressors].iloc[[place]]
        closed = rows.iloc[: max(place - 20, 0)][[*regressors, "outcome"]].dropna()
        if len(closed) < 252 or today.isna().any(axis=None):
            assert pd.isna(published.iloc[place])
            continue
        design = sm.add_constant(closed[regressors], has_constant="add")
        fit = sm.WLS(closed.outcome, design, weights=1 / closed.vix_squared**2).fit()
        expected = float(fit.predict(sm.add_constant(today, has_constant="add")).iloc[0])
        expected = max(expected, 0.01 * today.vix_squared.iloc[0])
        worst = max(worst, abs(published.iloc[place] ** 2 - expected) / expected)
        assert premium.iloc[place] == pytest.approx(today.vix_squared.iloc[0] - expected, rel=1e-8, abs=1e-6)
        compared += 1
    print(f"{name}: {compared} regressions, largest relative difference {worst:.1e}")
    assert compared > 80
    assert worst <= 1e-9


def qlike(forecast: pd.Series, outcome: pd.Series) -> float:
    ratio = (outcome / forecast).dropna()
    return float((ratio - np.log(ratio) - 1).mean())


def test_what_is_expected_forecasts_better_than_what_was_realised(folder_built: Path, folder_settings) -> None:
    """Out of sample, QLIKE: the lower, the better. The VIX alone does as well as with realised variance."""
    mart = read(folder_built, "select * from marts.volatility_daily").set_index("session_date")
    spy = read(
        folder_settings.warehouse_path,
        "select session_date, total_return from intermediate.int_asset_days where asset_id = 'SPY' order by 1",
    ).set_index("session_date")
    squares = 252 * (100 * np.log1p(spy.total_return)) ** 2
    mart = mart[mart.rv_21_expected.notna() & mart.rv_21.notna()]
    outcome = squares.rolling(21).mean().shift(-21).reindex(mart.index)
    losses = {
        name: qlike(mart[name] ** 2, outcome) for name in ("rv_21", "rv_21_expected", "rv_21_expected_vix", "vix")
    }
    print(len(outcome.dropna()), {name: round(loss, 4) for name, loss in losses.items()})
    assert losses["rv_21_expected"] == pytest.approx(0.39, abs=0.01)
    assert losses["rv_21_expected_vix"] == pytest.approx(0.385, abs=0.01)
    assert losses["rv_21"] == pytest.approx(0.62, abs=0.05)
    assert losses["rv_21_expected"] < 0.7 * losses["rv_21"]


def test_the_premium_over_what_is_expected_is_seldom_negative(folder_built: Path) -> None:
    mart = read(folder_built, "select * from marts.volatility_daily").set_index("session_date")
    assert mart.vrp["2020-03-23"] == pytest.approx(-2819, abs=5)
    assert mart.vrp_expected["2020-03-23"] > 0
    assert (mart.vrp_expected.dropna() < 0).mean() < 0.02
