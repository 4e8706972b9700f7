"""Rules of the dbt project: what every seed, model, mart and generic test of it is described, tested and built by."""

import json
import re

import duckdb
import pytest

from ingestion.settings import DBT_PROJECT
from tests.dbt.test_generic_tests import CASES
from tests.marts.covering import columns_beside_keys, expected, recomputed
from tests.subjects import SUBJECTS

#: Columns that say where a row belongs.
PLACES = {"session_date", "universe_id", "segment_id", "event_id", "series_id", "state_id", "pair_id", "contract_code"}

#: A description names the grain of its table.
GRAIN = re.compile(r"\b[Oo]ne row (?:per|a|an)\b|\bGrain: ")

#: Columns that bound a spell, in pairs.
SPELLS = ({"valid_from", "valid_to"}, {"start_date", "end_date"})

#: Tables whose doubles no `sound_rows` reads: the contract of raw.prices holds them.
NOT_READ_FOR_FINITE = {"stg_price_vintages", "stg_price_restatements"}


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


@pytest.fixture(scope="module")
def below(nodes):
    """Seeds, staging and intermediate models by name."""
    return {
        node["name"]: node
        for node in nodes["nodes"].values()
        if node["resource_type"] in ("seed", "model") and node["schema"] != "marts"
    }


@pytest.fixture(scope="module")
def real_columns(sample_settings, published):
    """Table -> column -> SQL type, as built."""
    with duckdb.connect(str(sample_settings.warehouse_path), read_only=True) as connection:
        rows = connection.execute(
            "select table_name, column_name, data_type from duckdb_columns() "
            "where schema_name in ('seeds', 'staging', 'intermediate', 'marts')"
        ).fetchall()
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in rows:
        found.setdefault(table, {})[column] = kind
    return found


@pytest.fixture(scope="module")
def tests_of(nodes):
    """Table -> name of a generic test -> its arguments, once each."""
    found: dict[str, dict[str, list]] = {}
    for node in nodes["nodes"].values():
        if node["resource_type"] == "test" and node.get("attached_node"):
            name, metadata = nodes["nodes"][node["attached_node"]]["name"], node["test_metadata"]
            found.setdefault(name, {}).setdefault(metadata["name"], []).append(metadata["kwargs"])
    return found


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


def test_seeds_staging_and_intermediates_say_what_a_row_is(below):
    assert {node["schema"] for node in below.values()} == {"seeds", "staging", "intermediate"}
    for name, node in below.items():
        assert len(node["description"]) > 40, name
        assert GRAIN.search(node["description"]), name


def test_columns_below_the_marts_are_described_once(below, marts, real_columns):
    """In its own file, or under the same name in a mart: the same quantity has the same name everywhere."""
    in_marts = {column for mart in marts.values() for column in mart["columns"]}
    for name, node in below.items():
        assert set(node["columns"]) <= set(real_columns[name]), name
        for column in node["columns"].values():
            assert column["description"].strip(), f"{name}.{column['name']}"
        elsewhere = set() if node["resource_type"] == "seed" else in_marts
        assert set(real_columns[name]) - set(node["columns"]) - elsewhere == set(), name


def test_every_table_has_its_key_test(below, marts, tests_of):
    for name in [*below, *marts]:
        keys = [arguments.get("key") for arguments in tests_of.get(name, {}).get("sound_rows", [])]
        assert any(keys) or name == "data_quality", name


def test_every_double_of_every_table_is_read_for_numbers_that_are_none(below, marts, real_columns, tests_of):
    for name in [*below, *marts]:
        read = [arguments.get("doubles", True) for arguments in tests_of.get(name, {}).get("sound_rows", [])]
        if "DOUBLE" in real_columns[name].values():
            assert any(read) == (name not in NOT_READ_FOR_FINITE), name
    assert set(below) >= NOT_READ_FOR_FINITE


def test_spells_never_overlap(below, marts, real_columns, tests_of):
    spells = [name for name in [*below, *marts] if any(pair <= set(real_columns[name]) for pair in SPELLS)]
    assert {"stg_index_membership", "int_memberships", "regime_spells"} <= set(spells)
    assert [name for name in spells if "no_overlap" not in tests_of.get(name, {})] == []


def test_every_generic_test_is_applied_described_and_tested(nodes):
    written = {path.stem for path in (DBT_PROJECT / "tests" / "generic").glob("*.sql")}
    applied = {(node.get("test_metadata") or {}).get("name") for node in nodes["nodes"].values()}
    assert written - applied == set()
    table = (DBT_PROJECT / "tests" / "generic" / "README.md").read_text()
    assert written == set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE))
    assert written == {*CASES, "sound_rows"}


def test_every_column_of_a_mart_is_expected_by_its_unit_test_or_recomputed(nodes):
    """By a dbt unit test of the mart itself, or by a file of tests/marts that declares it in RECOMPUTED."""
    again, by_unit_tests = recomputed(), expected(nodes)
    missing = [
        f"{mart}.{column}"
        for mart, columns in columns_beside_keys(nodes).items()
        for column in columns
        if column not in {*again.get(mart, ()), *by_unit_tests.get(mart, ())}
    ]
    assert missing == []


def test_what_is_declared_as_recomputed_is_a_column_beside_the_key(nodes):
    columns = columns_beside_keys(nodes)
    for mart, declared in recomputed().items():
        assert set(declared) <= set(columns[mart]), mart


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


def test_no_model_reads_announced_dates_from_a_seed(nodes):
    """A seed has no as-of: announcements are read from raw.releases, which says since when each is known."""
    for node in nodes["nodes"].values():
        if node["resource_type"] == "model":
            assert not [parent for parent in node["depends_on"]["nodes"] if parent.endswith(".calendar_dates")], node[
                "name"
            ]


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
