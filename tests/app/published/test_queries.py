"""Each query of the viewer on the published file: it runs, gives the columns it promises, and pastes as it is shown."""

import os
import shutil
from datetime import date

import duckdb
import pandas as pd
import pytest

from app.published import marts, reader
from app.published.answer import readable

FIRST, SESSION = date(2024, 9, 3), date(2024, 12, 27)
WHOLE = {"universe_id": "SP500", "segment_id": "ALL"}

QUESTIONS = {
    "publication": (lambda: marts.publication(), ["market", "is_made_up", "as_of", "last_session", "built_at"]),
    "dictionary": (lambda: marts.dictionary(), ["mart", "column_name", "unit", "formula", "meaning"]),
    "sessions_around": (lambda: marts.sessions_around(SESSION), ["session", "before", "after", "oldest", "newest"]),
    "window_start": (lambda: marts.window_start(SESSION, 63), ["first_session"]),
    "window_start of all": (lambda: marts.window_start(SESSION, None), ["first_session"]),
    "first_row": (lambda: marts.first_row("breadth_daily", **WHOLE), ["first_session"]),
    "events": (lambda: marts.events(), ["event_id", "event_name", "anchor_session"]),
    "universes": (lambda: marts.universes(), ["universe_id", "segment_id"]),
    "history": (
        lambda: marts.history("breadth_daily", ["advances", "declines"], FIRST, SESSION, **WHOLE),
        ["session_date", "advances", "declines", "null_reason"],
    ),
    "history of the index": (
        lambda: marts.history("index_daily", ["close"], FIRST, SESSION, index_id="SP500"), ["session_date", "close"]
    ),
    "on_session": (
        lambda: marts.on_session("breadth_daily", ["segment_id", "valid"], SESSION, ["valid desc"], segment_id="ALL"),
        ["segment_id", "valid"],
    ),
    "rows": (
        lambda: marts.rows("data_quality", ["series_id", "rows_held"], ["series_id"], check_id="freshness"),
        ["series_id", "rows_held"],
    ),
    "up_to": (
        lambda: marts.up_to("regime_spells", ["start_date", "closed_on", "quadrant"], "closed_on", SESSION),
        ["start_date", "closed_on", "quadrant"],
    ),
    "spells": (
        lambda: marts.spells("breadth_daily", "participation_state", FIRST, SESSION, **WHOLE),
        ["state", "from_session", "to_session", "sessions", "until"],
    ),
    "across": (
        lambda: marts.across(
            "equity_correlation_daily", "avg_pairwise_corr", "window_sessions", {"near": 21, "far": 63}, FIRST, SESSION,
            universe_id="SP500",
        ),
        ["session_date", "near", "far"],
    ),
    "event_strip": (
        lambda: marts.event_strip(marts.events().frame["event_id"].iloc[0], SESSION),
        ["series_id", "session_date", "until", "price_chg_pct", "below_anchor"],
    ),
    "term_curves": (lambda: marts.term_curves(SESSION), ["session_date", "sessions_ago", "tenor", "value"]),
    "correlation_matrix": (lambda: marts.correlation_matrix(SESSION, 63), ["asset_a", "asset_b", "correlation"]),
    "gaps": (lambda: marts.gaps(), ["series_id", "table_name", "first_obs_date", "rows_expected", "gaps", "coverage"]),
    "coverage_by_year": (lambda: marts.coverage_by_year(), ["universe_id", "year", "coverage", "gaps", "reason"]),
    "level_ages": (
        lambda: marts.level_ages(date(2024, 12, 2), SESSION),
        ["session_date", "series_id", "obs_date", "age_sessions", "null_reason"],
    ),
}  # fmt: skip
MAY_BE_EMPTY = {"gaps"}


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_gives_its_columns_and_the_sql_shown_gives_the_same(sample, name):
    ask, columns = QUESTIONS[name]
    answer = ask()
    assert answer.missing == ()
    assert set(columns) <= set(answer.frame.columns)
    assert len(answer.frame) > 0 or name in MAY_BE_EMPTY
    assert "$" not in answer.sql
    with duckdb.connect(str(sample), read_only=True) as connection:
        pasted = connection.execute(answer.sql).df()
    pd.testing.assert_frame_equal(pasted, answer.frame)


