"""Evenings of the live market with nobody looking: the console command in a process of its own, asking the stand-in.

On the first evening all is well; on the second a source is down; on the third it is back and a member has changed its
ticker; on the fourth Yahoo has no bar of the session that has just finished. `make laws` adds an evening on which Yahoo
knows nobody and one without a network.
"""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import dagster as dg
import duckdb
import pandas as pd
import pytest

from ingestion.sources import membership
from orchestration.exits import INCOMPLETE, PUBLISHED, SOURCE, USAGE
from tests.conftest import failures
from tests.ingestion.live_market import FRIDAY, MONDAY, THURSDAY, TUESDAY, evening_of
from tests.ingestion.stand_in import StandIn, status
from tests.ingestion.stand_in_data import World
from tests.orchestration.evenings import MEMBERS, Evenings, nowhere

pytestmark = pytest.mark.ci

#: The two sessions after THURSDAY.
NEXT_FRIDAY, NEXT_MONDAY = date(2024, 12, 27), date(2024, 12, 30)

#: A member's ticker, and the one it has from TUESDAY on.
OLD, NEW = "Q010", "NEWQ"

#: How long all sources together may be requested without a network, seconds.
NO_NETWORK = 20.0

NEWEST_YIELD = "select max(obs_date) from marts.macro_levels_daily where series_id = 'DGS10'"

