"""A small made-up world in the wire formats of the live sources: what Yahoo, Cboe, FRED, the CFTC, Wikipedia and two
fund houses would send about it. Every number is invented; nothing here talks to a network."""

import csv
import io
import json
import zipfile
import zlib
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache

import numpy as np
import pandas as pd

from ingestion import calendar, universe
from ingestion.sources.cftc import FIELDS, WEEKLY_COLUMNS, WEEKLY_PLACES

CFTC_NAMES = [f"Column_{place}" for place in range(WEEKLY_COLUMNS)]
for _ours, _place in WEEKLY_PLACES.items():
    CFTC_NAMES[_place] = FIELDS[_ours]

#: Members of the made-up index beside the seed's equities; two write their class with a dot, as Wikipedia does.
INVENTED = [f"Q{number:03d}" for number in range(493)]
CLASSES = ["BRK.B", "BF.B"]
LEFT = {"GONE": date(2024, 11, 18)}
SECTORS = ("Energy", "Financials", "Industrials")


@lru_cache(maxsize=4)
def _sessions(first: date, last: date) -> tuple[date, ...]:
    days = calendar.sessions(last.year)["session_date"]
    return tuple(days[(days >= first) & (days <= last)])


@lru_cache(maxsize=600)
def _walk(symbol: str) -> np.ndarray:
    """Closes of as many sessions as anyone asks for: a day more changes nothing before it."""
    rng = np.random.default_rng(zlib.crc32(symbol.encode()))
    return rng.uniform(30, 200) * np.exp(np.cumsum(rng.normal(0, 0.01, 8_000)))


def _vix() -> np.ndarray:
    """What Cboe and Yahoo say of the VIX, and Cboe of every other of its indices."""
    number = np.arange(8_000)
    return 15 + number % 7 + number / 100


