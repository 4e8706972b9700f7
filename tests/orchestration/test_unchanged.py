"""A run with nothing new builds nothing; what it leaves is what a build would give; a passing clock makes it build."""

import shutil
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import duckdb
import pytest

from ingestion.settings import DBT_PROJECT, Settings
from ingestion.store import contents
from ingestion.store.warehouse import Warehouse
from orchestration import dbt, unchanged
from tests.conftest import NOW, Turn, failures
from tests.laws import law

#: Models and macros that read the clock. Each compares it with known_at, with a cutoff, or with the end of a load:
#: what contents.published_before looks at. One that reads it in another way must be looked at there first.
READ_THE_CLOCK = {
    "knowledge.sql", "positioning_daily.sql", "int_regime_levels.sql", "int_unanswered.sql", "int_next_releases.sql",
    "int_series_days.sql", "int_sessions.sql", "stg_releases.sql", "stg_price_restatements.sql",
    "stg_positioning_vintages.sql", "stg_price_vintages.sql", "stg_series_vintages.sql",
}  # fmt: skip


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def test_nothing_new_leaves_what_a_build_would_give(small_copy: Settings, turn: Turn, tmp_path: Path) -> None:
    before = digest(small_copy.published_path)
    later = NOW + timedelta(hours=12)
    result = turn(small_copy, clock=lambda: later)
    assert result.success, failures(result)
    assert digest(small_copy.published_path) == before
    assert "unchanged_since" in result.asset_materializations_for_node("published")[0].metadata
    reported = {(check.asset_key, check.check_name) for check in result.get_asset_check_evaluations() if check.passed}

    left = tmp_path / "left.duckdb"
    shutil.copy(small_copy.warehouse_path, left)
    shutil.copytree(small_copy.warehouse_path.with_suffix(".dbt"), left.with_suffix(".dbt"))
    full = turn(small_copy, clock=lambda: later, request={"whole_history": True})
    assert full.success, failures(full)
    assert digest(small_copy.published_path) != before
    assert law.differences(left, small_copy.warehouse_path, NOW.date()) == []
    assert {(check.asset_key, check.check_name) for check in full.get_asset_check_evaluations()} == reported


@pytest.fixture
def remembered(small_copy: Settings) -> tuple[dbt.Build, Warehouse]:
    build = dbt.todays_build(small_copy, NOW + timedelta(hours=12))
    warehouse = Warehouse(small_copy)
    assert unchanged.published_before(build, warehouse) is not None
    return build, warehouse


@pytest.mark.parametrize(
    "change",
    [
        f"update raw.releases set known_at = '{NOW + timedelta(hours=1)}' where rowid = 0",
        "update raw.newest_publication set last_cutoff = as_of + interval 1 second",
        f"update raw.newest_publication set as_of = '{NOW + timedelta(days=1)}'",
        "update raw.newest_publication set identity = 'of other code'",
        "update raw.prices set close = close + 1 where rowid = 0",
        "insert into raw.rejected_rows by name select 1 as batch_id, 'prices' as table_name, 'made up' as reason",
        "update raw.ingestion_runs set status = 'unavailable' where batch_id = 1",
    ],
)
def test_whatever_a_build_could_see_is_built(change: str, remembered: tuple[dbt.Build, Warehouse]) -> None:
    build, warehouse = remembered
    with warehouse.writing() as connection:
        changed = connection.execute(change).fetchall()[0][0]
    assert changed > 0
    assert unchanged.published_before(build, warehouse) is None


def test_another_published_file_or_a_full_request_is_built(remembered: tuple[dbt.Build, Warehouse]) -> None:
    build, warehouse = remembered
    full = dbt.todays_build(build.settings, build.as_of, full=True)
    assert unchanged.published_before(full, warehouse) is None
    with duckdb.connect(str(build.settings.published_path)) as connection:
        connection.execute("update marts.publication set built_at = built_at - interval 1 day")
    assert unchanged.published_before(build, warehouse) is None
    build.settings.published_path.write_bytes(b"damaged")
    assert unchanged.published_before(build, warehouse) is None
    build.settings.published_path.unlink()
    assert unchanged.published_before(build, warehouse) is None


def test_every_reader_of_the_clock_is_known() -> None:
    found = {
        path.name
        for folder in ("models", "macros")
        for path in (DBT_PROJECT / folder).rglob("*.sql")
        if "as_of()" in path.read_text() or 'var("as_of")' in path.read_text()
    }
    assert found == READ_THE_CLOCK


def test_a_publication_is_not_remembered_while_a_source_fails(remembered: tuple[dbt.Build, Warehouse]) -> None:
    build, warehouse = remembered
    with warehouse.writing() as connection:
        connection.execute("update raw.ingestion_runs set status = 'refused'")
    contents.remember_publication(warehouse, "any", NOW, NOW, NOW)
    with warehouse.writing() as connection:
        connection.execute("update raw.ingestion_runs set status = 'ok'")
    assert contents.published_before(warehouse, "any", build.as_of) is None
