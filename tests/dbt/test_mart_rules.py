"""Every mart is contracted, described, keyed, finite, unit-tested and exposed; what is documented is what is there."""

import json
import re

import duckdb
import pytest

from ingestion.settings import DBT_PROJECT
from tests.subjects import SUBJECTS

#: Columns that say where a row belongs.
PLACES = {"session_date", "universe_id", "segment_id", "event_id", "series_id", "state_id", "pair_id", "contract_code"}


@pytest.fixture(scope="module")
def nodes(published):
    """Nodes of the manifest that the published sample market was built from."""
    return json.loads((published.parent / "warehouse.dbt" / "manifest.json").read_text())


@pytest.fixture(scope="module")
def marts(nodes):
    return {
        node["name"]: node
        for node in nodes["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] == "marts"
    }


def test_every_mart_has_an_enforced_contract_and_says_what_it_answers(marts):
    assert marts
    for name, mart in marts.items():
        assert mart["contract"]["enforced"], name
        assert len(mart["description"]) > 40, name


def test_every_column_is_described_and_typed(marts):
    for name, mart in marts.items():
        for column, spec in mart["columns"].items():
            assert spec["description"].strip(), f"{name}.{column}"
            assert spec["data_type"], f"{name}.{column}"


def test_every_column_has_a_unit_and_a_formula(marts):
    for name, mart in marts.items():
        for column, spec in mart["columns"].items():
            meta = (spec.get("config") or {}).get("meta") or spec.get("meta") or {}
            assert meta.get("unit"), f"{name}.{column}"
            assert meta.get("formula"), f"{name}.{column}"


def test_documented_columns_are_the_real_ones_and_carry_their_text_as_comments(marts, published):
    with duckdb.connect(str(published), read_only=True) as connection:
        rows = connection.execute(
            "select table_name, column_name, comment from duckdb_columns() where schema_name = 'marts'"
        ).fetchall()
    real: dict[str, dict[str, str]] = {}
    for table, column, comment in rows:
        real.setdefault(table, {})[column] = comment
    for name, mart in marts.items():
        assert list(real[name]) == list(mart["columns"]), name
        for column, comment in real[name].items():
            assert comment == mart["columns"][column]["description"], f"{name}.{column}"


def test_every_mart_has_its_key_and_finite_tests(marts, nodes):
    tests: dict[str, set[str]] = {}
    for node in nodes["nodes"].values():
        if node["resource_type"] == "test" and node.get("attached_node"):
            name = nodes["nodes"][node["attached_node"]]["name"]
            tests.setdefault(name, set()).add((node.get("test_metadata") or {}).get("name", ""))
    for name, mart in marts.items():
        assert "unique_combination" in tests.get(name, set()) or name == "data_quality", name
        if any(spec["data_type"] == "double" for spec in mart["columns"].values()):
            assert "finite" in tests.get(name, set()), name


def test_every_mart_is_unit_tested_itself_or_in_the_intermediate_that_computes_it(marts, nodes):
    tested = {f"model.market_internals.{node['model']}" for node in nodes["unit_tests"].values()}
    for name, mart in marts.items():
        if name in ("dictionary",):
            continue
        assert tested & ancestors(nodes, mart["unique_id"]), name


def test_every_mart_is_exposed(marts, nodes):
    exposed = {parent for exposure in nodes["exposures"].values() for parent in exposure["depends_on"]["nodes"]}
    assert {mart["unique_id"] for mart in marts.values()} <= exposed


def test_the_columns_that_place_a_row_have_one_type_in_every_mart(marts):
    types: dict[str, set[str]] = {}
    for mart in marts.values():
        for column in PLACES & set(mart["columns"]):
            types.setdefault(column, set()).add(mart["columns"][column]["data_type"])
    assert set(types) == PLACES
    assert all(len(kinds) == 1 for kinds in types.values()), types


def test_only_staging_reads_the_sources(nodes):
    for node in nodes["nodes"].values():
        if node["resource_type"] == "model" and node["schema"] != "staging":
            assert not [parent for parent in node["depends_on"]["nodes"] if parent.startswith("source.")], node["name"]


def test_a_subject_reads_itself_and_earlier_subjects_only(nodes):
    """Data walks down through the subjects in one order; quality stands beside them and nothing reads it."""
    models = {key: node for key, node in nodes["nodes"].items() if node["resource_type"] == "model"}
    folders = {node["fqn"][1] for node in models.values()}
    assert folders == {*SUBJECTS, "quality"}
    wrong = [
        f"{node['fqn'][1]}/{node['name']} reads {models[parent]['fqn'][1]}/{models[parent]['name']}"
        for node in models.values()
        for parent in node["depends_on"]["nodes"]
        if parent in models and not may_read(node["fqn"][1], models[parent]["fqn"][1])
    ]
    assert wrong == []


def test_the_schema_of_a_model_follows_from_its_prefix(nodes):
    for node in nodes["nodes"].values():
        if node["resource_type"] == "model":
            prefix = node["name"].split("_")[0]
            assert node["schema"] == {"stg": "staging", "int": "intermediate"}.get(prefix, "marts"), node["name"]
            assert (prefix == "stg") == (node["fqn"][1] == "staging"), node["name"]


def test_no_model_or_test_asks_the_clock():
    for path in [*DBT_PROJECT.rglob("*.sql")]:
        if "target" not in path.parts:
            assert not re.search(r"current_(date|timestamp)|\bnow\(\)|\btoday\(\)", path.read_text()), path


def test_no_model_leans_on_what_only_one_engine_knows():
    """QUALIFY and lateral aliases aside, functions that Spark lacks sit in macros/engines."""
    for path in (DBT_PROJECT / "models").rglob("*.sql"):
        text = re.sub(r"--.*", "", path.read_text())
        assert not re.search(r"\b(qualify|arg_max|arg_min|generate_series|asof)\b", text), path


def may_read(reader: str, read: str) -> bool:
    return reader == read or reader == "quality" or (read in SUBJECTS and SUBJECTS.index(read) < SUBJECTS.index(reader))


def ancestors(nodes, unique_id) -> set[str]:
    """The model and the intermediates it is computed from."""
    seen: set[str] = set()
    waiting = [unique_id]
    while waiting:
        current = waiting.pop()
        if current in seen or not current.startswith("model."):
            continue
        seen.add(current)
        waiting += nodes["nodes"][current]["depends_on"]["nodes"]
    return seen
