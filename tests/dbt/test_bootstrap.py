"""The statistics of the event studies as SQL: bootstrap against arch and noise, Wilson and q against statsmodels."""

import numpy as np
import pandas as pd
import pytest
from arch.bootstrap import CircularBlockBootstrap
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from .test_macros import run

BOOTSTRAP = 'select * from {{ circular_block_bootstrap("days", ["series"], "n", ["y", "x"]) }} order by series'


def days_of(series: int, y: np.ndarray, events: np.ndarray, block: int, x: np.ndarray | None = None) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "series": series,
            "n": np.arange(len(y)),
            "y": y,
            "x": y if x is None else x,
            "is_event": events.astype(int),
            "block_length": block,
            "salt": f"series {series}",
        }
    )


@pytest.fixture(scope="module")
def autocorrelated() -> pd.DataFrame:
    """Four series with overlapping horizons: a moving sum of noise, events every so often, a share beside it."""
    rng = np.random.default_rng(11)
    series = []
    for number, (block, length) in enumerate([(21, 1500), (42, 1501), (84, 2000), (126, 1999)]):
        noise = rng.normal(0, 1, length + block // 2)
        y = np.convolve(noise, np.ones(block // 2), "valid")[:length]
        events = rng.random(length) < 0.03
        y = y + 1.5 * events
        series.append(days_of(number, y, events, block, (y > 2).astype(float)))
    return pd.concat(series)


def test_the_interval_agrees_with_arch_within_monte_carlo_error(compiled, autocorrelated):
    got = run(compiled(BOOTSTRAP), days=autocorrelated).set_index("series")
    for number, frame in autocorrelated.groupby("series"):
        for column in ("y", "x"):
            values, events = frame[column].to_numpy(), frame["is_event"].to_numpy()

            def difference(rows, values=values, events=events):
                value, event = values[rows], events[rows]
                return np.array([value[event == 1].mean() - value.mean()])

            block = int(frame["block_length"].iloc[0])
            theirs = []
            for seed in range(4):
                bootstrap = CircularBlockBootstrap(block, np.arange(len(frame)), seed=seed)
                theirs.append(np.quantile(bootstrap.apply(difference, 500), [0.05, 0.95]))
            expected = np.mean(theirs, axis=0)
            # what the quantile of 2,000 draws owes to chance: that of 500 is twice as wide, seen over four seeds
            error = np.std(theirs, axis=0, ddof=1) / 2 * np.sqrt(1 + 1)
            ours = got.loc[number, [f"{column}_low", f"{column}_high"]].to_numpy(dtype=float)
            width = expected[1] - expected[0]
            print(number, column, ours, expected, (ours - expected) / error)
            assert (np.abs(ours - expected) < np.maximum(5 * error, 0.03 * width)).all()


def test_the_same_days_give_the_same_interval(compiled, autocorrelated):
    sql = compiled(BOOTSTRAP)
    first, second = run(sql, days=autocorrelated), run(sql, days=autocorrelated.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(first, second, rtol=1e-9, atol=1e-12)
    other = run(sql, days=autocorrelated.assign(salt="another"))
    assert (other["y_low"] != first["y_low"]).all()


def test_the_interval_of_a_series_does_not_depend_on_the_others(compiled, autocorrelated):
    sql = compiled(BOOTSTRAP)
    alone = run(sql, days=autocorrelated[autocorrelated["series"] == 2])
    among = run(sql, days=autocorrelated)
    pd.testing.assert_frame_equal(alone, among[among["series"] == 2].reset_index(drop=True), rtol=1e-9)


def test_on_independent_noise_the_interval_holds_zero_nine_times_in_ten(compiled):
    rng = np.random.default_rng(5)
    trials = []
    for trial in range(200):
        events = np.zeros(1000, dtype=int)
        events[rng.choice(1000, 60, replace=False)] = 1
        trials.append(days_of(trial, rng.normal(0, 1, 1000), events, 21))
    got = run(compiled(BOOTSTRAP), days=pd.concat(trials))
    held = ((got["y_low"] <= 0) & (got["y_high"] >= 0)).mean()
    called = (got["y_p"] < 0.1).mean()
    print(f"holds 0 in {held:.3f} of 200 trials; p below 0.1 in {called:.3f}")
    # two standard errors of a share of 0.9 among 200 are 0.042
    assert 0.85 <= held <= 0.95
    assert called == pytest.approx(1 - held, abs=0.011)


def test_an_effect_is_found(compiled):
    rng = np.random.default_rng(6)
    events = (np.arange(1000) % 20 == 0).astype(int)
    got = run(compiled(BOOTSTRAP), days=days_of(1, rng.normal(0, 1, 1000) + events, events, 21))
    assert got["y_low"][0] > 0
    assert got["y_p"][0] < 0.01


def test_a_block_longer_than_the_series_is_the_series(compiled):
    got = run(compiled(BOOTSTRAP), days=days_of(1, np.arange(5.0), np.array([0, 1, 0, 0, 1]), 21))
    assert got[["y_low", "y_high"]].to_numpy().ravel() == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_wilsons_interval_is_that_of_statsmodels(compiled, level):
    counts = pd.DataFrame([(k, n) for n in (1, 2, 7, 20, 148) for k in range(n + 1)], columns=["k", "n"])
    z = "" if level == 0.9 else ", z=1.959963984540054"
    text = (
        f"select k, n, {{{{ wilson_low('k', 'n'{z}) }}}} as low, {{{{ wilson_high('k', 'n'{z}) }}}} as high from counts"
    )
    got = run(compiled(text), counts=counts)
    low, high = proportion_confint(got["k"], got["n"], alpha=1 - level, method="wilson")
    np.testing.assert_allclose(got["low"], low, atol=1e-12)
    np.testing.assert_allclose(got["high"], high, atol=1e-12)
    none = run(compiled(text), counts=pd.DataFrame({"k": [0], "n": [0]}))
    assert none[["low", "high"]].isna().all(axis=None)


def test_the_false_discovery_rate_is_that_of_statsmodels(compiled):
    rng = np.random.default_rng(3)
    tests = pd.DataFrame({"family": rng.integers(0, 3, 300), "n": range(300), "p": np.round(rng.random(300) ** 3, 2)})
    tests.loc[rng.random(300) < 0.2, "p"] = np.nan
    got = run(compiled('select * from {{ benjamini_hochberg("tests", "p", ["family"]) }} order by n'), tests=tests)
    for _, rows in got.groupby("family"):
        known = rows["p"].notna()
        expected = multipletests(rows.loc[known, "p"], method="fdr_bh")[1]
        np.testing.assert_allclose(rows.loc[known, "q"], expected, atol=1e-12)
        assert rows.loc[~known, "q"].isna().all()
        assert (rows["family_size"] == known.sum()).all()
