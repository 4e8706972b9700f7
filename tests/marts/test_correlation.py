"""The three correlation marts, recomputed by numpy from the members' returns, weights and levels, and golden facts."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.marts.built import read

RECOMPUTED = {
    "equity_correlation_daily": (
        "names_used", "avg_pairwise_corr", "implied_form_corr", "avg_stock_vol", "index_vol",
        "avg_pairwise_corr_pctl_252", "dispersion_ann", "cor1m_realised_twin",
    ),
    "implied_correlation_daily": (
        "cor1m", "cor1m_obs_date", "cor1m_chg_1d", "cor1m_chg_5d", "cor1m_pctl_252", "cor1m_z_252",
        "cor1m_p10_252", "cor1m_p90_252", "cor1m_high_10", "cor3m", "cor3m_obs_date", "cor3m_chg_1d",
        "cor3m_chg_5d", "cor3m_pctl_252", "cor3m_z_252", "cor3m_p10_252", "cor3m_p90_252", "cor3m_high_10",
        "cor_slope_1m3m", "implied_form_corr_21", "cor1m_realised_twin", "corr_risk_premium", "implied_corr_state",
    ),
    "cross_asset_correlation_daily": (
        "correlation",
    ),
}  # fmt: skip

LEAST = {21: 17, 63: 51, 252: 202}
TRADED = ["SPY", "IWM", "RSP", "QQQ", "MAG7", "TLT", "IEF", "HYG", "LQD", "TIP", "GLD", "UUP"]
SECTORS = ["XLB", "XLC", "XLE", "XLF", "XLI", "XLK", "XLP", "XLRE", "XLU", "XLV", "XLY"]
ORDER = TRADED + SECTORS


class Panel:
    """Members' returns, membership and weights as matrices: sessions in rows, securities in columns."""

    def __init__(self, warehouse: Path) -> None:
        spells = read(
            warehouse,
            "select security_id, valid_from, valid_to from intermediate.int_memberships where universe_id = 'SP500'",
        )
        days = read(
            warehouse,
            """
            select security_id, session_number, case when not is_stale then total_return end as total_return
            from intermediate.int_name_days
            where security_id in (
                select security_id from intermediate.int_memberships where universe_id = 'SP500'
            )
            """,
        )
        self.sessions = read(warehouse, "select * from intermediate.int_sessions order by session_number")
        self.sessions = self.sessions[self.sessions.session_number >= days.session_number.min()]
        numbers = self.sessions.session_number
        returns = days.pivot(index="session_number", columns="security_id", values="total_return").reindex(numbers)
        self.returns = returns.to_numpy()
        dates = self.sessions.session_date.dt.date.to_numpy()
        member = pd.DataFrame(False, index=numbers, columns=returns.columns)
        for spell in spells.itertuples():
            if spell.security_id in member.columns:
                start, end = pd.to_datetime([str(spell.valid_from)[:10], str(spell.valid_to)[:10]], errors="coerce")
                end = end.date() if pd.notna(end) else dates[-1] + pd.Timedelta(days=1)
                member.loc[(dates >= start.date()) & (dates < end), spell.security_id] = True
        self.member = member.to_numpy()
        weights = read(
            warehouse,
            "select * from intermediate.int_index_weights_daily where index_id = 'SP500'",
        ).pivot(index="session_number", columns="security_id", values="weight")
        self.weights = weights.reindex(index=numbers, columns=returns.columns).to_numpy()


@pytest.fixture(scope="module")
def panel(market: tuple[Path, Path]) -> Panel:
    return Panel(market[0])


@pytest.fixture(scope="module")
def equity(market: tuple[Path, Path]) -> pd.DataFrame:
    return read(
        market[1],
        "select * from marts.equity_correlation_daily where universe_id = 'SP500' order by all",
    ).set_index(["window_sessions", "session_date"])


def expected_window(panel: Panel, row: int, length: int) -> dict[str, float | int | str]:
    """Correlations of the window of `length` sessions that ends in `row`, from the whole matrix of correlations."""
    window = panel.returns[row - length + 1 : row + 1]
    used = panel.member[row] & ~np.isnan(window).any(axis=0)
    used &= np.nan_to_num(window).std(axis=0) > 1e-12
    window = window[:, used]
    names = used.sum()
    matrix = np.corrcoef(window, rowvar=False)
    weights = np.nan_to_num(panel.weights[row - length + 1, used])
    is_weighted = weights.sum() >= 0.5
    weights = weights / weights.sum() if is_weighted else np.full(names, 1 / names)
    sigma = window.std(axis=0, ddof=1)
    basket = (window @ weights).var(ddof=1)
    own = ((weights * sigma) ** 2).sum()
    return {
        "names_used": names,
        "is_weighted": is_weighted,
        "avg_pairwise_corr": matrix[~np.eye(names, dtype=bool)].mean(),
        "implied_form_corr": 100 * (basket - own) / ((weights @ sigma) ** 2 - own),
        # the same number as the weighted mean of the pairs' correlations
        "weighted_pairs": 100
        * (np.outer(weights * sigma, weights * sigma) * matrix)[~np.eye(names, dtype=bool)].sum()
        / ((weights @ sigma) ** 2 - own),
        "avg_stock_vol": np.sqrt(252) * weights @ sigma,
        "index_vol": np.sqrt(252 * basket),
    }


