"""Loads a table unless reading it again would change nothing: same files, same code, same stored rows, whole window."""

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ingestion import calendar
from ingestion.loading import Loaded, load
from ingestion.settings import PROJECT_ROOT, SEEDS
from ingestion.sources.base import Account, Fingerprinted, Source, Window
from ingestion.store import bulk, contents, file_news
from ingestion.store.file_news import News
from ingestion.store.warehouse import Warehouse

#: Libraries that read and check files.
READERS = ("duckdb", "exchange-calendars", "numpy", "pandas", "pandera", "pyarrow")


def load_changed(
    source: Source,
    table: str,
    window: Window,
    warehouse: Warehouse,
    now: datetime,
    progress: Callable[[str], None] = lambda line: None,
) -> Loaded:
    """Load as `loading.load` does, or return the outcome of the newest load where nothing of it can have changed.

    Then the load is logged with the same counts, and nothing is read. Raises SourceError.
    """
    fingerprint = source.fingerprint(table) if isinstance(source, Fingerprinted) and not window.again else None
    if fingerprint is None:
        return load(source, table, window, warehouse, now, progress)
    identity = sha256(f"{source.name} {window} {code_digest()} {fingerprint}".encode()).hexdigest()
    before = contents.read_before(warehouse, table, identity)
    if before is not None:
        return _again(_loaded(before), window, warehouse, now)
    loaded = load(source, table, window, warehouse, now, progress)
    if not loaded.missing:
        today = calendar.to_new_york(now).date()
        contents.remember_read(warehouse, table, identity, code_digest(), asdict(loaded), today)
    return loaded


def news_of_bars(warehouse: Warehouse) -> Callable[[Path], News | None]:
    """Finds the bars of a file that can be new, where the newest file of bars was checked by the same code.

    Without a warehouse nothing is known of any file: all of it is new.
    """

    def find(path: Path) -> News | None:
        if not warehouse.path.exists() or contents.checked_by(warehouse, "prices") != code_digest():
            return None
        return file_news.of_bars(warehouse, path, bulk.spellings(path, "symbol"))

    return find


@cache
def code_digest() -> str:
    """Fingerprint of what reads and checks rows: the code of ingestion, the seeds, the libraries."""
    digest = sha256(" ".join(version(name) for name in READERS).encode())
    package = PROJECT_ROOT / "ingestion"
    for path in sorted((*package.rglob("*.py"), *package.rglob("*.csv"), *SEEDS.glob("*.csv"))):
        digest.update(f"{path.relative_to(PROJECT_ROOT).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _again(before: Loaded, window: Window, warehouse: Warehouse, now: datetime) -> Loaded:
    """The outcome of a load that read nothing, once it is logged: every row that came before would come unchanged."""
    same = replace(
        before,
        batch_id=warehouse.next_batch(),
        new=0,
        restated=0,
        unchanged=before.received - before.rejected,
        read=False,
    )
    warehouse.log_run(
        {
            "batch_id": same.batch_id,
            "source": same.source,
            "table_name": same.table,
            "started_at": now,
            "finished_at": now,
            "status": "ok",
            "message": f"the files are those of batch {before.batch_id}, they were not read again",
            "asked": len(same.accounts),
            "received": same.received,
            "new": 0,
            "unchanged": same.unchanged,
            "restated": 0,
            "rejected": same.rejected,
            "window_start": window.start,
            "window_end": window.end,
            "newest_obs_date": same.newest,
            "accounts": "[]",
        }
    )
    return same


def _loaded(outcome: dict[str, Any]) -> Loaded:
    newest = outcome["newest"] and date.fromisoformat(outcome["newest"])
    accounts = tuple(Account(**account) for account in outcome["accounts"])
    return Loaded(**outcome | {"newest": newest, "accounts": accounts})
