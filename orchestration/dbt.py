"""The wiring of the dbt project: where a build goes, the manifest while it is fresh, and dbt run inside this process.

A subprocess a step costs about eight seconds of start-up; in this process a warm build costs its queries.
"""

import csv
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ingestion import overlay
from ingestion.markets import main_universe
from ingestion.settings import DBT_PROJECT, Settings
from ingestion.store.audit import reading
from ingestion.store.disk import CannotWrite, disk_refusal
from ingestion.store.sql import quoted_text

#: dbt result statuses of a data test or model that is as it should be.
GREEN = frozenset({"success", "pass", "warn", "no-op"})

#: Unit tests hold for any data, so the test suite runs them, not every build.
EVERY_BUILD = ("--exclude-resource-type", "unit_test")

#: Seeds of rules and the columns of them that are only words.
_WORDED = {
    "thresholds": {"unit", "reason"},
    "calls": {"name", "sentence", "grounds", "level_words", "state_words", "reason"},
}

_IGNORED = frozenset({"target", "logs", "dbt_packages", "__pycache__"})


class BuildFailed(Exception):
    """dbt could not build a model: mend the model or its input."""


class TestsFailed(Exception):
    """A data test is red: nothing was published, and what was published before still stands."""

    __test__ = False


@dataclass(frozen=True)
class Build:
    """Where a build of the models goes and what it may know; as_of is naive UTC."""

    settings: Settings
    path: Path
    as_of: datetime | None = None
    raw_path: Path | None = None
    full: bool = False
    project: Path = DBT_PROJECT
    of_universe: str = ""
    engine: str = "duckdb"

    @property
    def target(self) -> Path:
        """dbt's own files of this build: manifest, compiled SQL, results, logs."""
        parts = [self.of_universe, "spark" if self.engine == "spark" else "", "dbt"]
        return self.path.with_suffix("".join(f".{part}" for part in parts if part))

    def variables(self) -> str:
        """The --vars of this build as JSON."""
        given = self._parsed_with() | {
            "build_path": str(self.path),
            "memory_limit": self.settings.engine_memory,
            "threads": self.settings.threads,
        }
        if self.raw_path:
            given["raw_path"] = str(self.raw_path)
        if self.as_of:
            given["as_of"] = f"{self.as_of:%Y-%m-%d %H:%M:%S}"
        return json.dumps(given)

    def variables_of_parsing(self) -> str:
        """The --vars that a manifest depends on, as JSON.

        With any other variable dbt would read every file again when it changes, which costs about eight seconds. Of the
        path only the name counts, which is the name of the database; parsing opens no database.
        """
        return json.dumps(self._parsed_with())

    def _parsed_with(self) -> dict[str, object]:
        universe = main_universe(self.settings)
        return {
            "build_path": self.path.name,
            "market": self.settings.market,
            "universe": self.of_universe or universe,
            "of_universe": self.of_universe,
            "own_universes": [*([] if universe == "SP500" else [universe]), *overlay.read(self.settings).universes],
            "sql_digest": sql_digest(self.project),
        }


def todays_build(settings: Settings, now: datetime, full: bool = False, project: Path = DBT_PROJECT) -> Build:
    """The build of the market's working database, knowing all that is known at `now`."""
    return Build(settings, settings.warehouse_path, now, full=full, project=project, engine=settings.engine)


def as_of_build(settings: Settings, known_to: datetime, project: Path = DBT_PROJECT) -> Build:
    """A build of what was known at a past instant, in a throwaway database; the warehouse is only read."""
    path = settings.market_folder / "as_of" / "build.duckdb"
    return Build(settings, path, known_to, settings.warehouse_path, True, project, engine=settings.engine)


def discard(build: Build) -> None:
    """Remove a throwaway database; what dbt parsed stays, which saves the next such build eight seconds."""
    for path in build.path.parent.glob(f"{build.path.name}*"):
        path.unlink(missing_ok=True)


def fresh_manifest(settings: Settings, project: Path = DBT_PROJECT) -> Path:
    """The path of a manifest of this project by this dbt; parses when it is of other files or another version.

    Files are compared by digest, not by time: an unpacked archive keeps times from elsewhere.
    """
    build = Build(settings, settings.warehouse_path, project=project)
    path, parsed = build.target / "manifest.json", build.target / "manifest.digest"
    digest = project_digest(project)
    if _read(path) is None or not parsed.exists() or parsed.read_text() != digest:
        parse(build)
        parsed.write_text(digest)
    return path


