"""What a run knows of each host: when it may be sent the next request, if it has an address, and if it is left alone.

One for all sources of a run; the requests themselves are sent in transport.py and yahoo_session.py."""

import errno
import socket
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from ingestion.settings import Settings
from ingestion.sources.answers import within
from ingestion.sources.base import HostFailed, SourceError, SourceUnavailable

#: How long the address of a host is waited for, seconds: a resolver sends a lost question again after five. Once one
#: lookup has hung, the others wait less, so that a run without a name server gives up on seven hosts within 20 s.
LOOKUP, LATER_LOOKUP = 8.0, 1.5

_UNREACHABLE = frozenset({errno.ECONNREFUSED, errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN})


class HostUnresolved(SourceUnavailable, HostFailed):
    """The host's name has no address now: no network, most likely, so no other request to it is of use."""


class HostUnreachable(SourceUnavailable, HostFailed):
    """Nothing accepts a connection at the host's address; waiting for seconds does not help."""


class LeftAlone(SourceUnavailable, HostFailed):
    """The host has refused or hung before in this run."""


class Throttle:
    """Limits the requests to each host to `per_second`, over all threads."""

    def __init__(
        self,
        per_second: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = 1 / per_second
        self._clock, self._sleep = clock, sleep
        self._next: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait(self, url: str) -> None:
        """Return when the next request to the host of `url` may be sent."""
        host = urlsplit(url).netloc
        with self._lock:
            now = self._clock()
            start = max(now, self._next.get(host, now))
            self._next[host] = start + self._interval
        if start > now:
            self._sleep(start - now)


class Hosts:
    """The hosts of one run. After the first request that a host refused or let hang it is left alone until the next."""

    def __init__(
        self,
        settings: Settings,
        sleep: Callable[[float], None] = time.sleep,
        resolve: Callable[[str], object] = lambda host: socket.getaddrinfo(host, None),
    ) -> None:
        self._throttle = Throttle(settings.requests_per_second, sleep=sleep)
        self._resolve = resolve
        self._left: dict[str, str] = {}
        self._resolved: set[str] = set()
        self._patience = LOOKUP

    def approach(self, url: str, who: str) -> None:
        """Return when a request to the host of `url` may be sent; `who` names it in errors.

        Raises LeftAlone, or HostUnresolved where the host has no address or none comes in time.
        """
        if reason := self._left.get(urlsplit(url).netloc):
            host = urlsplit(url).hostname
            raise LeftAlone(f"{who}: was not requested; {host} is left alone until the next run, since {reason}")
        self._require_address(url, who)
        self._throttle.wait(url)

    def leave(self, url: str, error: SourceError) -> None:
        """Send no other request to the host of `url` in this run."""
        self._left.setdefault(urlsplit(url).netloc, str(error))

    def _require_address(self, url: str, who: str) -> None:
        address = urlsplit(url)
        host = address.hostname or ""
        if host in self._resolved:
            return
        if address.scheme not in getproxies() or proxy_bypass(host):
            try:
                within(self._patience, partial(self._resolve, host))
            except TimeoutError as error:
                self._patience = LATER_LOOKUP
                raise HostUnresolved(f"{who}: no name server answers for {host}; is there a network?") from error
            except (OSError, UnicodeError) as error:
                raise unresolved(who, host) from error
        self._resolved.add(host)
        self._patience = LOOKUP


def is_unresolved(error: BaseException) -> bool:
    """Whether the name of a host could not be resolved, by an error or what caused it."""
    return any(isinstance(cause, socket.gaierror) for cause in _causes(error))


def is_unreachable(error: BaseException) -> bool:
    """Whether nothing listens at the host's address, or no network leads to it, by an error or what caused it."""
    return any(isinstance(cause, OSError) and cause.errno in _UNREACHABLE for cause in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def unresolved(who: str, host: str) -> HostUnresolved:
    """The error of a host that has no address, in the words of every source."""
    return HostUnresolved(f"{who}: {host} has no address; is there a network?")


def unreachable(who: str, host: str) -> HostUnreachable:
    """The error of a host that accepts no connection, in the words of every source."""
    return HostUnreachable(f"{who}: {host} accepts no connection; is there a network?")
