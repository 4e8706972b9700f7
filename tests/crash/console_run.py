"""A console run as a process that can be killed at an instant: where it is, by what it has printed and written.

Runs start from a server that has imported the heavy libraries already, which saves each of them some seconds. Not a
test itself.
"""

import multiprocessing
import os
import resource
import signal
import sys
import time
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing.process import BaseProcess
from pathlib import Path

from ingestion.settings import Settings
from ingestion.sources.base import TABLES

#: In the order of a run. Each begins with something that can be seen from outside: the process itself; the line of the
#: calendar; the line of the last raw table; the half-written file beside the published one.
PHASES = ("starting", "ingestion", "dbt", "publication")

#: Seconds a run may take on a busy machine; an idle one needs about 20.
PATIENCE = 900

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["dagster", "dagster_dbt", "dbt.cli.main", "pandera", "orchestration.definitions"])


@dataclass(frozen=True)
class Ended:
    """How a run ended: its exit code (negative: the signal that killed it), in which phase, and what it had printed."""

    code: int
    phase: str
    seconds: dict[str, float]
    printed: str
    complaint: str


def run(
    settings: Settings,
    kill_in: str | None = None,
    kill_after: float = 0.0,
    largest_file: int | None = None,
    words: Path | None = None,
) -> Ended:
    """`market-internals run` for `settings`, killed with its group `kill_after` seconds into the phase `kill_in`.

    `largest_file` in bytes is the disk that is full: no file of the run can grow beyond it. What the run says is
    kept in the folder `words`, the data folder unless given.
    """
    words = words or settings.data
    words.mkdir(parents=True, exist_ok=True)
    printed, complaint = words / "printed.txt", words / "complaint.txt"
    for path in (printed, complaint):
        path.write_text("")
    arguments = ["run", "--market", settings.market, "--data", str(settings.data)]
    arguments += ["--folder", str(settings.folder)] if settings.folder else []
    process = _SERVER.Process(target=_console, args=(arguments, str(printed), str(complaint), largest_file))
    process.start()
    try:
        phase, began = _watch(process, settings, printed, kill_in, kill_after)
    finally:
        if process.is_alive():
            _kill(process)
        process.join(60)
    code = process.exitcode if process.exitcode is not None else 1
    edges = [*(began[name] for name in PHASES if name in began), time.monotonic()]
    seconds = dict(zip(began, (after - before for before, after in pairwise(edges)), strict=True))
    return Ended(code, phase, seconds, printed.read_text(), complaint.read_text())


def _watch(
    process: BaseProcess, settings: Settings, printed: Path, kill_in: str | None, kill_after: float
) -> tuple[str, dict[str, float]]:
    """Wait for the end or the instant of the kill; the phase it was in, and when each phase began."""
    phase, began = PHASES[0], {PHASES[0]: time.monotonic()}
    deadline = began[phase] + PATIENCE
    while process.is_alive():
        now = time.monotonic()
        if now > deadline:
            raise TimeoutError(f"the run is not over after {PATIENCE} s:\n{printed.read_text()}")
        following = PHASES[PHASES.index(phase) + 1 :][:1]
        if following and _has_begun(following[0], settings, printed):
            phase = following[0]
            began[phase] = now
        if kill_in in began and now >= began[kill_in] + kill_after:
            _kill(process)
            break
        time.sleep(0.005 if kill_in == "publication" and phase == "dbt" else 0.02)
    return phase, began


def _has_begun(phase: str, settings: Settings, printed: Path) -> bool:
    if phase == "publication":
        return any(settings.market_folder.glob(f".{settings.published_path.name}.*.part"))
    lines = printed.read_text().splitlines()
    loaded = sum(line.startswith("  raw.") for line in lines)
    return loaded >= (1 if phase == "ingestion" else 1 + len(TABLES))


def _kill(process: BaseProcess) -> None:
    assert process.pid is not None
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:  # it has just ended, or has no group of its own yet
        process.kill()


def _console(arguments: list[str], printed: str, complaint: str, largest_file: int | None) -> None:
    """The console command in a process group of its own, its words in two files."""
    os.setsid()
    for stream, path in ((1, printed), (2, complaint)):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, stream)
        os.close(file)
    if largest_file:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
    from orchestration.cli import main

    sys.exit(main(arguments))
