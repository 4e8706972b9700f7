"""The log of verdicts: each as published, once, for good; carried in every published file and never written as of."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from ingestion.settings import Settings
from ingestion.store.publication import publish
from ingestion.store.vintages import creation
from ingestion.store.warehouse import Warehouse
from ingestion.tables import VERDICT_LOG
from tests.ingestion.store.test_publication import STAMP, query

LOGGED = """
    select session_date, headline, built_at, rule_version, git_revision from {schema}.verdict_log order by built_at
"""

#: The sentences of each verdict: its headline.
SENTENCES = """
    create or replace table marts.verdict_lines as
    select session_date, 'SP500' as universe_id, 'day' as section, 1 as position, headline as sentence
    from marts.verdict_daily
"""


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A warehouse with an empty log and the verdicts of two sessions."""
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema raw")
        connection.execute(creation(VERDICT_LOG))
        connection.execute("create schema marts")
        connection.execute(
            """
            create table marts.verdict_daily as
            select
                session_date, 'SP500' as universe_id, false as is_final, true as complete, 'Stress' as headline,
                'It fell.' as body,
                71.5 as selling_pressure, 'rates' as why_primary, 'mixed' as shock_class, 'calm' as risk_state,
                'stress' as when_stage, 'Wrong if it rises.' as falsifier, '[]' as evidence, 'selling' as day_state,
                3 as stage_age_sessions, 'one_shock' as call_id, 'Everything is sold together.' as call,
                93 as call_times_known, 11 as call_hits_known, 0.19::double as call_vix_known
            from (values (date '2024-12-26'), (date '2024-12-27')) as days(session_date)
            """
        )
        connection.execute(SENTENCES)
        connection.execute(
            "create table marts.dictionary as "
            "select 'verdict_log' as mart, 'headline' as column_name, 'What it''s about.' as meaning"
        )
    return path


def change(path: Path, sql: str) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute(sql)
        connection.execute(SENTENCES)


def log(path: Path, schema: str = "marts") -> list[tuple]:
    return query(path, LOGGED.format(schema=schema))


def later(minutes: int, **changes: object):
    return replace(STAMP, built_at=STAMP.built_at + timedelta(minutes=minutes), **changes)


def test_the_newest_verdict_is_logged_as_published(built: Path, tmp_path: Path) -> None:
    target = tmp_path / "published.duckdb"
    publish(built, target, STAMP)
    assert log(target) == [(date(2024, 12, 27), "Stress", STAMP.built_at, "1a2b3c4d", "abc1234")]
    assert log(built, "raw") == log(target)
    assert query(target, "select comment from duckdb_columns() where table_name = 'verdict_log' and comment <> ''") == [
        ("What it's about.",)
    ]


def test_the_same_verdict_again_adds_nothing_and_a_changed_one_a_row(built: Path, tmp_path: Path) -> None:
    target = tmp_path / "published.duckdb"
    publish(built, target, STAMP)
    publish(built, target, later(10, git_revision="def5678"))
    change(built, "update marts.verdict_daily set selling_pressure = selling_pressure + 1e-14")
    publish(built, target, later(20))
    assert len(log(target)) == 1, "the last digit of a sum is no other verdict"
    change(built, "update marts.verdict_daily set headline = 'Washout' where session_date = date '2024-12-27'")
    publish(built, target, later(30, rule_version="5e6f7a8b", git_revision="def5678"))
    publish(built, target, later(40))
    assert log(target) == [
        (date(2024, 12, 27), "Stress", STAMP.built_at, "1a2b3c4d", "abc1234"),
        (date(2024, 12, 27), "Washout", STAMP.built_at + timedelta(minutes=30), "5e6f7a8b", "def5678"),
    ]
    change(built, "update marts.verdict_daily set headline = 'Stress' where session_date = date '2024-12-27'")
    publish(built, target, later(50))
    assert [row[1] for row in log(target)] == ["Stress", "Washout", "Stress"], "held against the newest alone"
    assert log(built, "raw") == log(target)


def test_the_sentences_are_logged_with_their_sections(built: Path, tmp_path: Path) -> None:
    target = tmp_path / "published.duckdb"
    publish(built, target, STAMP)
    assert query(target, "select day_state, stage_age_sessions, lines from marts.verdict_log") == [
        ("selling", 3, '[{"section":"day","position":1,"sentence":"Stress"}]')
    ]


