"""What a source is: the protocol every source fulfils, and the values that pass between a source and raw.

Nothing here talks to a network, a file or a database.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol, runtime_checkable

import pandas as pd

#: received; empty: nothing in the window (a holiday, a halt); unknown: the source has no such name; delisted: others
#: have had bars for weeks, this name has not; unavailable: no answer now; refused: an answer of the wrong shape.
Status = Literal["received", "empty", "unknown", "delisted", "unavailable", "refused"]


@dataclass(frozen=True)
class Window:
    """The calendar days that are requested, both ends included.

    A source that knows what raw holds may leave out rows that cannot be new, unless the window is requested `again`.
    """

    start: date
    end: date
    again: bool = False

    def __post_init__(self) -> None:
        if self.start > self.end:
            raise ValueError(f"a window starts no later than it ends: {self.start} > {self.end}")


@dataclass(frozen=True)
class Account:
    """The outcome of the request for one symbol, series or file."""

    symbol: str
    status: Status
    rows: int = 0
    message: str = ""


@dataclass(frozen=True)
class Delivery:
    """One frame of rows for one raw table, with an account of each symbol, series or file requested.

    `frame` has the columns of tables.COLUMNS[table] (and `known_at` where the source knows it), whole symbols at a time
    and sorted by obs_date, so that contracts can compare a row with its neighbours. `origin` is the file or symbol in
    error messages; a column `row_number` gives each row's line in it, where it has lines; a column `fault` the reason
    to reject a row that only its source can judge, NULL for the others. `note` is a remark for the run log (what a page
    left open), `requested` how many names are requested for the whole table, where that is known.
    `file_rows` counts the rows of the user's file that the frame is, or is a part of; 0 for the answer of a host.
    `unread` counts rows of the file that are stored with the same values and were left out.
    `renames` are companies that only changed their ticker: the old and the new one.
    `missing` is a sentence on what the answer as a whole lacks: then the load counts as unanswered.
    """

    table: str
    frame: pd.DataFrame
    origin: str
    accounts: tuple[Account, ...] = ()
    note: str = ""
    requested: int = 0
    file_rows: int = 0
    missing: str = ""
    unread: int = 0
    renames: tuple[tuple[str, str], ...] = ()


class SourceError(Exception):
    """Base of everything a source may raise."""


class SourceUnavailable(SourceError):
    """The source did not answer properly now: try again later. Nothing stored is affected."""


class SourceRefused(SourceError):
    """A file or answer has the wrong shape and is refused whole: trying again does not help until it is repaired."""


class SymbolUnknown(SourceError):
    """The source does not know this symbol: drop it from the universe or map it to another one."""


class HostFailed(SourceError):
    """The host refuses or hangs, whatever is requested of it: it is left alone until the next run."""


class TurnedAway(SourceRefused, HostFailed):
    """The host does not serve this program: a status that forbids it, or a web page in place of a file."""


@runtime_checkable
class Source(Protocol):
    """A data source. markets.py makes it with everything it needs; loading then fetches from it table by table."""

    name: str
    tables: frozenset[str]

    def fetch(self, table: str, window: Window) -> Iterator[Delivery]:
        """Yield deliveries for `table` within `window`; raises SourceError. Holds no connection to raw."""
        ...


@runtime_checkable
class Fingerprinted(Protocol):
    """A source that can tell without reading it whether a table would come as it came before."""

    def fingerprint(self, table: str) -> str:
        """A text that changes with anything that `fetch` reads for `table`; raises SourceError."""
        ...
