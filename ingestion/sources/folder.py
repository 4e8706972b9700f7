"""The bring-your-own-data source: a directory of files in the layout of README's "Your own data"."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pandas as pd

from ingestion import universe
from ingestion.sources.base import Account, Delivery, SourceRefused, Window
from ingestion.sources.cboe import parse_levels
from ingestion.sources.cftc import read_report
from ingestion.sources.files import counted, cut, digest, read_table
from ingestion.sources.fred import parse_observations
from ingestion.store import bulk
from ingestion.store.file_news import News
from ingestion.store.layout import NEEDED, UnknownLayout, layout
from ingestion.tables import COLUMNS, TABLES
from ingestion.tables.cells import one_symbol

#: Symbols read at a time: 100 names x 15 years is 0.4 million bars, about 60 MB.
SYMBOLS_PER_CHUNK = 100

#: SQL types whose values are one cell each; a list, a struct or an interval is no price, day or symbol.
_PLAIN = re.compile(
    r"(?:VARCHAR|ENUM\(.*\)|BOOLEAN|DATE|TIMESTAMP(?:_\w+| WITH TIME ZONE)?|"
    r'U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|FLOAT|DOUBLE|DECIMAL\(\d+,\d+\)|"NULL")$'
)

#: Finds the bars of a file that can be new; None where all of them have to be read.
FindNews = Callable[[Path], News | None]

#: Rows of a file of bars that are looked at before anything is built.
FIRST_ROWS = 10_000

#: The universe of a folder without dated members.
OWN = "OWN"

MEMBERSHIP = "membership/index_membership.csv"

#: Files of fixed columns, whose header is looked at before anything is built.
TABLES_OF_FILES = {
    MEMBERSHIP: COLUMNS["index_membership"],
    "membership/securities.csv": ("symbol", "name", "gics_sector", "gics_sub_industry"),
    "membership/index_weights.csv": ("index_id", "as_of_date", "symbol", "weight"),
    "breadth/exchange_breadth.csv": ("exchange", "session_date", "advances", "declines", "unchanged"),
}

#: What each kind of file is wanted for, where none of it is there.
WANTED = {
    "membership/securities.csv": "no membership/securities.csv: names and sectors are empty",
    "membership/index_weights.csv": "no membership/index_weights.csv: who moved the index is empty",
    "cboe/*_History.csv": "no cboe/VIX_History.csv and its like: volatility, implied correlation and odds are empty",
    "fred/*.csv": "no fred/DGS10.csv and its like: rates, regime and releases are empty",
    "cftc/*": "no cftc/*.csv: positioning is empty",
    "breadth/exchange_breadth.csv": "no breadth/exchange_breadth.csv: thrusts of the exchange's own counts are empty",
}

PRICE_COLUMNS = tuple({"obs_date": "date"}.get(name, name) for name in COLUMNS["prices"])


class FolderSource:
    """Reads every raw table from files below `folder`; a table whose files are absent yields nothing."""

    name = "folder"
    tables = frozenset(TABLES)

    def __init__(
        self, folder: Path, news: FindNews | None = None, own: Mapping[str, tuple[str, str]] | None = None
    ) -> None:
        """`own` names symbols of the user's overlay: symbol -> (name, asset type)."""
        if not folder.is_dir():
            raise SourceRefused(f"{folder}: expected a directory with your files; there is none")
        self.folder = folder
        self._news = news
        self._own = dict(own or {})

    def fetch(self, table: str, window: Window) -> Iterator[Delivery]:
        """Deliveries of `table`, rows outside `window` left out; raises SourceRefused for a file of another shape."""
        readers: dict[str, Callable[[], Iterator[Delivery]]] = {
            "securities": self._securities,
            "prices": lambda: self._prices(window.again),
            "index_levels": lambda: self._series("cboe", "*_History.csv", "index_levels", parse_levels),
            "macro_observations": lambda: self._series("fred", "*.csv", "macro_observations", parse_observations),
            "positioning": self._positioning,
            "exchange_breadth": lambda: self._table(
                "breadth/exchange_breadth.csv", "exchange_breadth", {"session_date": "obs_date"}
            ),
            "index_membership": self._memberships,
            "index_weights": lambda: self._table(
                "membership/index_weights.csv", "index_weights", {"as_of_date": "obs_date"}
            ),
        }
        for delivery in readers[table]():
            yield cut(replace(delivery, file_rows=delivery.file_rows or len(delivery.frame)), window)

    def fingerprint(self, table: str) -> str:
        """The digest of every file that `table` is read from, and what the seeds name; raises SourceRefused."""
        patterns = {
            "securities": ("membership/securities.csv", "prices.*"),
            "prices": ("prices.*",),
            "index_levels": ("cboe/*_History.csv",),
            "macro_observations": ("fred/*.csv",),
            "positioning": ("cftc/*.csv", "cftc/*.txt"),
            "exchange_breadth": ("breadth/exchange_breadth.csv",),
            "index_membership": ("prices.*",) if self.is_own else ("membership/index_membership.csv",),
            "index_weights": ("membership/index_weights.csv",),
        }
        found = [path for pattern in patterns[table] for path in sorted(self.folder.glob(pattern)) if path.is_file()]
        try:
            files = digest(found)
        except OSError as error:
            raise SourceRefused(f"{error.filename}: cannot be read: {error.strerror}") from error
        return f"{files} {universe.instruments()} {universe.contracts()} {universe.renames()} {self._own}"

    @property
    def is_own(self) -> bool:
        """Whether the folder has no dated members, so that the names of its bars are the universe OWN."""
        return not (self.folder / MEMBERSHIP).exists()

    def check(self) -> None:
        """Read the header of every file and the first rows of the bars; raises SourceRefused for what cannot be read.

        It takes a second at most, however long the files are: what is wrong in a later row is found when it is stored.
        """
        path = self._prices_path()
        if path is None:
            raise SourceRefused(
                f"{self.folder}: expected prices.csv or prices.parquet with columns {', '.join(NEEDED)}; "
                "there is neither"
            )
        with _refusing(path):
            fault = bulk.fault_of_first_rows(path, FIRST_ROWS)
        if fault:
            first_line = 2 if path.suffix == ".csv" else 1
            raise SourceRefused(f"{path.name}, row {fault.row + first_line}: {fault.expected}; came {fault.came!r}")
        for relative, columns in TABLES_OF_FILES.items():
            if (self.folder / relative).exists():
                self._require(relative, columns)

    def absent(self) -> tuple[str, ...]:
        """What is empty for want of which file, a sentence each."""
        sentences = []
        if self.is_own:
            sentences.append(
                f"no {MEMBERSHIP}: breadth, states and verdict are of OWN, the names of your prices, each from its "
                "first bar to its last; names that left before are missing, so it is not free of survivorship"
            )
        with _refusing(path := self._prices_path() or self.folder):
            symbols = set(bulk.read_names(path, "symbol"))
            without = set(layout(path).absent)
        if "volume" in without:
            sentences.append(f"no column volume in {path.name}: up and down volume and 90 % days are empty")
        if "dividend" in without and "adj_close" in without:
            sentences.append(f"no column dividend in {path.name}: total return is price return")
        if not symbols & {"^GSPC", "SPY"}:
            sentences.append(f"no ^GSPC or SPY in {path.name}: the S&P 500, drivers and comparisons with it are empty")
        sentences += [words for pattern, words in WANTED.items() if not any(self.folder.glob(pattern))]
        return tuple(sentences)

    def _require(self, relative: str, columns: tuple[str, ...]) -> None:
        """Raise SourceRefused unless the header of a CSV file has the columns."""
        with (self.folder / relative).open(encoding="utf-8-sig", errors="replace") as file:
            came = [name.strip() for name in file.readline(100_000).split(",")]
        if missing := [name for name in columns if name not in came]:
            raise SourceRefused(
                f"{relative}, row 1: expected columns {', '.join(columns)}; missing {', '.join(missing)}, "
                f"came with {', '.join(came)[:200]}"
            )

    def _prices_path(self) -> Path | None:
        """The file of bars, where there is one, once its columns are those of a file of bars."""
        candidates = [self.folder / f"prices.{ending}" for ending in ("parquet", "csv")]
        paths = [candidate for candidate in candidates if candidate.exists()]
        if len(paths) > 1:
            raise SourceRefused(
                f"{' and '.join(path.name for path in paths)}: expected one file of bars; came both, and only one can "
                "be read: move the other out of the folder"
            )
        if not paths:
            return None
        path = paths[0]
        with _refusing(path):
            came = bulk.read_columns(path)
        if nested := [f"{name} as {came[name][:60]}" for name in PRICE_COLUMNS if not _PLAIN.match(came[name])]:
            raise SourceRefused(
                f"{path.name}: expected columns of texts, days and numbers; came with {', '.join(nested)}"
            )
        return path

    def _prices(self, again: bool) -> Iterator[Delivery]:
        path = self._prices_path()
        if path is None:
            return
        with _refusing(path):
            file_rows, swapped = bulk.count_rows(path), bulk.day_in_another_order(path, "date")
        if swapped:
            raise SourceRefused(f"{path.name}: expected days as YYYY-MM-DD; came {swapped!r}, so no day of it is sure")
        with _refusing(path):
            news = None if again or self._news is None else self._news(path)
        chunks = bulk.read_symbols(path, "symbol", "date", SYMBOLS_PER_CHUNK, news.whole if news else None)
        while True:
            with _refusing(path):
                bars = next(chunks, None)
            if bars is None:
                break
            bars = _numbered(bars, path)
            yield Delivery("prices", bars, path.name, counted(bars, "symbol"), file_rows=file_rows)
        if news:
            with _refusing(path):
                bars = _numbered(bulk.read_since(path, "symbol", "date", news.since), path)
            rows = {one_symbol(spelling): count for spelling, count in news.rows.items() if spelling not in news.whole}
            accounts = tuple(Account(symbol, "received", count) for symbol, count in sorted(rows.items()))
            unread = sum(rows.values()) - len(bars)
            yield Delivery("prices", bars, path.name, accounts, file_rows=file_rows, unread=unread)

    def _securities(self) -> Iterator[Delivery]:
        named = pd.DataFrame({name: pd.Series(dtype="string") for name in COLUMNS["securities"]})
        path = self.folder / "membership" / "securities.csv"
        if path.exists():
            named = self._read(path, ("symbol", "name", "gics_sector", "gics_sub_industry"))
            named["symbol"] = named["symbol"].map(one_symbol, na_action="ignore")
        prices = self._prices_path()
        symbols = []
        if prices:
            with _refusing(prices):
                symbols = bulk.read_names(prices, "symbol")
        # a member of a universe of the user's without a bar is a member all the same
        symbols = sorted({*symbols, *self._own})
        others = pd.DataFrame({"symbol": [symbol for symbol in symbols if symbol not in set(named["symbol"])]})
        seeded = universe.instruments()
        seeded |= {symbol: {"name": name, "asset_type": kind} for symbol, (name, kind) in self._own.items()}
        others["name"] = [seeded[symbol]["name"] if symbol in seeded else None for symbol in others["symbol"]]
        members = own_members(symbols) if self.is_own else frozenset()
        others["asset_type"] = [_asset_type(symbol, seeded, members) for symbol in others["symbol"]]
        frame = pd.concat([named.assign(asset_type="equity"), others], ignore_index=True)
        if "valid_from" not in frame:
            frame["valid_from"] = None
        frame["valid_from"] = frame["valid_from"].fillna("1900-01-01")
        frame = frame.reindex(columns=[*COLUMNS["securities"], "row_number"])
        frame["row_number"] = frame["row_number"].fillna(0).astype("int64")
        yield Delivery("securities", frame, "membership/securities.csv", counted(frame, "symbol"))

    def _memberships(self) -> Iterator[Delivery]:
        """The dated members of the file or, without one, those of OWN: each name from its first bar to its last."""
        if not self.is_own:
            yield from self._table(MEMBERSHIP, "index_membership", {})
            return
        path = self._prices_path()
        if path is None:
            return
        with _refusing(path):
            spans = bulk.spans(path)
        newest = max((last for _, _, last in spans), default=None)
        members = own_members([symbol for symbol, _, _ in spans])
        rows = [
            # a name whose bars go on to the end of the file is still a member
            (OWN, symbol, str(first), None if last == newest else str(last + timedelta(days=1)))
            for symbol, first, last in spans
            if symbol in members
        ]
        frame = pd.DataFrame(rows, columns=list(COLUMNS["index_membership"]))
        yield Delivery("index_membership", frame, path.name, counted(frame, "index_id"))

    def _series(
        self, below: str, pattern: str, table: str, parse: Callable[[bytes, str, str], pd.DataFrame]
    ) -> Iterator[Delivery]:
        for path in sorted((self.folder / below).glob(pattern)):
            series_id = path.stem.removesuffix("_History")
            frame = parse(path.read_bytes(), series_id, f"{below}/{path.name}")
            yield Delivery(table, frame, f"{below}/{path.name}", counted(frame, "series_id"))

    def _positioning(self) -> Iterator[Delivery]:
        for path in sorted([*self.folder.glob("cftc/*.csv"), *self.folder.glob("cftc/*.txt")]):
            origin = f"cftc/{path.name}"
            frame, note = read_report(path.read_bytes(), universe.contracts(), origin)
            yield Delivery("positioning", frame, origin, counted(frame, "contract_code"), note)

    def _table(self, relative: str, table: str, renamed: dict[str, str]) -> Iterator[Delivery]:
        path = self.folder / relative
        if not path.exists():
            return
        theirs = {ours: name for name, ours in renamed.items()}
        frame = self._read(path, tuple(theirs.get(name, name) for name in COLUMNS[table])).rename(columns=renamed)
        yield Delivery(table, frame, relative, counted(frame, COLUMNS[table][0]))

    def _read(self, path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
        origin = str(path.relative_to(self.folder))
        frame = read_table(path.read_bytes(), origin, expected=f"the columns {', '.join(columns)}")
        if missing := [name for name in columns if name not in frame]:
            raise SourceRefused(
                f"{origin}: expected columns {', '.join(columns)}; missing {', '.join(missing)}, "
                f"came with {', '.join(map(str, frame.columns))}"
            )
        return frame.assign(row_number=frame.index + 2)


def _numbered(bars: pd.DataFrame, path: Path) -> pd.DataFrame:
    """The bars of a file with the line of each."""
    first_line = 2 if path.suffix == ".csv" else 1
    numbered = bars.rename(columns={"date": "obs_date"})
    numbered["row_number"] = numbered.pop("file_row_number") + first_line
    return numbered


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Reduce an error about the file's layout, or DuckDB's for an unreadable one, to one sentence."""
    try:
        yield
    except UnknownLayout as error:
        raise SourceRefused(f"{path.name}: {error}") from error
    except duckdb.Error as error:
        lines = str(error).split("Possible", 1)[0].splitlines()[:3]
        expected = f"{path.suffix[1:]} with columns {', '.join(PRICE_COLUMNS)}"
        raise SourceRefused(f"{path.name}: expected {expected}; came {'; '.join(filter(None, lines))}") from error


def own_members(symbols: Collection[str]) -> frozenset[str]:
    """The members of OWN among the symbols of a file: those that are no index and no fund known to the seeds.

    Where there is none but funds, these are the members.
    """
    seeded = universe.instruments()
    kinds = {symbol: _asset_type(symbol, seeded, symbols) for symbol in symbols}
    return frozenset(
        [symbol for symbol, kind in kinds.items() if kind == "equity"]
        or [symbol for symbol, kind in kinds.items() if kind == "etf"]
    )


def _asset_type(symbol: str, seeded: dict[str, dict[str, str]], members: Collection[str]) -> str:
    if symbol in seeded:
        return seeded[symbol]["asset_type"]
    if symbol.startswith("^") or "." in symbol or "=" in symbol:
        return "index"
    return "equity" if symbol in members else "etf"
