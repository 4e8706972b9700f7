"""Macros compiled as dbt compiles them, so that a test can run their SQL on a table of its own."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ingestion.settings import DBT_PROJECT
from orchestration import dbt
from tests.built_market import BuiltMarket


@pytest.fixture(scope="session")
def compiled(small_built: BuiltMarket, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """compiled(text, database): the SQL that dbt makes of a text with macros, on a database (an empty one).

    The project is parsed once, from what dbt kept of its files when it built the small market.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    built = small_built.settings
    empty = dbt.Build(built, tmp_path_factory.mktemp("macros") / built.warehouse_path.name)
    empty.target.mkdir()
    shutil.copy(built.warehouse_path.with_suffix(".dbt") / "partial_parse.msgpack", empty.target)
    manifest = dbt.parse(empty, write=False)
    options = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    options += ["--target-path", str(empty.target), "--log-path", str(empty.target / "logs"), "--log-level", "none"]

    def compile_text(text: str, database: Path = empty.path) -> str:
        variables = ["--vars", dbt.Build(built, database).variables()]
        outcome = dbtRunner(manifest=manifest).invoke(["compile", "--inline", text, *options, *variables])
        DuckDBConnectionManager.close_all_connections()
        assert outcome.success, outcome.exception
        return outcome.result.results[0].node.compiled_code

    return compile_text
