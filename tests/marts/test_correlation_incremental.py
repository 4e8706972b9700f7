"""The pairwise correlation is built incrementally: a daily run computes the sessions from the first changed one on, and
equals a full build whatever changed."""

import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from ingestion.settings import DBT_PROJECT, Settings
from orchestration import dbt

MODELS = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
SELECTION = ("--select", "+equity_correlation_daily")
KEY = ["session_date", "universe_id", "window_sessions"]


@pytest.fixture
def market(small_copy: Settings) -> Settings:
    """The small market's warehouse, which a test may change."""
    return small_copy


def build(settings: Settings, full: bool = False) -> pd.DataFrame:
    """Build the mart and what stands before it; the mart in the order of its key."""
    nodes = dbt.run("build", dbt.Build(settings, settings.warehouse_path, full=full), (*SELECTION, *MODELS))
    dbt.require_green(nodes)
    return read(settings, f"select * from marts.equity_correlation_daily order by {', '.join(KEY)}")


def read(settings: Settings, query: str) -> pd.DataFrame:
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as connection:
        return connection.execute(query).df()


def write(settings: Settings, *statements: str) -> None:
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        for statement in statements:
            connection.execute(statement).fetchall()


def assert_equal(incremental: pd.DataFrame, full: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(incremental, full, check_exact=False, rtol=0, atol=1e-9)


def test_a_daily_run_computes_only_the_new_session(market: Settings) -> None:
    last, before = read(
        market, "select distinct session_date from intermediate.int_correlation_windows order by 1 desc limit 2"
    ).session_date.dt.date
    write(
        market,
        "create table main.kept as select * from raw.prices "
        f"where obs_date = '{last}'; delete from raw.prices where obs_date = '{last}'",
    )
    build(market, full=True)
    write(
        market,
        "update main.kept set batch_id = (select max(batch_id) + 1 from raw.prices)",
        "insert into raw.prices select * from main.kept",
        # what an earlier session would lose if it were computed again
        "update intermediate.int_correlation_windows set weighted_sigma = 1000",
    )
    build(market)
    marked = read(
        market,
        "select max(session_date) as last from intermediate.int_correlation_windows where weighted_sigma = 1000",
    )
    assert marked["last"].dt.date[0] == before
    windows = read(market, f"select * from intermediate.int_correlation_windows where session_date = '{last}'")
    assert len(windows) == 2
    assert (windows.names_used >= 30).all()


def test_a_run_after_nothing_changed_computes_nothing(market: Settings) -> None:
    write(market, "update intermediate.int_correlation_windows set weighted_sigma = 1000")
    build(market)
    left = read(market, "select count(*) as rows from intermediate.int_correlation_windows where weighted_sigma = 1000")
    every = read(market, "select count(*) as rows from intermediate.int_correlation_windows")
    assert left.rows[0] == every.rows[0]


def test_a_table_that_other_sql_built_is_built_from_nothing(market: Settings, tmp_path: Path) -> None:
    project = tmp_path / "dbt_project"
    shutil.copytree(DBT_PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    with (project / "macros" / "correlation_windows.sql").open("a") as macro:
        macro.write("{# one word more #}\n")
    write(market, "update intermediate.int_correlation_windows set weighted_sigma = 1000")
    changed = dbt.Build(market, market.warehouse_path, project=project)
    dbt.require_green(dbt.run("build", changed, ("--select", "int_correlation_windows", *MODELS)))
    left = read(market, "select count(*) as rows from intermediate.int_correlation_windows where weighted_sigma = 1000")
    assert left.rows[0] == 0


def test_incremental_equals_full_after_every_kind_of_change(market: Settings) -> None:
    sessions = read(
        market, "select distinct session_date from intermediate.int_correlation_windows order by 1 desc limit 60"
    ).session_date.dt.strftime("%Y-%m-%d")
    members = read(
        market,
        f"""
        select security_id
        from raw.index_membership
        inner join (
            select security_id from raw.prices group by security_id having count(*) filter (where close is null) = 0
        ) using (security_id)
        where index_id = 'SP500' and valid_to is null and valid_from <= '{sessions[59]}'
            and security_id in (select security_id from raw.prices where obs_date = '{sessions[40]}')
        order by security_id
        """,
    ).security_id.tolist()
    restated, split, late, leaver = members[:4]
    entrant = read(
        market,
        f"""
        select min(security_id) as security_id from raw.prices
        where obs_date = '{sessions[40]}'
            and security_id not in (select security_id from raw.index_membership where index_id = 'SP500')
        """,
    ).security_id[0]

    # as it stood before: without the last session, and without one row of one name
    write(
        market,
        f"""
        create table main.kept as select * from raw.prices
        where obs_date = '{sessions[0]}' or (security_id = {late} and obs_date = '{sessions[40]}')
        """,
        f"""
        delete from raw.prices
        where obs_date = '{sessions[0]}' or (security_id = {late} and obs_date = '{sessions[40]}')
        """,
    )
    before = build(market, full=True)

    batch = "(select max(batch_id) + 1 from raw.prices)"
    write(
        market,
        f"update main.kept set batch_id = {batch}",
        "insert into raw.prices select * from main.kept",
        f"""
        insert into raw.prices
        select * replace (close * 1.04 as close, adj_close * 1.04 as adj_close, {batch} as batch_id)
        from raw.prices where security_id = {restated} and obs_date = '{sessions[5]}'
        """,
        f"""
        insert into raw.prices
        select * replace (
            close / 3 as close, adj_close / 3 as adj_close, volume * 3 as volume,
            case when obs_date = '{sessions[0]}' then 3.0 else split end as split, {batch} as batch_id
        )
        from raw.prices where security_id = {split}
        """,
        f"""
        insert into raw.index_membership
        select * replace (
            date '{sessions[10]}' as valid_to, timestamp '{sessions[10]}' as known_at, batch_id + 1000 as batch_id
        )
        from raw.index_membership where index_id = 'SP500' and security_id = {leaver}
        """,
        f"""
        insert into raw.index_membership
        select * replace (
            {entrant} as security_id, date '{sessions[20]}' as valid_from, null as valid_to,
            timestamp '{sessions[20]}' as known_at
        )
        from raw.index_membership where index_id = 'SP500' and security_id = {leaver} limit 1
        """,
        f"""
        insert into raw.index_weights
        select * replace (weight * 1.5 as weight, batch_id + 1000 as batch_id)
        from raw.index_weights
        where index_id = 'SP500' and security_id = {restated}
            and obs_date = (select max(obs_date) from raw.index_weights)
        """,
    )
    incremental = build(market)
    full = build(market, full=True)
    assert_equal(incremental, full)

    common = before.merge(full, on=KEY, suffixes=("_before", ""))
    moved = (common.implied_form_corr - common.implied_form_corr_before).abs() > 1e-9
    assert moved.any()
    assert len(full) > len(before)
