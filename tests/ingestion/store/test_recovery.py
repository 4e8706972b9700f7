"""The backup of the warehouse: when it is made, when it is used, and when nothing is read."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from ingestion.settings import PROJECT_ROOT, Settings
from ingestion.store import recovery
from ingestion.store.warehouse import Warehouse

#: Has a warehouse open for writing until it is told to end.
OPENS = "import duckdb, sys; opened = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()"

#: Saves a copy of a warehouse while no file may grow beyond a few bytes.
SAVES = """
import resource, sys
from pathlib import Path
from ingestion.store import recovery
from ingestion.store.disk import CannotWrite
from ingestion.settings import Settings
settings = Settings(data=Path(sys.argv[1]), market="sample", folder=None)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
try:
    recovery.save_copy(settings)
except CannotWrite as refusal:
    print(refusal)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A warehouse with the empty raw tables."""
    settings = Settings(data=tmp_path, market="sample", folder=None)
    Warehouse(settings).create()
    return settings


def _write(settings: Settings, value: int) -> None:
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute("create schema if not exists marts")
        connection.execute(f"create or replace table marts.held as select {value} as value")


def _value(path: Path) -> int:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute("select value from marts.held").fetchall()[0][0]


def _damage(settings: Settings) -> None:
    path = settings.warehouse_path
    held = bytearray(path.read_bytes())
    held[3 * 4096 :] = bytes(len(held) - 3 * 4096)
    path.write_bytes(held)


def test_where_there_is_no_warehouse_there_is_nothing_to_do(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, market="sample", folder=None)
    assert recovery.ensure_readable(settings) is None
    assert not list(tmp_path.rglob("*.duckdb"))


def test_a_file_equal_to_its_copy_is_not_read(settings, monkeypatch) -> None:
    recovery.save_copy(settings)
    monkeypatch.setattr(recovery, "_damage", lambda settings: pytest.fail("it was read"))
    assert recovery.ensure_readable(settings) is None


def test_a_file_written_since_is_read_and_copied(settings) -> None:
    _write(settings, 1)
    recovery.save_copy(settings)
    _write(settings, 2)
    assert _value(settings.backup_path) == 1
    assert recovery.ensure_readable(settings) is None
    assert _value(settings.backup_path) == _value(settings.warehouse_path) == 2


def test_rows_that_are_only_in_the_write_ahead_log_are_copied_too(settings) -> None:
    program = (
        "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]); c.execute('create schema marts');"
        "c.execute('create table marts.held as select 3 as value'); os._exit(1)"
    )
    recovery.save_copy(settings)
    subprocess.run([sys.executable, "-c", program, str(settings.warehouse_path)])
    assert settings.warehouse_path.with_name("warehouse.duckdb.wal").exists()
    assert recovery.ensure_readable(settings) is None
    assert _value(settings.backup_path) == 3


@pytest.mark.parametrize("has_copy", [True, False])
def test_a_damaged_file_is_renamed_and_its_copy_takes_its_place(has_copy: bool, settings) -> None:
    _write(settings, 1)
    if has_copy:
        recovery.save_copy(settings)
    _write(settings, 2)
    _damage(settings)
    damaged = settings.warehouse_path.read_bytes()
    log = settings.warehouse_path.with_name("warehouse.duckdb.wal")
    log.write_bytes(b"of the damaged file")
    repaired = recovery.ensure_readable(settings)
    assert repaired is not None
    assert ("took its place" in repaired) == has_copy
    assert "\n" not in repaired
    assert not log.exists()
    assert (settings.market_folder / "warehouse.damaged.duckdb").read_bytes() == damaged
    assert (settings.market_folder / "warehouse.damaged.duckdb.wal").read_bytes() == b"of the damaged file"
    assert not has_copy or _value(settings.warehouse_path) == 1
    assert settings.warehouse_path.exists() == has_copy
    assert recovery.ensure_readable(settings) is None


def test_a_missing_file_comes_back_from_its_copy(settings) -> None:
    _write(settings, 1)
    recovery.save_copy(settings)
    settings.warehouse_path.unlink()
    assert "missing" in (recovery.ensure_readable(settings) or "")
    assert _value(settings.warehouse_path) == 1


def test_a_file_that_another_run_writes_in_is_not_taken_for_damaged(settings) -> None:
    _write(settings, 1)
    recovery.save_copy(settings)
    _write(settings, 2)
    with subprocess.Popen(
        [sys.executable, "-c", OPENS, str(settings.warehouse_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(duckdb.IOException, match="lock"):
            recovery.ensure_readable(settings)
        other.communicate(b"")
    assert _value(settings.warehouse_path) == 2


def test_a_full_disk_is_reported_in_a_sentence_and_the_copy_stays(settings) -> None:
    _write(settings, 1)
    recovery.save_copy(settings)
    _write(settings, 2)
    done = subprocess.run(
        [sys.executable, "-c", SAVES, str(settings.data)], capture_output=True, text=True, cwd=PROJECT_ROOT
    )
    assert "the disk is full" in done.stdout, done.stderr
    assert _value(settings.backup_path) == 1
    assert not list(settings.market_folder.glob(".*.part*"))
