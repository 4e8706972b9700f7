"""states_daily against its recomputation, and the declarations in the marts' yml that it is made from."""

import csv
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ingestion.settings import DBT_PROJECT
from tests.marts.built import read
from tests.marts.states import STATES, recomputed_states

KEYS = {
    "id", "name", "rows", "values", "known_by", "value_column", "threshold_id", "threshold_sign", "reads_breadth",
}  # fmt: skip


#: Boolean column of a mart -> the state that it declares, where the column is nothing but the state's condition.
CONDITIONS = {
    "is_participation_extreme_low": "participation_extreme_low",
    "is_participation_extreme_high": "participation_extreme_high",
    "is_narrowness_extreme_high": "narrowness_extreme_high",
    "is_declines_streak": "declines_streak_10",
    "is_pct_above_sma50_low": "pct_above_sma50_low",
    "is_pct_above_sma200_low": "pct_above_sma200_low",
    "is_whaley_thrust": "whaley_thrust",
    "is_whaley_capitulation": "whaley_capitulation",
    "is_vix_backwardation": "vix_backwardation",
    "is_correlation_inverted": "correlation_inverted",
    "is_correlation_high": "pairwise_correlation_high",
    "is_near_high": "index_near_high",
    "is_stock_bond_corr_positive": "stock_bond_corr_positive",
}

#: Mart -> the columns that this file computes again.
RECOMPUTED: dict[str, set[str]] = {
    "states_daily": {
        "state_name", "is_on", "is_onset", "value", "threshold", "since", "age_sessions", "share_of_days_on",
        "is_clean", "mart",
    },
    "breadth_daily": {"down_volume_pct"},
    "index_daily": {"close_to_high_252"},
}  # fmt: skip
for _column, _state_id in CONDITIONS.items():
    RECOMPUTED.setdefault(STATES[_state_id].mart, set()).add(_column)


@pytest.fixture(scope="module")
def declared(published: Path) -> list[tuple[dict, str, dict]]:
    """(mart, column, declaration) of every state in the manifest that the sample market was built from."""
    manifest = json.loads((published.parent / "warehouse.dbt" / "manifest.json").read_text())
    return [
        (node, column, state)
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        for column, spec in node["columns"].items()
        for state in spec["config"]["meta"].get("state", [])
    ]


def test_states_are_what_pandas_makes_of_the_marts(market) -> None:
    warehouse, published = market
    listed = read(published, "select * from marts.states_daily order by state_id, session_date")
    by_state = {state_id: rows.set_index("session_date") for state_id, rows in listed.groupby("state_id")}
    expected = recomputed_states(warehouse, published)
    assert set(by_state) == set(expected)
    for state_id, mine in expected.items():
        theirs = by_state[state_id]
        assert list(theirs.index) == list(mine.index), state_id
        assert (theirs.mart == STATES[state_id].mart).all(), state_id
        is_on = theirs.is_on.astype(object).where(theirs.is_on.notna(), None)
        assert is_on.tolist() == mine.is_on.tolist(), state_id
        for column in ("is_onset", "is_clean"):
            assert theirs[column].astype(bool).tolist() == mine[column].tolist(), (state_id, column)
        pd.testing.assert_series_equal(theirs.since, mine.since, check_names=False, check_dtype=False)
        for column in ("value", "threshold", "age_sessions", "share_of_days_on"):
            np.testing.assert_allclose(
                theirs[column].astype(float), mine[column].astype(float), rtol=1e-9, atol=1e-9, err_msg=state_id
            )


@pytest.mark.parametrize("column", CONDITIONS)
def test_a_boolean_column_is_the_condition_of_its_state(market, column: str) -> None:
    state_id = CONDITIONS[column]
    state = STATES[state_id]
    mart = read(market[1], f"select * from marts.{state.mart} order by session_date")
    for name, wanted in (state.rows or {}).items():
        mart = mart[mart[name] == wanted]
    mine = recomputed_states(*market)[state_id].is_on
    theirs = mart.set_index("session_date")[column]
    assert theirs.astype(object).where(theirs.notna(), None).tolist() == mine.tolist()


def test_readings_made_for_states_are_recomputed(market) -> None:
    volumes = read(market[1], "select up_volume_pct, down_volume_pct from marts.breadth_daily")
    np.testing.assert_allclose(volumes.down_volume_pct, 100 - volumes.up_volume_pct, atol=1e-9)
    closes = read(market[1], "select index_id, close, close_to_high_252 from marts.index_daily order by session_date")
    for index_id, days in closes.groupby("index_id"):
        expected = days.close / days.close.rolling(252, min_periods=1).max()
        np.testing.assert_allclose(days.close_to_high_252, expected, atol=1e-9, err_msg=str(index_id))


def test_no_state_is_known_on_no_session(market) -> None:
    """A state whose column is always NULL would pass every comparison; the sample has no exchange counts."""
    known = read(market[1], "select state_id, count(is_on) as n from marts.states_daily group by state_id")
    assert (known.n > 0).all(), known[known.n == 0]


def test_the_declared_states_are_the_ones_recomputed_here_each_once(declared) -> None:
    counts = Counter(state["id"] for _, _, state in declared)
    assert set(counts.values()) == {1}
    assert set(counts) == set(STATES)


def test_a_state_is_published_under_its_declared_name(declared, published) -> None:
    names = read(published, "select distinct state_id, state_name from marts.states_daily")
    declared_names = {state["id"]: state["name"] for _, _, state in declared}
    assert names.set_index("state_id").state_name.to_dict() == {name: declared_names[name] for name in names.state_id}


def test_a_state_is_a_boolean_column_or_values_of_a_text_column(declared) -> None:
    for mart, column, state in declared:
        kind = mart["columns"][column]["data_type"]
        assert kind == ("varchar" if "values" in state else "boolean"), (mart["name"], column)
        assert state.get("values", True), state["id"]


def test_a_declaration_names_columns_and_thresholds_that_exist(declared) -> None:
    with (DBT_PROJECT / "seeds" / "universe" / "thresholds.csv").open(encoding="utf-8", newline="") as file:
        thresholds = {row["threshold_id"] for row in csv.DictReader(file)}
    for mart, column, state in declared:
        assert mart["schema"] == "marts", state["id"]
        assert set(state) <= KEYS, state["id"]
        assert state["name"], state["id"]
        named = {*state.get("known_by", []), *state.get("rows", {})}
        named |= {state["value_column"]} if "value_column" in state else set()
        named |= {"is_clean"} if state.get("reads_breadth") else set()
        assert named <= set(mart["columns"]), (mart["name"], column)
        assert state.get("threshold_id") is None or state["threshold_id"] in thresholds, state["id"]
