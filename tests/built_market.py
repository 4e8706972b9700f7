"""A market built once for every test process of this checkout, and built again when anything it is made from changed.

The build is kept between sessions in a folder that git ignores. Tests read it; a test that changes something copies it.
"""

import fcntl
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from filelock import FileLock

from ingestion.settings import PROJECT_ROOT, Settings
from tests.run_record import RunRecord

BUILDS = PROJECT_ROOT / ".pytest_cache" / "markets"

#: What a build is made from: code, SQL, seeds, the versions of the libraries, and how the tests build it.
MADE_FROM = (
    "ingestion",
    "orchestration",
    "dbt_project",
    "requirements.lock",
    "tests/conftest.py",
    "tests/crash/small_market.py",
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
    digest = fingerprint(Settings(market=market, folder=folder))
    place = BUILDS / f"{name}-{digest}"
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


def _remove_unused(name: str) -> None:
    """Remove older builds of this name that no process is reading."""
    for place in BUILDS.glob(f"{name}-*"):
        with (place / "in_use").open("w") as in_use:
            try:
                fcntl.flock(in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            shutil.rmtree(place)
