"""Dagster's own pages as the console's `ui` command serves them, daemon included, on a free port. Not a test itself."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ingestion.settings import PROJECT_ROOT, Settings
from tests.built_market import parse_ahead

#: Seconds to wait for the server at most; an idle machine needs far fewer.
PATIENCE = 600


@contextmanager
def serving(data: Path, **settings: str) -> Iterator[str]:
    """The address of the pages of the sample market in `data`; all of their processes end with the block.

    `settings` are added to the environment.
    """
    server, log, port = start(data, **settings)
    try:
        wait_for(f"http://127.0.0.1:{port}", server, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=60)


def start(data: Path, **settings: str) -> tuple[subprocess.Popen[bytes], Path, int]:
    """The started `ui` command of the sample market below `data`, its log and its port; `settings` as in `serving`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    parse_ahead(Settings(data=data, market="sample", folder=None))
    log = data / "ui.log"
    command = [
        sys.executable, "-m", "orchestration.cli", "ui", "--market", "sample", "--data", str(data), "--port", str(port)
    ]  # fmt: skip
    with log.open("w") as output:
        server = subprocess.Popen(
            command,
            cwd=PROJECT_ROOT,
            env=os.environ | settings,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return server, log, port


def wait_for(address: str, server: subprocess.Popen, log: Path) -> None:
    """Return when the pages answer; fails the test with the log where they do not start."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(f"{address}/server_info", timeout=5).close()
        except OSError:
            time.sleep(0.5)
        else:
            return
    pytest.fail(f"Dagster's pages did not start:\n{log.read_text()}")
