"""Windows over names: what they mean (`default__`) against pandas, and DuckDB's fast version against what they mean."""

import itertools

import numpy as np
import pandas as pd
import pytest

from .test_macros import run

WINDOWS = """{
    "x": {
        "mean": [20, 50, 100, 200], "sum": [3, 19, 21, 49, 99, 199], "sigma": [5, 21, 63],
        "high": [21, 63, 251, 252], "low": [9, 251, 252],
    },
    "y": {"high": [5], "sigma": [20]},
}"""
LENGTHS = {
    "mean": [20, 50, 100, 200],
    "sum": [3, 19, 21, 49, 99, 199],
    "sigma": [5, 21, 63],
    "high": [21, 63, 251, 252],
    "low": [9, 251, 252],
}
TRAILING = (
    "with newest as ({{{{ {version}__newest_rows('bars') }}}}),\n"
    "windows as ({{{{ {windows}__trailing('newest', " + WINDOWS.replace("{", "{{").replace("}", "}}") + ") }}}})\n"
    "select * from windows"
)
PREVIOUS = (
    "with newest as ({{{{ {version}__newest_rows('bars') }}}})\n"
    "select *, {{{{ {windows}__previous('x', 10, 1) }}}} as one_back,\n"
    "{{{{ {windows}__previous('x', 10, 3) }}}} as three_back from newest"
)
#: Version of the rows -> that of the windows over them.
VERSIONS = {"default": "default", "duckdb": "composed"}


@pytest.fixture(scope="module")
def bars() -> pd.DataFrame:
    """Four names with holes, missing values and restated rows, in no order; the third is too short for any window."""
    rng = np.random.default_rng(3)
    names = []
    for security_id, sessions in ((1, 700), (2, 700), (7, 4), (8, 600)):
        numbers = np.arange(1, sessions + 1)
        kept = numbers[rng.random(sessions) > (0.01 if security_id != 8 else 0.0)]
        name = pd.DataFrame({"security_id": security_id, "session_number": kept})
        name["x"] = rng.normal(0.001, 0.02, len(kept))
        name["y"] = np.where(rng.random(len(kept)) > 0.03, rng.normal(100, 1, len(kept)), np.nan)
        names.append(name)
    newest = pd.concat(names, ignore_index=True)
    newest.loc[(newest.security_id == 1) & newest.session_number.between(300, 302), "x"] = np.nan
    newest["known_at"], newest["batch_id"] = pd.Timestamp("2024-01-02"), 1
    older = newest.sample(frac=0.1, random_state=1).assign(known_at=pd.Timestamp("2024-01-01"), x=9.0)
    same_day = newest.sample(frac=0.1, random_state=2).assign(batch_id=0, x=-9.0)
    return pd.concat([newest, older, same_day]).sample(frac=1, random_state=4)


@pytest.fixture(scope="module")
def queries(compiled) -> dict[tuple[str, str], str]:
    """The SQL of each text with the macros of each version, compiled once: each takes seconds."""
    return {
        (text, version): compiled(text.format(version=version, windows=windows))
        for text in (TRAILING, PREVIOUS)
        for version, windows in VERSIONS.items()
    }


def result(queries, text: str, version: str, bars: pd.DataFrame) -> pd.DataFrame:
    """The rows of a query with the macros of a version, in order."""
    found = run(queries[text, version], bars=bars)
    return found.sort_values(["security_id", "session_number"], ignore_index=True)


@pytest.fixture(scope="module")
def expected(bars: pd.DataFrame) -> pd.DataFrame:
    """The windows of x by pandas, each name on a row a session."""
    ordered = bars.sort_values(["security_id", "session_number", "known_at", "batch_id"])
    newest = ordered.drop_duplicates(["security_id", "session_number"], keep="last")
    names = []
    for _, name in newest.groupby("security_id"):
        days = name.set_index("session_number").reindex(range(1, name.session_number.max() + 1))
        for statistic, lengths in LENGTHS.items():
            method = {"mean": "mean", "sum": "sum", "sigma": "std", "high": "max", "low": "min"}[statistic]
            for length in lengths:
                days[f"x_{statistic}_{length}"] = getattr(days["x"].rolling(length), method)()
        names.append(days[days.security_id.notna()].reset_index())
    return pd.concat(names, ignore_index=True)


@pytest.mark.parametrize("version", VERSIONS)
def test_windows_are_those_of_pandas_full_or_null(queries, bars, expected, version):
    found = result(queries, TRAILING, version, bars)
    assert len(found) == len(expected)
    for column in [column for column in expected if column.startswith("x_")]:
        np.testing.assert_allclose(found[column], expected[column], rtol=0, atol=1e-12, err_msg=column)
        assert 0 < expected[column].notna().sum() < len(expected), column


def test_the_fast_windows_are_the_ordinary_ones_for_a_value_with_holes(queries, bars):
    ordinary, fast = (result(queries, TRAILING, version, bars) for version in VERSIONS)
    for column in ("y_high_5", "y_sigma_20"):
        np.testing.assert_allclose(fast[column], ordinary[column], rtol=1e-9, err_msg=column)
        assert 0 < ordinary[column].notna().sum() < len(ordinary)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_previous_value_is_of_the_same_name_and_within_the_gap(queries, bars, version):
    found = result(queries, PREVIOUS, version, bars.assign(session_number=lambda rows: rows.session_number * 4))
    by_name = found.groupby("security_id")
    for column, back in (("one_back", 1), ("three_back", 3)):
        gap = found.session_number - by_name.session_number.shift(back)
        pd.testing.assert_series_equal(found[column], by_name.x.shift(back).where(gap <= 10), check_names=False)
    assert found.one_back.notna().sum() > 1000
    # three rows back are at least twelve sessions back
    assert found.three_back.isna().all()


@pytest.mark.parametrize("version", VERSIONS)
def test_the_newest_row_of_a_session_is_kept(queries, bars, version):
    found = result(queries, PREVIOUS, version, bars)
    assert not found.duplicated(["security_id", "session_number"]).any()
    assert found.x.abs().max() < 9
    assert len(found) == len(bars.drop_duplicates(["security_id", "session_number"]))


@pytest.mark.parametrize(("version", "value"), itertools.product(VERSIONS, (0.0, 1e-9, 0.1, 1 / 3, 12345.678)))
def test_the_sigma_of_values_that_are_all_the_same_is_0(queries, version, value):
    constant = pd.DataFrame({"security_id": 1, "session_number": range(100), "x": value, "y": value})
    constant = constant.assign(known_at=pd.Timestamp("2024-01-01"), batch_id=1)
    found = result(queries, TRAILING, version, constant)
    assert (found["x_sigma_21"][20:] == 0).all()
    assert found["x_sigma_21"][:20].isna().all()
