"""Macros compiled as dbt compiles them, so that a test can run their SQL on a table of its own."""

import json
from collections.abc import Callable

import pytest

from ingestion.settings import DBT_PROJECT


@pytest.fixture(scope="session")
def compiled(tmp_path_factory) -> Callable[[str], str]:
    """compiled(text): the SQL that dbt makes of a text with macros."""
    from dbt.cli.main import dbtRunner

    folder = tmp_path_factory.mktemp("macros")
    options = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    options += ["--target-path", str(folder / "target"), "--log-path", str(folder / "logs"), "--log-level", "none"]
    options += ["--vars", json.dumps({"build_path": str(folder / "empty.duckdb")})]
    manifest = dbtRunner().invoke(["parse", *options]).result

    def compile_text(text: str) -> str:
        outcome = dbtRunner(manifest=manifest).invoke(["compile", "--inline", text, *options])
        assert outcome.success, outcome.exception
        return outcome.result.results[0].node.compiled_code

    return compile_text
