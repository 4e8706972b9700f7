"""Drivers, recomputed with statsmodels and numpy from returns, and the class of the shock of 2024-12-18."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.regression.rolling import RollingOLS

from tests.marts.built import read

RECOMPUTED = {
    "drivers_daily": (
        "factor_return_pct", "beta", "contribution_bp", "contribution_5_bp", "contribution_21_bp",
        "contribution_5_scaled", "contribution_cum_bp", "contribution_cum_sessions", "event_id",
        "contribution_event_bp",
    ),
    "drivers_summary_daily": (
        "spx_return_bp", "spx_return_5_bp", "spx_return_21_bp", "r2", "r2_ex_credit", "r2_amplifier", "r2_inside",
        "observations", "spx_sigma_63_bp", "ief_sigma_63_bp", "shock_class", "not_explained", "why_day", "why_day_bp",
        "why_day_share", "why_5d", "why_5d_bp", "why_5d_share", "why_primary", "why_secondary", "why_primary_scaled",
        "why_secondary_scaled",
    ),
    "event_drivers_daily": (
        "days_since", "contribution_event_bp",
    ),
}  # fmt: skip

MACRO = ["rates", "dollar"]
AMPLIFIERS = ["credit", "volatility"]
INSIDE = ["mega_cap", "small_cap", "cyclical"]
BLOCKS = {"macro": MACRO, "amplifier": AMPLIFIERS, "inside": INSIDE}
NEWS = ["news_growth", "news_discount"]


@pytest.fixture(scope="module")
def moves(market: tuple[Path, Path]) -> pd.DataFrame:
    """The S&P 500 and the plain return of each driver, sessions in rows, from SPY's first return on."""
    warehouse, _ = market
    sessions = pd.DatetimeIndex(
        read(warehouse, "select session_date from intermediate.int_sessions order by 1").session_date
    )
    asset = read(warehouse, "select session_date, asset_id, total_return from intermediate.int_asset_days")
    returns = asset.pivot(index="session_date", columns="asset_id", values="total_return").reindex(sessions)
    vix = read(warehouse, "select * from intermediate.int_series_days where series_id = 'VIX'")
    vix = vix.set_index("session_date").reindex(sessions)
    frame = pd.DataFrame(
        {
            "spx": returns.SPY,
            "rates": returns.IEF,
            "credit": returns.HYG,
            "dollar": returns.UUP,
            "mega_cap": returns.MAG7 - returns.RSP,
            "small_cap": returns.IWM - returns.RSP,
            "cyclical": returns.CYCLICALS - returns.DEFENSIVES,
            "volatility": np.log(vix.value.where(vix.age_sessions == 0)).diff(),
        }
    )
    return frame.loc[frame.spx.first_valid_index() :]


def rolling_fit(moves: pd.DataFrame, drivers: list[str]) -> tuple[pd.DataFrame, pd.Series]:
    """Parameters and R² of a regression by statsmodels, over the 252 sessions to the day before."""
    design = moves[drivers].assign(const=1.0)
    result = RollingOLS(moves.spx, design, window=252, min_nobs=126, missing="drop", expanding=True).fit()
    return result.params.shift(), result.rsquared.shift()


@pytest.fixture(scope="module")
def fits(moves: pd.DataFrame) -> dict[str, tuple[pd.DataFrame, pd.Series]]:
    """Parameters and R² of each block's regression; credit is orthogonal to rates inside each window."""
    found = {block: rolling_fit(moves, BLOCKS[block]) for block in ("macro", "inside")}
    params = pd.DataFrame(np.nan, moves.index, [*AMPLIFIERS, "slope"])
    shares = pd.Series(np.nan, moves.index)
    for end in range(1, len(moves)):
        window = moves.iloc[max(end - 252, 0) : end][["spx", "rates", *AMPLIFIERS]].dropna().to_numpy()
        if len(window) < 126:
            continue
        spx, rates, credit, volatility = window.T
        slope, constant = np.polyfit(rates, credit, 1)
        design = np.column_stack([credit - constant - slope * rates, volatility, np.ones(len(spx))])
        solution = np.linalg.lstsq(design, spx, rcond=None)[0]
        params.iloc[end] = [*solution[:2], slope]
        shares.iloc[end] = 1 - (spx - design @ solution).var() / spx.var()
    return found | {"amplifier": (params, shares)}


