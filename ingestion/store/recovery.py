"""A backup of the working database, for the run that dies while the engine writes the original.

DuckDB writes its metadata in place. A process killed within such a write, or a machine that loses power, leaves a file
that cannot be read, and every stored vintage is lost. So a run that published saves a copy, and the next run first
ensures that the file it will write to is readable.
"""

import shutil
from pathlib import Path

import duckdb

from ingestion.settings import Settings
from ingestion.store.disk import CannotWrite, disk_refusal, partial_path, remove_leftovers, replace_file, wal_path
from ingestion.store.warehouse import Warehouse


def save_copy(settings: Settings) -> None:
    """Save a copy of the warehouse, which must be whole.

    It is copied while a connection has it open, so that no other program writes to it meanwhile. Raises CannotWrite,
    and duckdb.IOException when another program has it open for writing.
    """
    path = settings.warehouse_path
    if wal_path(path).exists():
        with Warehouse(settings).writing():
            pass  # opening replays the log, closing puts it into the file
    with Warehouse(settings).reading():
        _copy(path, settings.backup_path)


def ensure_readable(settings: Settings) -> str | None:
    """Ensure that the warehouse can be read to its end and has a copy; returns what was repaired, None if nothing.

    A file equal in size and time to its copy is not read; any other is read whole, because a run ended without
    publishing. An unreadable file is renamed and the copy takes its place; what the lost run had stored is requested
    again. Without a copy the market starts over. Raises CannotWrite, and duckdb.IOException when another run has the
    file open.
    """
    path, backup = settings.warehouse_path, settings.backup_path
    if _is_backed_up(settings) or not (path.exists() or backup.exists()):
        return None
    repaired = "missing"
    if path.exists():
        damage = _damage(settings)
        if damage is None:
            save_copy(settings)
            return None
        repaired = f"cut off while it was written, is not readable since ({damage}) and was put aside"
        _rename_damaged(path)
    if not backup.exists():
        return f"{repaired}; it starts from nothing"
    _copy(backup, path)
    return f"{repaired}; the copy kept of it took its place"


def _rename_damaged(path: Path) -> None:
    """Rename an unreadable file and its write-ahead log: somebody may be able to repair it."""
    damaged = path.with_suffix(".damaged.duckdb")
    wal_path(damaged).unlink(missing_ok=True)
    if wal_path(path).exists():
        wal_path(path).replace(wal_path(damaged))
    path.replace(damaged)


def _copy(source: Path, target: Path) -> None:
    """Replace `target` by a copy of `source` with its modification time, by which the two are known to be equal."""
    fresh = partial_path(target)
    try:
        remove_leftovers(target)
        shutil.copy2(source, fresh)
        replace_file(fresh, target)
    except OSError as error:
        refusal = disk_refusal(str(error)) or error.strerror
        raise CannotWrite(f"cannot copy {source.name} to {target.name}: {refusal}") from error
    finally:
        fresh.unlink(missing_ok=True)


def _is_backed_up(settings: Settings) -> bool:
    path, backup = settings.warehouse_path, settings.backup_path
    if not (path.exists() and backup.exists()) or wal_path(path).exists():
        return False
    original, copy = path.stat(), backup.stat()
    return (original.st_size, original.st_mtime_ns) == (copy.st_size, copy.st_mtime_ns)


def _damage(settings: Settings) -> str | None:
    """DuckDB's error when it cannot read the file to its end, None when it can; replays the write-ahead log first."""
    try:
        with Warehouse(settings).writing() as connection:
            tables = connection.execute("select schema_name, table_name from duckdb_tables() order by all").fetchall()
            for schema, name in tables:
                connection.execute(f'select bit_xor(hash(stored)) from "{schema}"."{name}" as stored').fetchall()
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        message = " ".join(str(error).split())
        if "Could not set lock" in message or disk_refusal(message):
            raise
        return message
    return None
