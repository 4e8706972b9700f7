"""A warehouse as a kill in the middle of a write leaves it, made without waiting for one. Not a test itself."""

import shutil
from pathlib import Path

import duckdb

#: Layout of a DuckDB file: three headers, then blocks.
HEADERS = 3 * 4096
BLOCK = 262_144


def tear(path: Path, beside: Path) -> None:
    """Let the newest write to `path` be cut in half: the first block of which that makes the file unreadable.

    What is torn is what a small commit writes, found by making one on a copy in the folder `beside`.
    """
    later = beside / "later.duckdb"
    shutil.copy(path, later)
    for statement in ("create or replace table marts.dictionary as from marts.dictionary", "checkpoint"):
        with duckdb.connect(str(later)) as connection:
            connection.execute(statement)
    old, new = path.read_bytes(), later.read_bytes()
    for block in range(HEADERS, len(old), BLOCK):
        if old[block : block + BLOCK] == new[block : block + BLOCK]:
            continue
        path.write_bytes(old[:block] + new[block : block + BLOCK // 2] + old[block + BLOCK // 2 :])
        if not _can_be_read(path):
            return
    raise AssertionError("no write of the engine can spoil a file any more: ingestion/store/recovery.py is not needed")


def _can_be_read(path: Path) -> bool:
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = connection.execute("select schema_name || '.' || table_name from duckdb_tables()").fetchall()
            for (name,) in tables:
                connection.execute(f"from {name}").fetchall()
    except duckdb.Error:
        return False
    return True