#: Members and those with a bar, by session.
BREADTH = """
    select session_date, members, valid
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
    """How a run ended, what was published after it, and how long the sources were requested."""

    ended: subprocess.CompletedProcess
    published: Path
    network_seconds: float

    def ask(self, sql: str) -> list[tuple]:
        """Rows of a question to what was published."""
        with duckdb.connect(str(self.published), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def missing(self, session: date) -> str:
        """What the verdict of a session says is missing."""
        return self.ask(f"select missing from marts.verdict_daily where session_date = '{session}'")[0][0]

    @property
    def newest(self) -> date:
        """The newest session with a verdict."""
        return self.ask("select max(session_date) from marts.verdict_daily")[0][0]


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[date], Evening]]:
    """An evening of one market by its day; those that come before it are had first."""
    world = Behind()
    with StandIn(world).running() as server:
        market = Evenings(server, tmp_path_factory.mktemp("evenings"))

        def source_is_down() -> None:
            server.spoil("/cboe/", status(503))
            server.spoil("/chart/Q030", status(500))

        def source_is_back_and_a_ticker_is_new() -> None:
            server.heal()
            world.members[world.members.index(OLD)] = NEW

        def no_new_bars() -> None:
            world.newest = TUESDAY

        def nobody_is_known() -> None:
            world.newest, world.knows_nobody = date.max, True

        def no_network() -> None:
            market.others = nowhere("http://host{}.invalid")

        changes = {
            FRIDAY: lambda: None,
            MONDAY: source_is_down,
            TUESDAY: source_is_back_and_a_ticker_is_new,
            THURSDAY: no_new_bars,
            NEXT_FRIDAY: nobody_is_known,
            NEXT_MONDAY: no_network,
        }
        over: dict[date, Evening] = {}

        def had(day: date) -> Evening:
            ended = market.command(day, "run")
            assert ended.returncode in (PUBLISHED, INCOMPLETE), ended.stdout + ended.stderr
            published = market.data / f"published-{day}.duckdb"
            shutil.copy(server.settings(market.data).published_path, published)
            return Evening(ended, published, market.network_seconds(day))

        def of(last: date) -> Evening:
            for day, change in changes.items():
                if day <= last and day not in over:
                    change()
                    over[day] = had(day)
            return over[last]

        yield of


def test_an_evening_on_which_all_came_is_a_success(evening: Callable[[date], Evening]) -> None:
    first = evening(FRIDAY)
    assert (first.ended.returncode, first.ended.stderr) == (PUBLISHED, "")
    assert f"Market live, session {FRIDAY}, provisional" in first.ended.stdout


def test_a_source_down_for_a_day_costs_its_own_columns_and_is_told(evening: Callable[[date], Evening]) -> None:
    before, second = evening(FRIDAY), evening(MONDAY)
    said = second.ended.stderr
    assert second.ended.returncode == INCOMPLETE
    assert said.startswith("market-internals: published without what did not come: ")
    assert said.count("\n") == 1
    left_alone = "cboe: VIX: answered error 503; the host is left alone until the next run, 8 more were not requested"
    for words in (left_alone, "yahoo: Q030: answered error 500 (1 of 89 did not come: Q030)"):
        assert words in said
    assert f"Market live, session {MONDAY}, provisional" in second.ended.stdout
    _, members, valid = before.ask(BREADTH)[-1]
    assert second.ask(BREADTH)[-1] == (MONDAY, members, valid - 1), "the others' bars are in"
    assert second.ask(NEWEST_YIELD) > before.ask(NEWEST_YIELD), "and so is FRED"
    assert second.missing(MONDAY).endswith("the newest index levels (cboe)")
    assert "cboe" not in second.missing(FRIDAY)
    told = "select distinct reason from marts.data_quality where check_id = 'freshness' and table_name = 'index_levels'"
    assert second.ask(told)[0][0].startswith("unavailable: cboe: ")


def test_a_source_that_is_back_fills_the_day_it_missed(evening: Callable[[date], Evening]) -> None:
    valid, third = evening(FRIDAY).ask(BREADTH)[-1][2], evening(TUESDAY)
    assert (third.ended.returncode, third.ended.stderr, third.newest) == (PUBLISHED, "", TUESDAY)
    assert [row[2] for row in third.ask(BREADTH)[-2:]] == [valid, valid]
    assert third.ask(f"select vix_obs_date from marts.volatility_daily where session_date = '{MONDAY}'") == [(MONDAY,)]
    assert "cboe" not in third.missing(MONDAY) + third.missing(TUESDAY)
    compared = third.ask(
        """
        select source, series_id, rows_held, sessions_differing, largest_difference_pct < 0.01
        from marts.data_quality
        where check_id = 'comparison'
        order by series_id
        """
    )
    assert compared == [("fred", "^GSPC and SP500", 59, 0, True), ("cboe", "^VIX and VIX", 59, 0, True)]


def test_a_new_ticker_leaves_the_number_of_members_as_it_was(evening: Callable[[date], Evening]) -> None:
    before = {day: members for day, members, _ in evening(MONDAY).ask(BREADTH)}
    after = {day: members for day, members, _ in evening(TUESDAY).ask(BREADTH)}
    assert {day: after[day] for day in before} == before
    assert after[TUESDAY] == before[FRIDAY]


@pytest.mark.parametrize(
    "day",
    [
        pytest.param(THURSDAY, id="no new bar"),
        pytest.param(NEXT_FRIDAY, id="404", marks=pytest.mark.laws),
    ],
)
def test_an_evening_without_its_session_is_no_success(evening: Callable[[date], Evening], day: date) -> None:
    ran = evening(day)
    said = ran.ended.stderr
    assert ran.newest == TUESDAY
    assert ran.ended.returncode == INCOMPLETE
    assert said.count("\n") == 1
    assert re.search(rf"none of \d+ names has a bar of {day}", said), said
    assert str(day) in ran.missing(TUESDAY)
    assert f"session {TUESDAY}, final" not in ran.ended.stdout


@pytest.mark.laws
def test_an_evening_without_a_network_publishes_what_is_stored(evening: Callable[[date], Evening]) -> None:
    before, ran = evening(TUESDAY), evening(NEXT_MONDAY)
    assert ran.ended.returncode == INCOMPLETE
    assert ran.ended.stderr.count("\n") == 1
    for source in ("membership", "yahoo", "cboe", "fred", "cftc", "weights"):
        words = rf"{source}: [^;]+: host\d\.invalid has no address; is there a network\?"
        assert re.search(words, ran.ended.stderr), source
    assert ran.network_seconds < NO_NETWORK
    assert ran.ask(BREADTH)[-1] == before.ask(BREADTH)[-1], "what is stored is published as it was"


@pytest.fixture
def evenings(tmp_path: Path) -> Iterator[Evenings]:
    """A market of its own of which nothing is stored."""
    with StandIn(World(members=MEMBERS)).running() as server:
        yield Evenings(server, tmp_path / "data")


@pytest.mark.parametrize(
    ("base", "words"),
    [
        ("http://host{}.invalid", r"host\d\.invalid has no address"),
        ("http://127.0.0.1:{}", r"127\.0\.0\.1 accepts no connection"),
    ],
)
def test_a_first_evening_without_a_network_ends_at_once_and_says_so(evenings: Evenings, base: str, words: str) -> None:
    evenings.others = nowhere(base)
    done = evenings.command(FRIDAY, "run")
    assert done.returncode == SOURCE, done.stdout + done.stderr
    said = rf"market-internals: membership: the list of S&P 500 companies: {words}; is there a network\?\n"
    assert re.fullmatch(said, done.stderr), done.stderr
    assert evenings.network_seconds(FRIDAY) < NO_NETWORK
    assert not evenings.stand_in.settings(evenings.data).published_path.exists()


def test_a_backfill_tells_what_became_of_each_symbol(evenings: Evenings) -> None:
    days = ("--start", "2024-11-01", "--end", "2024-11-29")
    done = evenings.command(FRIDAY, "backfill", "--symbols", "aapl, SPY", *days)
    assert (done.returncode, done.stderr) == (PUBLISHED, "")
    assert [line.split()[:3] for line in done.stdout.splitlines()] == [
        ["AAPL", "received", "20"],
        ["SPY", "received", "20"],
        ["40", "new,", "0"],
    ]
    evenings.stand_in.world.unknown.add("NOPE")
    done = evenings.command(FRIDAY, "backfill", "--symbols", "AAPL,NOPE", *days)
    assert done.returncode == SOURCE
    assert "20 unchanged" in done.stdout
    assert done.stderr.startswith("market-internals: 1 of 2 did not come: ")
    done = evenings.command(FRIDAY, "backfill", "--symbols", "AAPL", "--start", "2024-12-23")
    assert done.returncode == USAGE
    assert "after the last day to ask for, 2024-12-20" in done.stderr


def test_a_source_without_which_there_is_no_market_may_be_down_once_something_is_stored(
    evenings: Evenings, turn: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(membership, "FEWEST", len(MEMBERS))
    settings = evenings.stand_in.settings(evenings.data, timeout_seconds=30)
    chosen = [dg.AssetKey(["raw", name]) for name in ("sessions", "releases", "securities", "index_membership")]

    def evening(day: date) -> dg.ExecuteInProcessResult:
        evenings.stand_in.world.today = day
        return turn(settings, select=chosen, clock=lambda: evening_of(day))

    evenings.stand_in.spoil("/wiki", status(503))
    assert "membership: the list of S&P 500 companies: answered error 503" in failures(evening(FRIDAY))
    evenings.stand_in.heal()
    assert evening(FRIDAY).success
    evenings.stand_in.spoil("/wiki", status(503))
    down = evening(MONDAY)
    assert down.success, failures(down)
    silent = {check.asset_key.path[-1] for check in down.get_asset_check_evaluations() if not check.passed}
    assert silent == {"securities", "index_membership"}
