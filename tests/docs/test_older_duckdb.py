"""The published file in the hands of an older DuckDB, in an environment of its own: what other tools are built with."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.test_sql import OPENING, SECTIONS

pytestmark = pytest.mark.ci

#: The oldest version that the file is written for, and the newest before this one's format.
OLDER = ("1.2.2", "1.4.5")

ASK = """
import json, sys
import duckdb
path, questions = json.load(sys.stdin)
with duckdb.connect(path, read_only=True) as connection:
    rows = [len(connection.execute(question).fetchall()) for question in questions]
    comments = connection.execute(
        "select count(*) from duckdb_columns() where schema_name = 'marts' and comment is not null"
    ).fetchone()[0]
print(json.dumps([duckdb.__version__, rows, comments]))
"""


@pytest.fixture(scope="module", params=OLDER)
def older(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A version and the Python of an environment that has nothing but it."""
    place = tmp_path_factory.mktemp(f"duckdb-{request.param}")
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
    python = place / "bin" / "python"
    installed = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"duckdb=={request.param}"],
        capture_output=True,
        text=True,
    )
    if installed.returncode:
        if os.environ.get("CI"):
            pytest.fail(f"CI needs a registry of packages: {installed.stderr}")
        pytest.skip(f"duckdb {request.param} cannot be had here: {installed.stderr}")
    return request.param, python


def test_an_older_duckdb_answers_every_question_of_the_page(older: tuple[str, Path], published: Path) -> None:
    version, python = older
    questions = [OPENING, *(section.query for section in SECTIONS)]
    answered = subprocess.run(
        [python, "-c", ASK], input=json.dumps([str(published), questions]), capture_output=True, text=True
    )
    assert answered.returncode == 0, answered.stderr
    asked, rows, comments = json.loads(answered.stdout)
    assert asked == version
    assert all(rows[1:])
    assert comments > 800, "the columns are described in the file itself"
