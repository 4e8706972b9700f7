"""How a command ends: its exit codes, the one sentence of a failure, and the signals that stop it."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import NoReturn, TypeVar

PUBLISHED, RED, USAGE, SOURCE, DISK, INCOMPLETE, BUSY, CLOCK = range(8)

#: Signals that stop a command; its exit code is 128 and the number of the signal (130, 143, 129).
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

T = TypeVar("T")

EXIT_CODES = """\
exit codes:
  0  published
  1  a data test was red or a model could not be built; what was published
     before still stands
  2  the command was not understood
  3  a source or an input file was refused or is unavailable; what was
     published before still stands
  4  the disk is full, or a folder cannot be read or written
  5  published, but something that was asked for did not come, more than
     1 % of the rows was set aside, or a service of MARKET_INTERNALS_NOTIFY
     did not take its message: the message says what, what is stored stays
     in use, and the next run asks again
  6  another run is at work on the same market: the message says which process
  7  the clock of this machine cannot be right; nothing was stored
  130, 143, 129  stopped by Ctrl-C, SIGTERM or SIGHUP; what was published
     before still stands, and the next run repairs the rest

Every option can be set for good by an environment variable or a line in .env:
MARKET_INTERNALS_MARKET, MARKET_INTERNALS_FOLDER, MARKET_INTERNALS_DATA.
"""


class Refused(Exception):
    """A failure that has its sentence and its exit code."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def exit_code(error: BaseException) -> int:
    """The documented exit code of an error, or of what caused it."""
    from sqlite3 import OperationalError  # what Dagster keeps its runs in

    from ingestion.clock import ClockIsWrong
    from ingestion.sources.base import SourceError
    from ingestion.store.disk import DISK_ERRORS, CannotWrite
    from ingestion.store.identity import AnotherMarket
    from ingestion.store.lock import AnotherRun

    codes: dict[type[BaseException], int] = {AnotherRun: BUSY, ClockIsWrong: CLOCK, AnotherMarket: USAGE}
    for link in _chain(error):
        if type(link) in codes:
            return codes[type(link)]
        if isinstance(link, SourceError):
            return SOURCE
        if isinstance(link, (CannotWrite, OSError, OperationalError, *DISK_ERRORS)):
            return DISK
    return RED


def sentence(error: BaseException) -> str:
    """The innermost words a person can act on, on one line."""
    from ingestion.clock import ClockIsWrong
    from ingestion.sources.base import SourceError
    from ingestion.store.disk import CannotWrite, disk_refusal
    from ingestion.store.identity import AnotherMarket
    from ingestion.store.lock import AnotherRun

    refusal = next(filter(None, (disk_refusal(str(link)) for link in _chain(error))), None)
    if refusal and exit_code(error) == DISK and not isinstance(error, CannotWrite):
        return f"cannot write: {refusal}; what was published before still stands"
    reported = (SourceError, AnotherRun, ClockIsWrong, AnotherMarket)
    cause = next((link for link in _chain(error) if isinstance(link, reported)), error)
    return " ".join(str(cause).split()) or type(cause).__name__


class Stopped(KeyboardInterrupt):
    """A signal of STOPS came; `number` is which."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Raise Stopped in the main thread at the first signal of STOPS and ignore those that follow."""

    def stop(number: int, frame: object) -> None:
        for each in STOPS:
            signal.signal(each, signal.SIG_IGN)
        raise Stopped(number)

    before = {each: signal.signal(each, stop) for each in STOPS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def interruptible(work: Callable[[], T]) -> T:
    """Do `work` in a thread of its own and return its result or raise its error; a signal raises Stopped at once.

    Dagster and dbt catch signals where they work and end in their own ways; in this thread none reaches them. Who
    catches Stopped ends the process: the work is cut off as by a kill, from which the next run recovers.
    """
    done: list[T] = []
    failed: list[BaseException] = []

    def do() -> None:
        try:
            done.append(work())
        except BaseException as error:
            failed.append(error)

    thread = Thread(target=do, daemon=True)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return done[0]


def end_process(code: int) -> NoReturn:
    """End the process now, without waiting for threads that are still at work.

    It also skips taking apart what Dagster and dbt leave behind: 1.3 s of CPU (2026-11-30); `gc.freeze()` would save as
    much, but wait for the threads.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
