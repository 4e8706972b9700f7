"""Bounds of one answer of a host: how long it may take, how far it may unpack, and where it may come from."""

import ipaddress
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

import httpx

#: What one step of decompression may bring, bytes.
STEP = 1_000_000

T = TypeVar("T")


class TooLarge(Exception):
    """An answer is larger than allowed, as sent or unpacked."""


class BadPacking(Exception):
    """The packing of an answer is damaged or ends early."""


class OtherPacking(Exception):
    """An answer is packed in another way than it was requested, or more than once."""


def within(seconds: float, work: Callable[[], T]) -> T:
    """The result of `work` or its error; raises TimeoutError after so many seconds, whatever `work` waits for.

    A thread of its own does the work, since neither the resolver nor a head that comes a line at a time can be
    interrupted; a thread that is late is left to end by itself.
    """
    outcome: Future[T] = Future()

    def do() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # handed to who waits
            outcome.set_exception(error)

    Thread(target=do, name="answer", daemon=True).start()
    return outcome.result(timeout=seconds)


def unpacked(parts: Iterable[bytes], encoding: str, most: int) -> Iterator[bytes]:
    """The parts of a body without its content encoding (none or gzip), a step at a time.

    Raises TooLarge once they exceed `most` bytes, OtherPacking for any other encoding, BadPacking for damaged bytes.
    """
    encoding = encoding.strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise OtherPacking(encoding[:40])
    size = 0
    for part in _inflated(parts) if "gzip" in encoding else parts:
        size += len(part)
        if size > most:
            raise TooLarge
        yield part


def _inflated(parts: Iterable[bytes]) -> Iterator[bytes]:
    inflater = zlib.decompressobj(wbits=31)
    came = False
    try:
        for part in parts:
            came = came or bool(part)
            while part and not inflater.eof:
                yield inflater.decompress(part, STEP)
                part = inflater.unconsumed_tail
    except zlib.error as error:
        raise BadPacking(str(error)) from error
    while came and not inflater.eof:
        rest = inflater.decompress(b"", STEP)
        if not rest:
            raise BadPacking("the packed bytes end early")
        yield rest


def is_same_site(one: httpx.URL, other: httpx.URL) -> bool:
    """Whether a redirect from one address to the other stays with the same owner and the same security."""
    if other.scheme not in ("http", "https") or (one.scheme, other.scheme) == ("https", "http"):
        return False
    return _site(one.host) == _site(other.host)


def _site(host: str) -> str:
    """The last two labels of a name; our hosts all end in a domain such as .com or .gov. An address is itself."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return ".".join(host.lower().rstrip(".").split(".")[-2:])
    return host


def require_small(archive: zipfile.ZipFile, most: int) -> None:
    """Raise TooLarge when the files of a zip unpack to more than `most` bytes; zipfile reads no more than stated."""
    if sum(entry.file_size for entry in archive.infolist()) > most:
        raise TooLarge