@pytest.fixture(scope="module")
def splits(market: tuple[Path, Path]) -> pd.DataFrame:
    """Both kinds of news, which tests/marts/test_news_split.py computes again."""
    columns = "session_date, news_growth_bp as news_growth, news_discount_bp as news_discount"
    return read(market[1], f"select {columns} from marts.drivers_summary_daily order by 1").set_index("session_date")


@pytest.fixture(scope="module")
def recomputed(moves: pd.DataFrame, fits, splits) -> dict[str, pd.DataFrame]:
    """Factor returns, betas and contributions by driver."""
    betas = pd.concat([params.drop(columns=["const", "slope"], errors="ignore") for params, _ in fits.values()], axis=1)
    factors = moves.drop(columns="spx")
    factors = factors.assign(credit=moves.credit - fits["amplifier"][0].slope * moves.rates)
    contributions = 1e4 * betas * factors
    for block, drivers in BLOCKS.items():
        contributions[f"{block}_residual"] = 1e4 * moves.spx - contributions[drivers].sum(axis=1, skipna=False)
    return {"factor": 100 * factors, "beta": betas, "contribution": contributions.join(splits)}


@pytest.fixture(scope="module")
def mart(market: tuple[Path, Path]) -> pd.DataFrame:
    return read(market[1], "select * from marts.drivers_daily")


@pytest.fixture(scope="module")
def summary(market: tuple[Path, Path]) -> pd.DataFrame:
    query = "select * from marts.drivers_summary_daily order by session_date"
    return read(market[1], query).set_index("session_date")


def wide(mart: pd.DataFrame, column: str) -> pd.DataFrame:
    return mart.pivot(index="session_date", columns="driver_id", values=column)


def hold(ours: pd.Series, theirs: pd.Series, tolerance: float, name: str) -> None:
    assert ours.index.equals(theirs.index), name
    assert ours.isna().equals(theirs.isna()), name
    difference = (ours - theirs).abs().max()
    print(f"{name:34} {theirs.notna().sum():6} values, max difference {difference:.1e}")
    assert not difference > tolerance, name


def test_betas_are_those_of_statsmodels(mart: pd.DataFrame, recomputed) -> None:
    betas = wide(mart, "beta")
    assert betas[[*NEWS, *(f"{block}_residual" for block in BLOCKS)]].isna().all(axis=None)
    for driver in MACRO + AMPLIFIERS + INSIDE:
        hold(betas[driver], recomputed["beta"][driver], 1e-8, f"beta {driver}")


def test_contributions_are_those_of_pandas_over_every_horizon(mart: pd.DataFrame, recomputed) -> None:
    contributions = recomputed["contribution"]
    for driver, expected in contributions.items():
        hold(wide(mart, "contribution_bp")[driver], expected, 1e-6, f"contribution {driver}")
        for sessions in (5, 21):
            total = expected.rolling(sessions).sum()
            hold(wide(mart, f"contribution_{sessions}_bp")[driver], total, 1e-6, f"contribution {sessions} {driver}")
        week = expected.rolling(5).sum()
        scaled = week / week.rolling(252, min_periods=126).std().shift()
        hold(wide(mart, "contribution_5_scaled")[driver], scaled, 1e-8, f"scaled {driver}")
        hold(wide(mart, "contribution_cum_bp")[driver], expected.fillna(0).cumsum(), 1e-6, f"running {driver}")
        assert (wide(mart, "contribution_cum_sessions")[driver] == expected.notna().cumsum()).all(), driver
    for driver, expected in recomputed["factor"].items():
        hold(wide(mart, "factor_return_pct")[driver], expected, 1e-9, f"factor {driver}")


