"""A console run as a process that can be killed at an instant, told by what the run has printed, logged and written.

Runs start from a server that has imported the heavy libraries already, which saves each of them some seconds. Not a
test itself.
"""

import multiprocessing
import os
import re
import resource
import signal
import sys
import time
from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import pairwise
from multiprocessing.process import BaseProcess
from pathlib import Path

from ingestion.settings import Settings
from ingestion.tables import TABLES

#: In the order of a run. Each begins with something that can be seen from outside: the process itself; the line of the
#: calendar; the line of the last raw table; the half-written file beside the published one; the new file in its place.
PHASES = ("starting", "ingestion", "dbt", "publication", "published")

#: Seconds a run may take on a busy machine; an idle one needs about 20.
PATIENCE = 900

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["dagster", "dagster_dbt", "dbt.cli.main", "pandera", "orchestration.definitions"])

#: What dbt's log says as a node starts.
NODE_STARTS = re.compile(rb" \d+ of \d+ START ")

#: Seconds between two looks at a run.
LOOK = 0.01


@dataclass(frozen=True)
class Instant:
    """An instant of a run: `delay` seconds after the phase has made so many steps, at the latest at its next step.

    Told by what the run does and not by the clock, so that it is the same instant on a slow machine and on a fast one.
    """

    phase: str
    steps: int
    delay: float


@dataclass
class Course:
    """How far a run is: its phase, when each began, and the seconds into it at which each of its steps was seen."""

    phase: str = PHASES[0]
    began: dict[str, float] = field(default_factory=dict)
    steps: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in PHASES})

    def has_passed(self, instant: Instant, now: float) -> bool:
        """Whether a run that is here at `now` (monotonic) has reached the instant."""
        if instant.phase not in self.began:
            return False
        seen = self.steps[instant.phase]
        if self.phase != instant.phase or len(seen) > instant.steps:
            return True
        since = self.began[instant.phase] + (seen[-1] if seen else 0)
        return len(seen) == instant.steps and now >= since + instant.delay


@dataclass(frozen=True)
class Ended:
    """How a run ended: its exit code (negative: the signal that killed it), its course, and what it had printed."""

    code: int
    phase: str
    seconds: dict[str, float]
    steps: dict[str, list[float]]
    printed: str
    complaint: str

    def instant(self, phase: str, share: float) -> Instant:
        """The instant at a share (0 to 1) of the time that a phase of this run took."""
        at = share * self.seconds[phase]
        steps = bisect_right(self.steps[phase], at)
        return Instant(phase, steps, at - (self.steps[phase][steps - 1] if steps else 0))


def run(
    settings: Settings,
    kill_at: Instant | None = None,
    largest_file: int | None = None,
    words: Path | None = None,
) -> Ended:
    """`market-internals run` for `settings`, killed with its group at the instant `kill_at`.

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
        course = _watch(process, settings, printed, kill_at)
    finally:
        if process.is_alive():
            _kill(process)
        process.join(60)
    code = process.exitcode if process.exitcode is not None else 1
    edges = [*course.began.values(), time.monotonic()]
    seconds = dict(zip(course.began, (after - before for before, after in pairwise(edges)), strict=True))
    return Ended(code, course.phase, seconds, course.steps, printed.read_text(), complaint.read_text())


def _watch(process: BaseProcess, settings: Settings, printed: Path, kill_at: Instant | None) -> Course:
    """Wait for the end or the instant of the kill; the course of the run until then."""
    published, log = settings.published_path, settings.warehouse_path.with_suffix(".dbt") / "logs" / "dbt.log"
    fresh = published.with_name(f".{published.name}.{process.pid}.part")
    old, logged = _identity(published), log.stat().st_size if log.exists() else 0
    course = Course(began={PHASES[0]: time.monotonic()})
    deadline = course.began[course.phase] + PATIENCE
    while process.is_alive():
        now = time.monotonic()
        if now > deadline:
            raise TimeoutError(f"the run is not over after {PATIENCE} s:\n{printed.read_text()}")
        loaded = sum(line.startswith("  raw.") for line in printed.read_text().splitlines())
        begun = {
            "ingestion": loaded > 0,
            "dbt": loaded > len(TABLES),
            "publication": fresh.exists(),
            "published": _identity(published) != old,
        }
        following = PHASES[PHASES.index(course.phase) + 1 :][:1]
        if following and begun[following[0]]:
            course.phase = following[0]
            course.began[course.phase] = now
        made = {"ingestion": loaded, "dbt": _nodes(log, logged)}
        seen = course.steps[course.phase]
        seen += [now - course.began[course.phase]] * (made.get(course.phase, 0) - len(seen))
        if kill_at and course.has_passed(kill_at, now):
            _kill(process)
            break
        time.sleep(LOOK)
    return course


def _identity(path: Path) -> tuple[int, int] | None:
    """What changes when another file takes the place of this one."""
    return (path.stat().st_ino, path.stat().st_mtime_ns) if path.exists() else None


def _nodes(log: Path, logged: int) -> int:
    """How many nodes dbt has started since its log was so many bytes long."""
    if not log.exists():
        return 0
    with log.open("rb") as file:
        file.seek(logged)
        return len(NODE_STARTS.findall(file.read()))


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
