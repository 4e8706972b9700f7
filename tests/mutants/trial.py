"""Tries one change: unit tests of what it touches, macro tests, then builds of the small, sample and folder market.

A build that equals the baseline was not reached by the change; where it differs, everything after it is built with its
data tests, and the tests of the marts that read a table that differs run on the result. The checkout is a copy.
"""

import json
import multiprocessing
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ingestion.settings import PROJECT_ROOT, Settings
from orchestration import dbt
from tests.conftest import NOW
from tests.mutants.compare import differing, publish
from tests.mutants.draw import Mutant

#: What the copy of the checkout holds.
COPIED = ("ingestion", "orchestration", "app", "dbt_project", "tests", "pyproject.toml", "benchmarks")

#: Tests whose SQL is compiled from macros, without a market.
MACRO_TESTS = "tests/dbt"

#: Tests of daily runs, which build a market several times: for the models that a daily run appends to.
DAILY_TESTS = ("tests/marts/test_correlation_incremental.py", "tests/laws/test_incremental.py")
APPENDED_TO = {"incremental", "in_chunks"}

#: A build of a change ends with its first red test.
BUILD = (*dbt.EVERY_BUILD, "--fail-fast")

#: What dbt and DuckDB report of SQL that they cannot compile; any other error of a model is one of running it.
UNCOMPILED = re.compile(r"Compilation Error|(?:Parser|Binder|Catalog) Error|enforced contract")

PYTEST = ("-m", "pytest", "-p", "tests.prebuilt", "-p", "no:cacheprovider", "-p", "no:xdist", "-q", "-x", "--no-header",
          "--tb=no")  # fmt: skip


class Killed(Exception):
    """A test noticed; its name."""


class Stillborn(Exception):
    """The changed SQL does not compile, so that no test is needed to see it."""


@dataclass(frozen=True)
class Start:
    """Built markets that changes start from: data folders of the small, the sample and the folder market."""

    small: Path
    sample: Path
    folder: Path

    def data(self, name: str) -> Path:
        """The data folder of one market."""
        return {"small": self.small, "sample": self.sample, "folder": self.folder}[name]

    def market(self, name: str) -> Path:
        """The folder of one market's files."""
        return self.data(name) / ("sample" if name == "sample" else "folder")


@dataclass(frozen=True)
class FixedBuild(dbt.Build):
    """A build that keeps the fingerprint of the unchanged SQL: with another, dbt would parse every file again."""

    digest: str = ""

    def _parsed_with(self) -> dict[str, object]:
        return {"build_path": self.path.name, "market": self.settings.market, "sql_digest": self.digest}


@dataclass(frozen=True)
class Bench:
    """A folder with a copy of the checkout and of the market that a change is tried on."""

    folder: Path
    start: Start

    @property
    def checkout(self) -> Path:
        """The copy whose dbt project is changed."""
        return self.folder / "checkout"

    @property
    def project(self) -> Path:
        """The dbt project that is changed."""
        return self.checkout / "dbt_project"

    def prepare(self, markets: Sequence[str] = ("small", "sample")) -> None:
        """Copy the checkout as it is now and parse its project once for each name that dbt gives a market.

        `markets` has one market of each name.
        """
        shutil.rmtree(self.folder, ignore_errors=True)
        self.checkout.mkdir(parents=True)
        for name in COPIED:
            path, ignored = PROJECT_ROOT / name, shutil.ignore_patterns("target", "logs", "__pycache__")
            if path.is_dir():
                shutil.copytree(path, self.checkout / name, ignore=ignored)
            else:
                shutil.copy(path, self.checkout / name)
        for market in markets:
            self.copy_market(market)
            build = self.build(market)
            # dbt's static parser waits for its threads for ever in a fork of a process that has used it
            parsing = multiprocessing.get_context("fork").Process(target=dbt.parse, args=(build,))
            parsing.start()
            parsing.join()
            assert parsing.exitcode == 0, "dbt cannot read the project"
            for name in ("partial_parse.msgpack", "manifest.json"):
                shutil.copy(build.target / name, self.folder / f"{build.settings.market}.{name}")

    @cached_property
    def manifest(self) -> dict:
        """dbt's manifest of the unchanged project."""
        return json.loads((self.folder / "sample.manifest.json").read_text())

    def data(self, market: str) -> Path:
        """The data folder of the copy of one market."""
        return self.folder / "markets" / market

    def copy_market(self, market: str) -> None:
        """A fresh copy of a built market."""
        source = self.start.market(market)
        target = self.data(market) / source.name
        shutil.rmtree(self.data(market), ignore_errors=True)
        (target / "warehouse.dbt").mkdir(parents=True)
        for name in ("warehouse.duckdb", "market_internals.duckdb"):
            shutil.copy(source / name, target)
        for name in ("partial_parse.msgpack", "manifest.json"):
            if (self.folder / f"{source.name}.{name}").exists():
                shutil.copy(self.folder / f"{source.name}.{name}", target / "warehouse.dbt" / name)

    def build(self, market: str) -> FixedBuild:
        """The build of the copy of a market, from nothing and knowing what the tests' markets know."""
        settings = Settings(data=self.data(market), market=self.start.market(market).name, folder=None)
        digest = dbt.sql_digest()
        return FixedBuild(settings, settings.warehouse_path, NOW, full=True, project=self.project, digest=digest)

    def remove(self) -> None:
        """Remove the copies."""
        shutil.rmtree(self.folder)

    def green(self) -> set[str]:
        """Tests that are known to be green without a change."""
        path = self.folder / "green"
        return set(path.read_text().splitlines()) if path.exists() else set()

    def remember_green(self, test: str) -> None:
        """Remember that a test is green without a change."""
        with (self.folder / "green").open("a") as file:
            file.write(f"{test}\n")

    @contextmanager
    def changed(self, mutant: Mutant) -> Iterator[None]:
        """The project with one change, afterwards without."""
        path = self.project / mutant.path
        text = path.read_text()
        path.write_text(mutant.applied(text))
        try:
            yield
        finally:
            path.write_text(text)