def parse(build: Build, write: bool = True) -> Any:
    """The project as dbt's Manifest, also written to build.target if `write`; unchanged files are not read again."""
    from dbt.cli.main import dbtRunner

    build.path.parent.mkdir(parents=True, exist_ok=True)
    written = [] if write else ["--no-write-json"]
    result = dbtRunner().invoke(["parse", *written, *_options(build, build.variables_of_parsing())])
    if not result.success:
        raise _failure(_sentence(result.exception))
    return result.result


def run(
    command: str,
    build: Build,
    arguments: Sequence[str] = (),
    listen: Callable[[str], None] = lambda node: None,
) -> list[dict[str, Any]]:
    """Run one dbt command ('build', 'test') in this process and return dbt's results, one dictionary a node.

    `listen` hears the name of each node as it starts and ends. A node's `seconds` are from its start to its end,
    `engine_seconds` those of its statements in the engine. Raises BuildFailed when dbt itself fails; a node that failed
    is among the results.
    """
    from dbt.artifacts.schemas.run import RunExecutionResult

    results = build.target / "run_results.json"
    results.unlink(missing_ok=True)
    engine_seconds: Counter[str] = Counter()

    def hear(event: Any) -> None:
        if event.info.name in ("NodeStart", "NodeFinished"):
            listen(event.data.node_info.node_name)
        elif event.info.name == "SQLQueryStatus":
            engine_seconds[event.data.node_info.unique_id] += event.data.elapsed

    full = ["--full-refresh"] if build.full and command == "build" else []
    outcome = _invoke(build, [command, *arguments, *full, *_options(build, build.variables())], [hear])
    if outcome.exception is not None or not isinstance(outcome.result, RunExecutionResult):
        raise _failure(_sentence(outcome.exception))
    broken = _broken_rules(build, [node.node for node in outcome.result.results if str(node.status) == "fail"])
    return [
        _result(node, engine_seconds[node.node.unique_id], broken.get(node.node.unique_id))
        for node in outcome.result.results
    ]


def document(build: Build, page: Path) -> None:
    """Write dbt's documentation of the project and this build's tables to `page`: one HTML file, no network needed.

    Raises BuildFailed when dbt fails. What the build left behind for the audit stays as it is.
    """
    build = replace(build, engine="duckdb")  # whatever built the tables, they lie in its database
    page.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=page.parent) as target:
        outcome = _invoke(build, ["docs", "generate", "--static", *_options(build, build.variables(), Path(target))])
        if not outcome.success:
            raise _failure(_sentence(outcome.exception))
        (Path(target) / "static_index.html").replace(page)


def manifest(build: Build) -> dict[str, Any]:
    """What dbt parsed for the newest run on this build."""
    written = _read(build.target / "manifest.json")
    if written is None:
        raise BuildFailed("dbt left no manifest")
    return written


def tests_passed(build: Build) -> int | None:
    """How many data tests passed in the newest run on this build; None unless it ran them all.

    Raises TestsFailed when one of them is red.
    """
    results, manifest = _read(build.target / "run_results.json"), _read(build.target / "manifest.json")
    if results is None or manifest is None:
        return None
    statuses = {row["unique_id"]: row["status"] for row in results["results"]}
    tests = {name for name, node in manifest["nodes"].items() if node["resource_type"] == "test"}
    require_green([{"unique_id": name, "status": status, "message": ""} for name, status in statuses.items()])
    return len(tests) if tests <= statuses.keys() else None


def last_results(build: Build) -> list[dict[str, Any]] | None:
    """What dbt reported of each node in the newest run on this build, as `run` returns it; None unless all is green."""
    results, manifest = _read(build.target / "run_results.json"), _read(build.target / "manifest.json")
    if results is None or manifest is None:
        return None
    rows = [
        {
            "unique_id": row["unique_id"],
            "status": row["status"],
            "message": row["message"] or "",
            "failures": row["failures"],
            "seconds": row["execution_time"],
            "engine_seconds": 0.0,
        }
        for row in results["results"]
    ]
    wanted = {name for name, node in manifest["nodes"].items() if node["resource_type"] in ("model", "seed", "test")}
    green = {row["unique_id"] for row in rows if row["status"] in GREEN}
    return rows if wanted <= green else None


def require_green(results: Sequence[Mapping[str, Any]]) -> None:
    """Raise BuildFailed when a model is not built (CannotWrite for want of room), else TestsFailed on a red test."""
    failed = [node for node in results if node["status"] not in GREEN and node["status"] != "skipped"]
    models = [node for node in failed if not node["unique_id"].startswith("test.")]
    refused = [node for node in failed if disk_refusal(str(node["message"]))]
    if models or refused:
        first = (refused or models)[0]
        raise _failure(f"{_short(first['unique_id'])}: {' '.join(str(first['message']).split())}")
    if failed:
        names = ", ".join(f"{_short(node['unique_id'])}: {node['message']}" for node in failed[:3])
        more = f" and {len(failed) - 3} more" if len(failed) > 3 else ""
        raise TestsFailed(f"{len(failed)} of the data tests failed: {names}{more}")


