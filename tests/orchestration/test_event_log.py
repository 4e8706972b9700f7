"""Dagster's SQLite files while a run keeps them open: others read them, a kill loses nothing, nothing stays behind."""

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import dagster as dg
import sqlalchemy as sa

from ingestion.settings import PROJECT_ROOT
from orchestration.event_log import kept_open

#: Materialises an asset in the Dagster home given and dies by SIGKILL with its files still open.
KILLED = """
import os, signal, sys
import dagster as dg
from orchestration.event_log import kept_open

@dg.asset
def prices(): ...

with kept_open(), dg.DagsterInstance.from_config(sys.argv[1]) as instance:
    dg.materialize([prices], instance=instance)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@dg.asset
def prices() -> None: ...


def _home(folder: Path) -> Path:
    (folder / "dagster.yaml").write_bytes((PROJECT_ROOT / ".dagster" / "dagster.yaml").read_bytes())
    return folder


def _materialisations(home: Path) -> int:
    with dg.DagsterInstance.from_config(str(home)) as instance:
        return len(instance.fetch_materializations(dg.AssetKey("prices"), limit=10).records)


def test_commits_do_not_wait_inside_and_do_outside(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    engine = sa.create_engine(f"sqlite:///{file}", poolclass=sa.NullPool)

    def waits() -> int:
        with engine.connect() as connection:
            return connection.execute(sa.text("pragma synchronous")).scalar_one()

    full = waits()
    with kept_open():
        assert waits() == 1
    assert waits() == full == 2


def test_a_file_stays_open_until_the_end_and_others_read_it(tmp_path: Path) -> None:
    home = _home(tmp_path)
    with kept_open():
        with dg.DagsterInstance.from_config(str(home)) as instance:
            assert dg.materialize([prices], instance=instance).success
        logs = list(home.rglob("*.db-wal"))
        assert {log.name for log in logs} >= {"runs.db-wal", "index.db-wal"}
        for log in logs:
            with closing(sqlite3.connect(f"file:{log.with_suffix('.db')}?mode=ro", uri=True)) as reader:
                assert reader.execute("pragma quick_check").fetchall() == [("ok",)]
        assert _materialisations(home) == 1
    assert not list(home.rglob("*.db-wal")), "closed and carried over into the files"
    assert _materialisations(home) == 1


def test_a_kill_loses_no_event(tmp_path: Path) -> None:
    home = _home(tmp_path)
    done = subprocess.run([sys.executable, "-c", KILLED, str(home)], capture_output=True, text=True, cwd=PROJECT_ROOT)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert _materialisations(home) == 1
    with dg.DagsterInstance.from_config(str(home)) as instance:
        assert [run.status for run in instance.get_runs()] == [dg.DagsterRunStatus.SUCCESS]
