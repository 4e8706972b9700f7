"""The content of one report, before it is HTML or Markdown."""

from dataclasses import dataclass
from datetime import date

from app.report.pictures import Picture


@dataclass(frozen=True)
class Table:
    """A titled table of text."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Number:
    """A number of an answer: now, on the session before, and its place in a year."""

    now: str
    before: str
    place: str


@dataclass(frozen=True)
class Answer:
    """One of the four answers of the day: its word, its numbers, and what limits them."""

    name: str
    word: str
    numbers: tuple[Number, ...]
    note: str = ""


@dataclass(frozen=True)
class Chain:
    """The argument of a call in one sentence, and what the data do not support of it."""

    sentence: str
    doubts: tuple[str, ...]


@dataclass(frozen=True)
class PageOne:
    """What stands alone on the first page."""

    call: str
    grounds: str
    headline: str
    chain: Chain | None
    answers: tuple[Answer, ...]
    pictures: tuple[Picture, ...]
    odds: Table
    levels: Table
    wrong_if: str


@dataclass(frozen=True)
class Sheet:
    """The content of one report; `universe` is named where it is not the one that the file is about, else empty."""

    session: date
    market: str
    is_made_up: bool
    status: str
    page_one: PageOne
    sections: tuple[tuple[str, str], ...]
    movers: tuple[Table, ...]
    tables: tuple[Table, ...]
    appendices: tuple[Table, ...]
    notes: tuple[str, ...]
    universe: str = ""
