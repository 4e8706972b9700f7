"""Yahoo's daily bars through yfinance, one symbol at a time: only what raw does not hold yet, whole where it must be.

Prices are adjusted for splits even with auto_adjust=False, so a split or any other restatement brings the symbol's
whole history in the same delivery, or nothing of it. transport.py and yahoo_session.py do the network.
"""

import logging
import re
import time
import warnings
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    import yfinance

from ingestion import calendar, overlay, universe
from ingestion.clock import utc_now
from ingestion.settings import Settings
from ingestion.sources.attendance import Attendance, BarRequest
from ingestion.sources.base import (
    Account,
    Delivery,
    HostFailed,
    SourceError,
    SourceRefused,
    SourceUnavailable,
    SymbolUnknown,
    Window,
)
from ingestion.sources.hosts import Hosts
from ingestion.sources.restatement import restated
from ingestion.sources.transport import (
    GIVE_UP_AFTER,
    HostBusy,
    TryAgain,
    classify_absence,
    failed_last,
    given_up,
    prefetched,
    status_of,
    with_retries,
)
from ingestion.sources.yahoo_session import NothingInWindow, YahooSession
from ingestion.store.stored import Extent, Stored
from ingestion.tables import COLUMNS

#: Stored sessions that are requested again, so that a restatement within two weeks is seen. More costs nothing (one
#: request brings any number of days); fewer than five could miss a correction made after a long weekend.
OVERLAP_SESSIONS = 10

#: Names in one delivery, unless their histories are long: checking and storing costs as much for one name as for ten,
#: and no more than these (five seconds at the throttled rate) are requested again after a crash.
NAMES_A_DELIVERY, ROWS_A_DELIVERY = 10, 20_000

#: A departed member that Yahoo did not know is requested again after so many days.
RETRY_UNKNOWN_AFTER = timedelta(days=30)

#: A whole history may begin this many days after the stored one (rejected first rows); later than that it was cut.
MAY_BEGIN_LATER = timedelta(days=14)

SYMBOL = re.compile(r"\^?[A-Z0-9]{1,10}(?:[-.=][A-Z0-9]{1,6})?")

_FIELDS = {
    "open": "Open",
    "high": "High",
    "low": "Low",
    "close": "Close",
    "adj_close": "Adj Close",
    "volume": "Volume",
    "dividend": "Dividends",
    "split": "Stock Splits",
}


def valid_symbols(symbols: Iterable[str]) -> tuple[str, ...]:
    """The symbols in upper case, each once; raises SourceRefused for what cannot be one."""
    upper = tuple(dict.fromkeys(symbol.strip().upper() for symbol in symbols))
    if bad := [symbol for symbol in upper if not SYMBOL.fullmatch(symbol)]:
        raise SourceRefused(f"yahoo: expected symbols such as AAPL, BRK-B or ^GSPC; came {', '.join(map(repr, bad))}")
    return upper


