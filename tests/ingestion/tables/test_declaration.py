"""What dbt's sources and the database say of the raw tables is what the files of ingestion/tables say."""

import re
from pathlib import Path

import pytest
import yaml

from ingestion import overlay
from ingestion.settings import DBT_PROJECT
from ingestion.store.mine import TABLES as TABLES_OF_MINE
from ingestion.tables import CALENDAR, COLUMNS, LOG_TABLES, RAW_TABLES, TABLES

TABLE_FILES = Path(RAW_TABLES["prices"].rules.__code__.co_filename).parent
DOCS_BLOCK = re.compile(r"{% docs (\w+) %}(.*?){% enddocs %}", re.DOTALL)
DOCS_REFERENCE = re.compile(r"{{ doc\('(\w+)'\) }}")


@pytest.fixture(scope="module")
def sources() -> dict[str, dict]:
    """Raw table -> its declaration in the one file of dbt that declares them."""
    return declared()["raw"]


def declared() -> dict[str, dict[str, dict]]:
    """Source -> table -> its declaration."""
    found = [
        source
        for path in (DBT_PROJECT / "models").rglob("*.yml")
        for source in yaml.safe_load(path.read_text(encoding="utf-8")).get("sources", [])
    ]
    assert sorted(source["name"] for source in found) == ["mine", "raw"]
    return {source["name"]: {table["name"]: table for table in source["tables"]} for source in found}


@pytest.fixture(scope="module")
def docs() -> dict[str, str]:
    """Docs block -> its text."""
    texts = (path.read_text(encoding="utf-8") for path in (DBT_PROJECT / "models").rglob("*.md"))
    return {name: words for text in texts for name, words in DOCS_BLOCK.findall(text)}


def test_dbt_declares_every_raw_table_and_no_other(sources):
    assert set(sources) == set(RAW_TABLES) | set(LOG_TABLES)


def test_dbt_declares_every_table_of_a_user_s_own_things_in_the_words_of_its_file():
    tables = declared()["mine"]
    assert set(tables) == set(TABLES_OF_MINE)
    for name, file in overlay.FILES.items():
        assert tables[name]["description"] == file.meaning


@pytest.mark.parametrize("name", [*RAW_TABLES, *LOG_TABLES])
def test_dbt_describes_a_raw_table_as_its_file_does(name, sources, docs):
    table = (RAW_TABLES | LOG_TABLES)[name]
    declared = sources[name]
    assert " ".join(declared["description"].split()) == table.meaning
    assert (declared.get("config", {}).get("freshness", "daily") is None) != table.changes_daily
    expected = [
        (column, about.sql_type, about.meaning, about.unit, about.formula) for column, about in table.columns.items()
    ]
    found = []
    for column in declared["columns"]:
        meta = column.get("config", {}).get("meta", {})
        meaning = DOCS_REFERENCE.sub(lambda reference: docs[reference[1]].strip(), column["description"])
        found.append((column["name"], column["data_type"], meaning, meta.get("unit", ""), meta.get("formula", "")))
    assert found == expected


def test_the_database_has_the_columns_of_the_files(warehouse):
    with warehouse.reading() as connection:
        for name, table in (RAW_TABLES | LOG_TABLES).items():
            described = connection.execute(f"describe raw.{name}").fetchall()
            found = {column: sql_type.lower() for column, sql_type, *_ in described}
            assert found == {column: about.sql_type for column, about in table.columns.items()}, name
            assert list(found) == list(table.columns), name


@pytest.mark.parametrize("name", [*RAW_TABLES, *LOG_TABLES])
def test_a_raw_table_has_a_file_of_its_own_name_and_a_sentence_for_each_column(name):
    table = (RAW_TABLES | LOG_TABLES)[name]
    assert (TABLE_FILES / f"{name}.py").is_file()
    assert all(text.endswith(".") for text in (table.meaning, *(column.meaning for column in table.columns.values())))


def test_a_table_comes_from_a_source_or_from_the_calendar():
    assert (*TABLES, *CALENDAR) == tuple(RAW_TABLES)
    assert set(COLUMNS) == set(TABLES)


@pytest.mark.parametrize("name", RAW_TABLES)
def test_the_parts_of_a_raw_table_agree(name):
    table = RAW_TABLES[name]
    assert table.described in table.key
    assert {column for pair in table.fallback for column in pair} <= set(table.values)
    assert "security_id" not in table.delivered
    assert set(table.delivered_key) <= set(table.delivered)
