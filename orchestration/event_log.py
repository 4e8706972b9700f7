"""Dagster's records of a run in SQLite, without a wait for the disk at each of some thousand events.

Dagster opens a file anew for each event; closing it as its only reader lets SQLite carry the log over into the file and
wait for the disk. Here nothing waits at a commit, and a connection that does nothing is kept to each file. A process
that is killed loses no event; a machine that loses its power may lose the last ones, and never the file.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

from sqlalchemy import Engine, event


@contextmanager
def kept_open() -> Iterator[None]:
    """While inside, the SQLite files that this process opens through SQLAlchemy stay open, and commits do not wait."""
    idle: dict[str, sqlite3.Connection] = {}
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

        event.listen(Engine, "connect", opened)
        try:
            yield
        finally:
            event.remove(Engine, "connect", opened)