class YahooSource:
    """Bars of the seed's instruments and of every index member known to raw, past ones included; or of `symbols`."""

    name = "yahoo"
    tables = frozenset({"prices"})

    def __init__(
        self,
        settings: Settings,
        stored: Stored,
        symbols: tuple[str, ...] = (),
        clock: Callable[[], datetime] = utc_now,
        sleep: Callable[[float], None] = time.sleep,
        hosts: Hosts | None = None,
        failed: Callable[[], frozenset[str]] = frozenset,
    ) -> None:
        self._settings, self._stored, self._clock, self._sleep = settings, stored, clock, sleep
        self._hosts, self._failed = hosts or Hosts(settings, sleep), failed
        self._symbols = valid_symbols(symbols)
        self._session: YahooSession | None = None

    def fetch(self, table: str, window: Window) -> Iterator[Delivery]:
        """Deliveries of whole symbols, the next fetched while the last one is stored; today's unfinished session is
        never among the rows. Raises SourceUnavailable when Yahoo is down, after handing out what came."""
        if table not in self.tables:
            raise ValueError(f"yahoo has no table {table!r}")
        end = min(window.end, calendar.last_finished_session(self._clock()))
        if end < window.start:
            return
        traded = self._stored.traded_days()
        requests, note = self._requests(window, end, traded)
        since = {one.symbol: one.start for one in requests if one.extent and one.start > one.extent.first}
        stored = dict(iter(self._stored.closes(since).groupby("symbol"))) if since else {}
        answers = self._answers(requests, stored, traded)
        if self._symbols or end != calendar.last_finished_session(self._clock()):
            yield from prefetched(_deliveries(answers, len(requests), note))
            return
        attendance = Attendance(end, calendar.session_on_or_before(end - timedelta(days=1)))
        yield from prefetched(_deliveries(attendance.counted(requests, answers), len(requests), note))
        if missing := attendance.missing():
            yield Delivery("prices", _no_bars(), f"yahoo/{end}", missing=missing)

    def _requests(self, window: Window, end: date, traded: tuple[date, ...]) -> tuple[list[BarRequest], str]:
        """What to request, and a note of what is left out: departed members that have no bars any more."""
        extents = self._stored.extents()
        holes = self._stored.holes(calendar.sessions(max(end, calendar.FIRST_DAY).year)[["session_date"]])
        members = self._stored.equities()
        # members of a user's own universes are requested like the instruments, whether another index has them or not
        seeded = (*universe.instruments(), *overlay.read(self._settings).symbols)
        known = [*seeded, *universe.compared_symbols(), *sorted(members, key=lambda name: bool(members[name]))]
        names = failed_last(self._symbols or dict.fromkeys(known), self._failed())
        unknown = self._stored.unknown_since(self.name, self._clock() - RETRY_UNKNOWN_AFTER)
        requests, left_out = [], 0
        for symbol in names:
            extent, left_index = extents.get(symbol), members.get(symbol)
            departed = left_index is not None and symbol not in seeded
            if departed and not self._symbols and not window.again and _is_gone(symbol, extent, unknown, traded):
                left_out += 1
                continue
            start = window.start
            if extent and not window.again and not extent.begins_with_split:
                start = max(start, _overlap_start(extent.newest))
                # Yahoo leaves sessions out for weeks; one request brings any number of days
                start = max(window.start, min(start, holes.get(symbol, start)))
            requests.append(BarRequest(symbol, min(start, end), end, extent, left_index))
        note = f"{left_out} departed members without bars were not asked for" if left_out else ""
        return requests, note

    def _answers(
        self, requests: list[BarRequest], stored: dict[str, pd.DataFrame], traded: tuple[date, ...]
    ) -> Iterator[tuple[pd.DataFrame, Account]]:
        """Bars and account of each symbol.

        Raises SourceUnavailable when Yahoo refuses or hangs, too many in a row do not come, or yahoo_seconds are over.
        """
        in_a_row, until = 0, time.monotonic() + self._settings.yahoo_seconds
        for number, request in enumerate(requests):
            host_failed: HostFailed | None = None
            if time.monotonic() > until:
                raise SourceUnavailable(
                    f"yahoo: {number} of {len(requests)} names came within {self._settings.yahoo_seconds:,.0f} s, "
                    "the rest is requested next time"
                )
            try:
                frame = self._bars_of(request, stored.get(request.symbol))
                account = _account(request, frame, traded)
            except (NothingInWindow, SymbolUnknown) as absence:
                newest = request.extent.newest if request.extent else None
                known = isinstance(absence, NothingInWindow)
                status, sentence = classify_absence(newest, known, traded)
                frame, account = _no_bars(), Account(request.symbol, status, 0, f"{sentence} ({absence})")
            except SourceError as error:
                host_failed = error if isinstance(error, HostFailed) else None
                frame, account = _no_bars(), Account(request.symbol, status_of(error), 0, str(error))
            yield frame, account
            if host_failed:
                self._hosts.leave(self._settings.yahoo_url, host_failed)
                if number + 1 < len(requests):
                    raise given_up(host_failed, len(requests) - number - 1)
            in_a_row = in_a_row + 1 if account.status == "unavailable" else 0
            if in_a_row >= GIVE_UP_AFTER:
                raise SourceUnavailable(
                    f"yahoo: {in_a_row} symbols in a row did not come, the last said: {account.message}; "
                    f"{number + 1} of {len(requests)} were asked, the rest is asked next time"
                )

    def _bars_of(self, request: BarRequest, stored: pd.DataFrame | None) -> pd.DataFrame:
        """The symbol's new bars, or its whole history where the source has restated it."""
        bars = self._fetch_bars(request.symbol, request.start, request.end)
        extent = request.extent
        if extent is None:
            _refuse_successor(request, bars)
            return bars
        if request.start <= extent.first or stored is None:
            return bars
        reason = restated(stored, bars).get(request.symbol)
        if reason is None:
            return bars
        try:
            whole = self._fetch_bars(request.symbol, calendar.FIRST_DAY, max(request.end, extent.newest))
        except (SourceError, NothingInWindow) as error:
            raise SourceUnavailable(
                f"yahoo: {request.symbol}: {reason} asks for its whole history, which did not come: {error}"
            ) from error
        begins = whole["obs_date"].min().date()
        if begins > extent.first + MAY_BEGIN_LATER:
            raise SourceUnavailable(
                f"yahoo: {request.symbol}: {reason} asks for its whole history since {extent.first}; "
                f"it came since {begins}, so nothing of it is stored"
            )
        return whole

    def _fetch_bars(self, symbol: str, start: date, end: date) -> pd.DataFrame:
        """Bars of one symbol; raises SourceError or NothingInWindow."""
        bars = with_retries(self._settings, lambda: self._fetch_once(symbol, start, end), self._sleep)
        bars = bars[bars["obs_date"].between(pd.Timestamp(start), pd.Timestamp(end))]
        if bars.empty:
            raise NothingInWindow(f"yahoo: {symbol}: no bar from {start} to {end}")
        return bars.reset_index(drop=True)

    def _fetch_once(self, symbol: str, start: date, end: date) -> pd.DataFrame:
        from yfinance.exceptions import YFException, YFPricesMissingError

        who = f"yahoo: {symbol}"
        session = self._session or self._connect()
        try:
            ticker = self._ticker(symbol, session)
            history = ticker.history(
                start=start, end=end + timedelta(days=1), interval="1d", auto_adjust=False, actions=True
            )
        except (SourceError, NothingInWindow):
            raise
        except (YFPricesMissingError, ValueError) as error:
            if session.refused_with:
                raise HostBusy(f"{who}: Yahoo turns us away (status {session.refused_with}, a bad crumb?)") from error
            if isinstance(error, YFPricesMissingError):
                raise NothingInWindow(f"{who}: {error.rationale}") from error
            if "JSON" in type(error).__name__:
                raise TryAgain(f"{who}: expected bars as JSON; the answer broke off ({error})") from error
            raise _misshapen(who, error) from error
        except YFException as error:
            raise TryAgain(f"{who}: {' '.join(str(error).split())}") from error
        except Exception as error:  # yfinance meets an answer of another shape with any error there is
            raise _misshapen(who, error) from error
        return _frame(symbol, history)

    def _connect(self) -> YahooSession:
        import yfinance

        yfinance.config.debug.hide_exceptions = False
        logging.getLogger("yfinance").setLevel(logging.CRITICAL)
        # yfinance 1.7 itself, under pandas 3.1
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"yfinance\.")
        cache = self._settings.market_folder / "yfinance"
        cache.mkdir(parents=True, exist_ok=True)
        yfinance.set_tz_cache_location(str(cache))
        self._session = YahooSession(self._settings.yahoo_url, self._hosts, self._settings.timeout_seconds)
        return self._session

    def _ticker(self, symbol: str, session: YahooSession) -> "yfinance.Ticker":
        import yfinance

        # a class of shares is BRK-B at Yahoo, whatever others call it
        ticker = yfinance.Ticker(re.sub(r"\.([A-Z])$", r"-\1", symbol), session=session)
        # all our names trade in New York: saves the request for the time zone, half of the first evening
        ticker._tz = str(calendar.NEW_YORK)
        # yfinance caches answers about the past, errors among them: a retry must send a new request
        ticker._data.cache_get.cache_clear()
        return ticker


