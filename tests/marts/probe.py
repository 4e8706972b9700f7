"""Changes one column of one mart in a copy of built markets and reports whether the tests of the marts notice.

python -m tests.marts.probe DATA [mart[.column] …] probes the columns that the files of this folder declare in
RECOMPUTED (or those named), with the built markets of the data folder DATA; it ends with 1 where one goes unnoticed.
"""

import argparse
import importlib
import io
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import duckdb
import pytest

FOLDER = Path(__file__).parent

#: SQL type -> the nudge: as small as a test with a tolerance for rounding must still notice.
NUDGES = {
    "DOUBLE": "{0} * 1.001 + 0.001",
    "INTEGER": "{0} + 1",
    "BIGINT": "{0} + 1",
    "BOOLEAN": "not {0}",
    "DATE": "{0} + 1",
    "TIMESTAMP": "{0} + interval 1 second",
    "VARCHAR": "{0} || '~'",
}


def recomputed() -> dict[str, dict[str, str]]:
    """Mart -> column -> the test file that declares to compute it again."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(FOLDER.glob("test_*.py")):
        declared = getattr(importlib.import_module(f"tests.marts.{path.stem}"), "RECOMPUTED", {})
        for mart, columns in declared.items():
            found.setdefault(mart, {}).update(dict.fromkeys(columns, path.name))
    return found


@contextmanager
def working_copy(data: Path) -> Iterator[Path]:
    """A copy of the built markets that may be changed."""
    with tempfile.TemporaryDirectory(dir=data.parent) as folder:
        copy = Path(folder) / "data"
        for path in files_of(data):
            target = copy / path.relative_to(data)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
        yield copy


def files_of(data: Path) -> list[Path]:
    """The warehouses and published files of the markets in a data folder."""
    return [path for name in ("warehouse.duckdb", "market_internals.duckdb") for path in sorted(data.glob(f"*/{name}"))]


@contextmanager
def nudged(data: Path, copy: Path, mart: str, column: str) -> Iterator[int]:
    """The copy with every value of one column nudged, and how many values it has; afterwards as before."""
    values = sum(replace(path, data / path.relative_to(copy), mart, column) for path in files_of(copy))
    try:
        yield values
    finally:
        for path in files_of(copy):
            replace(path, data / path.relative_to(copy), mart, None)


def replace(path: Path, original: Path, mart: str, column: str | None) -> int:
    """Replace a mart in `path` by the original with `column` nudged; the number of values that it has there."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"attach '{original}' as original (read_only)").fetchall()
        source, changed, values = f"original.marts.{mart}", "*", 0
        if column is not None:
            query = f"select typeof(any_value({column})), count({column}) from {source}"
            kind, values = connection.execute(query).fetchall()[0]
            if values:
                changed = f"* replace ({NUDGES[kind].format(column)} as {column})"
        connection.execute(f"create or replace table marts.{mart} as select {changed} from {source}").fetchall()
    return values


def is_noticed(copy: Path, file: str) -> bool:
    """Whether a test of `file` fails on the copy."""
    arguments = ["-p", "tests.prebuilt", "--prebuilt", str(copy), "-p", "no:cacheprovider", "-p", "no:xdist"]
    with redirect_stdout(io.StringIO()):
        code = pytest.main([*arguments, "-q", "-x", "--no-header", "--tb=no", str(FOLDER / file)])
    assert code in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED), f"{file} ended with {code}"
    return code == pytest.ExitCode.TESTS_FAILED


def unnoticed(data: Path, wanted: Sequence[tuple[str, str, str]]) -> Iterator[str]:
    """A line for each of the wanted (file, mart, column) whose nudge no test of the file notices, as it is found."""
    with working_copy(data) as copy:
        for file, mart, column in wanted:
            with nudged(data, copy, mart, column) as values:
                if not values:
                    yield f"{mart}.{column}: no value in these markets"
                elif not is_noticed(copy, file):
                    yield f"{mart}.{column}: off without a red test in {file}"


def main() -> int:
    """Probe what the command line names and print what went unnoticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("names", nargs="*", help="mart or mart.column; all that is declared where none is named")
    given = parser.parse_args()
    wanted = [
        (file, mart, column)
        for mart, columns in recomputed().items()
        for column, file in columns.items()
        if not given.names or mart in given.names or f"{mart}.{column}" in given.names
    ]
    found = 0
    for line in unnoticed(given.data, wanted):
        found += 1
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(wanted)} columns probed, {found} unnoticed\n")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