def rule_version(project: Path = DBT_PROJECT, own_calls: Sequence[Mapping[str, str | None]] = ()) -> str:
    """Fingerprint of the thresholds and of the rules of the call: eight hexadecimal digits.

    It changes when a value or a condition does, not when its words do. `own_calls` are those of the user's overlay.
    """
    rules = {}
    for name, worded in _WORDED.items():
        with (project / "seeds" / "universe" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            rows = [{column: row[column] for column in row if column not in worded} for row in csv.DictReader(file)]
        rules[name] = sorted(rows, key=lambda row: list(row.values()))
    if own_calls:
        left_out = {*_WORDED["calls"], "line"}
        rules["own_calls"] = [{name: row[name] or "" for name in row if name not in left_out} for row in own_calls]
    return sha256(json.dumps(rules, sort_keys=True).encode()).hexdigest()[:8]


def sql_digest(project: Path = DBT_PROJECT) -> str:
    """Fingerprint of every model and macro: sixteen hexadecimal digits that change with any letter of them."""
    digest = sha256()
    for path in sorted((*(project / "models").rglob("*.sql"), *(project / "macros").rglob("*.sql"))):
        digest.update(f"{path.relative_to(project).as_posix()}\0{path.read_text(encoding='utf-8')}\0".encode())
    return digest.hexdigest()[:16]


def _invoke(build: Build, arguments: list[str], callbacks: Sequence[Callable[[Any], None]] = ()) -> Any:
    """What dbt made of a command on an open database: opened once for all nodes, and closed whatever happens."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    try:
        return dbtRunner(manifest=parse(build, write=False), callbacks=list(callbacks)).invoke(arguments)
    finally:
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


def _read(path: Path) -> dict[str, Any] | None:
    """What dbt wrote there; None where it wrote nothing, or was killed while writing."""
    try:
        written: dict[str, Any] = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return None
    return written


def project_digest(project: Path) -> str:
    """Fingerprint of every file of the project and of the versions that parse it."""
    versions = [version(package) for package in ("dbt-core", "dbt-duckdb", "duckdb")]
    digest = sha256(json.dumps(versions).encode())
    for path in sorted(project.rglob("*")):
        inside = path.relative_to(project)
        if path.is_file() and not _IGNORED.intersection(inside.parts):
            digest.update(f"{inside.as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _options(build: Build, variables: str, target: Path | None = None) -> list[str]:
    target = target or build.target
    return [
        "--project-dir",
        str(build.project),
        "--profiles-dir",
        str(build.project),
        "--target-path",
        str(target),
        "--log-path",
        str(target / "logs"),
        "--log-level",
        "none",
        "--log-level-file",
        "info",
        *(["--target", "spark"] if build.engine == "spark" else []),
        "--vars",
        variables,
    ]


def _broken_rules(build: Build, failed: Sequence[Any]) -> dict[str, str]:
    """Failed test -> the rule that is broken with the key of the first such row, where the test's rows have both."""
    if not failed or build.engine != "duckdb":  # the SQL of another engine
        return {}
    found: dict[str, str] = {}
    with reading(build.path) as connection:
        if build.raw_path:
            connection.execute(f"attach {quoted_text(build.raw_path)} as warehouse (read_only)")
        for test in failed:
            rows = connection.execute(f"from ({test.compiled_code}) limit 1")
            first = dict(zip([column[0] for column in rows.description], rows.fetchall()[0], strict=True))
            if first.keys() == {"rule", "found"}:
                found[test.unique_id] = f"{first['rule']} ({first['found']})"
    return found


def _result(node: Any, engine_seconds: float, broken_rule: str | None) -> dict[str, Any]:
    return {
        "unique_id": node.node.unique_id,
        "status": str(node.status),
        "message": broken_rule or node.message or "",
        "failures": node.failures,
        "seconds": node.execution_time,
        "engine_seconds": engine_seconds,
    }


def _short(unique_id: str) -> str:
    """The name in a dbt unique id: test.market_internals.<name>.<hash> and model.market_internals.<name>."""
    return unique_id.split(".")[2]


def _failure(words: str) -> Exception:
    """BuildFailed with dbt's message, or CannotWrite if the message is about disk or folder rather than the model."""
    refusal = disk_refusal(words)
    if refusal:
        return CannotWrite(f"cannot build: {refusal}; what was published before still stands")
    return BuildFailed(words)


def _sentence(error: BaseException | None) -> str:
    return " ".join(str(error).split()) or "dbt failed without saying why"