@pytest.mark.parametrize("length", [21, 63])
def test_equity_correlation_equals_the_whole_matrix(panel: Panel, equity: pd.DataFrame, length: int) -> None:
    mart = equity.loc[length]
    worst: dict[str, float] = {}
    checked = 0
    first = int(np.argmax((~np.isnan(panel.returns)).any(axis=1)))
    # every seventh session, every session of the last year: a matrix of 500 names takes a few milliseconds
    rows = [row for row in range(len(panel.returns)) if row % 7 == 0 or row > len(panel.returns) - 250]
    for row in rows:
        if row < first:
            continue
        published = mart.loc[panel.sessions.session_date.iloc[row]]
        if row < first + length - 1:
            assert published.names_used == 0
            assert published.null_reason
            assert published[["avg_pairwise_corr", "implied_form_corr", "dispersion_ann"]].isna().all()
            continue
        expected = expected_window(panel, row, length)
        assert published.names_used == expected["names_used"]
        assert (published.weight_basis != "equal") == expected["is_weighted"]
        assert expected["weighted_pairs"] == pytest.approx(expected["implied_form_corr"], abs=1e-8)
        for column in ("avg_pairwise_corr", "implied_form_corr", "avg_stock_vol", "index_vol"):
            difference = abs(published[column] - expected[column])
            assert difference <= 1e-9, (column, published.name)
            worst[column] = max(worst.get(column, 0), difference)
        checked += 1
    print(length, checked, "sessions", worst)
    assert checked > 200


@pytest.mark.parametrize("length", [21, 63])
def test_every_session_equals_the_sum_of_standardised_returns(panel: Panel, equity: pd.DataFrame, length: int) -> None:
    mart = equity.loc[length].reindex(panel.sessions.session_date)
    values = np.full(len(panel.returns), np.nan)
    for row in range(length, len(panel.returns)):
        window = panel.returns[row - length + 1 : row + 1]
        window = window[:, panel.member[row] & ~np.isnan(window).any(axis=0)]
        sigma = window.std(axis=0, ddof=1)
        window = window[:, sigma > 1e-12]
        names = window.shape[1]
        if names >= 30:
            scores = (window - window.mean(axis=0)) / sigma[sigma > 1e-12]
            values[row] = ((scores.sum(axis=1) ** 2).sum() / (length - 1) - names) / (names * (names - 1))
    published = mart.avg_pairwise_corr.to_numpy()
    assert (np.isnan(published) == np.isnan(values)).all()
    print(length, np.nanmax(abs(published - values)))
    assert np.nanmax(abs(published - values)) <= 1e-9
    pctl = (
        pd.Series(values)
        .rolling(252, min_periods=126)
        .apply(lambda year: 100 * np.mean(year[~np.isnan(year)] <= year[-1] + 1e-14), raw=True)
    )
    ranked = mart.avg_pairwise_corr_pctl_252.to_numpy()
    assert np.nanmax(abs(ranked - pctl.to_numpy())) <= 1e-9


@pytest.mark.parametrize("length", [21, 63])
def test_dispersion_equals_its_recomputation(panel: Panel, equity: pd.DataFrame, length: int) -> None:
    mart = equity.loc[length].reindex(panel.sessions.session_date)
    returns = np.where(panel.member, panel.returns, np.nan)
    equal = pd.Series([np.nanstd(day) if (~np.isnan(day)).any() else np.nan for day in returns])
    weighted = equal * np.nan
    for row, day in enumerate(returns):
        held = ~np.isnan(day) & ~np.isnan(panel.weights[row])
        if held.any():
            weights = panel.weights[row, held] / panel.weights[row, held].sum()
            basket = weights @ day[held]
            weighted[row] = np.sqrt(weights @ (day[held] - basket) ** 2)
    means = [np.sqrt(252) * days.rolling(21, min_periods=17).mean().to_numpy() for days in (equal, weighted)]
    expected = np.where(mart.weight_basis == "equal", *means)
    expected[mart.weight_basis.isna()] = np.nan
    published = mart.dispersion_ann.to_numpy()
    assert (np.isnan(published) == np.isnan(expected)).all()
    print(length, np.nanmax(abs(published - expected)))
    assert np.nanmax(abs(published - expected)) <= 1e-9


