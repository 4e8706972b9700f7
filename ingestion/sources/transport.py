"""HTTP requests of the sources: retries with back-off and jitter, bounds, absence. What is known of hosts: hosts.py.

An answer either comes whole or raises an error of sources/base.py; each source parses its own answers.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TypeVar

import httpx
import pandas as pd
import tenacity

from ingestion.settings import Settings
from ingestion.sources.answers import BadPacking, OtherPacking, TooLarge, is_same_site, unpacked, within
from ingestion.sources.base import (
    Account,
    Delivery,
    HostFailed,
    SourceError,
    SourceRefused,
    SourceUnavailable,
    Status,
    SymbolUnknown,
    TurnedAway,
    Window,
)
from ingestion.sources.files import counted, cut, is_page
from ingestion.sources.hosts import Hosts, is_unreachable, is_unresolved, unreachable, unresolved
from ingestion.tables import COLUMNS

# httpx logs every address, and FRED's holds a key
logging.getLogger("httpx").setLevel(logging.WARNING)

#: Sessions that a name may be without bars, while others have them, before it counts as delisted. Halts of an index
#: member (ten sessions at most in years) fit in; a larger number would only delay the status.
DELISTED_AFTER = 20

#: After so many names in a row without an answer the source is down, and the remaining requests are not sent.
GIVE_UP_AFTER = 5

#: Back-off doubles up to this many seconds.
LONGEST_BACKOFF = 60.0

#: No file of ours is larger (the largest, a year of the CFTC, has 3 MB).
LARGEST_ANSWER = 100_000_000

#: A redirect to another address of the same site is followed so many times.
MOST_REDIRECTS = 5

_AGAIN = frozenset({408, 425, 429})
_TURNED_AWAY = frozenset({401, 403, 451})
_GONE = frozenset({404, 410})

T = TypeVar("T")


class TryAgain(SourceUnavailable):
    """The source did not answer properly this time; `after` is the wait in seconds that it requested, if any."""

    def __init__(self, sentence: str, after: float | None = None) -> None:
        super().__init__(sentence)
        self.after = after


class HostBusy(TryAgain, HostFailed):
    """The host limits us, or has an error that is not of the one file requested."""


class NoAnswer(TryAgain, HostFailed):
    """The host hangs, or closes the connection without an answer."""


def read_retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds in a Retry-After header (a number or an HTTP date); None when it is absent or unreadable."""
    if not header:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max((until.replace(tzinfo=until.tzinfo or UTC) - now.astimezone(UTC)).total_seconds(), 0.0)


def raise_for_status(status: int, retry_after: str | None, who: str) -> None:
    """Raise the error that an HTTP status other than success means; `who` names the source and the subject."""
    if status in _AGAIN or status >= 500:
        after = read_retry_after(retry_after, datetime.now(UTC))
        wish = f" and asked to wait {after:,.0f} s" if after else ""
        meaning = "too many requests (429)" if status == 429 else f"error {status}"
        # 500 may be the fault of one file; any other error is of the host
        kind = TryAgain if status == 500 else HostBusy
        raise kind(f"{who}: answered {meaning}{wish}", after)
    if status in _GONE:
        raise SymbolUnknown(f"{who}: there is no such file or symbol (answered {status})")
    if status in _TURNED_AWAY:
        raise TurnedAway(f"{who}: expected an answer; came status {status}")
    if not 200 <= status < 300:
        raise SourceRefused(f"{who}: expected an answer; came status {status}")


def with_retries(settings: Settings, request: Callable[[], T], sleep: Callable[[float], None] = time.sleep) -> T:
    """The answer of `request`, repeated while it raises TryAgain: after a back-off with jitter or the requested wait.

    Raises the last TryAgain after settings.attempts, or at once when the requested wait is longer than we wait.
    """
    backoff = tenacity.wait_exponential_jitter(
        multiplier=settings.backoff_seconds, max=LONGEST_BACKOFF, jitter=settings.backoff_seconds
    )

    def wait(state: tenacity.RetryCallState) -> float:
        return max(_requested_wait(state), backoff(state))

    def hopeless(state: tenacity.RetryCallState) -> bool:
        return state.attempt_number >= settings.attempts or _requested_wait(state) > settings.longest_wait_seconds

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(TryAgain), wait=wait, stop=hopeless, reraise=True, sleep=sleep
    )
    return retrying(request)


