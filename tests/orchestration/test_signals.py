"""A signal in any phase ends a run with its exit code and one sentence, without a traceback; another run is refused."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ingestion.settings import PROJECT_ROOT, Settings
from tests.built_market import parse_ahead
from tests.crash import small_market

pytestmark = pytest.mark.ci

SENTENCE = "market-internals: stopped; what was published before still stands\n"

#: What a run has printed when it is in each phase: nothing; the line of a raw table; the line of a model.
LOADING, INGESTION, MODELS = r"^", r"raw\.securities", r"intermediate\.int_sessions"

#: Seconds to wait for a phase on a busy machine.
PATIENCE = 600


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("signals") / "market"
    frames = small_market.cut_down()
    small_market.write(frames, folder, small_market.sessions(frames)[-1])
    return folder


@contextmanager
def run_started(folder: Path, data: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A console run as a user starts it, its words in two files of `data`."""
    parse_ahead(Settings(data=data, market="folder", folder=folder))
    command = [sys.executable, "-u", "-m", "orchestration.cli", "run", "--folder", str(folder), "--data", str(data)]
    with (data / "printed.txt").open("w") as printed, (data / "complaint.txt").open("w") as complaint:
        process = subprocess.Popen(command, cwd=PROJECT_ROOT, stdout=printed, stderr=complaint)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def wait_for(phase: str, process: subprocess.Popen[bytes], data: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not ((data / "folder" / ".run.json").exists() and re.search(phase, (data / "printed.txt").read_text())):
        assert process.poll() is None, (data / "complaint.txt").read_text()
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("number", "phase"),
    [(signal.SIGHUP, LOADING), (signal.SIGTERM, INGESTION), (signal.SIGINT, MODELS)],
    ids=["hup-loading", "term-ingestion", "ctrl-c-models"],
)
def test_a_signal_ends_a_run_with_its_code_and_one_sentence(
    number: signal.Signals, phase: str, folder: Path, tmp_path: Path
) -> None:
    with run_started(folder, tmp_path) as process:
        wait_for(phase, process, tmp_path)
        process.send_signal(number)
        assert process.wait(timeout=20) == 128 + number
    assert (tmp_path / "complaint.txt").read_text() == SENTENCE


def test_a_second_run_and_a_report_are_refused_while_one_is_at_work(folder: Path, tmp_path: Path) -> None:
    with run_started(folder, tmp_path) as process:
        wait_for(LOADING, process, tmp_path)
        for command in ("run", "report"):
            arguments = [sys.executable, "-m", "orchestration.cli", command, "--data", str(tmp_path)]
            arguments += ["--folder", str(folder)]
            second = subprocess.run(arguments, cwd=PROJECT_ROOT, capture_output=True, text=True)
            assert second.returncode == 6
            assert f"another run is at work on the market 'folder': process {process.pid}, since" in second.stderr
            assert second.stderr.count("\n") == 1
