"""A second copy of the working database, for the run that dies while the engine writes the first.

DuckDB writes its metadata in place. A process killed within such a write, or a machine that loses its power, leaves a
file that nobody can read any more, and with it every vintage that was ever stored. So a run that ended well keeps a
copy, and the next one begins by making sure that it has a whole file to write in.
"""

import os
import shutil
from pathlib import Path

import duckdb

from ingestion.settings import Settings
from ingestion.store.publication import CannotWrite, disk_refusal, swap, sweep, write_ahead
from ingestion.store.warehouse import Warehouse


def keep(settings: Settings) -> None:
    """Keep a copy of the warehouse, which is whole and which nobody writes in.

    Raises CannotWrite when disk or folder refuse.
    """
    _copy(settings.warehouse_path, settings.kept_path)


def make_whole(settings: Settings) -> str | None:
    """Make sure that the warehouse can be read to its end and is kept; what had to be done for it, if anything.

    A file that is as it was kept is not looked into; any other is read whole: a run ended without publishing. If that
    fails it is put aside and the kept copy takes its place; what the run had stored is asked for again. Where none was
    ever kept, the market begins anew. Raises CannotWrite, and duckdb.IOException when another run has the file open.
    """
    path, kept = settings.warehouse_path, settings.kept_path
    if _is_kept(settings) or not (path.exists() or kept.exists()):
        return None
    mended = "missing"
    if path.exists():
        damage = _damage(settings)
        if damage is None:
            keep(settings)
            return None
        mended = f"cut off while it was written, is not readable since ({damage}) and was put aside"
        _put_aside(path)
    if not kept.exists():
        return f"{mended}; it begins anew"
    _copy(kept, path)
    return f"{mended}; the copy kept of it took its place"


def _put_aside(path: Path) -> None:
    """Rename a file that cannot be read, with what was written ahead of it: perhaps somebody can mend it one day."""
    aside = path.with_suffix(".damaged.duckdb")
    write_ahead(aside).unlink(missing_ok=True)
    if write_ahead(path).exists():
        write_ahead(path).replace(write_ahead(aside))
    path.replace(aside)


def _copy(source: Path, target: Path) -> None:
    """Let a copy of `source` take the place of `target`, with its time, by which the two are known to be one."""
    fresh = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        sweep(target)
        shutil.copy2(source, fresh)
        swap(fresh, target)
    except OSError as error:
        refusal = disk_refusal(str(error)) or error.strerror
        raise CannotWrite(f"cannot copy {source.name} to {target.name}: {refusal}") from error
    finally:
        fresh.unlink(missing_ok=True)


def _is_kept(settings: Settings) -> bool:
    path, kept = settings.warehouse_path, settings.kept_path
    if not (path.exists() and kept.exists()) or write_ahead(path).exists():
        return False
    mine, copy = path.stat(), kept.stat()
    return (mine.st_size, mine.st_mtime_ns) == (copy.st_size, copy.st_mtime_ns)


def _damage(settings: Settings) -> str | None:
    """What DuckDB says of a file that it cannot read to its end; its write-ahead log is carried over first."""
    try:
        with Warehouse(settings).writing() as connection:
            tables = connection.execute("select schema_name, table_name from duckdb_tables() order by all").fetchall()
            for schema, name in tables:
                connection.execute(f'select bit_xor(hash(stored)) from "{schema}"."{name}" as stored').fetchall()
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        words = " ".join(str(error).split())
        if "Could not set lock" in words or disk_refusal(words):
            raise
        return words
    return None