def _deliveries(answers: Iterator[tuple[pd.DataFrame, Account]], requested: int, note: str) -> Iterator[Delivery]:
    """The answers in deliveries of several names; those before an error are yielded before it is raised."""
    frames: list[pd.DataFrame] = []
    accounts: list[Account] = []

    def delivery() -> Delivery:
        names = [account.symbol for account in accounts]
        origin = f"yahoo/{names[0]}" + (f" to {names[-1]}" if len(names) > 1 else "")
        filled = [frame for frame in frames if len(frame)] or [_no_bars()]
        return Delivery("prices", pd.concat(filled, ignore_index=True), origin, tuple(accounts), note, requested)

    try:
        for frame, account in answers:
            frames.append(frame)
            accounts.append(account)
            if len(accounts) >= NAMES_A_DELIVERY or sum(map(len, frames)) >= ROWS_A_DELIVERY:
                yield delivery()
                frames, accounts, note = [], [], ""
    except SourceError:
        if accounts:
            yield delivery()
        raise
    if accounts:
        yield delivery()


def _account(request: BarRequest, frame: pd.DataFrame, traded: tuple[date, ...]) -> Account:
    """What came; bars that are all stored already mean that the name has none since."""
    extent = request.extent
    if extent is None or request.end <= extent.newest or frame["obs_date"].max().date() > extent.newest:
        return Account(request.symbol, "received", len(frame))
    status, sentence = classify_absence(extent.newest, True, traded)
    return Account(request.symbol, status, len(frame), f"yahoo: {request.symbol}: {sentence}")


