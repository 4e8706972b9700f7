"""Reading delimited text as a source sent it: every cell as text, every line accounted for, or a clear refusal.

Also what every reader of whole files does with the frame: cut it to the days requested, and count its names.
"""

import io
from collections.abc import Iterable
from dataclasses import replace
from hashlib import file_digest, sha256
from pathlib import Path

import pandas as pd

from ingestion.sources.base import Account, Delivery, SourceRefused, TurnedAway, Window
from ingestion.tables.cells import read_days


def read_table(content: bytes, origin: str, expected: str, names: list[str] | None = None) -> pd.DataFrame:
    """A CSV answer as a frame of text cells, indexed by line after the header (blank lines are left out, but counted);
    `names` where it has no header of its own.

    Raises SourceRefused, naming `origin` and what was `expected`, when it is empty, a web page, not text, or ragged.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceRefused(f"{origin}: expected {expected}; came bytes that are no UTF-8 text") from error
    if not text.strip():
        raise SourceRefused(f"{origin}: expected {expected}; came an empty answer")
    if is_page(content):
        raise TurnedAway(f"{origin}: expected {expected}; came a web page: {' '.join(text.split())[:80]}")
    try:
        table = pd.read_csv(
            io.StringIO(text),
            dtype="string",
            keep_default_na=False,
            na_values=[""],
            header=None if names else 0,
            names=names,
            skip_blank_lines=False,
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        raise SourceRefused(f"{origin}: expected {expected}; {' '.join(str(error).split())}") from error
    if not isinstance(table.index, pd.RangeIndex):
        raise SourceRefused(f"{origin}: expected {expected}; came lines with more cells than the header")
    return table.dropna(how="all")


def is_page(content: bytes) -> bool:
    """Whether an answer that should be a file is a web page: hosts turn programs away with one, and status 200."""
    return content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"


def cut(delivery: Delivery, window: Window) -> Delivery:
    """The delivery without rows outside the window; a row whose date cannot be read stays, to be rejected by name."""
    if "obs_date" not in delivery.frame:
        return delivery
    days = read_days(delivery.frame["obs_date"])
    outside = (days < pd.Timestamp(window.start)) | (days.dt.normalize() > pd.Timestamp(window.end))
    if not outside.any():
        return delivery
    return replace(delivery, frame=delivery.frame[~outside])


def counted(frame: pd.DataFrame, column: str) -> tuple[Account, ...]:
    """One account a name that `column` holds, with its rows."""
    rows = frame.groupby(column, sort=True).size()
    return tuple(Account(str(name), "received", int(number)) for name, number in rows.items())


def digest(paths: Iterable[Path]) -> str:
    """A fingerprint of files: their names and contents."""
    found = sha256()
    for path in paths:
        with path.open("rb") as file:
            found.update(f"{path.name} {file_digest(file, 'sha256').hexdigest()}\n".encode())
    return found.hexdigest()
