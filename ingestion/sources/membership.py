"""Members of the S&P 500 from Wikipedia: today's list and the table of changes, turned into dated spells.

The table of changes is incomplete in early years, so a spell whose beginning nobody states begins at
calendar.EARLIEST, and the note of the delivery counts the changes that could not be placed.
"""

import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

import pandas as pd

from ingestion import calendar, overlay, universe
from ingestion.calendar import EARLIEST
from ingestion.clock import utc_now
from ingestion.settings import Settings
from ingestion.sources.base import Account, Delivery, SourceRefused, Window
from ingestion.sources.transport import Web
from ingestion.tables import COLUMNS

INDEX = "SP500"

#: The index has 500 companies and a few second classes of shares: 503 since 2022, never fewer than 500 since 1957.
FEWEST, MOST = 495, 520

_TICKER = re.compile(r"[A-Z][A-Z0-9]{0,6}(?:-[A-Z]{1,2})?")
_FOOTNOTE = re.compile(r"\[[^\]]*\]")


@dataclass(frozen=True)
class Change:
    """One line of the table of changes; either side may be empty."""

    day: date
    added: str | None
    removed: str | None


@dataclass(frozen=True)
class Page:
    """The two tables: today's members (symbol, name, gics_sector, gics_sub_industry, added), the changes, the names
    of departed members, and how many lines of the changes have no readable date."""

    members: pd.DataFrame
    changes: tuple[Change, ...]
    departed: dict[str, str]
    undated: int


#: symbol, valid_from, valid_to or None while it lasts
Spell = tuple[str, date, date | None]


@dataclass(frozen=True)
class Spells:
    """Dated spells, sorted, and how many changes contradict the rest."""

    rows: tuple[Spell, ...]
    unplaced: int


def parse_page(content: bytes, origin: str) -> Page:
    """The two tables of the page; raises SourceRefused when they are not what they should be."""
    expected = (
        "the tables 'constituents' (Symbol, Security, GICS Sector, Date added) and 'changes' (Date, Added, Removed)"
    )
    try:
        text = content.decode("utf-8")
        members = pd.read_html(io.StringIO(text), attrs={"id": "constituents"}, keep_default_na=False)[0].astype(
            "string"
        )
        changes = pd.read_html(io.StringIO(text), attrs={"id": "changes"}, keep_default_na=False)[0].astype("string")
    except Exception as error:  # a page of another shape meets the HTML reader with any error there is
        message = " ".join(str(error).split())[:120]
        raise SourceRefused(f"{origin}: expected {expected}; {message or type(error).__name__}") from error
    members = _members(members, origin, expected)
    if not FEWEST <= len(members) <= MOST:
        raise SourceRefused(f"{origin}: expected {FEWEST} to {MOST} members; came {len(members)}")
    read, departed, undated = _changes(changes, origin, expected)
    return Page(members, read, departed, undated)


def _members(table: pd.DataFrame, origin: str, expected: str) -> pd.DataFrame:
    ours = {
        "symbol": "Symbol",
        "name": "Security",
        "gics_sector": "GICS Sector",
        "gics_sub_industry": "GICS Sub-Industry",
        "added": "Date added",
    }
    if missing := [theirs for theirs in ours.values() if theirs not in table]:
        came = ", ".join(map(str, table.columns))[:200]
        raise SourceRefused(f"{origin}: expected {expected}; missing {', '.join(missing)}, came with {came}")
    members = pd.DataFrame({name: table[theirs].map(_plain) for name, theirs in ours.items()})
    members["symbol"] = members["symbol"].map(_symbol)
    if members["symbol"].isna().any():
        line = int(members["symbol"].isna().to_numpy().argmax())
        raise SourceRefused(f"{origin}: expected a ticker; came {str(table['Symbol'].iloc[line])[:40]!r}")
    if repeated := sorted(members.loc[members["symbol"].duplicated(), "symbol"]):
        raise SourceRefused(f"{origin}: expected each member once; came {', '.join(repeated[:5])} more often")
    members["added"] = [_iso_day(cell) for cell in members["added"]]
    return members


