"""Changes one column of one mart in a copy of built markets and reports whether the tests of the marts notice.

python -m tests.marts.probe [mart[.column] …] probes the columns beside the keys of the named marts (of all of them):
each that a file of this folder declares in RECOMPUTED is changed and the tests of the file run; of the others, and of
those without a value, the unit test that expects one is named. It ends with 1 where one goes unnoticed. `make probe`
builds the markets first.
"""

import argparse
import io
import json
import multiprocessing
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.queues import Queue
from pathlib import Path

import duckdb
import pytest

from ingestion.settings import PROJECT_ROOT, Settings
from tests.built_market import place_of
from tests.conftest import MARKET_FOLDER
from tests.marts.covering import FOLDER, columns_beside_keys, expected, recomputed

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

#: The complaint of a column that is always NULL: only a unit test can answer for it.
NO_VALUE = "no value in these markets"

#: A child process begins with what the tests import, and with nothing that an earlier column left in memory.
FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Place:
    """A column and the test file that answers for it."""

    file: str
    mart: str
    column: str


#: A column, the test that noticed it, and the complaint if none did.
Result = tuple[Place, str, str]


class Watch:
    """A pytest plugin: runs the test first that noticed the column before, and remembers the one that fails."""

    def __init__(self, first: str) -> None:
        self.first, self.failed = first, ""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: item.nodeid != self.first)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = report.nodeid


@dataclass(frozen=True)
class Market:
    """The warehouse and the published file of one built market, and a data folder with copies that may be changed."""

    originals: tuple[Path, ...]
    copy: Path

    def copies(self) -> Iterator[tuple[Path, Path]]:
        """Each copy with its original."""
        return ((self.copy / path.parent.name / path.name, path) for path in self.originals)


@contextmanager
def working_copies(folders: Sequence[Path]) -> Iterator[list[Market]]:
    """Copies of the markets in some data folders, the smallest first: most columns are noticed there."""
    found = []
    with tempfile.TemporaryDirectory(prefix="probe-", dir=folders[0].parent) as place:
        for warehouse in [path for folder in folders for path in folder.glob("*/warehouse.duckdb")]:
            market = Market((warehouse, warehouse.with_name("market_internals.duckdb")), Path(place) / str(len(found)))
            for copy, original in market.copies():
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(original, copy)
            manifest = Path("warehouse.dbt", "manifest.json")
            (copy.parent / manifest).parent.mkdir()
            shutil.copy(warehouse.parent / manifest, copy.parent / manifest)
            found.append(market)
        yield sorted(found, key=lambda market: market.originals[0].stat().st_size)


@contextmanager
def nudged(market: Market, mart: str, column: str) -> Iterator[int]:
    """A market with every value of one column nudged, and how many values it has; afterwards as before."""
    values = [replace(copy, original, mart, column) for copy, original in market.copies()]
    try:
        yield max(values)
    finally:
        for copy, original in market.copies():
            replace(copy, original, mart, None)


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


def noticed_by(copy: Path, tests: Path | str, first: str = "") -> str:
    """Which of the tests (a file, or one of its tests) fails on the copy; empty where none does."""
    watch = Watch(first)
    options = ["-p", "tests.prebuilt", "--prebuilt", str(copy), "-p", "no:cacheprovider", "-p", "no:xdist"]
    with redirect_stdout(io.StringIO()):
        code = pytest.main([*options, "-q", "-x", "--no-header", "--tb=no", str(tests)], plugins=[watch])
    ended = (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED)
    assert code in ended, f"{tests} ended with {code}"
    return watch.failed


def probe_one(answer: Connection, markets: Sequence[Market], place: Place, first: str, green: set[str]) -> None:
    """Send which test noticed that a column was off, else the complaint; `green` tests are green without that."""
    is_known = False
    for market in markets:
        with nudged(market, place.mart, place.column) as values:
            is_known = is_known or values > 0
            failed = noticed_by(market.copy, FOLDER / place.file, first) if values else ""
        if failed:
            # a test that is red anyway notices nothing
            assert failed in green or not noticed_by(market.copy, PROJECT_ROOT / failed), f"{failed} is red by itself"
            return answer.send((failed, ""))
    return answer.send(("", f"off without a red test in {place.file}" if is_known else NO_VALUE))


