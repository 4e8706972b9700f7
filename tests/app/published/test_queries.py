"""Each query of the viewer on the published file: it runs, gives the columns it promises, and pastes as it is shown."""

from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from app.published import any_mart, contents, one_mart, since_a_day
from app.published.answer import Answer, readable
from app.published.file import Published

FIRST, SESSION = date(2024, 9, 3), date(2024, 12, 27)
WHOLE = {"universe_id": "SP500", "segment_id": "ALL"}

QUERIES = {
    "publication": (
        lambda file: contents.publication(file),
        ["market", "is_made_up", "as_of", "last_session", "built_at"],
    ),
    "dictionary": (lambda file: contents.dictionary(file), ["mart", "column_name", "unit", "formula", "meaning"]),
    "marts": (lambda file: contents.marts(file), ["mart", "rows", "meaning"]),
    "columns": (lambda file: contents.columns(file), ["mart", "column_name", "type", "unit", "formula", "meaning"]),
    "sessions_around": (
        lambda file: contents.sessions_around(file, SESSION),
        ["session", "before", "after", "oldest", "newest"],
    ),
    "window_start": (lambda file: contents.window_start(file, SESSION, 63), ["first_session"]),
    "window_start of all": (lambda file: contents.window_start(file, SESSION, None), ["first_session"]),
    "rebased": (
        lambda file: any_mart.rebased(
            file,
            "asset_index_daily",
            "total_return_index",
            "series_id",
            {"stocks": "SPY", "bonds": "TLT"},
            FIRST,
            SESSION,
        ),
        ["session_date", "stocks", "bonds"],
    ),
    "first_row": (lambda file: any_mart.first_row(file, "breadth_daily", **WHOLE), ["first_session"]),
    "weights_note": (lambda file: contents.weights_note(file, SESSION), ["weights_note"]),
    "events": (lambda file: contents.events(file), ["event_id", "event_name", "anchor_session"]),
    "universes": (lambda file: contents.universes(file), ["universe_id", "segment_id"]),
    "history": (
        lambda file: any_mart.history(file, "breadth_daily", ["advances", "declines"], FIRST, SESSION, **WHOLE),
        ["session_date", "advances", "declines", "null_reason"],
    ),
    "history of the index": (
        lambda file: any_mart.history(file, "index_daily", ["close"], FIRST, SESSION, index_id="SP500"),
        ["session_date", "close"],
    ),
    "on_session": (
        lambda file: any_mart.on_session(
            file, "breadth_daily", ["segment_id", "valid"], SESSION, ["valid desc"], segment_id="ALL"
        ),
        ["segment_id", "valid"],
    ),
    "every_row": (
        lambda file: any_mart.every_row(
            file, "data_quality", ["series_id", "rows_held"], ["series_id"], check_id="freshness"
        ),
        ["series_id", "rows_held"],
    ),
    "up_to": (
        lambda file: any_mart.up_to(
            file, "regime_spells", ["start_date", "closed_on", "quadrant"], "closed_on", SESSION
        ),
        ["start_date", "closed_on", "quadrant"],
    ),
    "spells": (
        lambda file: any_mart.spells(file, "breadth_daily", "participation_state", FIRST, SESSION, **WHOLE),
        ["state", "from_session", "to_session", "sessions", "until"],
    ),
    "across": (
        lambda file: any_mart.across(
            file,
            "equity_correlation_daily",
            "avg_pairwise_corr",
            "window_sessions",
            {"near": 21, "far": 63},
            FIRST,
            SESSION,
            universe_id="SP500",
        ),
        ["session_date", "near", "far"],
    ),
    "event_strip": (
        lambda file: one_mart.event_strip(file, contents.events(file).rows["event_id"].iloc[0], SESSION),
        ["series_id", "session_date", "until", "price_chg_pct", "below_anchor"],
    ),
    "term_curves": (
        lambda file: one_mart.term_curves(file, SESSION),
        ["session_date", "sessions_ago", "tenor", "value"],
    ),
    "correlation_matrix": (
        lambda file: one_mart.correlation_matrix(file, SESSION, 63),
        ["asset_a", "asset_b", "correlation"],
    ),
    "month_returns": (
        lambda file: one_mart.month_returns(file, SESSION),
        ["session_date", "quadrant", "asset", "n", "median"],
    ),
    "state_spells": (
        lambda file: one_mart.state_spells(file, "volatility_calm", "SP500", 5),
        ["from_session", "to_session", "sessions"],
    ),
    "change_since": (
        lambda file: since_a_day.change_since(file, FIRST, SESSION),
        ["series_id", "change_pct", "previous_pct"],
    ),
    "performance_since": (
        lambda file: since_a_day.performance_since(file, FIRST, SESSION),
        ["series_id", "session_date", "until", "index_100", "rel_vs_spx_pp", "max_drawdown_since_pct", "below_anchor"],
    ),
    "drivers_since": (
        lambda file: since_a_day.drivers_since(file, FIRST, SESSION),
        ["session_date", "driver_id", "block", "contribution_event_bp"],
    ),
    "gaps": (
        lambda file: one_mart.gaps(file),
        ["series_id", "table_name", "first_obs_date", "rows_expected", "gaps", "coverage"],
    ),
    "coverage_by_year": (
        lambda file: one_mart.coverage_by_year(file),
        ["universe_id", "year", "coverage", "gaps", "reason"],
    ),
    "level_ages": (
        lambda file: one_mart.level_ages(file, date(2024, 12, 2), SESSION),
        ["session_date", "series_id", "obs_date", "age_sessions", "null_reason"],
    ),
}
MAY_BE_EMPTY = {"gaps", "weights_note"}


