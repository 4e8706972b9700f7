"""Spark as the engine of a build: a session of this process, raw and seeds in its catalogue, its tables taken back.

The models are the same (dbt_project); what the engines spell differently is in dbt_project/macros/engines. Only a run
that asks for Spark imports this module: pyspark and dbt-spark are the extra `cluster`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from shutil import rmtree, which
from typing import Any

from ingestion.settings import Settings
from ingestion.store.audit import row_counts
from ingestion.store.handover import Given, Taken, give, take_back
from ingestion.store.sql import quoted_text
from orchestration import dbt

#: DuckDB's types in Spark; those that are not here are called the same.
TYPES = {"VARCHAR": "string", "TIMESTAMP": "timestamp_ntz", "HUGEINT": "bigint"}

#: Below so many bars a query costs more to compile and to distribute than to run: one
#: partition, and code is generated for expressions only.
FEW_BARS = 3_000_000

#: What a model may rely on: DuckDB's rules where Spark has a choice.
RULES = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.sources.default": "parquet",
    "spark.sql.catalogImplementation": "in-memory",
}

#: A quick start, for a process that lasts as long as one build.
QUIET = {
    "spark.ui.enabled": "false",
    "spark.log.level": "ERROR",
    "spark.sql.maxPlanStringLength": "2000",
    "spark.ui.showConsoleProgress": "false",
}

#: For a market that fits one partition.
SMALL = {
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.leafNodeDefaultParallelism": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}


class NoSpark(Exception):
    """Spark cannot run here: the extra `cluster` or Java is missing."""


def require_spark() -> None:
    """Raise NoSpark with what is missing and how to get it."""
    missing = [name for name in ("pyspark", "dbt.adapters.spark") if find_spec(name) is None]
    if missing:
        raise NoSpark("the engine Spark needs the extra cluster: pip install 'market-internals[cluster]'")
    if which("java") is None:
        raise NoSpark("the engine Spark needs Java 17 or newer, and there is no java on the path")


def run(
    build: dbt.Build, arguments: Sequence[str] = (), listen: Callable[[str], None] = lambda node: None
) -> list[dict[str, Any]]:
    """Build and test the models on Spark, and put its tables into the database of the build; dbt's results by node.

    Seeds are read by DuckDB and handed over with raw. Every table is built anew; where anything is red, nothing is
    taken back. Raises NoSpark, and what dbt.run raises.
    """
    require_spark()
    seeds = dbt.run("seed", replace(build, engine="duckdb"))
    dbt.require_green(seeds)
    folder, half = build.settings.spark_folder, build.settings.spark_select
    given = give(build.path, build.raw_path, folder / "given")
    bars = row_counts(build.raw_path or build.path).get(("raw", "prices"), 0)
    # of a half, tests whose tables are all built there
    of_half = [*dbt.EVERY_BUILD, "--select", f"+tag:{half}", "--indirect-selection", "buildable"]
    chosen = of_half if half else arguments
    with session(build.settings, folder / "tables", few=bars < FEW_BARS) as spark:
        for table in given:
            _register(spark, table)
        results = dbt.run("build", build, [*chosen, "--exclude-resource-type", "seed"], listen)
    if any(result["status"] not in dbt.GREEN for result in results):
        return [*seeds, *results]
    nodes = dbt.manifest(build)["nodes"]
    built = [nodes[result["unique_id"]] for result in results if result["unique_id"].startswith("model.")]
    take_back(build.path, [_taken(node, folder / "tables") for node in built if not half or half in node["tags"]])
    if not half:
        return [*seeds, *results]
    rest = dbt.run(
        "build",
        replace(build, engine="duckdb"),
        [*arguments, "--exclude-resource-type", "seed", "--exclude", f"tag:{half}"],
        listen,
    )
    # in the order in which they depend on each other: all of the first come before what only DuckDB built
    newest = {result["unique_id"]: result for result in rest}
    return [*seeds, *(newest.pop(result["unique_id"], result) for result in results), *newest.values()]


@contextmanager
def session(settings: Settings, tables: Path, few: bool) -> Iterator[Any]:
    """A Spark session whose tables are below `tables`, which is emptied first; dbt finds it in this process."""
    from pyspark.sql import SparkSession

    rmtree(tables, ignore_errors=True)
    builder = SparkSession.builder.appName("market-internals").master(settings.spark_master)
    options = (
        RULES
        | QUIET
        | (SMALL if few else {})
        | {
            "spark.sql.warehouse.dir": str(tables),
            "spark.driver.memory": f"{settings.spark_memory // 2**20}m",
        }
    )
    for name, value in options.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    try:
        yield spark
    finally:
        spark.stop()


def _register(spark: Any, table: Given) -> None:
    """Give Spark's catalogue a table that is a folder of Parquet files; with its types, so that no file is opened."""
    spark.sql(f"create schema if not exists {table.schema}")
    columns = ", ".join(f"`{name}` {TYPES.get(kind, kind)}" for name, kind in table.types.items())
    place = f"{table.schema}.{table.name}"
    spark.sql(f"create table {place} ({columns}) using parquet location {quoted_text(table.folder)}")


def _taken(node: Mapping[str, Any], tables: Path) -> Taken:
    """A model that was built, with the comments that the project asks for."""
    documented = node["config"].get("persist_docs") or {}
    columns = node["columns"].values() if documented.get("columns") else ()
    return Taken(
        node["schema"],
        node["name"],
        tables / f"{node['schema']}.db" / node["name"],
        node["description"] if documented.get("relation") else "",
        {column["name"]: column["description"] for column in columns if column["description"]},
    )
