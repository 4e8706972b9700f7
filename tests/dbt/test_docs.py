"""The documentation that `make docs` writes: one file that needs no network, with every column of every mart."""

import json
import re
import shutil

import duckdb
import pytest

from orchestration.cli import PUBLISHED, main


@pytest.fixture(scope="module")
def page(sample_settings, tmp_path_factory) -> str:
    """The page of the sample market, which the console command writes beside the build without touching it."""
    copy = sample_settings.model_copy(update={"data": tmp_path_factory.mktemp("docs")})
    shutil.copytree(sample_settings.market_folder, copy.market_folder)
    built = {path: path.stat().st_mtime_ns for path in (copy.published_path, copy.warehouse_path)}
    results = (copy.market_folder / "warehouse.dbt" / "run_results.json").read_bytes()
    assert main(["docs", "--data", str(copy.data), "--market", "sample"]) == PUBLISHED
    assert {path: path.stat().st_mtime_ns for path in built} == built
    assert (copy.market_folder / "warehouse.dbt" / "run_results.json").read_bytes() == results
    return copy.docs_path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def inside(page) -> tuple[dict, dict]:
    """What the page carries: the manifest (columns, lineage) and the catalog (the tables that were built)."""
    manifest, end = json.JSONDecoder().raw_decode(page, page.index("n={manifest:") + len("n={manifest:"))
    assert page.startswith(",catalog:", end)
    return manifest, json.JSONDecoder().raw_decode(page, end + len(",catalog:"))[0]


def test_the_page_asks_nothing_of_the_network(page, inside):
    manifest, _ = inside
    assert not re.search(r"<(?:script|link|img)\b[^>]*(?:src|href)=[\"']?https?:", page)
    assert manifest["metadata"]["send_anonymous_usage_stats"] is False


def test_the_page_holds_every_column_of_every_mart_with_what_the_dictionary_says(inside, published):
    manifest, catalog = inside
    with duckdb.connect(str(published), read_only=True) as connection:
        # verdict_log is written by the publication and no model of dbt
        told = connection.execute(
            "select mart, column_name, unit, formula, meaning from marts.dictionary where mart <> 'verdict_log'"
        ).fetchall()
    assert len(told) > 500
    for mart, column, unit, formula, meaning in told:
        unique_id = f"model.market_internals.{mart}"
        assert column in catalog["nodes"][unique_id]["columns"], f"{mart}.{column}"
        shown = manifest["nodes"][unique_id]["columns"][column]
        assert shown["description"].strip() == meaning, f"{mart}.{column}"
        assert (shown["meta"]["unit"], shown["meta"]["formula"]) == (unit, formula), f"{mart}.{column}"


def test_the_page_draws_the_lineage_from_the_raw_bars_to_the_marts(inside):
    manifest, _ = inside
    waiting, ancestors = ["model.market_internals.breadth_daily"], set()
    while waiting:
        node = waiting.pop()
        if node not in ancestors:
            ancestors.add(node)
            waiting += manifest["parent_map"][node]
    assert {"source.market_internals.raw.prices", "model.market_internals.int_name_days"} <= ancestors
