"""The same models on DuckDB and on Spark: every cell of the small market, the types, and that a difference is found."""

import shutil
from importlib.util import find_spec
from pathlib import Path

import duckdb
import pytest

from ingestion.settings import ENGINES, Settings
from orchestration import spark
from tests.built_market import BuiltMarket
from tests.conftest import Turn, failures
from tests.engines.parity import compare


def needs_spark(test: object) -> object:
    """A test of the whole market on Spark: minutes of the processor, and the extra `cluster` with Java."""
    extra = pytest.mark.skipif(find_spec("pyspark") is None, reason="the extra `cluster` is not installed: make spark")
    java = pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java, and no java is on the path")
    return pytest.mark.laws(java(extra(test)))


@pytest.fixture(scope="module")
def built(small_built: BuiltMarket, turn: Turn, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Settings]:
    """Engine -> a copy of the small market whose files were loaded again, and whose models that engine built."""
    found = {}
    for engine in ENGINES:
        data = tmp_path_factory.mktemp(engine)
        shutil.copytree(small_built.settings.market_folder, data / "folder")
        found[engine] = small_built.settings.model_copy(update={"data": data, "engine": engine})
        result = turn(found[engine], request={"whole_history": True})
        assert result.success, failures(result)
    return found


@pytest.fixture(scope="module")
def on_spark(built: dict[str, Settings]) -> Settings:
    """The market that Spark built."""
    return built["spark"]


@needs_spark
def test_every_cell_is_the_same(built: dict[str, Settings]) -> None:
    parity = compare(built["duckdb"].warehouse_path, built["spark"].warehouse_path)
    print(
        f"{parity.relations} relations, {parity.columns} columns, {parity.cells:,} cells, largest {parity.largest:.1e}"
    )
    assert parity.different == []
    assert parity.relations > 100


@needs_spark
def test_the_published_file_says_what_built_it(on_spark: Settings) -> None:
    with duckdb.connect(str(on_spark.published_path), read_only=True) as connection:
        assert connection.execute("select engine from marts.publication").fetchall() == [("spark",)]


@needs_spark
def test_no_column_is_a_decimal_and_no_empty_cell_a_word(on_spark: Settings) -> None:
    with duckdb.connect(str(on_spark.warehouse_path), read_only=True) as connection:
        decimals = connection.execute(
            "select table_name, column_name from duckdb_columns() where data_type like 'DECIMAL%'"
        ).fetchall()
        assert decimals == []
    given = duckdb.connect()
    for folder in sorted((on_spark.spark_folder / "given" / "seeds").iterdir()):
        rows = given.execute(f"from read_parquet('{folder}/*.parquet')").fetchall()
        assert rows, folder.name
        assert not any(cell == "None" for row in rows for cell in row), folder.name


def test_a_difference_is_found(small_built: BuiltMarket, tmp_path: Path) -> None:
    one, other = small_built.settings.warehouse_path, tmp_path / small_built.settings.warehouse_path.name
    shutil.copy(one, other)
    with duckdb.connect(str(other)) as connection:
        connection.execute("update marts.volatility_daily set vix = vix + 1e-6 where session_date = '2024-12-27'")
        connection.execute(
            "update marts.verdict_daily set headline = headline || ' ' where session_date = '2024-12-27'"
        )
        gone = "delete from marts.states_daily where session_date = '2024-12-27' and state_id = 'leg_volatility'"
        assert connection.execute(gone).fetchall()[0][0] > 0
    different = compare(one, other, ("marts",)).different
    assert [words.split(":")[0] for words in different] == [
        "marts.states_daily", "marts.verdict_daily.headline", "marts.volatility_daily.vix",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("package", "java", "words"),
    [
        pytest.param(None, "/usr/bin/java", "the extra cluster", id="pyspark"),
        pytest.param("", None, "Java 17", id="java"),
    ],
)
def test_what_is_missing_is_named(package: str | None, java: str | None, words: str, monkeypatch) -> None:
    monkeypatch.setattr(spark, "find_spec", lambda name: package)
    monkeypatch.setattr(spark, "which", lambda name: java)
    with pytest.raises(spark.NoSpark, match=words):
        spark.require_spark()
