"""One published file for several universes: a reader sees verdict, evidence and levels of the one that they picked."""

from pathlib import Path

import pandas as pd

from app.published.answer import Value
from app.published.file import Published, UnreadableFile


class OfUniverse(Published):
    """A published file for one of its universes; the file is opened, and results are cached, by the `whole` one."""

    def __init__(self, whole: Published, universe: str) -> None:
        self._whole, self._universe = whole, universe

    @property
    def path(self) -> Path:  # type: ignore[override]
        """The file."""
        return self._whole.path

    @property
    def universe(self) -> str:
        """The universe that every query is about."""
        return self._universe

    def open(self) -> None:
        """As Published.open."""
        self._whole.open()

    def close(self) -> None:
        """As Published.close."""
        self._whole.close()

    def columns(self, mart: str) -> tuple[str, ...]:
        """As Published.columns."""
        return self._whole.columns(mart)

    def copy(self, mart: str, target: Path, options: str) -> None:
        """As Published.copy: every universe of the mart."""
        self._whole.copy(mart, target, options)

    def unreadable(self, reason: str) -> UnreadableFile:
        """As Published.unreadable."""
        return self._whole.unreadable(reason)

    def _rows(self, sql: str, parameters: dict[str, Value]) -> pd.DataFrame:
        return self._whole._rows(sql, parameters)


def of_universe(published: Published, universe: str | None) -> Published:
    """The file for `universe`; as it is where it has no verdict of that."""
    return OfUniverse(published, universe) if universe and universe in published.universes else published