def test_the_call_is_logged_with_its_track_record_of_that_night(built: Path, tmp_path: Path) -> None:
    target = tmp_path / "published.duckdb"
    publish(built, target, STAMP)
    record = "select call_id, call, call_times_known, call_hits_known, call_vix_known from marts.verdict_log"
    assert query(target, record) == [("one_shock", "Everything is sold together.", 93, 11, 0.19)]


def test_a_log_from_before_the_call_keeps_its_rows_when_a_verdict_is_added(built: Path, tmp_path: Path) -> None:
    change(
        built,
        "insert into raw.verdict_log by name "
        "select date '2024-12-24' as session_date, timestamp '2024-12-24 23:00' as built_at, 'Calm' as headline",
    )
    target = tmp_path / "published.duckdb"
    publish(built, target, STAMP)
    columns = "select headline, call, call_times_known from {}.verdict_log order by session_date"
    expected = [("Calm", None, None), ("Stress", "Everything is sold together.", 93)]
    assert query(target, columns.format("marts")) == query(built, columns.format("raw")) == expected


def test_a_log_from_before_the_sentences_keeps_its_rows_and_takes_the_new_ones(tmp_path: Path) -> None:
    warehouse = Warehouse(Settings(data=tmp_path, market="sample"))
    warehouse.create()
    with warehouse.writing() as connection:
        connection.execute(
            "create or replace table raw.verdict_log as select * exclude (day_state, lines, call) from raw.verdict_log"
        )
        connection.execute(
            "insert into raw.verdict_log by name select date '2024-12-24' as session_date, 'Calm' as headline"
        )
    warehouse.create()
    with warehouse.reading() as connection:
        assert connection.execute("select headline, day_state, lines, call from raw.verdict_log").fetchall() == [
            ("Calm", None, None, None)
        ]


def test_what_turns_final_is_another_verdict(built: Path, tmp_path: Path) -> None:
    target = tmp_path / "published.duckdb"
    publish(built, target, STAMP)
    change(built, "update marts.verdict_daily set is_final = true")
    publish(built, target, later(600))
    assert query(target, "select is_final from marts.verdict_log order by built_at") == [(False,), (True,)]


def test_a_verdict_of_an_earlier_session_is_history_and_not_logged(built: Path, tmp_path: Path) -> None:
    target = tmp_path / "published.duckdb"
    publish(built, target, STAMP)
    change(built, "update marts.verdict_daily set headline = 'Restated' where session_date = date '2024-12-26'")
    publish(built, target, later(10))
    assert [row[1] for row in log(target)] == ["Stress"]


def test_a_market_that_ends_earlier_than_its_log_is_published(built: Path, tmp_path: Path) -> None:
    target = tmp_path / "published.duckdb"
    publish(built, target, STAMP)
    change(built, "delete from marts.verdict_daily where session_date = date '2024-12-27'")
    assert publish(built, target, later(10)).last_session == date(2024, 12, 26)
    assert [row[0] for row in log(target)] == [date(2024, 12, 27), date(2024, 12, 26)]


def test_what_was_not_published_is_not_logged(built: Path, tmp_path: Path) -> None:
    change(built, "create table marts.z_mart (given integer, cannot_be_copied integer as (given + 1))")
    with pytest.raises(duckdb.BinderException):
        publish(built, tmp_path / "published.duckdb", STAMP)
    assert log(built, "raw") == []


def test_a_build_as_of_a_past_session_has_no_raw_tables_and_no_log(built: Path, tmp_path: Path) -> None:
    change(built, "drop schema raw cascade")
    publish(built, tmp_path / "2024-12-27.duckdb", STAMP)
    assert query(tmp_path / "2024-12-27.duckdb", "select 1 from duckdb_tables() where table_name = 'verdict_log'") == []


def test_the_sample_market_carries_its_log(published: Path, sample_settings: Settings) -> None:
    verdict = query(published, "select session_date, headline, body, evidence from marts.verdict_daily order by 1")[-1]
    assert query(published, "select session_date, headline, body, evidence from marts.verdict_log") == [verdict]
    told = query(published, "select rule_version, git_revision, built_at, as_of from marts.publication")
    assert query(published, "select rule_version, git_revision, built_at, as_of from marts.verdict_log") == told
    assert log(sample_settings.warehouse_path, "raw") == log(published)


def test_the_dictionary_describes_the_log_as_it_is(published: Path) -> None:
    described = """
        select column_name, data_type, meaning from marts.dictionary where mart = 'verdict_log' order by position
    """
    held = """
        select column_name, lower(data_type), comment from duckdb_columns()
        where schema_name = 'marts' and table_name = 'verdict_log' order by column_index
    """
    assert query(published, described) == query(published, held)
    assert len(query(published, held)) == 24
