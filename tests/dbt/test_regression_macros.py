"""Rolling least squares against statsmodels, and hysteresis against a plain loop."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from statsmodels.regression.rolling import RollingOLS

RNG = np.random.default_rng(11)
SESSIONS = 3100


def run(sql: str, **tables: pd.DataFrame) -> pd.DataFrame:
    with duckdb.connect() as connection:
        for name, frame in tables.items():
            connection.register(name, frame)
        return connection.execute(sql).df()


def fit(compiled, days: pd.DataFrame, factors: list[str], frame: str, least: int) -> pd.DataFrame:
    """What the macro makes of a frame with the columns n, y and the factors."""
    call = f"rolling_ols('days', 'y', {factors}, 'n', '{frame}', {least})"
    return run(compiled("select * from {{ " + call + " }} order by n"), days=days).set_index("n")


def market(factors: int) -> pd.DataFrame:
    """Correlated daily returns and a mixture of them with noise; one value in fifty is missing."""
    common = RNG.normal(0, 0.01, (SESSIONS, 1))
    moves = 0.7 * common + RNG.normal(0, 0.006, (SESSIONS, factors))
    days = pd.DataFrame(moves, columns=[f"f{i}" for i in range(factors)])
    days["y"] = 0.0004 + moves @ np.linspace(-1, 1.5, factors) + RNG.normal(0, 0.004, SESSIONS)
    days = days.mask(RNG.random(days.shape) < 0.02)
    return days.assign(n=range(SESSIONS))


@pytest.mark.parametrize("factors", [1, 3, 4, 8])
def test_rolling_least_squares_are_those_of_statsmodels(compiled, factors):
    """Fixture 11: 252 rows of which 126 complete, missing values dropped from the window."""
    days = market(factors)
    names = [f"f{i}" for i in range(factors)]
    got = fit(compiled, days, names, "rows between 251 preceding and current row", 126)
    design = days[names].assign(const=1.0)
    model = RollingOLS(days["y"], design, window=252, min_nobs=126, missing="drop", expanding=True)
    theirs = model.fit()
    expected = theirs.params.rename(columns={name: f"beta_{name}" for name in names} | {"const": "alpha"})
    expected["r2"] = theirs.rsquared
    # statsmodels gives a row its window's fit even where the row itself is incomplete, and so does the macro
    assert got["alpha"].notna().sum() > 2900
    for column in expected:
        assert got[column].notna().equals(expected[column].notna()), column
        difference = (got[column] - expected[column]).abs().max()
        print(f"{factors} factors {column:8} max difference {difference:.1e}")
        assert difference <= 1e-8, column


def test_a_window_that_ends_the_day_before_is_the_fit_one_session_later(compiled):
    days = market(2)
    today = fit(compiled, days, ["f0", "f1"], "rows between 251 preceding and current row", 126)
    before = fit(compiled, days, ["f0", "f1"], "rows between 252 preceding and 1 preceding", 126)
    pd.testing.assert_frame_equal(before.iloc[1:], today.shift().iloc[1:], check_dtype=False, rtol=0, atol=1e-10)


def test_the_slope_on_the_first_factor_makes_the_others_orthogonal_to_it(compiled):
    days = market(3)
    got = fit(compiled, days, ["f0", "f1", "f2"], "rows between 251 preceding and current row", 126)
    for end in (600, 1500, 3099):
        window = days.iloc[end - 251 : end + 1].dropna()
        for factor in ("f1", "f2"):
            rest = window[factor] - got.loc[end, f"slope_on_f0_{factor}"] * window["f0"]
            assert abs(np.corrcoef(rest, window["f0"])[0, 1]) < 1e-9


def test_exactly_collinear_factors_have_no_fit(compiled):
    """TIP, TIP - IEF and IEF: what is left of the third is rounding, and must not come out as a beta."""
    days = market(2).rename(columns={"f0": "tip", "f1": "ief"})
    days["breakeven"] = days["tip"] - days["ief"]
    days["still"] = 0.01
    frame = "rows between 251 preceding and current row"
    assert fit(compiled, days, ["tip", "ief"], frame, 126)["beta_tip"].notna().sum() > 2900
    for factors in (["tip", "breakeven", "ief"], ["ief", "tip", "breakeven"], ["tip", "still"], ["still", "tip"]):
        got = fit(compiled, days, factors, frame, 126)
        assert got[[f"beta_{name}" for name in factors] + ["alpha", "r2"]].isna().all(axis=None), factors
        assert got["observations"].max() > 200


def test_a_nearly_collinear_factor_still_has_eight_digits(compiled):
    days = market(2)
    days["f1"] = days["f0"] + days["f1"] * 1e-3
    got = fit(compiled, days, ["f0", "f1"], "rows between 251 preceding and current row", 126)
    window = days.iloc[SESSIONS - 252 :].dropna()
    design = np.column_stack([np.ones(len(window)), window["f0"], window["f1"]])
    expected = np.linalg.lstsq(design, window["y"], rcond=None)[0]
    np.testing.assert_allclose(got.iloc[-1][["alpha", "beta_f0", "beta_f1"]].astype(float), expected, rtol=1e-8)


def sides(readings: np.ndarray, bound: float) -> list[float]:
    """The sides of a path, told as a person would: walk through the days and remember since when each side stands."""
    above_since = below_since = None
    above_run = below_run = 0
    out = []
    for day, reading in enumerate(readings):
        above_run = above_run + 1 if reading > 0 else 0
        below_run = below_run + 1 if reading < 0 else 0
        if below_run >= 5:
            above_since = None
        if above_run >= 5:
            below_since = None
        if reading > bound and above_since is None:
            above_since = day
        if reading < -bound and below_since is None:
            below_since = day
        if np.isnan(reading) or (above_since is None and below_since is None):
            out.append(np.nan)
        elif below_since is None or (above_since is not None and above_since < below_since):
            out.append(1)
        else:
            out.append(-1)
    return out


def test_hysteresis_is_that_of_a_plain_loop(compiled):
    text = compiled(
        "select * from {{ hysteresis_sides('days', {'side': 'x', 'other': 'z'}, '0.25', 5, 'n') }} order by n"
    )
    seen = set()
    for path in range(30):
        readings = np.zeros((2, 800))
        for day in range(1, 800):
            readings[:, day] = 0.9 * readings[:, day - 1] + RNG.normal(0, 0.15, 2)
        readings[RNG.random(readings.shape) < 0.03] = np.nan
        # zeros and the bound itself
        readings = np.where(RNG.random(readings.shape) < 0.03, RNG.choice([0.0, 0.25, -0.25], readings.shape), readings)
        got = run(text, days=pd.DataFrame({"n": range(800), "x": readings[0], "z": readings[1]}))
        for column, reading in (("side", readings[0]), ("other", readings[1])):
            np.testing.assert_array_equal(got[column].to_numpy(dtype=float), sides(reading, 0.25), err_msg=str(path))
            seen |= set(got[column].dropna())
    assert seen == {1, -1}