def test_every_public_question_is_tested():
    own = {
        name
        for name, thing in vars(marts).items()
        if callable(thing) and getattr(thing, "__module__", "") == "app.published.marts" and not name.startswith("_")
    }
    tested = {name.split(" ")[0] for name in QUESTIONS}
    assert own - tested == {"ask", "columns", "published_path", "NothingPublished"}


def test_a_neighbouring_session_is_the_next_row_and_a_window_counts_sessions(sample):
    around = marts.sessions_around(date(2024, 12, 25)).frame.iloc[0]
    days = [f"{around[name]:%m-%d}" for name in ("before", "session", "after")]
    assert days == ["12-23", "12-24", "12-26"]
    first = marts.window_start(SESSION, 63).frame["first_session"].iloc[0].date()
    assert len(marts.history("breadth_daily", ["valid"], first, SESSION, **WHOLE).frame) == 63


def test_before_the_first_session_the_first_is_shown(sample):
    around = marts.sessions_around(date(1980, 1, 1)).frame.iloc[0]
    assert around["session"] == around["oldest"]
    assert pd.isna(around["before"])


def test_spells_tile_the_window(sample):
    spells = marts.spells("breadth_daily", "participation_state", FIRST, SESSION, **WHOLE).frame
    days = marts.history("breadth_daily", ["valid"], FIRST, SESSION, **WHOLE).frame
    assert spells["sessions"].sum() == len(days)
    assert (spells["until"].iloc[:-1].to_numpy() == spells["from_session"].iloc[1:].to_numpy()).all()
    assert (spells["state"] != spells["state"].shift()).all()


@pytest.mark.parametrize("text", ["' or 1 = 1 --", "x'; drop table marts.breadth_daily; --", "$first"])
def test_an_outside_value_is_never_part_of_the_query(sample, text):
    answer = marts.on_session("breadth_daily", ["valid"], SESSION, universe_id=text)
    assert answer.frame.empty
    assert marts.universes().frame.shape[0] > 0


@pytest.mark.parametrize("name", ["valid; drop table x", "no_such_column"])
def test_only_names_the_file_has_reach_a_query(sample, name):
    answer = marts.rows("breadth_daily", [name])
    assert answer.frame.empty
    assert answer.missing == (name,)
    with pytest.raises(KeyError):
        marts.rows("breadth_daily", ["valid"], [name])
    with pytest.raises(KeyError):
        marts.rows("breadth_daily", ["valid"], **{name: 1})


def test_a_mart_that_is_not_there_is_missing_and_no_error(sample):
    assert marts.columns("no_such_mart") == ()
    assert marts.history("no_such_mart", ["x"], FIRST, SESSION).missing == ("session_date", "x")


def test_without_a_file_the_question_says_so(nothing):
    with pytest.raises(marts.NothingPublished):
        marts.publication()


def test_the_file_is_opened_read_only_and_let_go(sample):
    before = sample.stat().st_mtime_ns
    with pytest.raises(duckdb.Error):
        marts.ask("breadth_daily", "create table marts.mine as select 1")
    marts.publication()
    duckdb.connect(str(sample)).close()
    assert sample.stat().st_mtime_ns == before


def test_a_page_sees_the_file_that_was_swapped_in_while_it_was_drawn(tiny, tmp_path):
    newer = shutil.copy(tiny(last="2024-12-27"), tmp_path / "newer.duckdb")
    path = tiny(last="2024-12-26")
    with reader.one_opening(), reader.one_opening():
        assert str(marts.publication().frame["last_session"][0].date()) == "2024-12-26"
        os.replace(newer, path)
        assert str(marts.publication().frame["last_session"][0].date()) == "2024-12-27"
    duckdb.connect(str(path)).close()  # to write: nobody holds it any more


def test_a_page_opens_the_file_once(sample, monkeypatch):
    opened = []
    attach = reader._attach

    def counted(path):
        opened.append(path)
        attach(path)

    monkeypatch.setattr(reader, "_attach", counted)
    reader.read.cache_clear()
    with reader.one_opening():
        marts.publication()
        marts.universes()
    assert len(opened) == 1


def test_a_caller_cannot_change_what_the_next_one_gets(sample):
    frame = marts.universes().frame
    frame["universe_id"] = "mine"
    assert "mine" not in set(marts.universes().frame["universe_id"])


def test_parameters_are_written_as_sql_literals():
    shown = readable("a = $a and b = $b and c = $c and d = $d", {"a": "it's", "b": SESSION, "c": None, "d": True})
    assert shown == "a = 'it''s' and b = date '2024-12-27' and c = null and d = true"
