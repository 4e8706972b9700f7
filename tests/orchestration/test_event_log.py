"""Dagster's SQLite files while a run keeps them open: others read them, a kill loses nothing, nothing stays behind."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa

from ingestion.settings import PROJECT_ROOT
from orchestration.event_log import EventLog

#: Materialises an asset in the Dagster home given and dies by SIGKILL with its files still open.
KILLED = """
import os, signal, sys
import dagster as dg
@dg.asset
def prices(): ...

with dg.DagsterInstance.from_config(sys.argv[1]) as instance:
    dg.materialize([prices], instance=instance)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@dg.asset
def prices() -> None: ...


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Dagster home with the project's dagster.yaml."""
    (tmp_path / "dagster.yaml").write_bytes((PROJECT_ROOT / "orchestration" / "dagster.yaml").read_bytes())
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    return tmp_path


def _materialisations(home: Path) -> int:
    with dg.DagsterInstance.from_config(str(home)) as instance:
        return len(instance.fetch_materializations(dg.AssetKey("prices"), limit=10).records)


def test_commits_do_not_wait_for_the_disk(home: Path) -> None:
    with dg.DagsterInstance.from_config(str(home)) as instance:
        assert isinstance(instance.event_log_storage, EventLog)
        for connection in (instance.event_log_storage.index_connection(), instance.run_storage.connect()):
            with connection as transaction:
                assert transaction.execute(sa.text("pragma synchronous")).scalar_one() == 1


def test_a_file_stays_open_until_the_end_and_others_read_it(home: Path) -> None:
    with dg.DagsterInstance.from_config(str(home)) as instance:
        run_ids = [dg.materialize([prices], instance=instance).run_id for _ in range(2)]
        logs = list(home.rglob("*.db-wal"))
        assert {log.name for log in logs} >= {"runs.db-wal", "index.db-wal", f"{run_ids[1]}.db-wal"}
        assert f"{run_ids[0]}.db-wal" not in {log.name for log in logs}, "only the newest run stays open"
        for log in logs:
            with closing(sqlite3.connect(f"file:{log.with_suffix('.db')}?mode=ro", uri=True)) as reader:
                assert reader.execute("pragma quick_check").fetchall() == [("ok",)]
        assert _materialisations(home) == 2
    assert not list(home.rglob("*.db-wal")), "closed and carried over into the files"
    assert _materialisations(home) == 2


def test_dagsters_own_storages_read_the_same_files(home: Path) -> None:
    with dg.DagsterInstance.from_config(str(home)) as instance:
        assert dg.materialize([prices], instance=instance).success
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    assert _materialisations(home) == 1


def test_a_kill_loses_no_event(home: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(home)], capture_output=True, text=True, cwd=PROJECT_ROOT)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert _materialisations(home) == 1
    with dg.DagsterInstance.from_config(str(home)) as instance:
        assert [run.status for run in instance.get_runs()] == [dg.DagsterRunStatus.SUCCESS]
