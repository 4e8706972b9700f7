"""What RECOMPUTED declares is true: a column that is off turns a test of the file red that declares it."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from ingestion.settings import PROJECT_ROOT
from tests.marts.covering import recomputed

#: Columns that a run of all tests probes; `make laws` probes every one. Each costs the tests of its file.
PROBED = 3


def probe(folders: list[Path], *arguments: str) -> str:
    """What the probe prints of the named columns; fails where one went unnoticed."""
    data = [word for folder in folders for word in ("--data", str(folder))]
    command = [sys.executable, "-m", "tests.marts.probe", *data, *arguments]
    done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    return done.stdout


def test_some_columns_that_are_off_are_noticed(sample_settings, published) -> None:
    declared = [
        f"{mart}.{column}"
        for mart, columns in recomputed().items()
        for column, file in columns.items()
        if file in ("test_breadth_measures.py", "test_carried_columns.py", "test_volatility.py")
    ]
    names = random.Random(16).sample(sorted(declared), PROBED)
    assert f"{PROBED} columns probed, 0 not, 0 unnoticed" in probe([sample_settings.data], "--jobs", "1", *names)


@pytest.mark.laws
def test_every_column_that_is_off_is_noticed(sample_settings, folder_settings) -> None:
    assert ", 0 unnoticed" in probe([sample_settings.data, folder_settings.data])
