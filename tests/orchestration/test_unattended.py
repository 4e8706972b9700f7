"""Evenings of the live market with nobody looking: the console command in a process of its own, asking the stand-in.

On the first evening all is well, on the second a source is down, on the third it is back.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from ingestion.sources import membership
from orchestration.exits import INCOMPLETE, PUBLISHED, SOURCE, USAGE
from tests.conftest import failures
from tests.ingestion.live_market import FRIDAY, MONDAY, THURSDAY, TUESDAY, evening_of
from tests.ingestion.stand_in import StandIn, status
from tests.ingestion.stand_in_data import World
from tests.orchestration.evenings import MEMBERS, Evenings, nowhere

pytestmark = pytest.mark.ci

NEWEST_YIELD = "select max(obs_date) from marts.macro_levels_daily where series_id = 'DGS10'"

#: How long all sources together may be requested without a network, seconds.
NO_NETWORK = 20.0

VALID = """
    select session_date, valid
    from marts.breadth_daily
    where universe_id = 'SP500' and segment_id = 'ALL'
    order by session_date
"""


@pytest.fixture
def evenings(tmp_path: Path) -> Iterator[Evenings]:
    with StandIn(World(members=MEMBERS)).running() as server:
        yield Evenings(server, tmp_path / "data")


def test_a_source_down_for_a_day_costs_its_own_columns_is_told_and_heals(evenings: Evenings) -> None:
    first = evenings.command(FRIDAY, "run")
    assert first.returncode == PUBLISHED, first.stderr
    assert first.stderr == ""
    assert f"Market live, session {FRIDAY}, provisional" in first.stdout
    valid, yields = evenings.ask(VALID)[-1], evenings.ask(NEWEST_YIELD)

    evenings.stand_in.spoil("/cboe/", status(503))
    evenings.stand_in.spoil("/chart/Q030", status(500))
    second = evenings.command(MONDAY, "run")
    assert second.returncode == INCOMPLETE, second.stdout + second.stderr
    assert second.stderr.startswith("market-internals: published without what did not come: ")
    assert second.stderr.count("\n") == 1
    left_alone = "cboe: VIX: answered error 503; the host is left alone until the next run, 8 more were not requested"
    for words in (left_alone, "yahoo: Q030: answered error 500 (1 of 89 did not come: Q030)"):
        assert words in second.stderr
    assert f"Market live, session {MONDAY}, provisional" in second.stdout
    assert evenings.ask(VALID)[-1] == (MONDAY, valid[1] - 1), "the others' bars are in"
    assert evenings.ask(NEWEST_YIELD) > yields, "and so is FRED"
    assert missing_on(evenings, MONDAY).endswith("the newest index levels (cboe)")
    assert "cboe" not in missing_on(evenings, FRIDAY)
    told = "select distinct reason from marts.data_quality where check_id = 'freshness' and table_name = 'index_levels'"
    assert evenings.ask(told)[0][0].startswith("unavailable: cboe: ")

    evenings.stand_in.heal()
    third = evenings.command(TUESDAY, "run")
    assert (third.returncode, third.stderr) == (PUBLISHED, "")
    assert evenings.ask(VALID)[-2:] == [(MONDAY, valid[1]), (TUESDAY, valid[1])]
    assert evenings.ask(f"select vix_obs_date from marts.volatility_daily where session_date = '{MONDAY}'") == [
        (MONDAY,)
    ]
    assert "cboe" not in missing_on(evenings, MONDAY) + missing_on(evenings, TUESDAY)
    compared = evenings.ask(
        """
        select source, series_id, rows_held, sessions_differing, largest_difference_pct < 0.01
        from marts.data_quality
        where check_id = 'comparison'
        order by series_id
        """
    )
    assert compared == [("fred", "^GSPC and SP500", 59, 0, True), ("cboe", "^VIX and VIX", 59, 0, True)]

    evenings.others = nowhere("http://host{}.invalid")
    fourth = evenings.command(THURSDAY, "run")
    assert fourth.returncode == INCOMPLETE, fourth.stdout + fourth.stderr
    assert fourth.stderr.count("\n") == 1
    for source in ("membership", "yahoo", "cboe", "fred", "cftc", "weights"):
        assert re.search(rf"{source}: [^;]+: host\d\.invalid has no address; is there a network\?", fourth.stderr), (
            source
        )
    assert evenings.network_seconds(THURSDAY) < NO_NETWORK
    assert evenings.ask(VALID)[-1] == (TUESDAY, valid[1]), "what is stored is published as it was"


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


def missing_on(evenings: Evenings, session: date) -> str:
    """What the verdict of a session says is missing."""
    return evenings.ask(f"select missing from marts.verdict_daily where session_date = '{session}'")[0][0]


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
