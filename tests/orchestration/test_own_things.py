"""A user's own things from their files to the published file and its pages, on the small market."""

import os
import shutil
from datetime import date
from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from app.published.file import Published
from app.published.universes import of_universe
from ingestion.store import states
from ingestion.store.audit import headline
from orchestration.cli import main
from orchestration.notify.evening import chosen_states
from tests.built_market import BuiltMarket

pytestmark = pytest.mark.ci

#: Marts with a row of each universe (metrics of evidence and verdict).
OF_A_UNIVERSE = (
    "answers_daily", "event_study", "levels_next", "odds_daily", "states_daily", "verdict_daily", "verdict_lines",
    "vix_odds_daily",
)  # fmt: skip


@pytest.fixture(scope="module")
def ask(own_things_built: BuiltMarket):
    with duckdb.connect(str(own_things_built.settings.published_path), read_only=True) as connection:
        yield lambda query: connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def days(ask) -> list[date]:
    return [day for (day,) in ask("select distinct session_date from marts.index_daily order by 1")]


def test_every_check_is_green_and_the_file_is_still_about_the_index(own_things_built: BuiltMarket) -> None:
    assert [name for name, check in own_things_built.run.checks.items() if not check.passed] == []
    assert headline(own_things_built.settings.published_path)["universe_id"] == "SP500"


def test_an_event_is_not_known_before_it_was_added(ask, days) -> None:
    for mart in ("event_performance_daily", "event_gap_daily"):
        found = ask(f"select min(session_date), count(*) from marts.{mart} where event_id = 'mine'")
        assert found[0] == (days[-40], found[0][1])
        assert found[0][1] > 0
    assert ask("select min(session_date) from marts.index_attribution_daily where horizon = 'event:mine'") == [
        (days[-40],)
    ]
    # measured from its day all the same
    anchored = ask("select distinct anchor_session from marts.event_performance_daily where event_id = 'mine'")
    assert anchored == [(days[-80],)]
    assert ask("select count(*) from marts.verdict_daily where reference_event_id = 'mine' and session_date < "
               f"date '{days[-40]}'") == [(0,)]  # fmt: skip


def test_a_claim_is_read_on_the_day_it_was_added_where_that_is_later(ask, days) -> None:
    ((made_on, session, finding, value),) = ask(
        "select made_on, session_date, finding, evidence_number from marts.claim_ledger where claim_id = 'late'"
    )
    assert (made_on, session, finding) == (days[-60], days[-40], "supported")
    ((close,),) = ask(f"select close from marts.index_daily where index_id = 'MINE' and session_date = '{session}'")
    assert value == pytest.approx(close, rel=1e-6)


def test_pairs_and_symbols_join_those_of_the_seed(ask) -> None:
    pairs = dict(ask("select pair_id, count(rs_ratio) from marts.relative_performance_daily group by all"))
    own = {name: count for name, count in pairs.items() if name.endswith("/SPY") and name not in ("IWM/SPY",)}
    assert own["MINE/SPY"] > 200
    assert sum(name.split("/")[0] not in ("MINE", "RSP", "QQQ", "MAG7", "IWM") for name in own) >= 1
    assert ask("select count(*) from marts.asset_index_daily where series_name = 'A name of mine'")[0][0] > 200


def test_a_call_that_is_off_is_never_made(ask) -> None:
    assert ask("select count(*) from marts.verdict_score where call_id = 'buying_thrust'") == [(0,)]
    assert ask("select count(*) from marts.verdict_daily where call_id = 'buying_thrust'") == [(0,)]
    assert ask("select count(distinct call_id) > 0 from marts.verdict_daily") == [(True,)]