@dataclass
class World:
    """What is true in the made-up world; a test moves `today` on, splits a share, restates a close."""

    first: date = date(2024, 10, 1)
    today: date = date(2024, 12, 31)
    splits: dict[str, tuple[date, float]] = field(default_factory=dict)
    dividends: dict[str, tuple[date, float]] = field(default_factory=dict)
    restated: dict[tuple[str, date], float] = field(default_factory=dict)
    last_bar: dict[str, date] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    members: list[str] = field(default_factory=lambda: [*_equities(), *CLASSES, *INVENTED])

    @property
    def sessions(self) -> tuple[date, ...]:
        return _sessions(self.first, self.today)

    # Yahoo ----------------------------------------------------------------------------------------------------------

    def bars(self, symbol: str) -> pd.DataFrame:
        """Bars as Yahoo would show them today: adjusted for a split once it has happened."""
        close = (_vix() if symbol == "^VIX" else _walk(symbol))[: len(self.sessions)]
        frame = pd.DataFrame(
            {"close": close.round(2), "volume": 1_000_000 + np.arange(len(close))}, index=self.sessions
        )
        if symbol in self.last_bar:
            frame = frame[frame.index <= self.last_bar[symbol]]
        for (name, day), factor in self.restated.items():
            if name == symbol:
                frame.loc[day, "close"] *= factor
        if symbol in self.splits and self.splits[symbol][0] <= self.today:
            frame["close"] /= self.splits[symbol][1]
        frame["adj_close"] = frame["close"]
        if symbol in self.dividends and self.dividends[symbol][0] <= self.today:
            day, amount = self.dividends[symbol]
            before = frame.index < day
            frame.loc[before, "adj_close"] *= 1 - amount / frame.loc[before, "close"].iloc[-1]
        return frame

    def chart(self, symbol: str, start: int, end: int) -> tuple[int, dict]:
        """Status and body of /v8/finance/chart/<symbol> for [start, end) in seconds since 1970."""
        if symbol in self.unknown:
            return 404, _chart_error("Not Found", "No data found, symbol may be delisted")
        bars = self.bars(symbol)
        seconds = np.array([_opening(day) for day in bars.index], dtype=np.int64)
        inside = (seconds >= start) & (seconds < end)
        if not inside.any():
            said = f"Data doesn't exist for startDate = {start}, endDate = {end}"
            return 400, _chart_error("Bad Request", said)
        rows = bars[inside]
        close = rows["close"].astype("float32").astype("float64")
        quote = {
            "open": (close * 0.999).tolist(),
            "high": (close * 1.01).tolist(),
            "low": (close * 0.99).tolist(),
            "close": close.tolist(),
            "volume": rows["volume"].tolist(),
        }
        result = {
            "meta": _meta(symbol),
            "timestamp": seconds[inside].tolist(),
            "indicators": {"quote": [quote], "adjclose": [{"adjclose": rows["adj_close"].tolist()}]},
        }
        if events := self._events(symbol, rows.index):
            result["events"] = events
        return 200, {"chart": {"result": [result], "error": None}}

    def _events(self, symbol: str, days: pd.Index) -> dict:
        events: dict = {}
        if symbol in self.splits and self.splits[symbol][0] in days:
            day, ratio = self.splits[symbol]
            at = _opening(day)
            split = {"date": at, "numerator": ratio, "denominator": 1, "splitRatio": f"{ratio:g}:1"}
            events["splits"] = {str(at): split}
        if symbol in self.dividends and self.dividends[symbol][0] in days:
            day, amount = self.dividends[symbol]
            at = _opening(day)
            events["dividends"] = {str(at): {"amount": amount, "date": at}}
        return events

    # the rest -------------------------------------------------------------------------------------------------------

    def cboe(self, series_id: str) -> str:
        """One index file: with open, high and low for the VIX family and COR, closes only for the others."""
        short = series_id in ("VVIX", "SKEW", "DSPX")
        head = f"DATE,{series_id}" if short else "DATE,OPEN,HIGH,LOW,CLOSE"
        lines = [head]
        for level, day in zip(_vix(), self.sessions, strict=False):
            value = f"{level:.2f}"
            lines.append(",".join([f"{day:%m/%d/%Y}", *([value] if short else [value] * 4)]))
        return "\n".join(lines) + "\n"

    def fred(self, series_id: str) -> str:
        """One series of working days; one value is empty and one a point, as FRED writes what is missing."""
        if series_id == "SP500":
            closes = self.bars("^GSPC")["close"]
            lines = [f"{day},{close:.2f}" for day, close in closes.items()]
            return "\n".join([f"observation_date,{series_id}", *lines]) + "\n"
        days = pd.bdate_range(self.first, self.today)
        cells = [f"{4 + number % 9 / 10:.2f}" for number in range(len(days))]
        cells[3:5] = ["", "."]
        lines = [f"{day.date()},{cell}" for day, cell in zip(days, cells, strict=True)]
        return "\n".join([f"observation_date,{series_id}", *lines]) + "\n"

    def fred_api(self, series_id: str) -> dict:
        """The same series as FRED's API sends it."""
        rows = [line.split(",") for line in self.fred(series_id).splitlines()[1:]]
        today = str(self.today)
        observations = [
            {"realtime_start": today, "realtime_end": today, "date": day, "value": value or "."} for day, value in rows
        ]
        return {"count": len(observations), "offset": 0, "limit": 100_000, "observations": observations}

    def cftc_year(self, year: int) -> bytes | None:
        """The yearly zip; None for a year without a report."""
        tuesdays = [day for day in self._tuesdays if day.year == year]
        if not tuesdays:
            return None
        text = io.StringIO()
        writer = csv.writer(text, quoting=csv.QUOTE_ALL)
        writer.writerow(CFTC_NAMES)
        for day in reversed(tuesdays):
            writer.writerows(self._reports(day))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("FinFutYY.txt", text.getvalue())
        return packed.getvalue()

    def cftc_week(self) -> str:
        """The newest report without a header."""
        text = io.StringIO()
        csv.writer(text).writerows(self._reports(self._tuesdays[-1]))
        return text.getvalue()

    @property
    def _tuesdays(self) -> list[date]:
        span = (self.today - timedelta(days=3) - self.first).days
        days = [self.first + timedelta(days=number) for number in range(span + 1)]
        return [day for day in days if day.weekday() == 1]

    def _reports(self, day: date) -> list[list[str]]:
        reports = []
        for number, code in enumerate([*universe.contracts(), "090741"]):
            cells = ["  ."] * WEEKLY_COLUMNS
            cells[0], cells[-1] = "SOME FUTURE - SOME EXCHANGE", "FutOnly"
            cells[WEEKLY_PLACES["contract_code"]], cells[WEEKLY_PLACES["obs_date"]] = f"{code} ", str(day)
            for place in list(WEEKLY_PLACES.values())[2:]:
                cells[place] = f"  {100_000 + 1_000 * number + 10 * place + day.day}"
            reports.append(cells)
        return reports

    def wikipedia(self) -> str:
        """The page with its two tables, footnotes and a date that spans two rows included."""
        rows = "".join(
            f"<tr><td><a>{symbol}</a></td><td>{symbol} Works[{number}]</td><td>{SECTORS[number % 3]}</td>"
            f"<td>Made-up Trade</td><td>Here</td><td>{_added(symbol)}</td><td>000{number}</td><td>1900</td></tr>"
            for number, symbol in enumerate(self.members)
        )
        return (
            '<!DOCTYPE html><html><head><title>List</title></head><body><table class="wikitable" id="constituents">'
            "<tbody><tr><th>Symbol</th><th>Security</th><th>GICS Sector</th><th>GICS Sub-Industry</th>"
            "<th>Headquarters Location</th><th>Date added</th><th>CIK</th><th>Founded</th></tr>"
            f'{rows}</tbody></table><table class="wikitable" id="changes"><tbody>'
            '<tr><th rowspan="2">Effective Date</th><th colspan="2">Added</th><th colspan="2">Removed</th>'
            '<th rowspan="2">Reason</th></tr><tr><th>Ticker</th><th>Security</th><th>Ticker</th><th>Security</th></tr>'
            '<tr><td rowspan="2">November 18, 2024</td><td>Q001</td><td>Q001 Works</td><td>GONE</td>'
            "<td>Gone Works</td><td>bought[9]</td></tr>"
            "<tr><td>Q002</td><td>Q002 Works</td><td></td><td></td><td>grew</td></tr>"
            "<tr><td>October 1, 2019</td><td>GONE</td><td>Gone Works</td><td>OLDER</td><td>Older Works</td>"
            "<td></td></tr>"
            "</tbody></table></body></html>"
        )

    def ishares(self) -> str:
        """IVV's holdings: preamble, byte order mark, quoted thousands, cash and a future at the end, legal words."""
        lines = [
            "\ufeffMade-up Core S&P 500 ETF",
            'Fund Holdings as of,"Dec 06, 2024"',
            'Shares Outstanding,"957,950,000.00"',
            "\xa0",
            "Ticker,Name,Sector,Asset Class,Market Value,Weight (%),Notional Value",
        ]
        for symbol, weight in self._weights.items():
            lines.append(f'"{symbol.replace(".", "")}","X","Y","Equity","41,700,670.44","{weight}","41,700,670.44"')
        lines += [
            '"USD","USD CASH","Cash","Cash","1,000.00","0.10","1,000.00"',
            '"ESZ4","FUTURE","C","Futures","-","0.00"',
        ]
        return "\n".join([*lines, "\xa0", '"Some legal words, which\nspan lines."'])

    def spdr(self) -> bytes:
        """SPY's holdings as a workbook."""
        return _workbook(tuple(self._weights.items()))

    @cached_property
    def _weights(self) -> dict[str, str]:
        share = 99.9 / len(self.members)
        return dict.fromkeys(self.members, f"{share:.4f}")


