"""Weights of the S&P 500 from the holdings of the ETF IVV (CSV), or of SPY (XLSX) when those do not come.

Optional: without weights the marts fall back. Both hosts may answer a program with a web page and status 200, so it is
the content that is checked: a date, the columns, some 500 shares whose weights sum to one.
"""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime

import pandas as pd

from ingestion.settings import Settings
from ingestion.sources.answers import TooLarge, require_small
from ingestion.sources.base import Account, Delivery, SourceError, SourceRefused, SourceUnavailable, TurnedAway, Window
from ingestion.sources.files import cut, is_page
from ingestion.sources.transport import Web
from ingestion.tables import COLUMNS

INDEX = "SP500"

#: IVV writes classes of shares without a mark, SPY with a dot; we write them with a dash.
CLASSES = {"BRKB": "BRK-B", "BFB": "BF-B"}

#: Shares in the fund, and what their weights sum to (cash and a future are the rest, IVV rounds to 0.01 %).
FEWEST, MOST = 480, 520
LEAST_SUM, GREATEST_SUM = 0.97, 1.01

#: SPY's workbook unpacks to half a megabyte; its reader takes some fifty times of that in memory.
LARGEST_WORKBOOK = 20_000_000

_TICKER = re.compile(r"[A-Z][A-Z0-9]{0,6}(?:-[A-Z]{1,2})?")
_EXPECTED = "holdings of an S&P 500 ETF (a date, tickers and weights)"


def parse_ishares(content: bytes, origin: str) -> pd.DataFrame:
    """Rows of IVV's CSV as index_weights with row_number; raises SourceRefused on another shape."""
    try:
        text = content.decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text)))
    except (UnicodeDecodeError, csv.Error) as error:
        raise SourceRefused(f"{origin}: expected {_EXPECTED}; {error}") from error
    if is_page(content):
        raise TurnedAway(f"{origin}: expected {_EXPECTED}; came a web page: {' '.join(text.split())[:80]}")
    as_of = next((line[1] for line in lines[:20] if len(line) > 1 and line[0].strip() == "Fund Holdings as of"), "")
    head = next((number for number, line in enumerate(lines[:30]) if line and line[0].strip() == "Ticker"), None)
    columns = [cell.strip() for cell in lines[head]] if head is not None else []
    if missing := [name for name in ("Ticker", "Asset Class", "Weight (%)") if name not in columns]:
        raise SourceRefused(f"{origin}: expected {_EXPECTED}; missing {', '.join(missing)}")
    assert head is not None
    ticker, kind, weight = (columns.index(name) for name in ("Ticker", "Asset Class", "Weight (%)"))
    rows = [
        (line[ticker].strip(), line[weight].replace(",", ""), number)
        for number, line in enumerate(lines[head + 1 :], start=head + 2)
        if len(line) >= len(columns) and line[kind].strip() == "Equity"
    ]
    return _checked(rows, _day(as_of, "%b %d, %Y", origin), origin)


