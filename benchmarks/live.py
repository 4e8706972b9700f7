"""What an evening of the live market costs: a first one with whole histories and a normal one, from the stand-in.

Prints a table and writes the same as JSON to data/bench/. The server runs in a process of its own, so that time and
memory are those of the reader. Only bars are measured: the other sources send a few files. The first evening has no
throttle, so that what it takes is work; the normal one asks as politely as the settings say. On loopback yfinance asks
for its cookie before each name, so that a name takes two questions; it keeps a cookie of Yahoo's own hosts.
"""

import argparse
import multiprocessing
import sys
import tempfile
import time
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.steps import forget_peak, peak_mb, write
from ingestion import calendar, loading
from ingestion.settings import PROJECT_ROOT, Settings
from ingestion.sources.base import Window
from ingestion.sources.yahoo import YahooSource
from ingestion.store.stored import Stored
from ingestion.store.warehouse import Warehouse
from tests.ingestion.live_market import FRIDAY, MONDAY, evening_of
from tests.ingestion.stand_in import StandIn
from tests.ingestion.stand_in_data import World

UNTHROTTLED = 100_000.0


class TimedWarehouse(Warehouse):
    """A warehouse that adds up the seconds of storing."""

    seconds = 0.0

    def append(self, *arguments, **named):
        """Append, and count the seconds."""
        began = time.perf_counter()
        try:
            return super().append(*arguments, **named)
        finally:
            self.seconds += time.perf_counter() - began


class TimedSource(YahooSource):
    """Yahoo, with the seconds from each question to its parsed bars added up; they pass in a thread of their own."""

    seconds = 0.0

    def _bars_of(self, *arguments):
        began = time.perf_counter()
        try:
            return super()._bars_of(*arguments)
        finally:
            self.seconds += time.perf_counter() - began


def main() -> int:
    """Measure both evenings."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--symbols", type=int, default=550)
    parser.add_argument("--years", type=int, default=25)
    parser.add_argument("--out", type=Path, default=PROJECT_ROOT / "data" / "bench", metavar="PATH")
    options = parser.parse_args()
    ours, theirs = multiprocessing.Pipe()
    first = FRIDAY.replace(year=FRIDAY.year - options.years)
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(first, theirs), daemon=True)
    server.start()
    address = ours.recv()
    with tempfile.TemporaryDirectory() as data:
        polite = Settings(market="live", data=Path(data), yahoo_url=address, timeout_seconds=120)
        hasty = polite.model_copy(update={"requests_per_second": UNTHROTTLED})
        evenings = [
            evening("whole history", hasty, options.symbols, FRIDAY, ours),
            evening("normal evening", polite, options.symbols, MONDAY, ours),
        ]
    ours.send(None)
    server.join(timeout=10)
    print(table(evenings))
    print(f"written: {write(options.out, 'live', {'years': options.years, 'evenings': evenings})}")
    return 0


def serve(first: date, pipe: Connection) -> None:
    """Serve a world that begins on `first`; what comes through the pipe becomes its today; counts the questions."""
    stand_in = StandIn(World(first=first, today=FRIDAY))
    with stand_in.running():
        pipe.send(stand_in.address)
        while (today := pipe.recv()) is not None:
            stand_in.world.today = today
            pipe.send(len(stand_in.asked))
            stand_in.asked.clear()


def evening(name: str, settings: Settings, symbols: int, day: date, pipe: Connection) -> dict[str, str | float]:
    """Load the bars of one evening, and what it cost."""
    pipe.send(day)
    pipe.recv()
    forget_peak()
    warehouse = TimedWarehouse(settings)
    warehouse.create()
    now = evening_of(day)
    names = tuple(f"Q{number:03d}" for number in range(symbols))
    source = TimedSource(settings, Stored(warehouse), names, clock=lambda: now)
    began, used = time.perf_counter(), time.process_time()
    loaded = loading.load(source, "prices", Window(calendar.FIRST_DAY, day), warehouse, now)
    seconds, cpu = time.perf_counter() - began, time.process_time() - used
    pipe.send(day)
    asked = pipe.recv()
    return {
        "evening": name,
        "symbols": symbols,
        "requests": asked,
        "rows received": loaded.received,
        "rows new": loaded.new,
        "seconds": round(seconds, 1),
        "throttle s": round(asked / settings.requests_per_second, 1),
        "fetching s": round(source.seconds, 1),
        "storing s": round(warehouse.seconds, 1),
        "cpu s": round(cpu, 1),
        "peak MB": round(peak_mb() or 0),
    }


def table(evenings: list[dict[str, str | float]]) -> str:
    """The evenings side by side; seconds of fetching and storing overlap."""
    lines = []
    for name in evenings[0]:
        cells = [row[name] if isinstance(row[name], str) else f"{row[name]:,}" for row in evenings]
        lines.append(f"{name:<16}" + "".join(f"{cell:>18}" for cell in cells))
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
