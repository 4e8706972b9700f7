"""Evenings that must not end as a success: Yahoo has no bar of the session that has just finished, or knows no name.

Between them comes an evening on which all is well but a member has changed its ticker: it stays one company.
"""

import re
import subprocess
from collections.abc import Callable, Iterator
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
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[date], Evening]]:
    """An evening of one market by its day, and before it those that come earlier: Monday, Tuesday, Thursday."""
    world = Behind(newest=FRIDAY)

    def monday_comes_late() -> None:
        world.newest = date.max
        world.members[world.members.index(OLD)] = NEW

    def nobody_is_known() -> None:
        world.knows_nobody = True

    changes = {MONDAY: lambda: None, TUESDAY: monday_comes_late, THURSDAY: nobody_is_known}
    over: dict[date, Evening] = {}
    with StandIn(world).running() as server:
        market = Evenings(server, tmp_path_factory.mktemp("evenings"))

        def of(day: date) -> Evening:
            ended = market.command(day, "run")
            assert ended.returncode in (PUBLISHED, INCOMPLETE), ended.stderr
            verdict = "select session_date, coalesce(missing, '') from marts.verdict_daily order by 1 desc limit 1"
            return Evening(ended, dict(market.ask(MEMBERS_BY_SESSION)), *market.ask(verdict)[0])

        def up_to(last: date) -> Evening:
            for day, change in changes.items():
                if day <= last and day not in over:
                    change()
                    over[day] = of(day)
            return over[last]

        yield up_to


@pytest.mark.parametrize(
    ("day", "before"),
    [
        pytest.param(MONDAY, FRIDAY, id="no new bar"),
        pytest.param(THURSDAY, TUESDAY, id="404", marks=pytest.mark.laws),
    ],
)
def test_an_evening_without_its_session_is_no_success(
    evening: Callable[[date], Evening], day: date, before: date
) -> None:
    ran = evening(day)
    said = ran.ended.stderr
    assert ran.newest == before
    assert ran.ended.returncode == INCOMPLETE
    assert said.count("\n") == 1
    assert re.search(rf"none of \d+ names has a bar of {day}", said), said
    assert str(day) in ran.missing
    assert f"session {before}, final" not in ran.ended.stdout


def test_a_new_ticker_leaves_the_number_of_members_as_it_was(evening: Callable[[date], Evening]) -> None:
    before, after = evening(MONDAY).members, evening(TUESDAY).members
    assert {day: after[day] for day in before} == before
    assert after[TUESDAY] == before[FRIDAY]


def test_an_evening_on_which_all_came_is_a_success(evening: Callable[[date], Evening]) -> None:
    ran = evening(TUESDAY)
    assert (ran.ended.returncode, ran.ended.stderr, ran.newest) == (PUBLISHED, "", TUESDAY)
