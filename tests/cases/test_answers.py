"""Hosts that misbehave below HTTP's surface: a request ends in time, in bounded memory and with an error of ours."""

import gzip
import io
import threading
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from ingestion import markets
from ingestion.settings import Settings
from ingestion.sources.answers import is_same_site
from ingestion.sources.base import SourceError, SourceRefused, SourceUnavailable, Window
from ingestion.sources.cftc import unpack_year
from ingestion.sources.transport import Web
from ingestion.sources.weights import parse_spdr

#: How long a pause may take, how long a whole answer, how long one attempt until its error is there, and how long a
#: slow host goes on; seconds.
PATIENCE, WHOLE, DEADLINE, SLOW = 1.0, 1.5, 3.0, 5.0

#: How long all sources of the live market may take without a network, seconds.
NO_NETWORK = 20.0

#: Memory that reading an answer may take at most: the largest file allowed, and what its decompression holds beside it.
MEMORY = 300_000_000

#: The bytes that the bombs unpack to.
UNPACKED = 600_000_000


class Host(BaseHTTPRequestHandler):
    """A host that answers each request as `reply` does."""

    protocol_version = "HTTP/1.1"
    reply: Callable[["Host"], None]

    def do_GET(self) -> None:
        with suppress(OSError):  # the client has closed the connection
            type(self).reply(self)
        self.close_connection = True

    def send(self, status: int = 200, body: bytes = b"", **headers: str) -> None:
        """An answer with headers such as retry_after="3"; the length is that of the body unless given."""
        self.send_response(status)
        for name, value in ({"content_length": str(len(body)), "connection": "close"} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def drip(host: Host, line: bytes) -> None:
    """Send a few bytes every tenth of a second, so that no pause is ever long."""
    until = time.monotonic() + SLOW
    while time.monotonic() < until:
        host.wfile.write(line)
        host.wfile.flush()
        time.sleep(0.1)


def slow_body(host: Host) -> None:
    host.send(content_length="1000000")
    drip(host, b"x")


def slow_head(host: Host) -> None:
    host.wfile.write(b"HTTP/1.1 200 OK\r\n")
    drip(host, b"X-More: 1\r\n")


def huge(host: Host) -> None:
    host.send(content_length=str(10**9))
    for _ in range(1000):
        host.wfile.write(b"x" * 1_000_000)


@cache
def zeros_packed() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join([*(packer.compress(bytes(50_000_000)) for _ in range(UNPACKED // 50_000_000)), packer.flush()])


def elsewhere(host: Host) -> None:
    if host.path == "/":
        host.send(302, location=f"http://localhost:{host.server.server_port}/other")
    else:
        host.send(body=b"what another site says")


def raw(answer: bytes) -> Callable[[Host], None]:
    return lambda host: host.wfile.write(answer)


def sent(*arguments: object, **headers: str) -> Callable[[Host], None]:
    return lambda host: host.send(*arguments, **headers)


@contextmanager
def hosting(reply: Callable[[Host], None]) -> Iterator[str]:
    """The address of a host that answers as `reply` does."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Misbehaving", (Host,), {"reply": reply}))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


#: case, how the host replies, the error it is, what it says
CASES = [
    pytest.param(
        slow_body, SourceUnavailable, "no whole answer within 1.5 s", id="slow"
    ),
    pytest.param(
        slow_head, SourceUnavailable, "no whole answer within 1.5 s", id="slowhead"
    ),
    pytest.param(
        elsewhere, SourceRefused, "redirected to another site, localhost", id="other"
    ),
    pytest.param(huge, SourceRefused, "expected less than 100 MB; came more", id="huge"),
    pytest.param(lambda host: host.send(302, location=host.path), SourceRefused, "cannot be asked", id="loop"),
    pytest.param(sent(302, location="file:///etc/passwd"), SourceError, "", id="file"),
    pytest.param(sent(200, b"x" * 50, content_length="100"), SourceUnavailable, "broke off", id="short"),
    pytest.param(sent(200, b"x" * 50, content_length="-5"), SourceUnavailable, "broke off", id="negative"),
    pytest.param(
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde"), SourceUnavailable,
        "broke off", id="dup",
    ),
    pytest.param(raw(bytes(range(128, 256)) * 4), SourceUnavailable, "broke off", id="garbage"),
    pytest.param(
        sent(429, retry_after="99999999999999999999"), SourceUnavailable, "too many requests", id="retry"
    ),
    pytest.param(sent(429, retry_after="\u00b2"), SourceUnavailable, "too many requests", id="retrybad"),
    pytest.param(
        sent(429, retry_after="Fri, 31 Dec 99999 23:59:59 GMT"), SourceUnavailable, "too many requests", id="retrydate"
    ),
    pytest.param(raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 5_000), SourceUnavailable, "broke off", id="status1xx"),
    pytest.param(
        raw(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 5_000_000 + b"\r\nContent-Length: 0\r\n\r\n"), SourceUnavailable,
        "broke off", id="headers",
    ),
    pytest.param(sent(200, b"x" * 20, content_encoding="gzip"), SourceUnavailable, "broke off", id="badgzip"),
]  # fmt: skip


def ask(address: str) -> bytes:
    """The body at an address, requested once and with little patience."""
    return Web("test", Settings(timeout_seconds=PATIENCE, answer_seconds=WHOLE, attempts=1)).get(address, "a file")


@pytest.mark.parametrize(("reply", "error", "words"), CASES)
def test_a_request_ends_in_time_and_with_an_error_of_ours(reply, error, words) -> None:
    with hosting(reply) as address:
        began = time.monotonic()
        with pytest.raises(error, match=f"test: a file: .*{words}"):
            ask(address)
        assert time.monotonic() - began < DEADLINE


@pytest.mark.parametrize(
    "packed",
    [
        pytest.param(lambda: (zeros_packed(), "gzip"), id="gzip"),
        pytest.param(
            lambda: (gzip.compress(zeros_packed()), "gzip, gzip"),
            id="gzip2",
        ),
    ],
)
def test_what_unpacks_without_bound_is_refused_before_it_fills_the_memory(packed) -> None:
    body, encoding = packed()
    with hosting(sent(200, body, content_encoding=encoding)) as address:
        tracemalloc.start()
        try:
            with pytest.raises(SourceRefused, match="test: a file: "):
                ask(address)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < MEMORY


@pytest.mark.parametrize(
    ("reply", "body"),
    [
        pytest.param(sent(200, b"x" * 50, content_length="10"), b"x" * 10, id="long"),
        pytest.param(sent(200, b"", set_cookie="a=b; Domain=example.com"), b"", id="setcookie"),
    ],
)
def test_what_an_answer_has_beside_its_body_is_left_unread(reply, body: bytes) -> None:
    with hosting(reply) as address:
        assert ask(address) == body


def test_a_redirect_within_the_site_is_followed() -> None:
    def moved(host: Host) -> None:
        if host.path == "/":
            host.send(302, location="/file")
        else:
            host.send(body=gzip.compress(b"the file"), content_encoding="gzip")

    with hosting(moved) as address:
        assert ask(address) == b"the file"


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("https://www.cftc.gov/a", "https://cftc.gov/b", True),
        ("http://www.cftc.gov/a", "https://www.cftc.gov/a", True),
        ("https://www.cftc.gov/a", "http://www.cftc.gov/a", False),
        ("https://www.cftc.gov/a", "https://cftc.example/a", False),
        ("https://www.cftc.gov/a", "https://www.cftc.gov.example/a", False),
        ("http://10.0.0.1/a", "http://9.0.0.1/a", False),
    ],
)
def test_a_site_is_its_domain_and_no_less_secure(one: str, other: str, is_same: bool) -> None:
    assert is_same_site(httpx.URL(one), httpx.URL(other)) == is_same


def test_without_a_network_each_source_gives_up_after_its_first_request(tmp_path: Path) -> None:
    nowhere = "http://host.invalid"
    settings = Settings(
        market="live", data=tmp_path, yahoo_url=nowhere, cboe_url=nowhere, fred_url=nowhere, cftc_url=nowhere,
        wikipedia_url=nowhere, ishares_url=nowhere, spdr_url=nowhere,
    )  # fmt: skip
    began = time.monotonic()
    for table, source in markets.sources(settings).items():
        with pytest.raises(SourceUnavailable, match=r"host\.invalid has no address; is there a network\?"):
            list(source.fetch(table, Window(date(2024, 1, 2), date(2024, 12, 20))))
    assert time.monotonic() - began < NO_NETWORK


def test_a_workbook_and_a_zip_are_refused_by_the_size_they_unpack_to() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.txt", bytes(120_000_000))
    for unpack in (unpack_year, parse_spdr):
        with pytest.raises(SourceRefused, match="unpacks to more than"):
            unpack(packed.getvalue(), "test")
