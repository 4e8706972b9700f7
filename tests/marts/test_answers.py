"""answers_daily, event_paths and regime_month_returns, recomputed from the marts that they gather."""

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.marts.built import read

RECOMPUTED = {
    "answers_daily": ("answer", "value", "previous", "pctl_252", "unit", "counted"),
    "event_paths": ("session_date", "index_100"),
    "regime_month_returns": ("n", "median"),
}

ANSWERS = {
    "declines": ("selling", "n"),
    "selling_pressure": ("selling", "0–100"),
    "stock_return": ("why", "bp"),
    "news_growth": ("why", "bp"),
    "news_discount": ("why", "bp"),
    "index_from_anchor": ("where", "%"),
    "small_caps_from_anchor": ("where", "%"),
    "mega_caps_from_anchor": ("where", "%"),
    "stage_age": ("when", "sessions"),
    "asset_manager_positioning": ("when", "% of open interest"),
}

PRICES = {"index_from_anchor": "^GSPC", "small_caps_from_anchor": "^RUT", "mega_caps_from_anchor": "MAG7"}


@pytest.fixture(scope="module")
def answers(market: tuple[Path, Path]) -> dict[str, pd.DataFrame]:
    """The rows of each answer by session."""
    mart = read(market[1], "select * from marts.answers_daily where universe_id = 'SP500' order by session_date")
    return {answer_id: rows.set_index("session_date") for answer_id, rows in mart.groupby("answer_id")}


def readings(market: tuple[Path, Path], index: pd.DatetimeIndex) -> dict[str, pd.Series]:
    """The numbers that are columns of other marts, by session."""
    breadth = "select * from marts.breadth_daily where universe_id = 'SP500' and segment_id = 'ALL'"
    capitulation = read(market[1], "select * from marts.capitulation_daily").set_index("session_date").reindex(index)
    drivers = read(market[1], "select * from marts.drivers_summary_daily").set_index("session_date").reindex(index)
    ages, stage_before, age = [], None, 0
    for stage, is_known in zip(capitulation.stage, capitulation.stage.notna(), strict=True):
        age = age + 1 if is_known and stage == stage_before else 0
        ages.append(age if is_known else np.nan)
        stage_before = stage
    return {
        "declines": read(market[1], breadth).set_index("session_date").declines.reindex(index),
        "selling_pressure": read(market[1], "select * from marts.verdict_daily")
        .set_index("session_date")
        .selling_pressure.reindex(index),
        "stock_return": drivers.spx_return_bp,
        "news_growth": drivers.news_growth_bp,
        "news_discount": drivers.news_discount_bp,
        "stage_age": pd.Series(ages, index=index),
        "asset_manager_positioning": capitulation.asset_manager_net_pct_oi,
    }


def percentile(values: pd.Series) -> pd.Series:
    """Percentage of the last 252 values that are at most the newest; NaN with fewer than 126 or where it is missing."""
    window = values.rolling(252, min_periods=126)
    return window.apply(lambda last: 100 * np.nanmean(np.where(np.isnan(last), np.nan, last <= last[-1])), raw=True)


def same(ours: pd.Series, theirs: pd.Series, what: object, tolerance: float = 1e-9) -> None:
    """Equal where known, and missing together."""
    ours, theirs = ours.astype(float), theirs.astype(float)
    assert (ours.isna() == theirs.isna()).all(), what
    assert (ours - theirs).abs().max() <= tolerance, what


def test_every_answer_has_its_number_the_one_before_and_its_place_in_a_year(
    market: tuple[Path, Path], answers: dict[str, pd.DataFrame]
) -> None:
    assert set(answers) == set(ANSWERS)
    index = answers["declines"].index
    assert len(index) > 1500
    for answer_id, values in readings(market, index).items():
        rows = answers[answer_id]
        assert rows.index.equals(index)
        assert (set(rows.answer), set(rows.unit)) == ({ANSWERS[answer_id][0]}, {ANSWERS[answer_id][1]})
        same(rows.value, values, answer_id)
        same(rows.previous, values.shift(), answer_id)
        same(rows.pctl_252, percentile(values.astype(float)).where(values.notna()), answer_id)
    breadth = read(
        market[1], "select * from marts.breadth_daily where universe_id = 'SP500' and segment_id = 'ALL'"
    ).set_index("session_date")
    same(answers["declines"].counted, breadth.valid.reindex(index), "counted")
    assert all(answers[answer_id].counted.isna().all() for answer_id in set(ANSWERS) - {"declines"})


def test_what_is_measured_from_the_anchor_is_measured_from_one_anchor_on_both_days(
    market: tuple[Path, Path], answers: dict[str, pd.DataFrame]
) -> None:
    assets = read(market[0], "select * from intermediate.int_asset_days")
    references = read(market[0], "select session_date, reference_date from intermediate.int_verdict_readings")
    reference = references.set_index("session_date").reference_date
    for answer_id, symbol in PRICES.items():
        rows = answers[answer_id]
        assert (set(rows.answer), set(rows.unit)) == ({"where"}, {"%"})
        price = np.exp(assets[assets.asset_id == symbol].set_index("session_date").log_price_index)
        base = reference.reindex(rows.index).map(price)
        today = price.reindex(rows.index)
        same(rows.value, 100 * (today / base - 1), answer_id, 1e-8)
        same(rows.previous, 100 * (today.shift() / base - 1), answer_id, 1e-8)
        same(rows.pctl_252, percentile(today).where(today.notna()), answer_id)


