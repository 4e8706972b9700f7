"""The way yfinance takes to the network: throttled, judged by status before yfinance guesses, and movable to loopback.

yfinance calls a name "possibly delisted" for many reasons, hides Retry-After, and answers an error by asking four more
times with other cookies. Here a status means one thing. Cookies, crumb and consent stay yfinance's own business.
"""

import json
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

from curl_cffi import CurlECode, requests
from curl_cffi.requests.exceptions import DNSError, RequestException, Timeout

from ingestion.settings import YAHOO
from ingestion.sources.base import SourceRefused, SymbolUnknown
from ingestion.sources.hosts import Hosts, unreachable, unresolved
from ingestion.sources.transport import HostBusy, NoAnswer, TryAgain, raise_for_status

CHART = "/v8/finance/chart/"

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5

Method = Literal["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "TRACE", "PATCH", "QUERY"]


class NothingInWindow(Exception):
    """Yahoo knows the symbol and has no bar of it in the days requested."""


class YahooSession(requests.Session[requests.Response]):
    """A browser-like session as yfinance makes one, with a throttle; `base` other than Yahoo's own host replaces all
    of Yahoo's hosts and gets the intended one in the header X-Forwarded-Host."""

    def __init__(self, base: str, hosts: Hosts, timeout: float) -> None:
        super().__init__(impersonate="chrome")
        self._base = None if base.rstrip("/") == YAHOO else base.rstrip("/")
        self._hosts, self._longest = hosts, timeout
        self.refused_with: int | None = None

    def request(  # type: ignore[override]
        self, method: Method, url: str, **options: Any
    ) -> requests.Response:
        """Send a throttled request; raises TryAgain, HostFailed, SymbolUnknown or NothingInWindow by how it ended.

        yfinance tries a 401 or 403 once more with a new cookie and crumb; `refused_with` is how that ended.
        """
        options["timeout"] = self._longest
        who = f"yahoo: {_subject(url)}"
        try:
            answer = self._send(method, url, options, who)
        except DNSError as error:
            raise unresolved(who, urlsplit(self._base or url).hostname or url) from error
        except Timeout as error:
            raise NoAnswer(f"{who}: no answer within {self._longest:g} s") from error
        except RequestException as error:
            if error.code == CurlECode.COULDNT_CONNECT:
                raise unreachable(who, urlsplit(self._base or url).hostname or url) from error
            raise NoAnswer(f"{who}: the answer broke off ({' '.join(str(error).split())[:120]})") from error
        if CHART in urlsplit(answer.url).path:
            self.refused_with = answer.status_code if answer.status_code in (401, 403) else None
            _check_chart(answer, who)
        return answer

    def _send(self, method: Method, url: str, options: dict[str, Any], who: str) -> requests.Response:
        if self._base is None:
            self._hosts.approach(url, who)
            return super().request(method, url, **options)
        # libcurl would follow a redirect to the real host: step by step, each address is moved
        options["allow_redirects"] = False
        for _ in range(_MOST_REDIRECTS):
            self._hosts.approach(self._base, who)
            meant = urlsplit(url)
            moved = self._base + meant.path + (f"?{meant.query}" if meant.query else "")
            headers = {**(options.get("headers") or {}), "X-Forwarded-Host": meant.netloc}
            answer = super().request(method, moved, **{**options, "headers": headers})
            moved_to = urlsplit(answer.url)
            answer.url = f"{meant.scheme}://{meant.netloc}{moved_to.path}" + (
                f"?{moved_to.query}" if moved_to.query else ""
            )
            if answer.status_code not in _REDIRECTS or "location" not in answer.headers:
                return answer
            url = urljoin(answer.url, answer.headers["location"])
            options = {name: value for name, value in options.items() if name not in ("params", "data", "json")}
            method = "GET"
        raise TryAgain(f"yahoo: {_subject(url)}: sent on more than {_MOST_REDIRECTS} times")


def _subject(url: str) -> str:
    """The symbol that an address requests bars of; of any other the path, or the host of one without a path."""
    path = urlsplit(url).path
    return path.split(CHART, 1)[1] if CHART in path else path.strip("/") or urlsplit(url).netloc


def _check_chart(answer: requests.Response, who: str) -> None:
    """Raise the error that an answer to a request for bars means; 401 and 403 are left to yfinance."""
    status = answer.status_code
    text = answer.text.lstrip()
    if status in (401, 403):
        return
    if status in (400, 404, 422):
        try:
            error = json.loads(answer.text)["chart"]["error"] or {}
        except (ValueError, KeyError, TypeError) as unreadable:
            raise TryAgain(f"{who}: answered error {status} without a reason") from unreadable
        reason = " ".join(str(error.get("description") or error.get("code") or "no reason").split())
        if status == 404:
            raise SymbolUnknown(f"{who}: {reason}")
        raise NothingInWindow(f"{who}: {reason}")
    raise_for_status(status, answer.headers.get("retry-after"), who)
    if text[:1] != "{":
        came = {"<": "a web page: ", "": "an empty answer"}.get(text[:1], "")
        raise (HostBusy if text[:1] == "<" else TryAgain)(
            f"{who}: expected bars as JSON; came {came}{' '.join(text.split())[:80]}"
        )
    if '"chart"' not in text[:1000]:
        raise SourceRefused(f"{who}: expected bars as JSON, under the name chart; came {' '.join(text.split())[:80]}")