def test_each_block_adds_up_to_the_return_over_every_horizon(mart: pd.DataFrame, summary: pd.DataFrame) -> None:
    for column, total in (
        ("contribution_bp", "spx_return_bp"),
        ("contribution_5_bp", "spx_return_5_bp"),
        ("contribution_21_bp", "spx_return_21_bp"),
    ):
        for block in [*BLOCKS, "news"]:
            parts = wide(mart[mart.block == block], column).sum(axis=1, skipna=False)
            assert parts.notna().sum() > 1000
            assert (parts - summary[total]).abs().max() <= 1e-6, (block, column)


def test_contributions_since_an_event_are_sums_from_the_close_of_its_anchor(market, mart: pd.DataFrame) -> None:
    events = read(market[1], "select * from marts.event_drivers_daily")
    assert events.event_id.nunique() >= 2
    daily = wide(mart, "contribution_bp")
    for (_, driver), rows in events.groupby(["event_id", "driver_id"]):
        rows = rows.set_index("session_date").sort_index()
        expected = daily.loc[rows.anchor_session.iloc[0] :, driver].copy()
        expected.iloc[0] = 0
        assert rows.days_since.tolist() == list(range(len(rows)))
        assert (rows.contribution_event_bp - expected.cumsum()).abs().max() <= 1e-6
    newest = mart[mart.event_id.notna()].merge(events, on=["session_date", "driver_id", "event_id"])
    assert len(newest) == mart.event_id.notna().sum() > 0
    assert (newest.contribution_event_bp_x - newest.contribution_event_bp_y).abs().max() <= 1e-6
    anchors = events.groupby("event_id").anchor_session.first()
    for row in mart.drop_duplicates("session_date").itertuples():
        past = anchors[anchors <= row.session_date]
        assert (row.event_id == past.idxmax()) if len(past) else pd.isna(row.event_id)


def test_the_summary_equals_its_recomputation(summary: pd.DataFrame, moves, fits, recomputed) -> None:
    hold(summary.r2, rolling_fit(moves, [*MACRO, "credit"])[1], 1e-8, "r2")
    hold(summary.r2_ex_credit, fits["macro"][1], 1e-8, "r2 without credit")
    hold(summary.r2_amplifier, fits["amplifier"][1], 1e-8, "r2 amplifiers")
    hold(summary.r2_inside, fits["inside"][1], 1e-8, "r2 inside")
    known = moves[["spx", *MACRO]].notna().all(axis=1)
    counted = known.astype(int).rolling(252, min_periods=1).sum().shift(fill_value=0)
    assert (summary.observations == counted).all()

    signs = {}
    for leg, column in (("spx", "spx"), ("ief", "rates")):
        sigma = moves[column].rolling(63, min_periods=51).std()
        hold(summary[f"{leg}_sigma_63_bp"], 1e4 * sigma, 1e-8, f"sigma {leg}")
        sign = np.sign(moves[column]) * (moves[column].abs() > 0.25 * sigma)
        signs[leg] = sign.where(moves[column].notna() & sigma.notna())
    names = {(-1, -1): "discount_rate", (-1, 1): "growth_scare", (1, 1): "easing", (1, -1): "growth"}
    for day, ours in summary.shock_class.items():
        pair = (signs["spx"][day], signs["ief"][day])
        assert pd.isna(ours) if any(pd.isna(sign) for sign in pair) else ours == names.get(pair, "mixed")


def reasons(parts: pd.Series, move: float, unexplained: bool) -> list[str]:
    """What may be named of a move, in order, from the contributions by driver."""
    least = max(0.1 * abs(move), 5.0)
    sizes = {driver: np.sign(move) * part for driver, part in parts.items()}
    large = sorted((driver for driver in sizes if sizes[driver] >= least), key=lambda driver: -sizes[driver])
    news = [driver for driver in large if driver in NEWS]
    drivers = [driver for driver in large if driver in INSIDE or (driver in MACRO and not unexplained)]
    return [*news, *(["not_explained"] if unexplained and not news else []), *drivers, "none", "none"]


