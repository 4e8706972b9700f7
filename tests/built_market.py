"""A market built once for every test process of this checkout, and built again when anything it is made from changed.

The build is kept between sessions in a folder that git ignores. Tests read it; a test that changes something copies it.
"""

import fcntl
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from unittest.mock import patch

from dbt.constants import PARTIAL_PARSE_FILE_NAME
from filelock import FileLock

from ingestion.settings import DBT_PROJECT, PROJECT_ROOT, Settings
from orchestration import dbt
from tests.run_record import RunRecord

BUILDS = PROJECT_ROOT / ".pytest_cache" / "markets"

#: What a build is made from: code, SQL, seeds, the versions of the libraries, and how the tests build it.
MADE_FROM = (
    "ingestion",
    "orchestration",
    "dbt_project",
    "requirements.lock",
    "tests/conftest.py",
    "tests/crash/conftest.py",
    "tests/crash/console_run.py",
    "tests/crash/small_market.py",
    "tests/marts/adversarial_market.py",
    "tests/orchestration/own_bars.py",
    "tests/orchestration/own_things.py",
    "tests/built_market.py",
)
LEFT_BY_RUNS = frozenset({"__pycache__", "target", "logs"})


@dataclass(frozen=True)
class BuiltMarket:
    """A built and published market, and what the run that built it reported."""

    settings: Settings
    run: RunRecord


@contextmanager
def shared_build(
    name: str, market: str, folder: Path | None, build: Callable[[Settings], RunRecord]
) -> Iterator[BuiltMarket]:
    """The market as `build` leaves it: built by the first process that wants it, while the others wait.

    `name` tells builds of one market apart. A build that a test has changed is reported when the context ends, and is
    not used again.
    """
    place = place_of(name, Settings(market=market, folder=folder))
    settings = Settings(data=place, market=market, folder=folder)
    BUILDS.mkdir(parents=True, exist_ok=True)
    marker, record = place / "files.json", place / "run.json"
    with FileLock(BUILDS / f"{name}.lock"):
        if not marker.exists() or json.loads(marker.read_text()) != state(settings):
            _remove_unused(name)
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            build(settings).write(record)
            marker.write_text(json.dumps(state(settings)))
        # its text is the one that was parsed, whatever a checkout did to the times of the files
        os.utime(settings.warehouse_path.with_suffix(".dbt") / "manifest.json")
        in_use = (place / "in_use").open("w")
        fcntl.flock(in_use, fcntl.LOCK_SH)
    with in_use:
        yield BuiltMarket(settings, RunRecord.read(record))
        if marker.exists() and json.loads(marker.read_text()) != state(settings):
            marker.unlink()
            raise AssertionError(f"a test changed the shared build {name}; it must copy what it changes")


@contextmanager
def parsed_once() -> Iterator[None]:
    """What dbt parses in these processes is kept beside the builds: a build in a new folder starts from it.

    Reading every file of the project costs eight seconds. dbt itself compares what it kept with the files.
    """
    parse = dbt.parse

    def parse_from_kept(build: dbt.Build, write: bool = True) -> object:
        own = build.target / PARTIAL_PARSE_FILE_NAME
        variables = sha256(build.variables_of_parsing().encode()).hexdigest()[:16]
        kept = BUILDS / "parsed" / f"{variables}.msgpack"
        if kept.exists() and not own.exists():
            own.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(kept, own)
        manifest = parse(build, write)
        if not kept.exists() and build.project == DBT_PROJECT:
            kept.parent.mkdir(parents=True, exist_ok=True)
            _remove_older(kept.parent, timedelta(days=1))
            mine = kept.with_suffix(f".{os.getpid()}")
            shutil.copy(own, mine)
            mine.replace(kept)
        return manifest

    with patch.object(dbt, "parse", parse_from_kept):
        yield


def parse_ahead(settings: Settings) -> None:
    """Leave what dbt parses in the market's folder, for a console command in a process of its own."""
    dbt.parse(dbt.Build(settings, settings.warehouse_path), write=False)


def place_of(name: str, settings: Settings) -> Path:
    """The data folder of a build made from this checkout as it is, whether it is there or not."""
    return BUILDS / f"{name}-{fingerprint(settings)}"


def fingerprint(settings: Settings) -> str:
    """Sixteen hexadecimal digits that change with anything a build of this market is made from."""
    digest = sha256(f"{sys.version} {settings.model_dump_json(exclude={'data'})}".encode())
    for name in MADE_FROM:
        root = PROJECT_ROOT / name
        for path in sorted(root.rglob("*")) if root.is_dir() else [root]:
            if path.is_file() and not LEFT_BY_RUNS.intersection(path.relative_to(PROJECT_ROOT).parts):
                digest.update(f"\0{path.relative_to(PROJECT_ROOT)}\0".encode() + path.read_bytes())
    for path in sorted(settings.folder.rglob("*")) if settings.folder else []:
        digest.update(f"\0{path}\0{path.stat().st_size}\0{path.stat().st_mtime_ns}".encode())
    return digest.hexdigest()[:16]


def state(settings: Settings) -> dict[str, list[int]]:
    """Size and time of the two databases of a build; empty where there is none."""
    files = [path for path in (settings.warehouse_path, settings.published_path) if path.exists()]
    return {path.name: [path.stat().st_size, path.stat().st_mtime_ns] for path in files}


def _remove_older(folder: Path, age: timedelta) -> None:
    """Remove files that were written longer ago than `age`."""
    for path in folder.iterdir():
        if time.time() - path.stat().st_mtime > age.total_seconds():
            path.unlink(missing_ok=True)


def _remove_unused(name: str) -> None:
    """Remove older builds of this name that no process is reading."""
    for place in BUILDS.glob(f"{name}-*"):
        with (place / "in_use").open("w") as in_use:
            try:
                fcntl.flock(in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            shutil.rmtree(place)