def test_own_universes_have_breadth_by_sector_and_each_mart_of_the_verdict(ask, days) -> None:
    members = dict(
        ask("select session_date, members from marts.breadth_daily where universe_id = 'MINE' and segment_id = 'ALL'")
    )
    assert members[days[-31]] == members[days[-30]] + 1
    sectors = ask("select count(distinct segment_id) from marts.breadth_daily where universe_id = 'MINE'")[0][0]
    assert sectors > 3
    for mart in OF_A_UNIVERSE:
        rows = dict(ask(f"select universe_id, count(*) from marts.{mart} group by all"))
        assert set(rows) == {"SP500", "MINE"}, mart
    assert ask("select schema_name from duckdb_schemas() where schema_name like 'of_%'") == []


def test_the_verdict_of_an_own_universe_speaks_of_its_names_and_its_basket(ask) -> None:
    words = dict(
        ask(
            "select universe_id, string_agg(sentence, ' ') from marts.verdict_lines "
            "where session_date = (select max(session_date) from marts.verdict_daily) group by all"
        )
    )
    assert "S&P 500" in words["SP500"]
    assert "MINE" in words["MINE"]
    assert "S&P 500" not in words["MINE"]
    # what moved the S&P 500 is no statement about other names
    assert ask("select count(why_day), count(day_state) > 200 from marts.verdict_daily where universe_id = 'MINE'") == [
        (0, True)
    ]


def test_notifications_and_readers_see_one_universe(own_things_built: BuiltMarket, ask) -> None:
    settings = own_things_built.settings
    assert chosen_states(settings) == ("index_near_high",)
    assert states.read(settings.published_path).headline == headline(settings.published_path)["headline"]
    query = "select count(*) as n, count(distinct session_date) as days from marts.verdict_daily"
    with Published(settings.published_path) as whole:
        assert whole.universes == ("SP500", "MINE")
        for published, universe in ((whole, "SP500"), (of_universe(whole, "MINE"), "MINE")):
            assert published.universe == universe
            row = published.query(query).iloc[0]
            assert row.n == row.days
            line = published.query("select distinct universe_id from marts.states_daily")
            assert line["universe_id"].tolist() == [universe]
        assert of_universe(whole, "NONE") is whole


def page(name: str) -> None:
    """What main does for one page; runs inside AppTest."""
    import importlib

    from app.views import controls, page

    importlib.import_module(f"app.views.{name}").show(controls.choose(page.published()))


def test_a_report_of_an_own_universe_is_about_its_names(own_things_built: BuiltMarket, tmp_path, capsys) -> None:
    copied = own_things_built.settings.model_copy(update={"data": tmp_path})
    copied.market_folder.mkdir()
    shutil.copy(own_things_built.settings.published_path, copied.published_path)
    with Published(copied.published_path) as published:
        assert published.universes == ("SP500", "MINE")
    asked = ["report", "--market", "folder", "--data", str(tmp_path)]
    assert main([*asked, "--universe", "MINE"]) == 0
    own = Path(capsys.readouterr().out.split()[-1]).read_text()
    assert main([*asked, "--universe", "SP500"]) == main(asked) == 0
    of_the_index = {Path(path).read_text() for path in capsys.readouterr().out.split() if path.endswith(".md")}
    assert len(of_the_index) == 1, "the universe that the file is about is no other report"
    assert " · universe MINE · " in own
    assert "members of MINE fell" in own
    assert "members of MINE" not in of_the_index.pop()
    assert main([*asked, "--universe", "ELSE"]) == 2
    assert "no verdict of a universe 'ELSE'; there are those of SP500, MINE" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["verdict", "evidence", "breadth"])
def test_pages_are_about_the_universe_that_the_reader_picks(
    own_things_built: BuiltMarket, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setitem(os.environ, "MARKET_INTERNALS_DATA", str(own_things_built.settings.data))
    monkeypatch.setitem(os.environ, "MARKET_INTERNALS_MARKET", "folder")
    app = AppTest.from_function(page, args=(name,), default_timeout=120).run()
    assert not app.exception
    first = [element.proto.body for element in app.get("html")]
    picked = next(box for box in app.selectbox if box.key == "of")
    assert picked.options == ["S&P 500", "MINE"]
    picked.select("MINE").run()
    assert not app.exception
    text = "\n".join(element.proto.body for element in app.get("html"))
    assert text != "\n".join(first)
