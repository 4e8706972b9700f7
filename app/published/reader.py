"""The published file as it is opened: read-only, once a page at most, and never a file that was replaced.

One engine lives as long as the viewer, and a file is attached to it: to start an engine costs more than most questions.
A swapped file is seen only once nobody holds the old one, so whoever first meets the new version lets the old one go
for everybody.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import duckdb
import pandas as pd

from app.published.answer import Value

Version = tuple[int, ...]

_LOCK = threading.Lock()
_ENGINE = duckdb.connect(":memory:")
_ATTACHED: list[tuple[str, Version]] = []  # one at most
_PAGES: list[object] = []  # those being drawn


@lru_cache(maxsize=512)
def read(path: str, version: Version, sql: str, parameters: tuple[tuple[str, Value], ...]) -> pd.DataFrame:
    """What the file answers; kept for this version of it. Raises duckdb.Error."""
    with _LOCK:
        if (path, version) not in _ATTACHED:
            _let_go()
            _attach(path)
            _ATTACHED.append((path, version))
        try:
            return _ENGINE.execute(sql, dict(parameters)).df()
        finally:
            if not _PAGES:
                _let_go()


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
                _let_go()


def _attach(path: str) -> None:
    quoted = path.replace("'", "''")
    _ENGINE.execute(f"attach '{quoted}' as published (read_only)")
    _ENGINE.execute("use published")


def _let_go() -> None:
    if _ATTACHED:
        _ATTACHED.clear()
        _ENGINE.execute("use memory")
        _ENGINE.execute("detach published")
