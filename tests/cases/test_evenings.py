"""Evenings that must not end as a success: Yahoo has no bar of the session that has just finished, or knows no name.

Between them comes an evening on which all is well but a member has changed its ticker: it stays one company.
"""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import pandas as pd
import pytest

from orchestration.exits import INCOMPLETE, PUBLISHED
from tests.ingestion.live_market import FRIDAY, MONDAY, THURSDAY, TUESDAY
from tests.ingestion.stand_in import StandIn
from tests.ingestion.stand_in_data import World
from tests.orchestration.evenings import MEMBERS, Evenings

pytestmark = pytest.mark.ci

OLD, NEW = "Q010", "NEWQ"

MEMBERS_BY_SESSION = """
    select session_date, members
    from marts.breadth_daily
    where universe_id = 'SP500' and segment_id = 'ALL'
    order by session_date
"""


@dataclass
class Behind(World):
    """A world whose Yahoo has bars up to `newest` only, and none of anyone where it `knows_nobody`; NEW is OLD."""

    newest: date = date.max
    knows_nobody: bool = False
    members: list[str] = field(default_factory=lambda: list(MEMBERS))

    def bars(self, symbol: str) -> pd.DataFrame:
        frame = super().bars(OLD if symbol == NEW else symbol)
        return frame[frame.index <= self.newest]

    def chart(self, symbol: str, start: int, end: int) -> tuple[int, dict]:
        if self.knows_nobody:
            self.unknown.add(symbol)
        return super().chart(symbol, start, end)


@dataclass(frozen=True)
class Evening:
    """How a run ended, and what was published after it."""

    ended: subprocess.CompletedProcess
    members: dict[date, float]
    newest: date
    missing: str


@pytest.fixture(scope="module")
def evenings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[date, Evening]]:
    """Three evenings of one market by their day."""
    world = Behind(newest=FRIDAY)
    with StandIn(world).running() as server:
        market = Evenings(server, tmp_path_factory.mktemp("evenings"))

        def evening(day: date) -> Evening:
            ended = market.command(day, "run")
            assert ended.returncode in (PUBLISHED, INCOMPLETE), ended.stderr
            verdict = "select session_date, coalesce(missing, '') from marts.verdict_daily order by 1 desc limit 1"
            return Evening(ended, dict(market.ask(MEMBERS_BY_SESSION)), *market.ask(verdict)[0])

        without_monday = evening(MONDAY)
        world.newest = date.max
        world.members[world.members.index(OLD)] = NEW
        renamed = evening(TUESDAY)
        world.knows_nobody = True
        yield {MONDAY: without_monday, TUESDAY: renamed, THURSDAY: evening(THURSDAY)}


@pytest.mark.parametrize(("day", "before"), [(MONDAY, FRIDAY), (THURSDAY, TUESDAY)], ids=["no new bar", "404"])
def test_an_evening_without_its_session_is_no_success(evenings: dict[date, Evening], day: date, before: date) -> None:
    evening = evenings[day]
    said = evening.ended.stderr
    assert evening.newest == before
    assert evening.ended.returncode == INCOMPLETE
    assert said.count("\n") == 1
    assert re.search(rf"none of \d+ names has a bar of {day}", said), said
    assert str(day) in evening.missing
    assert f"session {before}, final" not in evening.ended.stdout


def test_a_new_ticker_leaves_the_number_of_members_as_it_was(evenings: dict[date, Evening]) -> None:
    before, after = evenings[MONDAY].members, evenings[TUESDAY].members
    assert {day: after[day] for day in before} == before
    assert after[TUESDAY] == before[FRIDAY]


def test_an_evening_on_which_all_came_is_a_success(evenings: dict[date, Evening]) -> None:
    evening = evenings[TUESDAY]
    assert (evening.ended.returncode, evening.ended.stderr, evening.newest) == (PUBLISHED, "", TUESDAY)