def _is_gone(symbol: str, extent: Extent | None, unknown: frozenset[str], traded: tuple[date, ...]) -> bool:
    if extent is None:
        return symbol in unknown
    return classify_absence(extent.newest, True, traded)[0] == "delisted"


def _overlap_start(newest: date) -> date:
    days = list(calendar.sessions(newest.year)["session_date"])
    start: date = days[max(bisect_left(days, newest) - OVERLAP_SESSIONS, 0)]
    return start


def _refuse_successor(request: BarRequest, bars: pd.DataFrame) -> None:
    """A departed member whose ticker another company now carries has no bar from before it left."""
    begins = bars["obs_date"].min().date()
    if request.left_index and request.start < request.left_index <= begins:
        raise SymbolUnknown(
            f"yahoo: {request.symbol}: its first bar is of {begins}, the member left on {request.left_index}: "
            "another company carries the ticker now"
        )


def _frame(symbol: str, history: pd.DataFrame) -> pd.DataFrame:
    """yfinance's frame as bars: naive days, no split as NULL."""
    if missing := [theirs for theirs in _FIELDS.values() if theirs not in history]:
        raise SourceRefused(
            f"yahoo: {symbol}: expected columns {', '.join(_FIELDS.values())}; missing {', '.join(missing)}"
        )
    # midnight at the exchange, as yfinance has put it: its wall clock is the day, in whatever zone the exchange lies
    days = pd.DatetimeIndex(history.index).tz_localize(None).normalize()
    bars = pd.DataFrame({ours: history[theirs].to_numpy() for ours, theirs in _FIELDS.items()})
    bars["split"] = bars["split"].mask(bars["split"] == 0)
    return bars.assign(symbol=symbol, obs_date=days)[list(COLUMNS["prices"])]


def _no_bars() -> pd.DataFrame:
    return pd.DataFrame(columns=list(COLUMNS["prices"]))


def _misshapen(who: str, error: Exception) -> SourceRefused:
    message = " ".join(str(error).split())[:160]
    return SourceRefused(
        f"{who}: expected days with open, high, low, close and volume; came another shape "
        f"({type(error).__name__}: {message})"
    )