def test_from_an_event_the_index_is_where_event_performance_has_it(
    market: tuple[Path, Path], answers: dict[str, pd.DataFrame]
) -> None:
    verdict = read(market[0], "select session_date, event_id from intermediate.int_verdict_readings")
    verdict = verdict.dropna().set_index("session_date").event_id
    performance = read(market[1], "select * from marts.event_performance_daily where series_id = '^GSPC'")
    theirs = performance.set_index(["session_date", "event_id"]).price_chg_pct
    assert len(verdict) > 20
    for session, event_id in verdict.items():
        assert answers["index_from_anchor"].value[session] == pytest.approx(theirs[session, event_id], abs=1e-9)


def test_the_report_of_2024_12_27_has_its_numbers(folder_built: Path) -> None:
    rows = read(folder_built, "select * from marts.answers_daily where session_date = date '2024-12-27'")
    value, previous = (rows.set_index("answer_id")[column] for column in ("value", "previous"))
    assert value["index_from_anchor"] == pytest.approx(-0.51, abs=0.02)
    assert previous["index_from_anchor"] > 0
    assert value["declines"] > previous["declines"]


def test_paths_begin_at_100_and_follow_the_index(market: tuple[Path, Path]) -> None:
    paths = read(market[1], "select * from marts.event_paths where universe_id = 'SP500' order by all")
    events = read(market[1], "select distinct study_id, session_date from marts.event_study_events")
    index = read(
        market[1], "select session_date, price_index from marts.index_daily where index_id = 'SP500' order by 1"
    ).set_index("session_date")["price_index"]
    assert index.notna().all()
    place = pd.Series(range(len(index)), index=index.index)
    keys = set(paths[["study_id", "event_session"]].itertuples(index=False, name=None))
    assert keys == set(events.itertuples(index=False, name=None))
    assert len(keys) > 500
    for (study_id, session), rows in paths.groupby(["study_id", "event_session"]):
        start = place[session]
        length = min(64, len(index) - start)
        assert rows.step.tolist() == list(range(length)), (study_id, session)
        assert rows.session_date.tolist() == index.index[start : start + length].tolist()
        theirs = 100 * index.iloc[start : start + length] / index.iloc[start]
        assert np.abs(rows.index_100.to_numpy() - theirs.to_numpy()).max() <= 1e-9


def test_the_end_of_a_path_is_the_return_of_the_study(market: tuple[Path, Path]) -> None:
    joined = read(
        market[1],
        """
        select events.forward_return_pct, paths.index_100
        from marts.event_study_events as events
        inner join marts.event_paths as paths
            on events.study_id = paths.study_id
            and events.session_date = paths.event_session
            and events.horizon = paths.step
        where events.forward_return_pct is not null
        """,
    )
    assert len(joined) > 1000
    assert (joined.index_100 - 100 - joined.forward_return_pct).abs().max() <= 1e-9


def test_medians_are_of_the_months_that_had_closed(market: tuple[Path, Path]) -> None:
    mart = read(market[1], "select * from marts.regime_month_returns where universe_id = 'SP500'")
    quadrant = read(market[1], "select session_date, quadrant from marts.regime_daily order by 1")
    quadrant = quadrant.set_index("session_date").quadrant
    sessions = pd.DatetimeIndex(
        read(market[0], "select session_date from intermediate.int_sessions order by 1").session_date
    )
    following = read(market[0], "select session_date from staging.stg_sessions order by 1").session_date
    calendar = pd.DatetimeIndex(following)
    last_of_month = calendar[:-1][calendar[:-1].to_period("M") != calendar[1:].to_period("M")]
    ends = sessions.intersection(last_of_month)
    levels = read(market[0], "select * from intermediate.int_asset_days").pivot(
        index="session_date", columns="asset_id", values="log_total_return_index"
    )
    begun: dict[tuple[str, str], list[float]] = {}
    expected = {}
    for start, end in itertools.pairwise(ends):
        side = quadrant.get(start)
        if isinstance(side, str):
            for asset in set(mart.asset):
                moved = levels[asset].get(end, np.nan) - levels[asset].get(start, np.nan)
                if np.isfinite(moved):
                    begun.setdefault((side, asset), []).append(100 * np.expm1(moved))
        if begun:
            expected[end] = {key: (len(months), float(np.median(months))) for key, months in begun.items()}
    assert sorted(set(mart.session_date)) == sorted(expected)
    assert len(mart) == len(expected) * 4 * 12
    for row in mart.itertuples():
        n, median = expected[row.session_date].get((row.quadrant, row.asset), (0, np.nan))
        assert row.n == n
        assert np.isnan(row.median) if n == 0 else row.median == pytest.approx(median, abs=1e-9)
    assert mart.n.max() > 10