def test_what_may_be_named_is_large_enough_and_never_an_amplifier(summary: pd.DataFrame, recomputed, moves) -> None:
    week = recomputed["contribution"].rolling(5).sum()
    scaled = week / week.rolling(252, min_periods=126).std().shift()
    for horizon, parts in (("day", recomputed["contribution"]), ("5d", week)):
        move = 1e4 * (moves.spx if horizon == "day" else moves.spx.rolling(5).sum())
        sizes = parts[[*MACRO, "macro_residual"]].abs()
        unexplained = (
            (sizes.macro_residual > sizes[MACRO].max(axis=1)).astype("boolean").where(sizes.notna().all(axis=1))
        )
        if horizon == "5d":
            assert summary.not_explained.astype("boolean").equals(unexplained)
        known = parts[[*NEWS, *MACRO, *INSIDE]].notna().any(axis=1) & move.notna()
        assert summary[f"why_{horizon}"].notna().equals(known)
        for day, row in summary[known].iterrows():
            names = reasons(parts.loc[day], move[day], bool(unexplained[day]) if pd.notna(unexplained[day]) else False)
            assert row[f"why_{horizon}"] == names[0], (day, horizon)
            bp = parts.loc[day].get("macro_residual" if names[0] == "not_explained" else names[0], np.nan)
            # a day without a move has no share of it
            share = bp / move[day] if move[day] else np.nan
            for column, expected in ((f"why_{horizon}_bp", bp), (f"why_{horizon}_share", share)):
                assert row[column] == pytest.approx(expected, abs=1e-6, nan_ok=True), (day, column)
            if horizon == "5d":
                assert (row.why_primary, row.why_secondary) == tuple(names[:2])
                for column, name in zip(("why_primary_scaled", "why_secondary_scaled"), names, strict=False):
                    assert row[column] == pytest.approx(scaled.loc[day].get(name, np.nan), abs=1e-7, nan_ok=True), day
        print(horizon, summary[f"why_{horizon}"].value_counts(normalize=True).round(3).to_dict())
    print(summary.shock_class.value_counts(normalize=True).round(3).to_dict())
    assert known.sum() > 1700


def test_most_of_the_fit_of_the_outside_drivers_is_credit(folder_built: Path) -> None:
    """Credit is the move itself in another market: with it the mean R² is 0.64, without it 0.22."""
    fits = read(folder_built, "select r2, r2_ex_credit from marts.drivers_summary_daily").mean()
    assert fits.r2 == pytest.approx(0.64, abs=0.03)
    assert fits.r2_ex_credit == pytest.approx(0.22, abs=0.03)


def test_the_shock_of_december_2024_is_one_of_the_discount_rate(folder_built: Path) -> None:
    """IEF says so on the evening itself; the yield of that day was not yet in FRED."""
    summary = read(folder_built, "select * from marts.drivers_summary_daily").set_index("session_date")
    row = summary.loc["2024-12-18"]
    assert row.shock_class == "discount_rate"
    assert row.spx_return_bp == pytest.approx(-298.04, abs=0.5)
    assert row.ief_return_bp == pytest.approx(-77.04, abs=0.5)
    assert row.volatility_5_bp < -300
    known = read(
        folder_built,
        "select obs_date from marts.macro_levels_daily where series_id = 'DGS10' and session_date = date '2024-12-18'",
    )
    assert str(known.obs_date[0].date()) == "2024-12-17"


def test_the_planted_rate_shock_is_found_on_its_day(published: Path) -> None:
    summary = read(published, "select * from marts.drivers_summary_daily").set_index("session_date")
    assert summary.shock_class["2024-12-18"] == "discount_rate"
    # in the stagflation of 2022 stocks fall with bonds more often than against them; in the calm of 2019 they do not
    for span, more in (("2022-01-03", "2022-10-12"), True), (("2019-02-01", "2020-02-19"), False):
        shares = summary.loc[slice(*span), "shock_class"].value_counts()
        assert (shares.get("discount_rate", 0) > shares.get("growth_scare", 0)) == more