def parse_spdr(content: bytes, origin: str) -> pd.DataFrame:
    """Rows of SPY's workbook as index_weights with row_number; raises SourceRefused on another shape."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            require_small(archive, LARGEST_WORKBOOK)
        sheet = pd.read_excel(io.BytesIO(content), header=None, dtype=str, engine="openpyxl")
    except TooLarge as error:
        most = f"{LARGEST_WORKBOOK / 1e6:,.0f} MB"
        raise SourceRefused(f"{origin}: expected {_EXPECTED} as XLSX; it unpacks to more than {most}") from error
    except Exception as error:  # a damaged workbook meets its reader with any error there is
        start = " ".join(content[:60].decode("utf-8", "replace").split())
        raise SourceRefused(f"{origin}: expected {_EXPECTED} as XLSX; it begins {start!r}") from error
    lines = [["" if pd.isna(cell) else str(cell).strip() for cell in line] for line in sheet.itertuples(index=False)]
    as_of = next((line[1] for line in lines[:10] if len(line) > 1 and line[0].startswith("Holdings")), "")
    head = next((number for number, line in enumerate(lines[:20]) if "Ticker" in line and "Weight" in line), None)
    if head is None:
        raise SourceRefused(f"{origin}: expected {_EXPECTED}; missing Ticker, Weight")
    ticker, weight = lines[head].index("Ticker"), lines[head].index("Weight")
    rows = [
        (line[ticker], line[weight], number)
        for number, line in enumerate(lines[head + 1 :], start=head + 2)
        if line[ticker] not in ("", "-") and line[weight]
    ]
    return _checked(rows, _day(as_of.removeprefix("As of").strip(), "%d-%b-%Y", origin), origin)


def _day(as_of: str, shape: str, origin: str) -> date:
    if as_of.strip() == "-":
        raise SourceUnavailable(f"{origin}: the fund house has no holdings of that day yet (as of '-')")
    try:
        return datetime.strptime(as_of.strip(), shape).date()
    except ValueError as error:
        raise SourceRefused(f"{origin}: expected {_EXPECTED}; the date is {as_of[:40]!r}") from error


def _checked(rows: list[tuple[str, str, int]], day: date, origin: str) -> pd.DataFrame:
    """The rows as index_weights, with a `fault` where the symbol is no ticker.

    Such a row and one without a weight are rejected one by one; the file is judged by the others, their number and sum.
    """
    frame = pd.DataFrame(rows, columns=["symbol", "weight", "row_number"])
    frame["symbol"] = [CLASSES.get(symbol, symbol.replace(".", "-")) for symbol in frame["symbol"]]
    is_ticker = frame["symbol"].map(lambda symbol: bool(_TICKER.fullmatch(symbol))).astype(bool)
    weight = pd.to_numeric(frame["weight"], errors="coerce") / 100
    odd = ~is_ticker & frame["symbol"].ne("")
    frame["fault"] = pd.Series(None, index=frame.index, dtype="object")
    frame.loc[odd, "fault"] = [f"no ticker of a share: {symbol!r}" for symbol in frame["symbol"][odd]]
    good = is_ticker & weight.notna()
    if not FEWEST <= good.sum() <= MOST:
        also = f", beside {', '.join(map(repr, frame['symbol'][odd][:3]))}" if odd.any() else ""
        raise SourceRefused(f"{origin}: expected {FEWEST} to {MOST} shares; came {good.sum()}{also}")
    total = weight[good].sum()
    if not LEAST_SUM <= total <= GREATEST_SUM:
        raise SourceRefused(f"{origin}: expected weights that sum to 100 %; they sum to {total:.1%}")
    frame = frame.assign(index_id=INDEX, obs_date=pd.Timestamp(day).as_unit("s"), weight=weight)
    columns = [*COLUMNS["index_weights"], "row_number", *(["fault"] if odd.any() else [])]
    return frame[columns].reset_index(drop=True)


class WeightsSource:
    """Today's weights, from the first of the two funds that answers with holdings."""

    name = "weights"
    tables = frozenset({"index_weights"})

    def __init__(self, settings: Settings, web: Web | None = None) -> None:
        self._funds: tuple[tuple[str, str, Callable[[bytes, str], pd.DataFrame]], ...] = (
            ("IVV", settings.ishares_url, parse_ishares),
            ("SPY", settings.spdr_url, parse_spdr),
        )
        self._web = web or Web(self.name, settings)

    def fetch(self, table: str, window: Window) -> Iterator[Delivery]:
        """One delivery; raises the errors of both funds in one when neither answers with holdings."""
        if table not in self.tables:
            raise ValueError(f"weights has no table {table!r}")
        errors: list[SourceError] = []
        for fund, address, parse in self._funds:
            origin = f"weights: holdings of {fund}"
            try:
                frame = parse(self._web.get(address, f"holdings of {fund}"), origin)
            except SourceError as error:
                errors.append(error)
                continue
            delivery = cut(Delivery(table, frame, origin), window)
            note = f"from {fund}" + (f", because {errors[0]}" if errors else "")
            rows = len(delivery.frame)
            account = Account(INDEX, "received" if rows else "empty", rows)
            yield Delivery(table, delivery.frame, origin, (account,), note)
            return
        kind = SourceUnavailable if any(isinstance(error, SourceUnavailable) for error in errors) else SourceRefused
        raise kind("; ".join(map(str, errors)))