def _requested_wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    return (error.after or 0.0) if isinstance(error, TryAgain) else 0.0


def user_agent(contact: str) -> str:
    """How we identify ourselves: Wikipedia and the Federal Reserve refuse programs without a name and a contact."""
    return f"market-internals/0.1 ({contact}) httpx/{httpx.__version__}"


class Web:
    """Plain HTTP requests of one source; connections are reused between requests and closed with it."""

    def __init__(
        self,
        source: str,
        settings: Settings,
        hosts: Hosts | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._source, self._settings, self._sleep = source, settings, sleep
        self._hosts = hosts or Hosts(settings, sleep)
        self._client = httpx.Client(
            timeout=settings.timeout_seconds,
            headers={"User-Agent": user_agent(settings.contact), "Accept-Encoding": "gzip"},
        )

    def get(self, url: str, what: str, secret: str = "", **params: str) -> bytes:
        """The whole body at `url`; `what` names it in errors, which never show the `secret` among the parameters.

        Raises SourceError; after a HostFailed the host is sent no other request.
        """
        who = f"{self._source}: {what}"
        try:
            return with_retries(self._settings, lambda: self._once(url, params, who), self._sleep)
        except SourceError as error:
            if isinstance(error, HostFailed):
                self._hosts.leave(url, error)
            if secret and secret in str(error):
                raise type(error)(str(error).replace(secret, "(key)")) from None
            raise

    def _once(self, url: str, params: dict[str, str], who: str) -> bytes:
        longest = self._settings.answer_seconds
        try:
            # merged by hand: httpx would replace a query that is part of the address
            address = httpx.URL(url).copy_merge_params(params)
            for _ in range(MOST_REDIRECTS + 1):
                self._hosts.approach(str(address), who)
                request, until = self._client.build_request("GET", address), time.monotonic() + longest
                came = within(longest, partial(self._answer, request, until, who))
                if isinstance(came, bytes):
                    return came
                if not is_same_site(address, came):
                    raise SourceRefused(f"{who}: cannot be asked (it is redirected to another site, {came.host})")
                address = came
            raise SourceRefused(f"{who}: cannot be asked (it is redirected more than {MOST_REDIRECTS} times)")
        except TimeoutError as error:
            raise NoAnswer(f"{who}: no whole answer within {longest:g} s") from error
        except httpx.TimeoutException as error:
            waited = self._settings.timeout_seconds
            raise NoAnswer(f"{who}: no answer within {waited:g} s") from error
        except httpx.TransportError as error:
            if is_unresolved(error):
                raise unresolved(who, address.host) from error
            if is_unreachable(error):
                raise unreachable(who, address.host) from error
            raise NoAnswer(f"{who}: the answer broke off ({_message(error)})") from error
        except BadPacking as error:
            raise TryAgain(f"{who}: the answer broke off ({_message(error)})") from error
        except OtherPacking as error:
            raise SourceRefused(f"{who}: expected an answer packed as gzip or not at all; came {error}") from error
        except TooLarge as error:
            raise SourceRefused(f"{who}: expected less than {LARGEST_ANSWER / 1e6:,.0f} MB; came more") from error
        except (httpx.InvalidURL, ValueError) as error:
            raise SourceRefused(f"{who}: cannot be asked ({_message(error)})") from error

    def _answer(self, request: httpx.Request, until: float, who: str) -> bytes | httpx.URL:
        """The body of an answer, or the address to which it redirects."""
        answer = self._client.send(request, stream=True)
        try:
            if answer.next_request is not None:
                return answer.next_request.url
            raise_for_status(answer.status_code, answer.headers.get("retry-after"), who)
            encoding = answer.headers.get("content-encoding", "")
            return b"".join(unpacked(_until(answer.iter_raw(), until), encoding, LARGEST_ANSWER))
        finally:
            answer.close()


def _until(parts: Iterator[bytes], until: float) -> Iterator[bytes]:
    """The same parts; raises TimeoutError at that moment of time.monotonic, so that a thread left behind ends."""
    for part in parts:
        if time.monotonic() > until:
            raise TimeoutError
        yield part


def _message(error: BaseException) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__


def whole_lines(content: bytes, origin: str) -> bytes:
    """`content` once its last line is whole; a text that stops within a line was cut short on its way.

    A web page is left to the reader that refuses it.
    """
    if content.strip() and not is_page(content) and not content.endswith(b"\n"):
        tail = content.rsplit(b"\n", 1)[-1][:60].decode("utf-8", "replace")
        raise SourceUnavailable(f"{origin}: the answer broke off within a line: {tail!r}")
    return content


def series_deliveries(
    table: str,
    names: tuple[str, ...],
    fetch: Callable[[str], pd.DataFrame],
    window: Window,
    failed: frozenset[str] = frozenset(),
) -> Iterator[Delivery]:
    """One delivery a name, cut to the window; a name whose `fetch` raises SourceError has only an account of why.

    Those of `failed` come last, so that one that never comes keeps no other from coming. Raises the first error when no
    name came, and SourceUnavailable when the host fails or GIVE_UP_AFTER in a row did not answer.
    """
    errors: list[SourceError] = []
    in_a_row = 0
    for number, name in enumerate(failed_last(names, failed), start=1):
        origin = f"{table}/{name}"
        error: SourceError | None = None
        try:
            delivery = cut(Delivery(table, fetch(name), origin, requested=len(names)), window)
            accounts = counted(delivery.frame, COLUMNS[table][0]) or (Account(name, "empty"),)
            in_a_row = 0
        except SourceError as caught:
            error = caught
            delivery = Delivery(table, pd.DataFrame(columns=list(COLUMNS[table])), origin, requested=len(names))
            accounts = (Account(name, status_of(error), 0, str(error)),)
            errors.append(error)
            in_a_row += accounts[0].status == "unavailable"
        yield replace(delivery, accounts=accounts)
        if error and number < len(names) and (isinstance(error, HostFailed) or in_a_row >= GIVE_UP_AFTER):
            raise given_up(error, len(names) - number)
    if len(errors) == len(names):
        raise errors[0]


def failed_last(names: Iterable[str], failed: frozenset[str]) -> tuple[str, ...]:
    """The names in their order, those that failed lately after the others."""
    return tuple(sorted(names, key=lambda name: name in failed))


def given_up(error: SourceError, rest: int) -> SourceUnavailable:
    """The error of a source whose host is left alone after `error`, with `rest` of its names not requested."""
    return SourceUnavailable(f"{error}; the host is left alone until the next run, {rest} more were not requested")


def status_of(error: SourceError) -> Status:
    """The status in the account of a name whose request ended with `error`."""
    if isinstance(error, SymbolUnknown):
        return "unknown"
    return "unavailable" if isinstance(error, SourceUnavailable) else "refused"


def classify_absence(newest: date | None, is_known: bool, traded: tuple[date, ...]) -> tuple[Status, str]:
    """What it means that a source has no bar of a name in the days requested, and a sentence.

    `newest` is the name's newest stored bar, `is_known` whether the source knew the name at all, `traded` the newest
    days on which most others have bars. Absence alone is no delisting: a holiday and a halt look alike.
    """
    if newest is None:
        return ("empty", "no bars in the days asked for") if is_known else ("unknown", "the source has no such symbol")
    missed = sum(day > newest for day in traded)
    if missed >= DELISTED_AFTER:
        return "delisted", f"no bar since {newest}, {missed} sessions in which others traded"
    return "empty", f"no bar since {newest}; the source {'has none yet' if is_known else 'does not find it now'}"


def prefetched(items: Iterator[T], depth: int = 2) -> Iterator[T]:
    """The same items, made by a thread that works at most `depth` items ahead of the consumer.

    So the next answer is fetched and parsed while the last one is stored. An error comes out where it was raised; a
    consumer that stops early stops the thread after the item it is at.
    """
    made: queue.Queue[tuple[str, object]] = queue.Queue(maxsize=depth)
    stopped = threading.Event()

    def hand_over(kind: str, thing: object) -> None:
        while not stopped.is_set():
            try:
                made.put((kind, thing), timeout=0.1)
            except queue.Full:
                continue
            return

    def make() -> None:
        try:
            for item in items:
                hand_over("item", item)
                if stopped.is_set():
                    return
            hand_over("end", None)
        except BaseException as error:  # handed to the consumer, who raises it
            hand_over("error", error)

    worker = threading.Thread(target=make, name="fetching", daemon=True)
    worker.start()
    try:
        while True:
            kind, thing = made.get()
            if kind == "end":
                return
            if kind == "error":
                assert isinstance(thing, BaseException)
                raise thing
            yield thing  # type: ignore[misc]
    finally:
        stopped.set()
        worker.join(timeout=5)
