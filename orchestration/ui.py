"""Dagster's pages, daemon and code server as one command that ends at the first signal. What is served: definitions.py.

`dagster dev` does the same with a web server of its own that executes whatever any web page sends it, and needs two
signals to end; here the pages are those of webserver.py.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc

from ingestion.settings import PROJECT_ROOT

#: Seconds between two looks at whether all processes still run.
LOOK = 0.5

#: Seconds that a process gets to end by itself, and that the code server gets to load the project.
PATIENCE, LOADING = 5, 300

#: The workspace file: one code location behind a socket that only this user can open.
WORKSPACE = "load_from:\n  - grpc_server:\n      socket: {socket}\n      location_name: orchestration.definitions\n"


class ProcessEnded(Exception):
    """One of the three processes ended by itself; the log above has the reason."""


@dataclass(frozen=True)
class Running:
    """A process and what it is called in a sentence."""

    name: str
    process: subprocess.Popen[bytes]

    def require(self) -> None:
        """Raise ProcessEnded when it no longer runs."""
        if self.process.poll() is not None:
            raise ProcessEnded(f"the {self.name} of Dagster's pages ended with {self.process.returncode}")

    def end(self) -> None:
        """End it and every process it started: SIGTERM first, SIGKILL after PATIENCE."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, number)
                self.process.wait(PATIENCE)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        self.process.wait()


def serve(port: int, started: Callable[[str], None]) -> None:
    """Serve until a signal raises Stopped here (exits.py), then end all processes; needs DAGSTER_HOME.

    `started` gets one line for the person who waits, when the pages are there. Raises ProcessEnded when one of the
    processes ends by itself.
    """
    with tempfile.TemporaryDirectory(prefix="market-internals-") as folder:
        socket, workspace = Path(folder) / "code", Path(folder) / "workspace.yaml"
        workspace.write_text(WORKSPACE.format(socket=socket))
        code = ("dagster", "code-server", "start", "-m", "orchestration.definitions", "--socket", str(socket))
        daemon = ("dagster._daemon", "run", "-w", str(workspace), "--log-level", "warning")
        with _running("code server", *code, "--log-level", "warning") as code_server:
            _wait_for(socket, code_server)
            with (
                _running("web server", "orchestration.webserver", str(workspace), str(port)) as web_server,
                _running("daemon", *daemon) as scheduler,
            ):
                started(f"Dagster's pages: http://127.0.0.1:{port} (Ctrl-C ends them)")
                while True:
                    for running in (code_server, web_server, scheduler):
                        running.require()
                    time.sleep(LOOK)


@contextmanager
def _running(name: str, *arguments: str) -> Iterator[Running]:
    """A Python process that is ended when the block is left."""
    # a session of its own: Ctrl-C reaches this process only, which then ends the others in order
    # in the folder of the code: modules where the command is given would be imported in place of its own
    command = [sys.executable, "-m", *arguments]
    running = Running(name, subprocess.Popen(command, cwd=PROJECT_ROOT, start_new_session=True))
    try:
        yield running
    finally:
        running.end()


def _wait_for(socket: Path, code_server: Running) -> None:
    """Return when the code server answers."""
    deadline = time.monotonic() + LOADING
    with grpc.insecure_channel(f"unix:{socket}") as channel:
        while time.monotonic() < deadline:
            code_server.require()
            try:
                grpc.channel_ready_future(channel).result(LOOK)
            except grpc.FutureTimeoutError:
                continue
            return
    raise ProcessEnded(f"the code server of Dagster's pages did not answer within {LOADING} seconds")
