"""One run at a time in a market: a lock held for a whole run, and who holds it. Only its holder writes or sweeps."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from filelock import FileLock, Timeout

from ingestion.settings import Settings
from ingestion.store.disk import CannotWrite, reason_of


class AnotherRun(Exception):
    """Another process works on this market: wait until it has ended, or end it."""


@contextmanager
def run_lock(settings: Settings, now: datetime) -> Iterator[None]:
    """Hold the market's lock; within one process it may be taken again. `now` is naive UTC.

    The system releases it when the process ends, however it ends. Raises AnotherRun with the process that holds it and
    since when, and CannotWrite when the folder cannot be written.
    """
    folder = settings.market_folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".run.lock", timeout=0, thread_local=False, is_singleton=True)
        lock.acquire()
    except Timeout:
        raise AnotherRun(_holder(settings)) from None
    except OSError as error:
        raise CannotWrite(f"the data folder {folder} cannot be written: {reason_of(error)}") from error
    try:
        if lock.lock_counter == 1:
            (folder / ".run.json").write_text(json.dumps({"process": os.getpid(), "since": now.isoformat()}))
        yield
    finally:
        lock.release()


def _holder(settings: Settings) -> str:
    """Who holds the lock, in a sentence."""
    sentence = f"another run is at work on the market {settings.market!r}"
    try:
        holder = json.loads((settings.market_folder / ".run.json").read_text())
        return f"{sentence}: process {holder['process']}, since {holder['since'].replace('T', ' ')} UTC"
    except (OSError, ValueError, KeyError):  # it has the lock and has not yet written who it is
        return sentence
