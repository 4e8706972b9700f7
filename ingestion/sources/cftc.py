"""The CFTC's Traders in Financial Futures report, futures only: weekly long and short positions by kind of trader."""

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pandas as pd

from ingestion import universe
from ingestion.clock import utc_now
from ingestion.settings import Settings
from ingestion.sources.answers import TooLarge, require_small
from ingestion.sources.base import (
    Account,
    Delivery,
    HostFailed,
    SourceError,
    SourceRefused,
    SymbolUnknown,
    TurnedAway,
    Window,
)
from ingestion.sources.files import counted, cut, is_page, read_table
from ingestion.sources.transport import LARGEST_ANSWER, Web, failed_last, given_up, status_of
from ingestion.tables import COLUMNS
from ingestion.tables.cells import month_first

#: Our column -> the CFTC's. Long and short are both positive; spreading is a third column that nets to nothing.
FIELDS = {
    "contract_code": "CFTC_Contract_Market_Code",
    "obs_date": "Report_Date_as_YYYY-MM-DD",
    "open_interest": "Open_Interest_All",
    "dealer_long": "Dealer_Positions_Long_All",
    "dealer_short": "Dealer_Positions_Short_All",
    "asset_manager_long": "Asset_Mgr_Positions_Long_All",
    "asset_manager_short": "Asset_Mgr_Positions_Short_All",
    "leveraged_long": "Lev_Money_Positions_Long_All",
    "leveraged_short": "Lev_Money_Positions_Short_All",
}
#: The current week's file has the columns of the yearly one and no header; these are the ones we read, by place.
WEEKLY_COLUMNS = 87
WEEKLY_PLACES = {
    "obs_date": 2,
    "contract_code": 3,
    "open_interest": 7,
    "dealer_long": 8,
    "dealer_short": 9,
    "asset_manager_long": 11,
    "asset_manager_short": 12,
    "leveraged_long": 14,
    "leveraged_short": 15,
}
#: The last column of every line of the futures-only report.
WEEKLY_END = "FutOnly"

#: The column that says whether options are counted too, and what it says then.
KIND, COMBINED = "FutOnly_or_Combined", "combined"

#: Where the files are, below the CFTC's address.
YEAR_PATH, WEEK_PATH = "files/dea/history/fut_fin_txt_{year}.zip", "dea/newcot/FinFutWk.txt"

#: The first year with a yearly file of this report.
FIRST_YEAR = 2010

#: Reports are requested again this far back: the CFTC corrects within weeks.
OVERLAP = timedelta(weeks=10)

REQUIRED = ("contract_code", "obs_date", "open_interest")


def parse_positioning(content: bytes, contracts: tuple[str, ...], origin: str) -> pd.DataFrame:
    """Rows of the followed `contracts` as positioning (cells as text) with row_number; see read_report."""
    return read_report(content, contracts, origin)[0]


def read_report(content: bytes, contracts: tuple[str, ...], origin: str) -> tuple[pd.DataFrame, str]:
    """Rows of the followed `contracts` as positioning (cells as text) with row_number, and a note of what is left out.

    A subset of the position columns is fine, missing ones are NULL; rows of the report that counts options too are left
    out. Raises SourceRefused when a key column is missing.
    """
    expected = f"the columns {', '.join(FIELDS[name] for name in REQUIRED)} and positions"
    table = read_table(content, origin, expected=expected)
    table.columns = table.columns.str.strip()
    missing = [FIELDS[name] for name in REQUIRED if FIELDS[name] not in table]
    if missing:
        came = ", ".join(table.columns)[:200]
        raise SourceRefused(f"{origin}: expected {expected}; missing {', '.join(missing)}, came with {came}")
    rows = _positions(table, contracts, first_line=2)
    if KIND not in table:
        return rows, ""
    combined = table.loc[rows.index, KIND].str.strip().str.lower().eq(COMBINED).fillna(False).astype(bool)
    note = f"{origin}: {combined.sum():,} rows of futures and options combined are left out" if combined.any() else ""
    return rows[~combined], note


def _positions(table: pd.DataFrame, contracts: tuple[str, ...], first_line: int) -> pd.DataFrame:
    rows = pd.DataFrame(
        {
            name: table[FIELDS[name]].str.strip() if FIELDS[name] in table else pd.Series(pd.NA, table.index, "string")
            for name in COLUMNS["positioning"]
        }
    )
    # the bundle of past reports writes 1/5/2010 12:00:00 AM under the heading that promises year-month-day
    rows = rows.assign(obs_date=month_first(rows["obs_date"])).assign(row_number=table.index + first_line)
    return rows[rows["contract_code"].isin(contracts)]


