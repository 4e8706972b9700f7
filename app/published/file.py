"""The published file itself: opened read-only for a query or for a whole page, and closed again."""

import errno
import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
import pandas as pd

from app.published.answer import Answer, Value, readable

Version = tuple[int, ...]

CACHED_RESULTS = 512  # a page runs 10 to 40 queries; a dozen pages of several sessions fit

#: The universe that a file is about: the S&P 500 or, in a folder without its members, the file's own names.
FIRST = ("SP500", "OWN")

#: Marts whose rows are those of one universe each; in the others universe_id only says who is counted.
OF_A_UNIVERSE = (
    "answers_daily", "event_paths", "event_study", "event_study_events", "levels_next", "odds_daily",
    "odds_prior_score",
    "odds_reliability", "odds_score", "states_daily", "verdict_daily", "verdict_lines", "verdict_score",
    "vix_odds_daily",
)  # fmt: skip

_NAMED = re.compile(rf"\bmarts\.({'|'.join(OF_A_UNIVERSE)})\b")

COLUMNS = """
select table_name, column_name
from duckdb_columns()
where schema_name = 'marts'
order by table_name, column_index
"""


class NothingPublished(Exception):
    """There is no published file of this market: run the main job."""


class UnreadableFile(Exception):
    """The published file is there but cannot be read; the message is one sentence for the user."""


