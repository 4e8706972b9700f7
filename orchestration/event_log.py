"""Dagster's records of a run in SQLite, without a wait for the disk at each of some thousand events.

Dagster makes an engine and opens a file anew for each event; closing it as its only reader lets SQLite carry the log
over into the file and wait for the disk, and an engine that is new compiles each statement anew. Here a file has one
engine, nothing waits at a commit, and a connection that does nothing is kept to each file. A process that is killed
loses no event; a machine that loses its power may lose the last ones, and never the file.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.runs.sqlite import sqlite_run_storage
from sqlalchemy import Engine, create_engine, event

#: The modules of Dagster that make engines while a run goes on.
STORAGES: tuple[Any, ...] = (sqlite_event_log, sqlite_run_storage)


@contextmanager
def kept_open() -> Iterator[None]:
    """While inside, the SQLite files that this process opens through SQLAlchemy stay open, and commits do not wait."""
    idle: dict[str, sqlite3.Connection] = {}
    engines: dict[str, Engine] = {}
    with ExitStack() as ends:

        def opened(connection: Any, _record: Any) -> None:
            connection.execute("pragma synchronous = normal")
            file = connection.execute("pragma database_list").fetchone()[2]
            if not file:
                return
            if file not in idle:
                idle[file] = ends.enter_context(closing(sqlite3.connect(file, check_same_thread=False)))
            # it holds the log only once it has read, and a new file has none yet
            idle[file].execute("select count(*) from sqlite_schema").fetchone()

        def engine_of(url: str, **options: Any) -> Engine:
            if url not in engines:
                engines[url] = create_engine(url, **options)
            return engines[url]

        event.listen(Engine, "connect", opened)
        ends.callback(event.remove, Engine, "connect", opened)
        for storage in STORAGES:
            ends.callback(setattr, storage, "create_engine", storage.create_engine)
            storage.create_engine = engine_of
        yield