@pytest.fixture
def published_sample(sample: Path) -> Published:
    """The published file of the sample market, ready for queries."""
    return Published(sample)


@pytest.mark.parametrize("name", QUERIES)
def test_every_query_gives_its_columns_and_the_sql_shown_gives_the_same(published_sample, name):
    run, columns = QUERIES[name]
    answer = run(published_sample)
    assert answer.missing == ()
    assert set(columns) <= set(answer.rows.columns)
    assert len(answer.rows) > 0 or name in MAY_BE_EMPTY
    assert "$" not in answer.sql
    with duckdb.connect(str(published_sample.path), read_only=True) as connection:
        pasted = connection.execute(answer.sql).df()
    pd.testing.assert_frame_equal(pasted, answer.rows)


def test_every_public_query_is_tested():
    public = {
        name
        for module in (any_mart, contents, one_mart, since_a_day)
        for name, thing in vars(module).items()
        if callable(thing) and getattr(thing, "__module__", "") == module.__name__ and not name.startswith("_")
    }
    assert public == {name.split(" ")[0] for name in QUERIES}


def test_a_neighbouring_session_is_the_next_row_and_a_window_counts_sessions(published_sample):
    around = contents.sessions_around(published_sample, date(2024, 12, 25)).rows.iloc[0]
    days = [f"{around[name]:%m-%d}" for name in ("before", "session", "after")]
    assert days == ["12-23", "12-24", "12-26"]
    first = contents.window_start(published_sample, SESSION, 63).rows["first_session"].iloc[0].date()
    assert len(any_mart.history(published_sample, "breadth_daily", ["valid"], first, SESSION, **WHOLE).rows) == 63


def test_before_the_first_session_the_first_is_shown(published_sample):
    around = contents.sessions_around(published_sample, date(1980, 1, 1)).rows.iloc[0]
    assert around["session"] == around["oldest"]
    assert pd.isna(around["before"])


def test_spells_tile_the_window(published_sample):
    spells = any_mart.spells(published_sample, "breadth_daily", "participation_state", FIRST, SESSION, **WHOLE).rows
    days = any_mart.history(published_sample, "breadth_daily", ["valid"], FIRST, SESSION, **WHOLE).rows
    assert spells["sessions"].sum() == len(days)
    assert (spells["until"].iloc[:-1].to_numpy() == spells["from_session"].iloc[1:].to_numpy()).all()
    assert (spells["state"] != spells["state"].shift()).all()


