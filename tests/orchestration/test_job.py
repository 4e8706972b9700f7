"""The job end to end: what it loads, builds, checks and publishes, and what a failure leaves standing."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import duckdb

from ingestion import markets
from ingestion.settings import DBT_PROJECT, Settings
from ingestion.sources.base import Delivery, SourceUnavailable, Window
from ingestion.store.audit import headline, row_counts
from ingestion.store.warehouse import Warehouse
from ingestion.tables import TABLES
from orchestration.assets.raw import FRESHNESS
from orchestration.definitions import build_defs
from tests.conftest import NOW, failures
from tests.run_record import RunRecord
from tests.subjects import SUBJECTS


class Silent:
    """A source that answers everything but the tables it is told not to."""

    name = "sample"
    tables = frozenset(TABLES)

    def __init__(self, settings: Settings, unavailable: set[str]) -> None:
        self.unavailable = unavailable
        self.inner = markets.sources(settings)["prices"]

    def fetch(self, table: str, window: Window) -> Iterator[Delivery]:
        """Raises SourceUnavailable for some tables."""
        if table in self.unavailable:
            raise SourceUnavailable(f"sample: {table} did not answer")
        yield from self.inner.fetch(table, window)


def raw(name: str) -> dg.AssetKey:
    return dg.AssetKey(["raw", name])


def silence(tables: set[str]):
    """Sources of the sample market of which some tables do not answer."""
    return lambda settings, clock: dict.fromkeys(TABLES, Silent(settings, tables))


def test_the_graph_goes_from_raw_to_publication(sample_settings: Settings) -> None:
    graph = build_defs(sample_settings).resolve_asset_graph()
    keys = graph.get_all_asset_keys()
    assert {raw(table) for table in (*TABLES, "sessions", "releases", "rejected_rows", "ingestion_runs")} <= keys
    marts = {key for key in keys if key.path[0] == "marts"}
    assert dg.AssetKey(["marts", "breadth_daily"]) in marts
    assert graph.get(dg.AssetKey("published")).parent_keys == marts
    assert {graph.get(key).group_name for key in marts} <= {*SUBJECTS, "quality"}
    assert graph.get(raw("prices")).group_name == "raw"
    assert graph.get(raw("prices")).freshness_policy == FRESHNESS
    assert graph.get(dg.AssetKey(["intermediate", "int_name_days"])).group_name == "names"


def test_no_asset_of_the_graph_is_left_outside(sample_settings: Settings) -> None:
    graph = build_defs(sample_settings).resolve_asset_graph()
    outside = [key.to_user_string() for key in graph.get_all_asset_keys() if not graph.get(key).is_executable]
    assert outside == []


def test_every_check_of_the_sample_is_green(sample_run: RunRecord) -> None:
    found = sample_run.checks
    assert [name for name, check in found.items() if not check.passed] == []
    own = {"source_answered", "last_session_loaded", "coverage_above_floor", "nothing_from_the_future"}
    assert own <= {name for _, name in found}
    assert len(found) > len(TABLES) + 3, "the data tests of dbt are checks too"


def test_each_raw_table_is_reconciled(sample_run: RunRecord) -> None:
    for table in TABLES:
        told = sample_run.metadata[f"raw/{table}"]
        assert told["received"] == sum(told[part] for part in ("new", "unchanged", "restated", "rejected")), table
        assert told["received"] > 0, table
        assert "|" in str(told["preview"])


def test_a_model_says_how_long_it_took_and_how_long_the_engine(sample_run: RunRecord) -> None:
    told = sample_run.metadata["intermediate/int_name_days"]
    assert 0 < told["engine_seconds"] < told["seconds"]


def test_publication_says_what_it_is(sample_run: RunRecord, published: Path) -> None:
    told = sample_run.metadata["published"]
    numbers = headline(published)
    assert told["path"] == str(published)
    assert told["is_made_up"] is True
    assert str(numbers["last_session"]) == told["last_session"] == "2024-12-27"
    assert numbers["as_of"] == NOW
    assert numbers["tests_passed"] == told["tests_passed"] > 0


def test_a_second_run_adds_no_raw_row(small_copy: Settings, turn) -> None:
    warehouse = Warehouse(small_copy)
    before = {table: warehouse.count(table) for table in TABLES}
    marts = row_counts(small_copy.published_path)
    result = turn(small_copy)
    assert result.success, failures(result)
    assert {table: warehouse.count(table) for table in TABLES} == before
    assert all(RunRecord.of(result).metadata[f"raw/{table}"]["new"] == 0 for table in TABLES)
    grown = {name for name, rows in row_counts(small_copy.published_path).items() if rows != marts[name]}
    assert grown <= {("marts", "data_quality")}


def test_a_red_test_leaves_the_published_file(small_copy: Settings, turn, tmp_path: Path) -> None:
    project = tmp_path / "dbt_project"
    shutil.copytree(DBT_PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    (project / "tests" / "assert_nothing_fell.sql").write_text(
        "select * from {{ ref('breadth_daily') }} where declines > 0\n"
    )
    before = small_copy.published_path.read_bytes()
    result = turn(small_copy, dbt_project=project)
    assert not result.success
    assert "assert_nothing_fell" in failures(result)
    assert not RunRecord.of(result).checks[("marts/breadth_daily", "assert_nothing_fell")].passed
    assert "published" not in RunRecord.of(result).metadata
    assert small_copy.published_path.read_bytes() == before


def test_publishing_alone_runs_the_tests_first(small_copy: Settings, turn) -> None:
    (small_copy.market_folder / "warehouse.dbt" / "run_results.json").unlink()
    result = turn(small_copy, select=[dg.AssetKey("published")])
    assert result.success, failures(result)
    assert RunRecord.of(result).metadata["published"]["tests_passed"] > 0


def test_publishing_alone_refuses_a_spoilt_mart(small_copy: Settings, turn) -> None:
    (small_copy.market_folder / "warehouse.dbt" / "run_results.json").unlink()
    with duckdb.connect(str(small_copy.warehouse_path)) as connection:
        connection.execute("insert into marts.breadth_daily select * from marts.breadth_daily")
    before = small_copy.published_path.read_bytes()
    result = turn(small_copy, select=[dg.AssetKey("published")])
    assert not result.success
    assert "data tests failed" in failures(result)
    assert "session_date, universe_id, segment_id is no key (" in failures(result)
    assert small_copy.published_path.read_bytes() == before


def test_an_optional_source_that_is_silent_costs_only_its_table(small_copy: Settings, turn) -> None:
    silent = {"index_weights", "positioning"}
    chosen = [raw(name) for name in ("sessions", "releases", "exchange_breadth", *silent)]
    result = turn(small_copy, select=chosen, sources=silence(silent))
    assert result.success, failures(result)
    found = RunRecord.of(result).checks
    for table in silent:
        check = found[(f"raw/{table}", "source_answered")]
        assert not check.passed
        assert check.severity == dg.AssetCheckSeverity.WARN.value
        assert f"{table} did not answer" in check.description
    assert found[("raw/exchange_breadth", "source_answered")].passed


def test_prices_that_do_not_come_stop_the_run(small_copy: Settings, turn) -> None:
    before = small_copy.published_path.read_bytes()
    result = turn(small_copy, sources=silence({"prices"}))
    assert not result.success
    assert "prices did not answer" in failures(result)
    told = RunRecord.of(result).metadata
    assert {"raw/positioning", "raw/macro_observations", "raw/index_weights"} <= told.keys(), "the others still load"
    assert "published" not in told
    assert small_copy.published_path.read_bytes() == before
