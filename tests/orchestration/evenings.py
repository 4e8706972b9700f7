"""Evenings of a live market as a user has them: the console command in a process of its own, asking the stand-in.

Two things are replaced: the clock, and how many members the index has at least, so that an evening takes seconds. Not a
test itself.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from ingestion.settings import PROJECT_ROOT
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


@dataclass
class Evenings:
    """A live market in a data folder of its own, and the server that stands in for its sources."""

    stand_in: StandIn
    data: Path

    def __post_init__(self) -> None:
        parse_ahead(self.stand_in.settings(self.data))

    def command(self, day: date, *arguments: str) -> subprocess.CompletedProcess:
        """`market-internals` on the evening of `day`."""
        self.stand_in.world.today = day
        ours = self.stand_in.settings(self.data, timeout_seconds=30).model_dump(exclude_none=True)
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

    def ask(self, sql: str) -> list[tuple]:
        """Rows of a question to the published file."""
        path = self.stand_in.settings(self.data).published_path
        with duckdb.connect(str(path), read_only=True) as connection:
            return connection.execute(sql).fetchall()