def probe_groups(folders: Sequence[Path], groups: "Queue[list[Place]]", results: "Queue[Result | None]") -> None:
    """Probe groups of columns of one file and mart until there is none, each column in a child process."""
    try:
        with working_copies(folders) as markets:
            for group in iter(groups.get, []):
                first, green = "", set[str]()
                for place in group:
                    receiving, sending = FORK.Pipe(duplex=False)
                    child = FORK.Process(target=probe_one, args=(sending, markets, place, first, green))
                    child.start()
                    sending.close()
                    failed, complaint = receiving.recv()
                    child.join()
                    if failed:
                        first = failed
                        green.add(failed)
                    results.put((place, failed, complaint))
    finally:
        results.put(None)


def probed(folders: Sequence[Path], places: Sequence[Place], jobs: int) -> Iterator[Result]:
    """Each column with the test that noticed its nudge, or the complaint that none did; in any order."""
    groups: dict[tuple[str, str], list[Place]] = {}
    for place in places:
        groups.setdefault((place.file, place.mart), []).append(place)
    # what the tests import is loaded once, before the processes fork
    with redirect_stdout(io.StringIO()):
        pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", *{str(FOLDER / place.file) for place in places}])
    waiting, results = FORK.Queue(), FORK.Queue()
    for group in [*groups.values(), *([[]] * jobs)]:
        waiting.put(group)
    workers = [FORK.Process(target=probe_groups, args=(folders, waiting, results)) for _ in range(jobs)]
    for worker in workers:
        worker.start()
    for _ in workers:
        yield from iter(results.get, None)
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0


def built_markets() -> list[Path]:
    """The data folders of the sample and the folder market as the tests built them from this checkout."""
    markets = {
        "sample": Settings(market="sample", folder=None),
        "folder": Settings(market="folder", folder=MARKET_FOLDER),
    }
    return [place_of(name, settings) for name, settings in markets.items()]


def main() -> int:
    """Probe what the command line names and print what went unnoticed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="mart or mart.column; all where none is named")
    parser.add_argument("--data", type=Path, action="append", help="a data folder with built markets; may be repeated")
    parser.add_argument("--jobs", type=int, default=2, help="columns probed at once")
    given = parser.parse_args()
    folders = given.data or built_markets()
    manifests = [path for folder in folders for path in folder.glob("*/warehouse.dbt/manifest.json")]
    if not manifests:
        sys.exit("no built markets: run make probe, or the tests that read them")
    manifest = json.loads(manifests[0].read_text())
    again, by_unit_tests = recomputed(), expected(manifest)
    places, lines = [], []
    for mart, columns in columns_beside_keys(manifest).items():
        for column in columns:
            if given.names and not {mart, f"{mart}.{column}"} & set(given.names):
                continue
            if column in again.get(mart, {}):
                places.append(Place(again[mart][column], mart, column))
            else:
                lines.append((f"{mart}.{column}", by_unit_tests.get(mart, {}).get(column, "")))
    unnoticed = [f"{name}: neither computed again nor expected by a unit test" for name, test in lines if not test]
    sys.stdout.writelines(f"{name}: expected by {test}\n" for name, test in lines if test)
    for place, failed, complaint in probed(folders, places, given.jobs):
        name, test = f"{place.mart}.{place.column}", by_unit_tests.get(place.mart, {}).get(place.column)
        if complaint == NO_VALUE and test:
            sys.stdout.write(f"{name}: {complaint}, expected by {test}\n")
        else:
            sys.stdout.write(f"{name}: {'noticed by ' + failed if failed else complaint}\n")
            unnoticed += [f"{name}: {complaint}"] if complaint else []
        sys.stdout.flush()
    sys.stdout.write(f"{len(places)} columns probed, {len(lines)} not, {len(unnoticed)} unnoticed\n")
    sys.stdout.writelines(f"{line}\n" for line in unnoticed)
    return bool(unnoticed)


if __name__ == "__main__":
    sys.exit(main())
