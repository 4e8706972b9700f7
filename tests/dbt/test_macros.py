"""The macros against another road: pandas for averages and ranks, plain loops for thrusts and the state machine."""

import re

import duckdb
import numpy as np
import pandas as pd
import pytest

from ingestion.settings import DBT_PROJECT
from tests.marts.test_breadth_readings import walk

RNG = np.random.default_rng(7)


def run(sql: str, **tables: pd.DataFrame) -> pd.DataFrame:
    with duckdb.connect() as connection:
        for name, frame in tables.items():
            connection.register(name, frame)
        return connection.execute(sql).df()


def run_with_thresholds(sql: str, **tables: pd.DataFrame) -> pd.DataFrame:
    """Rows of SQL that reads the seed of thresholds, from the seed's file."""
    thresholds = pd.read_csv(DBT_PROJECT / "seeds" / "universe" / "thresholds.csv")
    text = re.sub(r'"\w+"\."seeds"\."thresholds"', "thresholds", sql)  # whichever build parsed the project
    return run(text, thresholds=thresholds, **tables)


@pytest.mark.parametrize("span", [3, 10, 19, 39])
def test_the_closed_form_average_is_the_recursive_one(compiled, span):
    values = pd.Series(RNG.normal(50, 10, 3000))
    values[RNG.random(3000) < 0.05] = np.nan
    frame = pd.DataFrame({"name": "a", "n": np.arange(3000), "x": values})
    other = frame.assign(name="b", x=np.cumsum(RNG.normal(0, 1, 3000)))
    got = run(
        compiled(
            'select * from {{ ema("x_days", {"average": ["x", SPAN]}, ["name"], "n") }} order by name, n'.replace(
                "SPAN", str(span)
            )
        ),
        x_days=pd.concat([frame, other]),
    )
    for name, days in (("a", frame), ("b", other)):
        expected = days["x"].ewm(span=span, adjust=False, ignore_na=True).mean().where(days["x"].notna())
        ours = got.loc[got["name"] == name, "average"].to_numpy()
        np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-9 * 100)


def test_the_mcclellan_oscillator_of_the_exact_fixture(compiled):
    counts = pd.DataFrame({"k": 1, "n": range(4), "a": [1000, 1200, 800, 1500], "d": [1500, 1200, 1700, 900]})
    counts["rana"] = 1000 * (counts["a"] - counts["d"]) / (counts["a"] + counts["d"])
    got = run(
        compiled(
            "select rana, fast - slow as osc from "
            '{{ ema("counts", {"fast": ["rana", 19], "slow": ["rana", 39]}, ["k"], "n") }} order by n'
        ),
        counts=counts,
    )
    assert got["rana"].tolist() == [-200, 0, -360, 250]
    np.testing.assert_allclose(got["osc"], [0, 10, 0.5, 22.875], atol=1e-12)


def thrusts(compiled, values) -> list[int]:
    days = pd.DataFrame({"k": 1, "session_number": range(len(values)), "x": values})
    sql = compiled('select * from {{ zweig_thrust("days", "x", ["k"]) }} order by session_number')
    got = run_with_thresholds(sql, days=days)
    return got.index[got["zbt_signal"]].tolist()


def test_a_cross_ten_sessions_after_the_dip_is_a_thrust_and_after_eleven_is_not(compiled):
    assert thrusts(compiled, [0.39] + [0.5] * 9 + [0.62]) == [10]
    assert thrusts(compiled, [0.39] + [0.5] * 10 + [0.62]) == []


def test_two_crosses_after_one_dip_give_one_signal(compiled):
    assert thrusts(compiled, [0.39, 0.5, 0.62, 0.6, 0.62, 0.7]) == [2]
    assert thrusts(compiled, [0.39, 0.5, 0.62, 0.39, 0.62]) == [2, 4]


def test_the_level_itself_is_no_cross(compiled):
    assert thrusts(compiled, [0.40, 0.62]) == []
    assert thrusts(compiled, [0.39, 0.615, 0.62]) == [2]
    assert thrusts(compiled, [0.39, 0.615]) == []


