"""The comparison of a rebuilt warehouse with its baseline: what counts as a difference, and what is only rounding."""

from pathlib import Path

import duckdb
import pytest

from tests.mutants.compare import differing, publish

ROWS = "select * from (values (1, 0.1::double, 'a'), (2, null, 'b'), (3, 0.0, null)) as rows(key, number, word)"


def database(path: Path, schema: str, query: str) -> Path:
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"create schema {schema}; create table {schema}.days as {query}").fetchall()
    return path


@pytest.mark.parametrize(
    ("change", "is_different"),
    [
        ("* from ROWS order by key desc", False),
        ("* replace (number * (1 + 1e-14) as number) from ROWS", False),
        ("* replace (number * (1 + 1e-7) as number) from ROWS", True),
        ("* replace (coalesce(number, 0) as number) from ROWS", True),
        ("* from ROWS where key < 3", True),
        ("* replace (upper(word) as word) from ROWS", True),
    ],
)
def test_a_table_differs_by_any_value_but_not_by_order_or_rounding(
    tmp_path: Path, change: str, is_different: bool
) -> None:
    baseline = database(tmp_path / "baseline.duckdb", "marts", ROWS)
    built = database(tmp_path / "warehouse.duckdb", "marts", "select " + change.replace("ROWS", f"({ROWS})"))
    assert differing(built, baseline, ["days"]) == (["days"] if is_different else [])


def test_a_build_number_is_no_difference_and_a_view_always_is(tmp_path: Path) -> None:
    baseline = database(tmp_path / "baseline.duckdb", "marts", "select 1 as key, 5 as build_number")
    built = database(tmp_path / "warehouse.duckdb", "marts", "select 1 as key, 6 as build_number")
    assert differing(built, baseline, ["days", "seen"]) == ["seen"]


def test_only_marts_are_put_into_the_published_file(tmp_path: Path) -> None:
    built = database(tmp_path / "warehouse.duckdb", "marts", "select 2 as key")
    with duckdb.connect(str(built)) as connection:
        connection.execute("create schema intermediate; create table intermediate.steps as select 3 as key").fetchall()
    published = database(tmp_path / "published.duckdb", "marts", "select 1 as key")
    publish(built, published, ["days", "steps"])
    with duckdb.connect(str(published)) as connection:
        assert connection.execute("select table_name from duckdb_tables()").fetchall() == [("days",)]
        assert connection.execute("select key from marts.days").fetchall() == [(2,)]
