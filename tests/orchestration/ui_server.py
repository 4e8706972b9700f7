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
def serving(settings: Settings, **environment: str) -> Iterator[str]:
    """The address of the pages of a market; all of their processes end with the block.

    `environment` is added to that of this process.
    """
    server, log, port = start(settings, **environment)
    try:
        wait_for(f"http://127.0.0.1:{port}", server, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=60)


def start(settings: Settings, **environment: str) -> tuple[subprocess.Popen[bytes], Path, int]:
    """The started `ui` command of a market, its log and its port; `environment` as in `serving`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    parse_ahead(settings)
    log = settings.data / "ui.log"
    folder = ("--folder", str(settings.folder)) if settings.folder else ()
    command = [
        sys.executable, "-m", "orchestration.cli", "ui", "--market", settings.market, *folder,
        "--data", str(settings.data), "--port", str(port),
    ]  # fmt: skip
    with log.open("w") as output:
        server = subprocess.Popen(
            command,
            cwd=PROJECT_ROOT,
            env=os.environ | environment,
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