def _equities() -> list[str]:
    return [symbol for symbol, row in universe.instruments().items() if row["asset_type"] == "equity"]


def _added(symbol: str) -> str:
    return {"Q001": "2024-11-18", "Q003": ""}.get(symbol, "1999-12-06")


@lru_cache(maxsize=2)
def _workbook(weights: tuple[tuple[str, str], ...]) -> bytes:
    rows: list[list] = [
        ["Fund Name:", "Made-up ETF"],
        ["Ticker Symbol:", "SPY"],
        ["Holdings:", "As of 09-Dec-2024"],
        [],
        ["Name", "Ticker", "Identifier", "SEDOL", "Weight", "Sector", "Shares Held", "Local Currency"],
        *([symbol, symbol, "0", "0", float(weight), "-", 1, "USD"] for symbol, weight in weights),
        ["US DOLLAR", "-", "999USDZ92", "-", 0.1, "-", 5, "USD"],
        [],
        ["Some legal words."],
    ]
    packed = io.BytesIO()
    pd.DataFrame(rows).to_excel(packed, header=False, index=False)
    return packed.getvalue()


@lru_cache(maxsize=20_000)
def _opening(day: date) -> int:
    return int(datetime.combine(day, time(9, 30), calendar.NEW_YORK).timestamp())


def _chart_error(code: str, description: str) -> dict:
    return {"chart": {"result": None, "error": {"code": code, "description": description}}}


def _meta(symbol: str) -> dict:
    period = {"timezone": "EST", "start": 1733149800, "end": 1733173200, "gmtoffset": -18000}
    return {
        "currency": "USD",
        "symbol": symbol,
        "exchangeName": "NMS",
        "instrumentType": "EQUITY",
        "firstTradeDate": 345479400,
        "regularMarketTime": 1733173200,
        "gmtoffset": -18000,
        "timezone": "EST",
        "exchangeTimezoneName": "America/New_York",
        "regularMarketPrice": 1.0,
        "priceHint": 2,
        "currentTradingPeriod": {"pre": period, "regular": period, "post": period},
        "dataGranularity": "1d",
        "range": "",
        "validRanges": ["1d", "5d", "max"],
    }


def as_json(body: dict) -> bytes:
    """A body as Yahoo writes it."""
    return json.dumps(body).encode()
