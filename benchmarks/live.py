"""How fast the live market fills: a first evening with whole histories and a normal one, from the stand-in on loopback.

Prints a table and writes JSON. The server runs in a process of its own, so time and memory are those of the reader.
"""

import argparse
import json
import multiprocessing
import resource
import tempfile
import time
from datetime import date, datetime
from pathlib import Path

from ingestion import calendar, loading
from ingestion.settings import Settings
from ingestion.sources.base import Window
from ingestion.sources.yahoo import YahooSource
from ingestion.stored import Stored
from ingestion.warehouse import Warehouse
from tests.ingestion.live_market import FRIDAY, MONDAY, evening_of
from tests.ingestion.stand_in import StandIn
from tests.ingestion.stand_in_data import World


class Timed(Warehouse):
    """A warehouse that adds up how long storing took."""

    storing = 0.0

    def append(self, *arguments, **named):
        """Append and count the seconds."""
        began = time.perf_counter()
        try:
            return super().append(*arguments, **named)
        finally:
            self.storing += time.perf_counter() - began


def serve(first: date, pipe) -> None:
    """Serve a world that begins on `first`; what comes through the pipe becomes its today."""
    stand_in = StandIn(World(first=first, today=FRIDAY))
    with stand_in.running():
        pipe.send(stand_in.address)
        while (today := pipe.recv()) is not None:
            stand_in.world.today = today
            pipe.send(len(stand_in.asked))


def evening(settings: Settings, symbols: tuple[str, ...], day: date, pipe) -> dict[str, float]:
    """Load one evening and measure it."""
    pipe.send(day)
    before = pipe.recv()
    warehouse = Timed(settings)
    warehouse.create()
    at: datetime = evening_of(day)
    source = YahooSource(settings, Stored(warehouse), symbols, clock=lambda: at)
    began, used = time.perf_counter(), time.process_time()
    loaded = loading.load(source, "prices", Window(calendar.FIRST_DAY, day), warehouse, at)
    seconds = time.perf_counter() - began
    pipe.send(day)
    asked = pipe.recv() - before
    return {
        "symbols": len(symbols),
        "rows_new": loaded.new,
        "rows_received": loaded.received,
        "requests": asked,
        "seconds": round(seconds, 1),
        "throttle_seconds": round(asked / settings.requests_per_second, 1),
        "storing_seconds": round(warehouse.storing, 1),
        "cpu_seconds": round(time.process_time() - used, 1),
        "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    """Run both evenings and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--symbols", type=int, default=550)
    parser.add_argument("--years", type=int, default=25)
    parser.add_argument("--per-second", type=float, default=100.0, help="throttle of the reader")
    parser.add_argument("--json", type=Path, default=Path("benchmarks/live.json"))
    options = parser.parse_args()
    symbols = tuple(f"Q{number:03d}" for number in range(options.symbols))
    ours, theirs = multiprocessing.Pipe()
    first = FRIDAY.replace(year=FRIDAY.year - options.years)
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(first, theirs), daemon=True)
    server.start()
    address = ours.recv()
    with tempfile.TemporaryDirectory() as data:
        settings = Settings(
            market="live",
            data=Path(data),
            yahoo_url=address,
            requests_per_second=options.per_second,
            timeout_seconds=60,
        )
        figures = {
            "whole history": evening(settings, symbols, FRIDAY, ours),
            "normal evening": evening(settings, symbols, MONDAY, ours),
        }
    ours.send(None)
    server.join(timeout=10)
    columns = list(figures["whole history"])
    print(f"{'':<16}" + "".join(f"{name:>18}" for name in columns))
    for name, row in figures.items():
        print(f"{name:<16}" + "".join(f"{row[column]:>18,}" for column in columns))
    options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
