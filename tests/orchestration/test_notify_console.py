"""Evenings of a small folder market that report to a receiver on this machine: the console command, end to end."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from ingestion.settings import PROJECT_ROOT, Settings
from orchestration.exits import INCOMPLETE, PUBLISHED, SOURCE
from tests.crash import small_market
from tests.orchestration.receiver import PASSWORD, Receiver, receiving

pytestmark = pytest.mark.ci


def command(data: Path, receiver: Receiver, states: str, *arguments: str) -> subprocess.CompletedProcess:
    """`market-internals` on the folder market below `data`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MARKET_INTERNALS_")}
    environment |= {
        "MARKET_INTERNALS_MARKET": "folder",
        "MARKET_INTERNALS_FOLDER": str(data / "files"),
        "MARKET_INTERNALS_DATA": str(data),
        "MARKET_INTERNALS_NOTIFY": f"{receiver.address} sh:cat >> '{data}/told'",
        "MARKET_INTERNALS_NOTIFY_STATES": states,
    }
    return subprocess.run(
        [sys.executable, "-m", "orchestration.cli", *arguments],
        cwd=PROJECT_ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
    )


def every_state(published: Path) -> str:
    with duckdb.connect(str(published), read_only=True) as connection:
        rows = connection.execute("select distinct state_id from marts.states_daily order by 1").fetchall()
    return ",".join(row[0] for row in rows)


def test_a_new_session_is_reported_once_and_a_failed_run_too(small_built, tmp_path: Path) -> None:
    states = every_state(small_built.settings.published_path)
    frames = small_market.cut_down()
    before, newest = small_market.sessions(frames)[-2:]
    small_market.write(frames, tmp_path / "files", before)
    told = tmp_path / "told"
    with receiving() as receiver:
        first = command(tmp_path, receiver, states, "run")
        assert (first.returncode, first.stderr) == (PUBLISHED, "")
        assert receiver.messages == [], "there is nothing to compare the first run with"

        small_market.write(frames, tmp_path / "files", newest)
        receiver.status = 500
        down = command(tmp_path, receiver, states, "run")
        assert down.returncode == INCOMPLETE
        assert down.stderr == (
            "market-internals: published, but not reported: "
            "json (address 1 of MARKET_INTERNALS_NOTIFY): the service did not take the message\n"
        )
        assert f"session {newest}" in down.stdout
        received = told.read_text()

        receiver.status = 200
        shown = command(tmp_path, receiver, states, "notify", "--dry-run")
        assert (shown.returncode, shown.stderr) == (PUBLISHED, "")
        assert f"market-internals folder: session {newest}, " in shown.stdout
        assert f"address 2 of MARKET_INTERNALS_NOTIFY): the session of {newest} was reported" in shown.stdout
        assert receiver.messages == []

        for _ in range(2):
            again = command(tmp_path, receiver, states, "run")
            assert (again.returncode, again.stderr) == (PUBLISHED, "")
        assert [message["message"] for message in receiver.messages] == [received]
        assert told.read_text() == received

        (tmp_path / "files" / "fred" / "DGS10.csv").write_text("a,b\n1,2\n")
        for _ in range(2):
            refused = command(tmp_path, receiver, states, "run")
            assert refused.returncode == SOURCE
        assert len(receiver.messages) == 2
        assert receiver.messages[1]["title"].startswith("market-internals folder: the run for the session of ")
        assert receiver.messages[1]["message"] == (
            f"{refused.stderr.removeprefix('market-internals: ')}Published before: session {newest}."
        )

    for done in (first, down, shown, again, refused):
        assert PASSWORD not in done.stdout + done.stderr
    settings = Settings(data=tmp_path, market="folder")
    leaking = [
        path for path in settings.market_folder.rglob("*") if path.is_file() and PASSWORD.encode() in path.read_bytes()
    ]
    assert leaking == []
