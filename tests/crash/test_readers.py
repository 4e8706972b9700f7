"""Readers in a loop while the file is replaced under them: each read is of one whole file, and none fails."""

import logging
import multiprocessing
import time
from datetime import datetime
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path

import duckdb

from ingestion.store.publication import Stamp, publish
from tests.crash.conftest import SmallMarket
from tests.crash.whole_file import Content, content, content_of

LOG = logging.getLogger(__name__)

READERS = 4
PUBLICATIONS = ("before", "after", "before")

#: Seconds that a publication may wait for four readers on a busy machine; an idle one needs about one.
PATIENCE = 120


def test_four_readers_never_meet_a_half_published_file(small: SmallMarket, tmp_path: Path) -> None:
    target = tmp_path / "market_internals.duckdb"
    built = {"before": small.before.warehouse_path, "after": small.after.warehouse_path}
    whole = {name: content_of(path) for name, path in built.items()}
    assert whole["before"] != whole["after"]
    publish(built["after"], target, _stamp("after"))
    context = multiprocessing.get_context("forkserver")
    stop, reads = context.Event(), context.Queue()
    readers = [context.Process(target=_read_in_a_loop, args=(target, stop, reads)) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    seen: list[tuple[int, str, Content]] = []
    try:
        seen += _each_reads(reads, "after")
        for name in PUBLICATIONS:
            publish(built[name], target, _stamp(name))
            seen += _each_reads(reads, name)
    finally:
        stop.set()
        while any(reader.is_alive() for reader in readers):
            while not reads.empty():  # a process with unread words does not end
                seen.append(reads.get())
            time.sleep(0.05)
    errors = [name for _, name, _ in seen if name not in built]
    assert errors == []
    assert all(found == whole[name] for _, name, found in seen), "each read is of one file"
    assert len({reader for reader, _, _ in seen}) == READERS
    LOG.info("%d whole reads by %d readers during %d publications", len(seen), READERS, len(PUBLICATIONS))


def _stamp(name: str) -> Stamp:
    now = datetime(2025, 3, 7, 23, 30)
    return Stamp("folder", False, as_of=now, rule_version="1", git_revision=name, built_at=now, tests_passed=1)


def _each_reads(reads: Queue, name: str) -> list[tuple[int, str, Content]]:
    """What was read until every reader has met the file called `name`, or one of them an error."""
    seen: list[tuple[int, str, Content]] = []
    deadline = time.monotonic() + PATIENCE
    while len({reader for reader, read, _ in seen if read == name}) < READERS:
        assert time.monotonic() < deadline, f"not every reader met {name!r} in {PATIENCE} s"
        seen.append(reads.get(timeout=PATIENCE))
        assert seen[-1][1] in ("before", "after"), seen[-1][1]
    return seen


def _read_in_a_loop(path: Path, stop: Event, reads: Queue) -> None:
    """Open, ask, close, as readers do; tells which file it was and what it held, or the error."""
    me = multiprocessing.current_process().pid
    while not stop.is_set():
        try:
            with duckdb.connect(str(path), read_only=True) as connection:
                name = connection.execute("select git_revision from marts.publication").fetchall()[0][0]
                found = content(connection)
        except duckdb.Error as error:
            reads.put((me, f"{type(error).__name__}: {error}", {}))
            return
        reads.put((me, name, found))