def test_the_twin_of_cor1m_is_of_the_fifty_largest_names_and_the_index_itself(market, panel: Panel, equity) -> None:
    """From the matrix of correlations' parts: sigmas and weights of the fifty, and the variance of ^GSPC's returns."""
    index = read(market[0], "select session_date, close from marts.index_daily where index_id = 'SP500' order by 1")
    returns = index.set_index("session_date").close.pct_change().reindex(panel.sessions.session_date).to_numpy()
    published = equity.loc[21].cor1m_realised_twin.reindex(panel.sessions.session_date).to_numpy()
    expected = np.full(len(returns), np.nan)
    for row in range(20, len(returns)):
        weights, window = panel.weights[row - 20], panel.returns[row - 20 : row + 1]
        names = panel.member[row] & ~np.isnan(window).any(axis=0) & ~np.isnan(weights)
        names &= np.nan_to_num(window).std(axis=0) > 1e-12
        if names.sum() < 50 or np.isnan(returns[row - 20 : row + 1]).any():
            continue
        largest = np.flatnonzero(names)[np.argsort(-weights[names], kind="stable")[:50]]
        shares = weights[largest] / weights[largest].sum()
        sigmas = window[:, largest].std(axis=0, ddof=1)
        own = (shares**2) @ (sigmas**2)
        variance = returns[row - 20 : row + 1].var(ddof=1)
        expected[row] = 100 * (variance - own) / ((shares @ sigmas) ** 2 - own)
    assert (np.isnan(published) == np.isnan(expected)).all()
    print("twin", np.isfinite(expected).sum(), "sessions, max difference", np.nanmax(abs(published - expected)))
    assert np.isfinite(expected).sum() > 200
    assert np.nanmax(abs(published - expected)) <= 1e-9
    assert equity.loc[63].cor1m_realised_twin.isna().all()


def test_implied_correlation_equals_its_recomputation(market: tuple[Path, Path], equity: pd.DataFrame) -> None:
    warehouse, published = market
    mart = read(published, "select * from marts.implied_correlation_daily order by 1").set_index("session_date")
    sessions = pd.DatetimeIndex(
        read(warehouse, "select session_date from intermediate.int_sessions order by 1").session_date
    )
    levels = read(
        warehouse,
        "select * from intermediate.int_series_days where series_id in ('COR1M', 'COR3M')",
    )
    expected = pd.DataFrame(index=sessions)
    fresh = {}
    for column in ("cor1m", "cor3m"):
        one = levels[levels.series_id == column.upper()].set_index("session_date").reindex(sessions)
        value = expected[column] = one.value
        expected[f"{column}_obs_date"] = one.obs_date
        fresh[column] = one.age_sessions.eq(0)
        for back in (1, 5):
            both = fresh[column] & fresh[column].shift(back, fill_value=False)
            expected[f"{column}_chg_{back}d"] = value.diff(back).where(both)
        year = value.rolling(252, min_periods=126)
        expected[f"{column}_pctl_252"] = year.apply(
            lambda values: 100 * np.mean(values[~np.isnan(values)] <= values[-1]), raw=True
        )
        expected[f"{column}_z_252"] = (value - year.mean()) / year.std()
        expected[f"{column}_p10_252"] = year.quantile(0.1)
        expected[f"{column}_p90_252"] = year.quantile(0.9)
        expected[f"{column}_high_10"] = value.rolling(10, min_periods=8).max()
    expected["cor_slope_1m3m"] = (expected.cor1m - expected.cor3m).where(
        expected.cor1m_obs_date == expected.cor3m_obs_date
    )
    expected["implied_form_corr_21"] = equity.loc[21].implied_form_corr.reindex(sessions)
    expected["cor1m_realised_twin"] = equity.loc[21].cor1m_realised_twin.reindex(sessions)
    expected["corr_risk_premium"] = expected.cor1m - expected.cor1m_realised_twin
    expected = expected.loc[expected.cor1m.first_valid_index() :]
    assert mart.index.equals(expected.index)
    for column in expected.columns:
        assert mart[column].isna().equals(expected[column].isna()), column
        if column.endswith("_obs_date"):
            assert (mart[column].dropna() == expected[column].dropna()).all(), column
        else:
            difference = (mart[column] - expected[column]).abs().max()
            print(f"{column:22} {expected[column].notna().sum():6} values, max difference {difference:.1e}")
            assert not difference > 1e-9, column

    pctl, change = expected.cor1m_pctl_252, expected.cor1m_chg_5d
    state = pd.Series(
        np.select(
            [(pctl >= 95) & (change >= 10 - 1e-9), pctl >= 80, pctl <= 10], ["blowout", "elevated", "floor"], "normal"
        ),
        expected.index,
    ).where(pctl.notna() & (change.notna() | (pctl < 95)))
    assert mart.implied_corr_state.isna().equals(state.isna())
    assert (mart.implied_corr_state.dropna() == state.dropna()).all()


