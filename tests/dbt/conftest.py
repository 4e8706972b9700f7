"""Macros compiled as dbt compiles them, so that a test can run their SQL on a table of its own."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ingestion.settings import DBT_PROJECT


@pytest.fixture(scope="session")
def compiled(tmp_path_factory) -> Callable[..., str]:
    """compiled(text, database): the SQL that dbt makes of a text with macros, on a database (an empty one)."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    folder = tmp_path_factory.mktemp("macros")
    options = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    options += ["--target-path", str(folder / "target"), "--log-path", str(folder / "logs"), "--log-level", "none"]

    def compile_text(text: str, database: Path = folder / "empty.duckdb") -> str:
        variables = ["--vars", json.dumps({"build_path": str(database)})]
        outcome = dbtRunner().invoke(["compile", "--inline", text, *options, *variables])
        DuckDBConnectionManager.close_all_connections()
        assert outcome.success, outcome.exception
        return outcome.result.results[0].node.compiled_code

    return compile_text