@pytest.mark.parametrize(
    ("macro", "least"), [("rolling_mean", 8), ("rolling_std", 8), ("rolling_z", 8), ("rolling_pctl", 8)]
)
def test_rolling_statistics_are_pandas_and_null_until_full(compiled, macro, least):
    x = pd.Series(RNG.normal(0, 1, 200)).round(1)
    x[RNG.random(200) < 0.15] = np.nan
    call = f"{macro}('x', 'w', {least})"
    sql = compiled(
        "select n, {{ CALL }} as y from days window w as (order by n {{ rows_back(10) }}) order by n".replace(
            "CALL", call
        )
    )
    got = run(sql, days=pd.DataFrame({"n": range(200), "x": x}))["y"].to_numpy(dtype=float)
    rolling = x.rolling(10, min_periods=least)
    expected = {
        "rolling_mean": rolling.mean(),
        "rolling_std": rolling.std(),
        "rolling_z": (x - rolling.mean()) / rolling.std(),
        "rolling_pctl": rolling.apply(lambda w: 100 * np.mean(w[~np.isnan(w)] <= w[-1]), raw=True).where(x.notna()),
    }[macro]
    np.testing.assert_allclose(got, expected.to_numpy(), atol=1e-12)


def test_rolling_statistics_of_a_constant_are_null_not_nan(compiled):
    days = pd.DataFrame({"n": range(30), "x": 0.1, "y": RNG.normal(0, 1, 30)})
    for text in ("rolling_z('x', 'w', 8)", "rolling_corr('x', 'y', 'w', 8)", "rolling_beta('y', 'x', 'w', 8)"):
        sql = "select {{ CALL }} as z from days window w as (order by n {{ rows_back(10) }})".replace("CALL", text)
        got = run(compiled(sql), days=days)
        assert got["z"].isna().all()
        assert not np.isnan(got["z"].dropna()).any()


def test_the_state_machine_is_the_one_of_a_plain_loop(compiled):
    frames = []
    for key in range(40):
        noise = RNG.normal(0, 0.45, 400)
        score = np.zeros(400)
        for day in range(1, 400):
            score[day] = 0.93 * score[day - 1] + noise[day] * (1.7 if key % 2 else 1.2)
        frames.append(pd.DataFrame({"k": key, "session_number": range(400), "score": score}))
    days = pd.concat(frames, ignore_index=True)
    days["session_date"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(days["session_number"], unit="D")
    days["is_muted"] = RNG.uniform(size=len(days)) < 0.1
    text = compiled(
        'select * from {{ extreme_state("days", "score", "s", ["k"], no_bounce="is_muted") }} '
        "order by k, session_number"
    )
    got = run_with_thresholds(text, days=days)
    expected = pd.concat([walk(frame.score, frame.is_muted) for _, frame in days.groupby("k")], ignore_index=True)
    assert got["s_state"].tolist() == expected["state"].tolist()
    assert got["s_extreme_age"].astype("float").fillna(-1).tolist() == expected["extreme_age"].fillna(-1).tolist()
    seen = {"low_bouncing", "high_fading", "low_failed", "low_unresolved", "extreme_low", "extreme_high", "neutral"}
    assert seen <= set(got["s_state"])


def test_a_number_of_a_sentence_has_its_commas_its_minus_and_no_sign_on_zero(compiled):
    sql = "select {{ spoken_number('x', 1, true) }} as signed, {{ spoken_number('x', 1) }} as unsigned from numbers"
    numbers = pd.DataFrame({"x": [5970.84, -1234567.56, 0.04, -0.04, -3.0, None]})
    got = run(compiled(sql), numbers=numbers)
    assert got["signed"].tolist()[:5] == ["+5,970.8", "−1,234,567.6", "0.0", "0.0", "−3.0"]
    assert got["unsigned"].tolist()[:5] == ["5,970.8", "−1,234,567.6", "0.0", "0.0", "−3.0"]
    assert got.iloc[5].isna().all()


def test_lists_are_joined_in_order_and_an_empty_one_adds_nothing(compiled):
    sql = "select {{ joined_json_lists('list', 'n') }} as joined from lists"
    lists = pd.DataFrame({"n": [3, 1, 2], "list": ['[{"a":3}]', '[{"a":1},{"a":2}]', "[]"]})
    assert run(compiled(sql), lists=lists)["joined"].tolist() == ['[{"a":1},{"a":2},{"a":3}]']
    assert run(compiled(sql), lists=lists.assign(list="[]"))["joined"].tolist() == ["[]"]
