"""A small server on loopback that speaks every wire format of the live sources, and can be told to misbehave."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from ingestion.settings import Settings
from tests.ingestion.stand_in_data import World, as_json

#: How long the tests' clients wait for an answer, and how long a hanging answer hangs.
PATIENCE, HANGING = 1.0, 1.4

#: The hosts that it stands in for, and the only key of FRED's API that it knows.
HOSTS = ("yahoo", "cboe", "fred", "cftc", "wikipedia", "ishares", "spdr")
FRED_KEY = "0123456789abcdef0123456789abcdef"

PAGE = b"<!DOCTYPE html><html><body><h1>Are you a robot?</h1></body></html>"
CONSENT = (
    '<html><body><form method="post" action="/v2/collectConsent?sessionId=1&amp;done={done}"><input type="hidden" '
    'name="csrfToken" value="t"/><input type="hidden" name="sessionId" value="1"/></form></body></html>'
)


@dataclass(frozen=True)
class Answer:
    """What is sent: `claimed` is a length stated instead of the true one, `hang` seconds before anything."""

    status: int = 200
    body: bytes = b""
    kind: str = "text/plain"
    headers: dict[str, str] = field(default_factory=dict)
    claimed: int | None = None
    hang: float = 0.0


Fault = Callable[[Answer], Answer]


def status(code: int, **headers: str) -> Fault:
    """Answer with an error, e.g. status(429, retry_after="3")."""
    named = {name.replace("_", "-").title(): value for name, value in headers.items()}
    return lambda _: Answer(code, b"error", headers=named)


def page(_: Answer) -> Answer:
    """A web page with status 200."""
    return Answer(body=PAGE, kind="text/html")


def empty(answer: Answer) -> Answer:
    """Nothing, with status 200."""
    return replace(answer, body=b"")


def hanging(answer: Answer) -> Answer:
    """The right answer, later than anyone waits."""
    return replace(answer, hang=HANGING)


def half(answer: Answer) -> Answer:
    """Half of the body under the length of the whole."""
    return replace(answer, body=answer.body[: len(answer.body) // 2], claimed=len(answer.body))


def edited(change: Callable[[bytes], bytes]) -> Fault:
    """The right answer with another body."""
    return lambda answer: replace(answer, body=change(answer.body)) if answer.status == 200 else answer


class StandIn:
    """The server: `world` is what it tells, `asked` what it was asked (path with query, decoded) and `agents` by
    whom, in order."""

    def __init__(self, world: World | None = None) -> None:
        self.world = world or World()
        self.asked: list[str] = []
        self.crumb = "good"
        self.consent_needed = False
        self._faults: list[list] = []
        self._lock = threading.Lock()
        self.agents: list[str] = []
        # a port for each host, since what one refuses must cost the others nothing; each answers for all of them
        self._servers = {name: ThreadingHTTPServer(("127.0.0.1", 0), self._handler()) for name in HOSTS}
        self.addresses = {}
        for name, server in self._servers.items():
            server.daemon_threads = True
            self.addresses[name] = f"http://127.0.0.1:{server.server_address[1]}"
        self.address = self.addresses["yahoo"]

    def settings(self, data: Path, **others: object) -> Settings:
        """Settings of a live market that asks this server, without patience."""
        own = {
            "market": "live",
            "data": data,
            "yahoo_url": self.address,
            "cboe_url": f"{self.addresses['cboe']}/cboe",
            "fred_url": f"{self.addresses['fred']}/fred",
            "fred_api_url": f"{self.addresses['fred']}/fred/series/observations",
            "cftc_url": self.addresses["cftc"],
            "wikipedia_url": f"{self.addresses['wikipedia']}/wiki",
            "ishares_url": f"{self.addresses['ishares']}/ishares/get-fund-document?component=holdings",
            "spdr_url": f"{self.addresses['spdr']}/spdr.xlsx",
            "requests_per_second": 100_000,
            "timeout_seconds": PATIENCE,
            "attempts": 2,
            "backoff_seconds": 0,
            "longest_wait_seconds": 1,
        }
        return Settings(**{**own, **others})

    def spoil(self, where: str, fault: Fault, times: int = 1_000_000) -> None:
        """Let the next `times` answers to paths that hold `where` go through `fault`."""
        self._faults.append([where, fault, times])

    def heal(self) -> None:
        """Forget every fault that was not used up."""
        self._faults.clear()

    def charts(self) -> list[str]:
        """The symbols that were asked for bars, in order."""
        return [path.split("/chart/")[1].split("?")[0] for path in self.asked if "/chart/" in path]

    @contextmanager
    def running(self) -> Iterator["StandIn"]:
        """Serve until the block ends."""
        for server in self._servers.values():
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield self
        finally:
            for server in self._servers.values():
                server.shutdown()
                server.server_close()

    def answer(self, path: str, host: str, query: dict[str, str]) -> Answer:
        """What a world without faults answers."""
        if path.startswith("/v8/finance/chart/"):
            return self._bars(path.rsplit("/", 1)[1], host, query)
        name = path.rsplit("/", 1)[-1]
        if path == "/v1/test/getcrumb":
            return Answer(body=self.crumb.encode())
        if path in ("/consent", "/v2/collectConsent", "/copyConsent"):
            return Answer(body=CONSENT.format(done=quote(query.get("done", ""))).encode(), kind="text/html")
        if path == "/fred/series/observations":
            return self._observations(query)
        if path == "/fred":
            return Answer(body=self.world.fred(query["id"]).encode(), kind="text/csv")
        if path.startswith("/cboe/"):
            return Answer(body=self.world.cboe(name.removesuffix("_History.csv")).encode(), kind="text/csv")
        if name.startswith("fut_fin_txt_"):
            packed = self.world.cftc_year(int(name[12:16]))
            return Answer(404) if packed is None else Answer(body=packed, kind="application/zip")
        whole: dict[str, Callable[[], str | bytes]] = {
            "FinFutWk.txt": self.world.cftc_week,
            "wiki": self.world.wikipedia,
            "get-fund-document": self.world.ishares,
            "spdr.xlsx": self.world.spdr,
        }
        if name not in whole:
            return Answer(404, b"no such page", headers={"Set-Cookie": "A3=made-up"})
        body = whole[name]()
        return Answer(body=body.encode() if isinstance(body, str) else body)

    def _observations(self, query: dict[str, str]) -> Answer:
        if query.get("api_key") != FRED_KEY:
            said = "Bad Request.  The value for variable api_key is not registered."
            return Answer(400, as_json({"error_code": 400, "error_message": said}), "application/json")
        return Answer(body=as_json(self.world.fred_api(query["series_id"])), kind="application/json")

    def _bars(self, symbol: str, host: str, query: dict[str, str]) -> Answer:
        if self.consent_needed and host != "consent.yahoo.com":
            done = quote(f"https://{host}/v8/finance/chart/{symbol}?{urlencode(query)}")
            to = f"https://consent.yahoo.com/v2/collectConsent?sessionId=1&done={done}"
            return Answer(302, headers={"Location": to})
        if query.get("crumb") not in (None, self.crumb):
            said = {"finance": {"result": None, "error": {"code": "Unauthorized", "description": "Invalid Crumb"}}}
            return Answer(401, as_json(said), "application/json")
        code, body = self.world.chart(symbol, int(query["period1"]), int(query["period2"]))
        return Answer(code, as_json(body), "application/json")

    def _spoiled(self, path: str, answer: Answer) -> Answer:
        with self._lock:
            for fault in self._faults:
                if fault[0] in path and fault[2] > 0:
                    fault[2] -= 1
                    return fault[1](answer)
        return answer

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                address = urlsplit(self.path)
                path = unquote(address.path)
                query = {name: values[0] for name, values in parse_qs(address.query).items()}
                said = f"{path}?{unquote(address.query)}"
                stand_in.asked.append(said)
                stand_in.agents.append(self.headers.get("User-Agent", ""))
                answer = stand_in.answer(path, self.headers.get("X-Forwarded-Host", ""), query)
                self._send(stand_in._spoiled(said, answer))

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                stand_in.asked.append(self.path)
                stand_in.consent_needed = False
                done = parse_qs(urlsplit(self.path).query).get("done")
                self._send(Answer(302, headers={"Location": done[0]}) if done else Answer(body=b"thank you"))

            def _send(self, answer: Answer) -> None:
                if answer.hang:
                    time.sleep(answer.hang)
                try:
                    self.send_response(answer.status)
                    self.send_header("Content-Type", answer.kind)
                    length = len(answer.body) if answer.claimed is None else answer.claimed
                    self.send_header("Content-Length", str(length))
                    for name, value in answer.headers.items():
                        self.send_header(name, value)
                    if answer.claimed is not None:
                        self.send_header("Connection", "close")
                        self.close_connection = True
                    self.end_headers()
                    self.wfile.write(answer.body)
                except OSError:
                    self.close_connection = True  # whoever asked has hung up

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        return Handler
