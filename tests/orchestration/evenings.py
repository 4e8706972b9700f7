"""Evenings of a live market as a user has them: the console command in a process of its own, asking the stand-in.

Two things are replaced: the clock, and how many members the index has at least, so that an evening takes seconds. Not a
test itself.
"""

import os
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import duckdb

from ingestion.settings import PROJECT_ROOT, Settings
from tests.built_market import parse_ahead
from tests.ingestion.live_market import evening_of
from tests.ingestion.stand_in import StandIn
from tests.ingestion.stand_in_data import World

#: Enough for the breadth of an index to count: marts need fifty.
MEMBERS = World().members[:60]

#: The console command at a given instant.
PROGRAM = f"""
import sys
from datetime import datetime
import ingestion.clock
from ingestion.sources import membership, weights
ingestion.clock.utc_now = lambda: datetime.fromisoformat(sys.argv[1])
membership.FEWEST = weights.FEWEST = {len(MEMBERS)}
from orchestration.cli import main
sys.exit(main(sys.argv[2:]))
"""


def nowhere(base: str) -> dict[str, object]:
    """Settings with each source at an address of its own, `base` with a number, and the patience of the defaults."""
    names = [name for name in Settings.model_fields if name.endswith("_url")]
    addresses = {name: base.format(number) for number, name in enumerate(names, start=1)}
    usual = ("attempts", "backoff_seconds", "timeout_seconds", "longest_wait_seconds", "requests_per_second")
    return addresses | {name: Settings.model_fields[name].default for name in usual}


@dataclass
class Evenings:
    """A live market in a data folder of its own, and the server that stands in for its sources."""

    stand_in: StandIn
    data: Path
    others: dict[str, object] = field(default_factory=dict)  # settings that differ from those of the stand-in

    def __post_init__(self) -> None:
        parse_ahead(self.stand_in.settings(self.data))

    def command(self, day: date, *arguments: str) -> subprocess.CompletedProcess:
        """`market-internals` on the evening of `day`."""
        self.stand_in.world.today = day
        chosen = {"timeout_seconds": 30} | self.others
        ours = self.stand_in.settings(self.data, **chosen).model_dump(exclude_none=True)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MARKET_INTERNALS_")}
        environment |= {f"MARKET_INTERNALS_{name.upper()}": str(value) for name, value in ours.items()}
        return subprocess.run(
            [sys.executable, "-c", PROGRAM, evening_of(day).isoformat(), *arguments],
            cwd=PROJECT_ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=900,
        )

    def network_seconds(self, day: date) -> float:
        """How long the sources were requested from the evening of `day` on, as the run log has it."""
        logged = "select sum(epoch(finished_at - started_at)) from raw.ingestion_runs where started_at >= ?"
        path = self.stand_in.settings(self.data).warehouse_path
        with duckdb.connect(str(path), read_only=True) as connection:
            return connection.execute(logged, [evening_of(day)]).fetchall()[0][0]