class Published:
    """The published file at `path`: `open`, `query`, `close`; `with published:` opens it once for all queries inside.

    Results are cached until the file is replaced (modification time, size or inode differ). A replaced file is visible
    only after every user of the old one has closed it, so the first query that meets the new version detaches the
    old one for everybody. The engine that the file is attached to lives as long as this object: starting one costs more
    than most queries. Safe to share between threads.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._engine: duckdb.DuckDBPyConnection | None = None
        self._attached = False
        self._users = 0
        self._version: Version = ()
        self._results: OrderedDict[tuple[object, ...], pd.DataFrame] = OrderedDict()
        self._columns: dict[str, tuple[str, ...]] = {}  # of every mart, in their order

    def open(self) -> None:
        """Keep the file attached from its first query on, until the matching `close`."""
        with self._lock:
            self._users += 1

    def close(self) -> None:
        """Undo one `open`; the last one detaches the file."""
        with self._lock:
            self._users = max(0, self._users - 1)
            if not self._users:
                self._detach()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def universes(self) -> tuple[str, ...]:
        """The universes that have a verdict, the one that the file is about first; SP500 where there is none."""
        if "universe_id" not in self.columns("verdict_daily"):
            return FIRST[:1]
        found = set(self._rows("select distinct universe_id from marts.verdict_daily", {})["universe_id"])
        return (*[name for name in FIRST if name in found], *sorted(found.difference(FIRST))) or FIRST[:1]

    @property
    def universe(self) -> str:
        """The universe that every query is about: of several, each sees the verdict and the evidence of this one."""
        return self.universes[0]

    def answer(self, mart: str, sql: str, needs: Sequence[str] = (), /, **parameters: Value) -> Answer:
        """Run `sql` with `$name` parameters; where the mart lacks a column that it `needs`, the answer is empty and
        names the missing ones. Raises NothingPublished, UnreadableFile, duckdb.Error."""
        if needs:
            existing = self.columns(mart)
            if missing := tuple(name for name in needs if name not in existing):
                return Answer(pd.DataFrame(columns=list(needs)), f"marts.{mart}", "", missing)
        shown = readable(self._narrowed(sql), parameters)
        return Answer(self.query(sql, **parameters), f"marts.{mart}", shown)

    def columns(self, mart: str) -> tuple[str, ...]:
        """Columns of a mart; empty where the file has no such mart."""
        with self._lock:
            self._meet(self._current_version())
            if not self._columns:
                by_mart = self._run(COLUMNS, {}).groupby("table_name", sort=False)["column_name"]
                self._columns = {name: tuple(columns) for name, columns in by_mart}
            return self._columns.get(mart, ())

    def query(self, sql: str, /, **parameters: Value) -> pd.DataFrame:
        """The rows of `sql` with its `$name` parameters; a copy, so that the cached result stays as it was.

        Raises NothingPublished, UnreadableFile, and duckdb.Error for a query that is wrong.
        """
        return self._rows(self._narrowed(sql), parameters)

    def _narrowed(self, sql: str) -> str:
        """The query with the rows of this universe in place of those of all; the same where there is only one."""
        if not _NAMED.search(sql) or len(self.universes) < 2:
            return sql
        quoted = self.universe.replace("'", "''")
        return _NAMED.sub(rf"(select * from marts.\1 where universe_id = '{quoted}')", sql)

    def _rows(self, sql: str, parameters: dict[str, Value]) -> pd.DataFrame:
        key = (sql, *sorted(parameters.items()))
        with self._lock:
            self._meet(self._current_version())
            if key not in self._results:
                self._results[key] = self._run(sql, parameters)
                if len(self._results) > CACHED_RESULTS:
                    self._results.popitem(last=False)
            self._results.move_to_end(key)
            return self._results[key].copy(deep=False)

    def copy(self, mart: str, target: Path, options: str) -> None:
        """Write a mart, its rows in their order, to the file `target`; `options` are those of DuckDB's COPY.

        Raises NothingPublished, UnreadableFile, LookupError for a mart that the file does not have, and OSError where
        `target` cannot be written.
        """
        if not self.columns(mart):
            raise LookupError(f"the published file has no mart {mart!r}")
        target.touch()  # what is wrong with the folder is an OSError of this line
        place = str(target).replace("'", "''")
        with self._lock:
            self._meet(self._current_version())
            try:
                if not self._attached:
                    self._attach()
                assert self._engine is not None
                self._engine.execute(f"copy (select * from marts.{mart}) to '{place}' ({options})")
            except duckdb.IOException as error:
                self._engine, self._attached = None, False
                raise OSError(errno.EIO, str(error).splitlines()[0].removeprefix("IO Error: ")) from error
            finally:
                if not self._users:
                    self._detach()

    def unreadable(self, reason: str) -> UnreadableFile:
        """The error for a file that is there but is not what a run publishes, as one sentence."""
        first_line = reason.strip().partition("\n")[0].removeprefix("IO Error: ").rstrip(".!")
        return UnreadableFile(f"The published file {self.path} cannot be read: {first_line}.")

    def _current_version(self) -> Version:
        try:
            stamp = self.path.stat()
        except FileNotFoundError as error:
            raise NothingPublished(str(self.path)) from error
        except OSError as error:
            raise self.unreadable(error.strerror or str(error)) from error
        return stamp.st_mtime_ns, stamp.st_size, stamp.st_ino

    def _meet(self, version: Version) -> None:
        """Detach the file and drop every result when the file was replaced."""
        if version != self._version:
            self._detach()
            self._results.clear()
            self._columns.clear()
            self._version = version

    def _run(self, sql: str, parameters: dict[str, Value]) -> pd.DataFrame:
        try:
            if not self._attached:
                self._attach()
            assert self._engine is not None
            return self._engine.execute(sql, parameters).df()
        except (duckdb.ProgrammingError, duckdb.DataError):
            raise  # the query is wrong, not the file
        except duckdb.Error as error:
            # after a fatal error DuckDB refuses every further query on the same engine
            self._engine, self._attached = None, False
            raise self.unreadable(str(error)) from error
        finally:
            if not self._users:
                self._detach()

    def _attach(self) -> None:
        if self._engine is None:
            self._engine = duckdb.connect()
        self._engine.execute("attach ? as published (read_only)", [str(self.path)])
        self._engine.execute("use published")
        self._attached = True

    def _detach(self) -> None:
        if self._attached and self._engine is not None:
            self._attached = False
            self._engine.execute("use memory")
            self._engine.execute("detach published")