def parse_current_week(content: bytes, contracts: tuple[str, ...], origin: str) -> pd.DataFrame:
    """Rows of the headerless file of the current week, as parse_positioning gives them."""
    expected = f"{WEEKLY_COLUMNS} columns without a header, the last one {WEEKLY_END}"
    names = [f"column_{place}" for place in range(WEEKLY_COLUMNS)]
    for ours, place in WEEKLY_PLACES.items():
        names[place] = FIELDS[ours]
    table = read_table(content, origin, expected, names=names)
    whole = (table[names[-1]].str.strip() == WEEKLY_END).fillna(False).astype(bool)
    if not whole.all():
        raise SourceRefused(f"{origin}: expected {expected}; line {int(table.index[~whole][0]) + 1} is another")
    return _positions(table, contracts, first_line=1)


#: What zipfile raises on damaged or foreign bytes: beside its own error that of the inflater, of a cut-off end, and
#: RuntimeError of a locked entry and of a way of packing it does not know.
UNREADABLE_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, OSError)


def unpack_year(content: bytes, origin: str) -> bytes:
    """The one text file of a yearly zip; raises SourceRefused for anything else."""
    expected = "a zip with one FinFut text file"
    if is_page(content):
        start = " ".join(content[:60].decode("utf-8", "replace").split())
        raise TurnedAway(f"{origin}: expected {expected}; came a web page: {start}")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            texts = [entry for entry in archive.infolist() if entry.filename.lower().endswith(".txt")]
            if len(texts) != 1:
                raise SourceRefused(f"{origin}: expected {expected}; it holds {len(texts)} text files")
            require_small(archive, LARGEST_ANSWER)
            return archive.read(texts[0])
    except TooLarge as error:
        most = f"{LARGEST_ANSWER / 1e6:,.0f} MB"
        raise SourceRefused(f"{origin}: expected {expected}; it unpacks to more than {most}") from error
    except UNREADABLE_ZIP as error:
        start = " ".join(content[:60].decode("utf-8", "replace").split())
        raise SourceRefused(f"{origin}: expected {expected}; {error}; it begins {start!r}") from error


class CftcSource:
    """The yearly files that raw does not hold yet and the current week's; one that does not come costs only itself."""

    name = "cftc"
    tables = frozenset({"positioning"})

    def __init__(
        self,
        settings: Settings,
        newest: Callable[[], date | None] = lambda: None,
        clock: Callable[[], datetime] = utc_now,
        failed: Callable[[], frozenset[str]] = frozenset,
        web: Web | None = None,
    ) -> None:
        self._address = settings.cftc_url.rstrip("/")
        self._newest, self._clock, self._failed = newest, clock, failed
        self._web = web or Web(self.name, settings)

    def fetch(self, table: str, window: Window) -> Iterator[Delivery]:
        """One delivery a file, those that failed lately last; raises SourceError when none came or the host fails."""
        if table not in self.tables:
            raise ValueError(f"cftc has no table {table!r}")
        newest = None if window.again else self._newest()
        start = max(window.start, newest - OVERLAP) if newest else window.start
        today = self._clock()
        this_year = today.year
        failed = self._failed()
        last_year = min(window.end.year, this_year)
        years = range(max(window.start.year, FIRST_YEAR), last_year + 1)
        # a year that did not come is requested again, however new the newest report is
        names = [f"year {year}" for year in years if year >= start.year or f"year {year}" in failed]
        names += ["current week"] if years and window.end.year >= this_year else []
        errors: list[SourceError] = []
        for number, what in enumerate(failed_last(names, failed), start=1):
            path, read = WEEK_PATH, self._week
            if what.startswith("year"):
                path, read = YEAR_PATH.format(year=what.removeprefix("year ")), self._year
            origin = f"cftc: {what}"
            delivery = Delivery(table, pd.DataFrame(columns=list(COLUMNS[table])), origin, requested=len(names))
            try:
                frame = read(self._web.get(f"{self._address}/{path}", what), origin)
                delivery = cut(replace(delivery, frame=frame.sort_values("obs_date", kind="stable")), window)
                accounts = counted(delivery.frame, "contract_code") or (Account(what, "empty"),)
            except SourceError as error:
                # the file of a new year appears with its first report
                early = isinstance(error, SymbolUnknown) and today.month == 1 and what == f"year {this_year}"
                accounts = (Account(what, "empty" if early else status_of(error), 0, str(error)),)
                if not early:
                    errors.append(error)
            yield replace(delivery, accounts=accounts)
            if errors and isinstance(errors[-1], HostFailed) and number < len(names):
                raise given_up(errors[-1], len(names) - number)
        if errors and len(errors) == len(names):
            raise errors[0]

    def _year(self, content: bytes, origin: str) -> pd.DataFrame:
        return parse_positioning(unpack_year(content, origin), universe.contracts(), origin)

    def _week(self, content: bytes, origin: str) -> pd.DataFrame:
        return parse_current_week(content, universe.contracts(), origin)