def _changes(table: pd.DataFrame, origin: str, expected: str) -> tuple[tuple[Change, ...], dict[str, str], int]:
    names = [" ".join(dict.fromkeys(map(str, name if isinstance(name, tuple) else (name,)))) for name in table.columns]
    dated = next((number for number, name in enumerate(names) if "date" in name.lower()), None)
    sides = [names.index(name) if name in names else None for name in ("Added Ticker", "Removed Ticker")]
    if dated is None or None in sides:
        raise SourceRefused(f"{origin}: expected {expected}; the changes came with {', '.join(names)[:200]}")
    labels = {
        names[number].replace("Security", "Ticker"): number for number, name in enumerate(names) if "Security" in name
    }
    read: list[Change] = []
    departed: dict[str, str] = {}
    undated = 0
    for row in table.itertuples(index=False):
        added, removed = (_symbol(_plain(row[side])) for side in sides if side is not None)
        day = _long_day(_plain(row[dated]))
        if day is None:
            undated += bool(added or removed)
            continue
        read.append(Change(day, added, removed))
        for symbol, label in ((added, "Added Ticker"), (removed, "Removed Ticker")):
            if symbol and label in labels:
                departed.setdefault(symbol, _plain(row[labels[label]]))
    return tuple(read), departed, undated


def dated_spells(members: dict[str, date | None], changes: tuple[Change, ...]) -> Spells:
    """Walk back from today's `members` (symbol -> the day it was added according to the list) through the changes.

    A member that a change adds began that day; one that it removes was in before it. A change that contradicts what is
    known after it (adds one who is not in, removes one who is) is left out and counted: mostly a renamed ticker.
    """
    open_until: dict[str, date | None] = dict.fromkeys(members)
    rows: list[Spell] = []
    unplaced = 0
    for change in sorted(changes, key=lambda one: one.day, reverse=True):
        if change.added:
            end = open_until.get(change.added)
            if change.added not in open_until or (end is not None and end <= change.day):
                unplaced += 1
            else:
                rows.append((change.added, change.day, open_until.pop(change.added)))
        if change.removed:
            stated = members.get(change.removed)
            if change.removed not in open_until:
                open_until[change.removed] = change.day
            elif open_until[change.removed] is None and stated and stated > change.day:
                rows.append((change.removed, stated, None))
                open_until[change.removed] = change.day
            else:
                unplaced += 1
    for symbol, end in open_until.items():
        stated = members.get(symbol) if end is None else None
        rows.append((symbol, stated or EARLIEST, end))
    return Spells(tuple(sorted(rows, key=lambda row: row[:2])), unplaced)


def reconciled(spells: Spells, stored: pd.DataFrame, members: set[str], today: date) -> tuple[list[Spell], list[str]]:
    """Rows to deliver, and what they correct in raw, which forgets nothing.

    A stored spell of a symbol that the page dates otherwise now is retracted (it ends where it begins); an open one of
    a symbol that left the list without a dated change ends `today`; one that the page no longer mentions is unchanged.
    """
    rows, remarks = list(spells.rows), []
    stated = {(symbol, begin) for symbol, begin, _ in rows}
    symbols = {symbol for symbol, _, _ in rows}
    for symbol, begin, end in stored.itertuples(index=False):
        if (symbol, begin) in stated:
            continue
        if symbol in symbols:
            rows.append((symbol, begin, begin))
            remarks.append(f"{symbol} from {begin} is retracted")
        elif end is None and symbol not in members and begin < today:
            rows.append((symbol, begin, today))
            remarks.append(f"{symbol} left the list without a dated change, taken as {today}")
    return sorted(rows, key=lambda row: row[:2]), remarks


def renamed(
    members: dict[str, date | None], changes: tuple[Change, ...], stored: pd.DataFrame
) -> tuple[tuple[str, str], ...]:
    """Companies that only changed their ticker: the old and the new one.

    Of `stored` spells (symbol, valid_from, valid_to) one that lasts has left the list, and a member that was never
    stored has come with the same day of being added; no change of the table says so. Two of one day tell nothing.
    """
    changed = {symbol for change in changes for symbol in (change.added, change.removed)}
    left = stored[stored["valid_to"].isna() & ~stored["symbol"].isin({*members, *changed})]
    known = {*stored["symbol"], *changed}
    came = {symbol: added for symbol, added in members.items() if added and symbol not in known}
    pairs = []
    for day, of_day in left.groupby("valid_from")["symbol"]:
        new = [symbol for symbol, added in came.items() if added == day]
        if len(of_day) == len(new) == 1:
            pairs.append((str(of_day.iloc[0]), new[0]))
    return tuple(pairs)


