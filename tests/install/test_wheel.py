"""The wheel, built as a user builds it and installed where there is no checkout: what every command does there."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import duckdb
import pytest
from anyio.from_thread import start_blocking_portal
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from ingestion.settings import PROJECT_ROOT

pytestmark = pytest.mark.ci

#: The folders of the project that a wheel holds.
PACKED = ("app", "dbt_project", "ingestion", "orchestration")

#: Seconds to wait for a server at most; an idle machine needs far fewer.
PATIENCE = 300

#: Draws the first page in a process of the installed Python: four answers, each with its picture.
DRAW = """
from pathlib import Path
import app
from streamlit.testing.v1 import AppTest
page = AppTest.from_file(str(Path(app.__file__).with_name("main.py")), default_timeout=120).run()
print(len(page.get("vega_lite_chart")), "pictures", len(page.exception), "errors")
"""

#: The jobs of every code location, for Dagster's GraphQL.
JOBS = """
{ workspaceOrError { ... on Workspace { locationEntries { locationOrLoadError {
    ... on RepositoryLocation { repositories { jobs { name } } }
} } } } }
"""


@dataclass(frozen=True)
class Installed:
    """The command of an installed wheel, and the home folder of the user who runs it."""

    command: Path
    packages: Path
    home: Path

    @property
    def data(self) -> Path:
        """Where this user's data lies."""
        return self.home / "own data" / "market-internals" / "data"

    @property
    def started_with(self) -> dict[str, object]:
        """Where a command is started and with which environment: neither leads to a checkout."""
        environment = {"HOME": str(self.home), "XDG_DATA_HOME": str(self.home / "own data"), "PATH": os.defpath}
        return {"cwd": self.home / "elsewhere", "env": environment, "text": True}

    def run(self, *arguments: str) -> str:
        """What a command printed; fails the test where it did not end well or complained of something."""
        # as pipx starts a command: Python reads no variable of its own
        started = [self.command.with_name("python"), "-sE", self.command, *arguments]
        done = subprocess.run(started, capture_output=True, **self.started_with)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
        return done.stdout

    @contextmanager
    def serving(self, name: str, page: str) -> Iterator[str]:
        """The text of a page of the server that a command starts; all of its processes end with the block."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        log = self.home / f"{name}.log"
        with log.open("w") as output:
            server = subprocess.Popen(
                [self.command, name, "--port", str(port)], stdout=output, stderr=output, **self.started_with
            )
        try:
            yield _read(f"http://127.0.0.1:{port}/{page}", server, log)
        finally:
            server.terminate()
            server.wait(timeout=60)


class Run(NamedTuple):
    """What a run printed, and the installed files before and after it with their times."""

    said: str
    before: dict[str, int]
    after: dict[str, int]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the files that git knows, built by way of the source archive."""
    checkout, built = tmp_path_factory.mktemp("checkout"), tmp_path_factory.mktemp("built")
    for name in _git_files():
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PROJECT_ROOT / name, checkout / name)
    _with_a_registry([sys.executable, "-m", "build", "--outdir", str(built), str(checkout)])
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel and the locked versions of its dependencies in an environment of their own, none of it writable."""
    place, home = tmp_path_factory.mktemp("environment"), tmp_path_factory.mktemp("home")
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
    python, uv = str(place / "bin" / "python"), Path(sys.executable).with_name("uv")
    pip = [python, "-m", "pip", "install"]
    install = [str(uv), "pip", "install", "--compile-bytecode", "--python", python] if uv.exists() else pip
    _with_a_registry([*install, "--quiet", "--constraint", str(PROJECT_ROOT / "requirements.lock"), str(wheel)])
    (packages,) = place.glob("lib/python*/site-packages")
    for name in PACKED:
        for path in (packages / name, *(packages / name).rglob("*")):
            path.chmod(path.stat().st_mode & ~0o222)
    # a user may have folders of any name
    decoy = home / "elsewhere" / "app"
    decoy.mkdir(parents=True)
    (decoy / "__init__.py").write_text("raise ImportError('not this one')\n")
    return Installed(place / "bin" / "market-internals", packages, home)


@pytest.fixture(scope="module")
def first_run(installed: Installed) -> Run:
    """The first run of the sample market."""
    before = _times(installed.packages)
    said = installed.run("run")
    return Run(said, before, _times(installed.packages))


def test_a_wheel_holds_the_files_of_its_folders_and_no_others(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == {name for name in _git_files() if name.split("/")[0] in PACKED}


def test_a_run_publishes_in_the_users_folder_and_writes_nothing_where_it_is_installed(
    installed: Installed, wheel: Path, first_run: Run
) -> None:
    published = installed.data / "sample" / "market_internals.duckdb"
    assert first_run.said.rstrip().endswith(str(published))
    with duckdb.connect(str(published), read_only=True) as connection:
        (rows,) = connection.execute("select count(*) from marts.verdict_daily").fetchall()[0]
        (revision,) = connection.execute("select git_revision from marts.publication").fetchall()[0]
    assert rows > 1000
    assert revision == wheel.name.split("-")[1], "a repository around an environment is not ours"
    assert first_run.after == first_run.before
    assert [path.name for path in (installed.home / "elsewhere").iterdir()] == ["app"]


def test_what_is_published_is_read_by_report_export_and_docs(installed: Installed, first_run: Run) -> None:
    for path in installed.run("report").splitlines():
        assert Path(path).stat().st_size > 5_000
    assert "breadth_daily.parquet" in installed.run("export", "--to", str(installed.home / "out"))
    page = Path(installed.run("docs").splitlines()[-1])
    assert "neg_breadth_streak" in page.read_text(encoding="utf-8")
    assert _times(installed.packages) == first_run.before


def test_the_viewer_draws_a_page_and_listens_to_this_machine_only(installed: Installed, first_run: Run) -> None:
    with installed.serving("app", "_stcore/health") as answer:
        assert answer == "ok"
    said = (installed.home / "app.log").read_text()
    assert "http://127.0.0.1:" in said
    assert "Network URL" not in said, "Streamlit has not read its settings"
    python = installed.command.with_name("python")
    drawn = subprocess.run([python, "-P", "-c", DRAW], capture_output=True, **installed.started_with)
    assert drawn.stdout == "4 pictures 0 errors\n", drawn.stderr
    assert _times(installed.packages) == first_run.before


def test_an_agent_gets_the_verdict(installed: Installed, first_run: Run) -> None:
    asked = StdioServerParameters(
        command=str(installed.command),
        args=["mcp"],
        cwd=installed.started_with["cwd"],
        env=installed.started_with["env"],
    )
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(Client(stdio_client(asked))) as client:
        day = portal.call(client.call_tool, "verdict").structured_content
        rows = portal.call(client.call_tool, "query", {"sql": "select count(*) from marts.verdict_daily"})
    assert day["call"] in first_run.said
    assert rows.structured_content["rows"][0][0] > 1000
    assert _times(installed.packages) == first_run.before


def test_dagsters_pages_have_the_job(installed: Installed, first_run: Run) -> None:
    with installed.serving("ui", f"graphql?{urlencode({'query': JOBS})}") as answer:
        assert '"daily"' in answer
    assert _times(installed.packages) == first_run.before


def test_settings_of_this_user_are_read_beside_the_data(installed: Installed) -> None:
    (installed.data.parent).mkdir(parents=True, exist_ok=True)
    settings = installed.data.parent / ".env"
    settings.write_text("MARKET_INTERNALS_TRHEADS=3\n")
    try:
        refused = subprocess.run([installed.command, "report"], capture_output=True, **installed.started_with)
    finally:
        settings.unlink()
    assert "nearest name is MARKET_INTERNALS_THREADS" in refused.stderr


def _git_files() -> list[str]:
    """Files of the project that git knows or would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.splitlines() if (PROJECT_ROOT / name).is_file()]


def _with_a_registry(command: list[str]) -> None:
    """Run a command that needs a registry of packages; where there is none the test skips, but never in CI."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        said = f"{' '.join(command)}\n{done.stdout}{done.stderr}"
        if os.environ.get("CI"):
            pytest.fail(f"CI needs a registry of packages: {said}")
        pytest.skip(f"no wheel can be built or installed here: {said}")


def _times(folder: Path) -> dict[str, int]:
    """Every file below a folder and when it was written, nanoseconds; not what Python compiles."""
    return {
        str(path): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"
    }


def _read(address: str, server: subprocess.Popen, log: Path) -> str:
    """The page at an address once its server answers; fails the test with the log where it does not."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=30) as answer:
                return answer.read().decode()
        except OSError:
            time.sleep(0.5)
    return pytest.fail(f"the server did not start:\n{log.read_text()}")