@pytest.mark.parametrize("text", ["' or 1 = 1 --", "x'; drop table marts.breadth_daily; --", "$first"])
def test_an_outside_value_is_never_part_of_the_query(published_sample, text):
    answer = any_mart.on_session(published_sample, "breadth_daily", ["valid"], SESSION, universe_id=text)
    assert answer.rows.empty
    assert contents.universes(published_sample).rows.shape[0] > 0


@pytest.mark.parametrize("name", ["valid; drop table x", "no_such_column"])
def test_only_names_the_file_has_reach_a_query(published_sample, name):
    answer = any_mart.every_row(published_sample, "breadth_daily", [name])
    assert answer.rows.empty
    assert answer.missing == (name,)
    with pytest.raises(KeyError):
        any_mart.every_row(published_sample, "breadth_daily", ["valid"], [name])
    with pytest.raises(KeyError):
        any_mart.every_row(published_sample, "breadth_daily", ["valid"], **{name: 1})


def test_a_mart_that_is_not_there_is_missing_and_no_error(published_sample):
    assert published_sample.columns("no_such_mart") == ()
    assert any_mart.history(published_sample, "no_such_mart", ["x"], FIRST, SESSION).missing == ("session_date", "x")


def test_parameters_are_written_as_sql_literals():
    shown = readable("a = $a and b = $b and c = $c and d = $d", {"a": "it's", "b": SESSION, "c": None, "d": True})
    assert shown == "a = 'it''s' and b = date '2024-12-27' and c = null and d = true"


def test_a_rebased_series_is_100_on_its_first_session_and_moves_with_it(published):
    with Published(published) as file:
        levels = any_mart.across(
            file, "asset_index_daily", "total_return_index", "series_id", {"bonds": "TLT"}, FIRST, SESSION
        ).rows["bonds"]
        rebased = any_mart.rebased(
            file, "asset_index_daily", "total_return_index", "series_id", {"bonds": "TLT"}, FIRST, SESSION
        ).rows["bonds"]
    assert rebased.iloc[0] == 100
    assert rebased.iloc[-1] == pytest.approx(100 * levels.iloc[-1] / levels.iloc[0])
    assert rebased.iloc[-1] != 100


def test_a_day_is_measured_from_as_an_event_is_by_its_marts(published_sample):
    event = contents.events(published_sample).rows.iloc[-1]
    anchor = event.anchor_session.date()
    columns = ["total_return_pct", "index_100", "max_drawdown_since_pct"]
    of_event = any_mart.on_session(
        published_sample, "event_performance_daily", ["series_id", "anchor_stale_days", *columns], SESSION,
        event_id=event.event_id,
    ).rows.set_index("series_id")  # fmt: skip
    of_event = of_event[of_event["anchor_stale_days"].isna()]
    days = since_a_day.performance_since(published_sample, anchor, SESSION).rows
    of_day = days[days["session_date"] == pd.Timestamp(SESSION)].set_index("series_id")
    both = of_event.index.intersection(of_day.index)
    assert len(both) > 5
    pd.testing.assert_frame_equal(of_day.loc[both, columns], of_event.loc[both, columns])
    drivers = any_mart.on_session(
        published_sample, "event_drivers_daily", ["driver_id", "contribution_event_bp"], SESSION,
        event_id=event.event_id,
    ).rows.set_index("driver_id")["contribution_event_bp"]  # fmt: skip
    summed = since_a_day.drivers_since(published_sample, anchor, SESSION).rows
    summed = summed[summed["session_date"] == pd.Timestamp(SESSION)].set_index("driver_id")["contribution_event_bp"]
    pd.testing.assert_series_equal(summed.sort_index(), drivers.sort_index())


def test_a_cell_of_a_csv_is_no_formula():
    rows = pd.DataFrame(
        {
            "session_date": pd.to_datetime(["2024-12-27"] * 5),
            "name": ["=1+1", "+1", "-1", "@sum(a1)", "a = b"],
            "value": [-1.5, 2, 3, 4, 5],
        }
    )
    lines = Answer(rows, "marts.x", "").as_csv().splitlines()
    assert lines[1] == "2024-12-27,'=1+1,-1.5"
    assert [line.split(",")[1] for line in lines[2:]] == ["'+1", "'-1", "'@sum(a1)", "a = b"]