def test_cross_asset_correlation_equals_its_recomputation(market: tuple[Path, Path]) -> None:
    warehouse, published = market
    mart = read(published, "select * from marts.cross_asset_correlation_daily")
    returns = read(warehouse, "select asset_id, session_date, total_return from intermediate.int_asset_days").pivot(
        index="session_date", columns="asset_id", values="total_return"
    )
    sessions = pd.DatetimeIndex(
        read(warehouse, "select session_date from intermediate.int_sessions order by 1").session_date
    )
    returns = returns.reindex(sessions)
    pairs = [
        (a, b) for i, a in enumerate(ORDER) for b in ORDER[i + 1 :] if a in returns.columns and b in returns.columns
    ]
    found = set(mart[["asset_a", "asset_b"]].drop_duplicates().itertuples(index=False, name=None))
    assert found == set(pairs)

    worst = 0.0
    for length, least in LEAST.items():
        wide = mart[mart.window_sessions == length].pivot(
            index="session_date", columns=["asset_a", "asset_b"], values="correlation"
        )
        rows = mart[mart.window_sessions == length].groupby(["asset_a", "asset_b"]).session_date.agg(["min", "count"])
        for a, b in pairs:
            both = returns[a].notna() & returns[b].notna()
            first = max(returns[a].first_valid_index(), returns[b].first_valid_index())
            left, right = returns[a].where(both), returns[b].where(both)
            expected = left.rolling(length, min_periods=least).corr(right).loc[first:]
            assert tuple(rows.loc[(a, b)]) == (first, len(expected)), (a, b)
            actual = wide[a, b].reindex(expected.index)
            assert actual.isna().equals(expected.isna()), (a, b, length)
            worst = max(worst, (actual - expected).abs().max())
    print("max difference", worst)
    assert worst <= 1e-9


def test_correlation_of_december_2024(folder_built: Path) -> None:
    implied = read(folder_built, "select * from marts.implied_correlation_daily").set_index("session_date")
    for day, level in {"2024-12-17": 9.74, "2024-12-18": 27.82, "2024-12-26": 9.41, "2024-12-27": 11.84}.items():
        assert implied.cor1m[day] == pytest.approx(level, abs=0.01)
    assert implied.implied_corr_state["2024-12-18"] == "blowout"
    assert implied.implied_corr_state["2024-12-16"] == "floor"
    equity = read(folder_built, "select * from marts.equity_correlation_daily where universe_id = 'SP500'").set_index(
        ["window_sessions", "session_date"]
    )
    assert equity.avg_pairwise_corr[21, "2024-12-18"] > 1.5 * equity.avg_pairwise_corr[21, "2024-12-17"]
    assert (equity.weight_basis[21, "2024-12-27"], equity.weight_basis[21, "2024-03-18"]) == ("drifted", "equal")


def test_the_premium_of_correlation_is_small_against_its_twin(folder_built: Path) -> None:
    """COR1M, its twin and the premium, means of every third session from 2024-04 to 2025-02."""
    mart = read(folder_built, "select * from marts.implied_correlation_daily order by 1").set_index("session_date")
    means = mart.loc["2024-04-01":"2025-02-28", ["cor1m", "cor1m_realised_twin", "corr_risk_premium"]].iloc[::3].mean()
    print(means.round(2).to_dict())
    assert means.tolist() == pytest.approx([14.1, 13.7, 0.4], abs=0.7)
    assert mart.loc[:"2024-03-15", "corr_risk_premium"].isna().all()
    # over all members, with the variance of their own basket, realised correlation is some six points higher
    assert (mart.implied_form_corr_21 - mart.cor1m_realised_twin).mean() > 4


def test_the_extremes_of_implied_correlation_are_rare(folder_built: Path) -> None:
    mart = read(folder_built, "select implied_corr_state from marts.implied_correlation_daily")
    share = mart.implied_corr_state.value_counts(normalize=True)
    print(share.round(4).to_dict())
    assert max(share["floor"], share["elevated"]) <= 0.20
    assert share.blowout <= 0.03