def try_out(bench: Bench, mutant: Mutant, begin: Callable[[str], None]) -> dict[str, object]:
    """What happened to a change, already made: killed, survived or stillborn, by what, and the tables it reached.

    `begin` hears the name of each step.
    """
    reached: dict[str, list[str]] = {}
    try:
        models = touched(bench.manifest, mutant, (bench.project / mutant.path).read_text())
        run_unit_tests(bench, models)
        if mutant.subject == "macros":
            run_tests(bench, macro_tests(bench, mutant), "small")
        for market in ("small", "sample", "folder") if models else ():
            begin(market)
            reached[market] = rebuild(bench, market, models)
            if market != "small":
                begin("tests")
                run_tests(bench, mart_tests(bench, reached[market]), market)
        if appended_to(bench.manifest) & set(models):
            run_tests(bench, DAILY_TESTS, "sample", "--prebuilt-rebuild")
    except Killed as test:
        return {"status": "killed", "by": str(test), "reached": reached}
    except Stillborn as error:
        return {"status": "stillborn", "by": str(error), "reached": reached}
    return {"status": "survived", "by": "" if any(reached.values()) else "not reached", "reached": reached}


def touched(manifest: dict, mutant: Mutant, text: str) -> list[str]:
    """The models whose SQL a change can change: its own, or those that call the changed macro, however indirectly."""
    models = {key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"}
    if mutant.subject != "macros":
        return [node["name"] for node in models.values() if node["original_file_path"] == mutant.path]
    opened = re.findall(r"\{%-?\s*(?:macro|test|materialization)\s+(\w+)", text[: mutant.offset])
    calls = {f"macro.market_internals.{opened[-1]}"} if opened else set()
    while True:
        callers = {key for key, macro in manifest["macros"].items() if calls & set(macro["depends_on"]["macros"])}
        if callers <= calls:
            break
        calls |= callers
    return [node["name"] for node in models.values() if calls & set(node["depends_on"]["macros"])]


def appended_to(manifest: dict) -> set[str]:
    """Models that a daily run does not build from nothing."""
    return {
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["materialized"] in APPENDED_TO
    }


def run_unit_tests(bench: Bench, models: Sequence[str]) -> None:
    """dbt's unit tests of the touched models, in one run on the small market."""
    bench.copy_market("small")
    names = {bench.manifest["nodes"][node]["name"] for test in bench.manifest["unit_tests"].values()
             for node in test["depends_on"]["nodes"] if node in bench.manifest["nodes"]}  # fmt: skip
    tested = sorted(set(models) & names)
    if tested:
        for result in run(
            bench.build("small"), "test", ["--fail-fast", "--select", *tested, "--resource-type", "unit_test"]
        ):
            if result["status"] == "fail":
                raise Killed(f"unit test {result['unique_id'].split('.')[-1]}")


def rebuild(bench: Bench, market: str, models: Sequence[str]) -> list[str]:
    """Build the models, and all that follows those that differ from the baseline; the tables that differ."""
    bench.copy_market(market)
    build, baseline = bench.build(market), bench.start.market(market) / "warehouse.duckdb"
    own = run(build, "build", [*BUILD, "--select", *models])
    require_green(own, market)
    different = differing(build.path, baseline, names_of(own))
    if not different:
        return []
    # a model that is touched may follow one that is not: it is built again after it
    excluded = ("--exclude", *models) if len(models) == 1 else ()
    rest = run(build, "build", [*BUILD, "--select", *(f"{name}+" for name in different), *excluded])
    require_green(rest, market)
    different = list(dict.fromkeys([*different, *differing(build.path, baseline, names_of(rest))]))
    publish(build.path, build.settings.published_path, different)
    return different


def run(build: dbt.Build, command: str, arguments: Sequence[str]) -> list[dict]:
    """dbt's results; Stillborn where dbt cannot read the changed project."""
    try:
        return dbt.run(command, build, arguments)
    except dbt.BuildFailed as error:
        raise Stillborn(str(error)[:200]) from error


def require_green(results: Sequence[dict], market: str) -> None:
    """Killed by the first red data test, or by the first model that fails; Stillborn where that does not compile."""
    for result in results:
        if result["status"] in dbt.GREEN or result["status"] == "skipped":
            continue
        name, message = result["unique_id"].split(".")[2], " ".join(result["message"].split())[:200]
        if result["unique_id"].startswith("model."):
            if UNCOMPILED.search(message):
                raise Stillborn(f"{name}: {message}")
            raise Killed(f"{market} market: {name} does not build: {message}")
        raise Killed(f"{market} market: {name}")


def names_of(results: Sequence[dict]) -> list[str]:
    """The models among dbt's results."""
    return [result["unique_id"].split(".")[2] for result in results if result["unique_id"].startswith("model.")]


def macro_tests(bench: Bench, mutant: Mutant) -> list[str]:
    """Files of tests that call a macro of the changed file."""
    text = (bench.project / mutant.path).read_text()
    macros = set(re.findall(r"macro (?:\w+?__)?(\w+)\(", text))
    paths = sorted((bench.checkout / MACRO_TESTS).glob("test_*.py"))
    return [str(path) for path in paths if "compiled" in path.read_text() and macros & words(path)]


def mart_tests(bench: Bench, tables: Sequence[str]) -> list[str]:
    """Files of tests that name a table, or whose reference does, those of the first table first."""
    found = {path: words(path) for path in sorted((bench.checkout / "tests" / "marts").glob("test_*.py"))}
    for path in found:
        for module in re.findall(r"from tests\.marts\.(\w+) import", path.read_text()):
            found[path] |= words(path.parent / f"{module}.py")
    reading = [path for path in found if set(tables) & found[path] and path.name != "test_probe.py"]
    return [str(path) for path in sorted(reading, key=lambda path: tables[0] not in found[path])]


def words(path: Path) -> set[str]:
    """Every word of a file."""
    return set(re.findall(r"\w+", path.read_text()))


def run_tests(bench: Bench, files: Sequence[str], market: str, *options: str) -> None:
    """Killed by the first red test of the files, run from the copied checkout on the copied market."""
    if not files:
        return
    failed = first_red(bench.checkout, [*options, *files], bench.data(market), bench.data("small"))
    if failed:
        # a test that is red without the change notices nothing
        if failed not in bench.green():
            started = bench.start.data(market)
            again = first_red(PROJECT_ROOT, [*options, failed], started, bench.start.small)
            assert not again, f"{failed} is red by itself"
            bench.remember_green(failed)
        raise Killed(f"{market} market: {failed}")


def first_red(checkout: Path, arguments: Sequence[str], market: Path, small: Path) -> str:
    """The first red test, run from a checkout on built markets; empty where all are green."""
    options = ["--prebuilt", str(market), "--prebuilt-small", str(small)]
    command = [sys.executable, *PYTEST, *options, *arguments]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)
    red = re.findall(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", done.stdout, re.MULTILINE)
    assert red or done.returncode in (0, 5), done.stdout + done.stderr
    return red[0] if red else ""
