"""Tables as Parquet for another engine, and that engine's tables in the place of what an earlier build left."""

from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from ingestion.store.handover import Taken, give, take_back


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A built database: one table of raw, one seed with an empty cell, a packed table with its view, and a mart."""
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            """
            create schema raw; create schema seeds; create schema intermediate; create schema marts;
            create table raw.prices (obs_date date, close double, known_at timestamp);
            insert into raw.prices values ('2024-12-27', 1.5, '2024-12-28 13:10:00'), ('2024-12-30', null, null);
            create table seeds.pairs (pair_id varchar, name varchar);
            insert into seeds.pairs values ('A/B', null), ('C/D', 'it''s None');
            create table intermediate.int_packed_name_days (packed_booleans integer);
            create view intermediate.int_name_days as from intermediate.int_packed_name_days;
            create table marts.index_daily (close double);
            """
        )
    return path


def test_what_is_given_has_every_row_and_an_empty_cell_is_null(database: Path, tmp_path: Path) -> None:
    given = {(table.schema, table.name): table for table in give(database, None, tmp_path / "given")}
    assert given.keys() == {("raw", "prices"), ("seeds", "pairs")}
    prices, pairs = given["raw", "prices"], given["seeds", "pairs"]
    assert dict(prices.types) == {"obs_date": "DATE", "close": "DOUBLE", "known_at": "TIMESTAMP"}
    with duckdb.connect() as connection:
        assert connection.execute(f"from read_parquet('{prices.folder}/*.parquet') order by 1").fetchall() == [
            (date(2024, 12, 27), 1.5, datetime(2024, 12, 28, 13, 10)),
            (date(2024, 12, 30), None, None),
        ]
        assert connection.execute(f"from read_parquet('{pairs.folder}/*.parquet') order by 1").fetchall() == [
            ("A/B", None),
            ("C/D", "it's None"),
        ]


def test_raw_may_lie_in_another_database_than_the_seeds(database: Path, tmp_path: Path) -> None:
    built = tmp_path / "build.duckdb"
    with duckdb.connect(str(built)) as connection:
        connection.execute("create schema seeds; create table seeds.series as select 'VIX' as series_id")
    given = give(built, database, tmp_path / "given")
    assert [(table.schema, table.name) for table in given] == [("raw", "prices"), ("seeds", "series")]


def test_what_is_taken_back_leaves_nothing_of_an_earlier_build(database: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tables" / "int_name_days"
    folder.mkdir(parents=True)
    with duckdb.connect() as connection:
        connection.execute(f"copy (select 7 as security_id) to '{folder}/part-0.parquet' (format parquet)")
    taken = Taken("intermediate", "int_name_days", folder, "A row a name's day", {"security_id": "The name"})
    take_back(database, [taken])
    with duckdb.connect(str(database), read_only=True) as connection:
        assert connection.execute("from intermediate.int_name_days").fetchall() == [(7,)]
        tables = "select table_name, comment from duckdb_tables() where schema_name = 'intermediate'"
        assert connection.execute(tables).fetchall() == [("int_name_days", "A row a name's day")]
        # a schema of which nothing comes back stays as it is
        assert connection.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