class MembershipSource:
    """Identities (with the seed's instruments) and dated membership; the page is requested once a run."""

    name = "membership"
    tables = frozenset({"securities", "index_membership"})

    def __init__(
        self,
        settings: Settings,
        stored: Callable[[], pd.DataFrame],
        clock: Callable[[], datetime] = utc_now,
        web: Web | None = None,
    ) -> None:
        self._address, self._stored, self._clock = settings.wikipedia_url, stored, clock
        self._own = overlay.read(settings).symbols
        self._web = web or Web(self.name, settings)
        self._page: Page | None = None

    def fetch(self, table: str, window: Window) -> Iterator[Delivery]:
        """One delivery with everything on the page, whatever the window; raises SourceError."""
        if table not in self.tables:
            raise ValueError(f"membership has no table {table!r}")
        origin = "membership: the list of S&P 500 companies"
        if self._page is None:
            self._page = parse_page(self._web.get(self._address, "the list of S&P 500 companies"), origin)
        yield (self._securities if table == "securities" else self._membership)(self._page, origin)

    def _securities(self, page: Page, origin: str) -> Delivery:
        members = dict(zip(page.members["symbol"], page.members["added"], strict=True))
        named = _securities(page, origin, self._own)
        return replace(named, renames=renamed(members, page.changes, self._stored()))

    def _membership(self, page: Page, origin: str) -> Delivery:
        members = dict(zip(page.members["symbol"], page.members["added"], strict=True))
        spells = dated_spells(members, page.changes)
        today = calendar.to_new_york(self._clock()).date()
        rows, remarks = reconciled(spells, self._stored(), set(members), today)
        frame = pd.DataFrame(rows, columns=["symbol", "valid_from", "valid_to"]).assign(index_id=INDEX)
        for name in ("valid_from", "valid_to"):
            frame[name] = pd.to_datetime(frame[name]).astype("datetime64[s]")
        since = f", back to {min(change.day for change in page.changes)}" if page.changes else ""
        note = (
            f"Wikipedia: {len(members)} members, {len(page.changes)} changes{since}; "
            f"{spells.unplaced + page.undated} could not be placed"
        )
        account = Account(INDEX, "received", len(frame), note)
        return Delivery(
            "index_membership",
            frame[list(COLUMNS["index_membership"])],
            origin,
            (account,),
            "; ".join([note, *remarks]),
        )


def _securities(page: Page, origin: str, own: Mapping[str, tuple[str, str]]) -> Delivery:
    rows = {symbol: (row["name"], row["asset_type"], None, None) for symbol, row in universe.instruments().items()}
    rows |= {symbol: (name, "index", None, None) for symbol, name in universe.compared_symbols().items()}
    rows = {symbol: (name, kind, None, None) for symbol, (name, kind) in own.items()} | rows
    rows |= {symbol: (name, "equity", None, None) for symbol, name in page.departed.items()}
    rows |= {
        row.symbol: (row.name, "equity", row.gics_sector, row.gics_sub_industry)
        for row in page.members.itertuples(index=False)
    }
    frame = pd.DataFrame(
        [(symbol, EARLIEST, *rest) for symbol, rest in sorted(rows.items())], columns=list(COLUMNS["securities"])
    )
    frame["valid_from"] = pd.to_datetime(frame["valid_from"]).astype("datetime64[s]")
    accounts = tuple(Account(symbol, "received", 1) for symbol in frame["symbol"])
    return Delivery("securities", frame, origin, accounts)


def _plain(cell: object) -> str:
    """A cell without footnote marks; '' where it is empty."""
    return "" if pd.isna(cell) else " ".join(_FOOTNOTE.sub("", str(cell)).split())


def _symbol(cell: str) -> str | None:
    """BRK.B as BRK-B; None for what is no ticker."""
    symbol = cell.upper().replace(".", "-")
    return symbol if _TICKER.fullmatch(symbol) else None


def _iso_day(cell: str) -> date | None:
    try:
        day = date.fromisoformat(cell[:10])
    except ValueError:
        return None
    return day if day > EARLIEST else None


def _long_day(cell: str) -> date | None:
    try:
        day = datetime.strptime(cell, "%B %d, %Y").date()
    except ValueError:
        return _iso_day(cell)
    return day if day > EARLIEST else None
