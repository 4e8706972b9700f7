"""The published file as it is opened: read-only, once a page at most, and never a file that was replaced.

To open the file costs more than most questions, so a page asks all of its own on one opening. DuckDB keeps one instance
of a path, and a swapped file is seen only once nobody holds the old one: whoever first meets the new version closes the
old for everybody.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import duckdb
import pandas as pd

from app.answer import Value

Version = tuple[int, ...]

_LOCK = threading.Lock()
_OPEN: dict[tuple[str, Version], duckdb.DuckDBPyConnection] = {}  # one at most
_PAGES: list[object] = []  # those being drawn


@lru_cache(maxsize=512)
def read(path: str, version: Version, sql: str, parameters: tuple[tuple[str, Value], ...]) -> pd.DataFrame:
    """What the file answers; kept for this version of it. Raises duckdb.Error."""
    with _LOCK:
        if (path, version) not in _OPEN:
            _close()
            _OPEN[path, version] = duckdb.connect(path, read_only=True)
        try:
            return _OPEN[path, version].execute(sql, dict(parameters)).df()
        finally:
            if not _PAGES:
                _close()


@contextmanager
def one_opening() -> Iterator[None]:
    """Everything that is asked inside is asked on one opening of the file."""
    page = object()
    _PAGES.append(page)
    try:
        yield
    finally:
        with _LOCK:
            _PAGES.remove(page)
            if not _PAGES:
                _close()


def _close() -> None:
    while _OPEN:
        _OPEN.popitem()[1].close()
