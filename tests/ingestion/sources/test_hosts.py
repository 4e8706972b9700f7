"""A host that refuses or hangs is left alone for the rest of a run, whoever requests what of it; the others are not."""

import threading
import time

import pytest

from ingestion import markets
from ingestion.settings import PROJECT_ADDRESS, Settings
from ingestion.sources.base import HostFailed, SourceRefused, SourceUnavailable
from ingestion.sources.hosts import LATER_LOOKUP, LOOKUP, Hosts, HostUnresolved, LeftAlone
from ingestion.sources.transport import Web
from tests.ingestion.live_market import FRIDAY, MONDAY, TUESDAY, LiveMarket, evening_of
from tests.ingestion.stand_in import StandIn, hanging, page, status

#: What a host may do that ends the requests to it.
FAILURES = {
    "429": (status(429), "answered too many requests"),
    "403": (status(403), "came status 403"),
    "503": (status(503), "answered error 503"),
    "a hanging answer": (hanging, "no answer within 1 s"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_host_is_sent_no_other_request_after_it_failed_whoever_asks(stand_in: StandIn, tmp_path, name):
    fault, words = FAILURES[name]
    stand_in.spoil("/fred", fault)
    settings = stand_in.settings(tmp_path)
    hosts = Hosts(settings)
    first, second = Web("fred", settings, hosts), Web("other", settings, hosts)
    with pytest.raises(HostFailed, match=words):
        first.get(settings.fred_url, "DGS10", id="DGS10")
    asked = len(stand_in.asked)
    for web in (first, second):
        with pytest.raises(
            LeftAlone, match=f"DGS2: was not requested; 127.0.0.1 is left alone .*, since fred: .*{words}"
        ):
            web.get(settings.fred_url, "DGS2", id="DGS2")
    assert len(stand_in.asked) == asked
    assert second.get(f"{settings.cboe_url}/VIX_History.csv", "VIX"), "another host is requested as before"


@pytest.mark.parametrize("fault", [status(500), status(404), status(400)])
def test_what_is_the_fault_of_one_file_leaves_its_host_in_use(stand_in: StandIn, tmp_path, fault):
    stand_in.spoil("DGS10", fault)
    web = Web("fred", stand_in.settings(tmp_path))
    with pytest.raises(Exception, match="fred: DGS10: "):
        web.get(f"{stand_in.address}/fred", "DGS10", id="DGS10")
    assert web.get(f"{stand_in.address}/fred", "DGS2", id="DGS2")


#: table of the live market, where one of its first files is requested
FIRST_FILES = {
    "index_levels": ("/cboe/VIX9D", "VIX9D"),
    "macro_observations": ("id=DGS2", "DGS2"),
    "positioning": ("fut_fin_txt_2024", "year 2024"),
}


@pytest.mark.parametrize("table", FIRST_FILES)
@pytest.mark.parametrize("fault", [status(403), page], ids=["403", "a web page"])
def test_a_file_that_is_always_refused_costs_the_others_one_evening(live: LiveMarket, table, fault):
    where, name = FIRST_FILES[table]
    live.stand_in.spoil(where, fault)
    with pytest.raises(SourceUnavailable, match=f": {name}: .*; the host is left alone until the next run"):
        live.load(table, FRIDAY)
    for day in (MONDAY, TUESDAY):
        live.stand_in.asked.clear()
        loaded = live.load(table, day)
        assert [account.symbol for account in loaded.accounts if account.status == "refused"] == [name]
        assert where in live.stand_in.asked[-1], "it comes last"
    live.stand_in.heal()
    assert {account.status for account in live.load(table, TUESDAY).accounts} == {"received"}


def test_a_year_of_positions_that_did_not_come_is_requested_until_it_does(live: LiveMarket):
    live.world.first = FRIDAY.replace(year=2023, month=11)
    live.stand_in.spoil("fut_fin_txt_2023", status(500))
    live.load("positioning", FRIDAY)
    years = "select distinct year(obs_date) from raw.positioning order by 1"
    assert live.ask(years) == [(2024,)]
    live.stand_in.heal()
    live.load("positioning", MONDAY)
    assert live.ask(years) == [(2023,), (2024,)]


def test_a_name_server_that_hangs_is_waited_for_once_and_then_briefly(tmp_path):
    over = threading.Event()
    hosts = Hosts(Settings(data=tmp_path), resolve=lambda _: over.wait(30))
    waited = []
    try:
        for host in ("one", "two", "three"):
            began = time.monotonic()
            with pytest.raises(HostUnresolved, match=f"no name server answers for {host}.example; is there a network"):
                hosts.approach(f"https://{host}.example/a", "test: a file")
            waited.append(time.monotonic() - began)
    finally:
        over.set()
    assert LOOKUP <= waited[0] < LOOKUP + 2
    assert max(waited[1:]) < LATER_LOOKUP + 2
    assert LOOKUP + 6 * LATER_LOOKUP < 20, "seven hosts of a run without a name server"


def test_a_name_is_looked_up_once(tmp_path):
    looked_up: list[str] = []
    hosts = Hosts(Settings(data=tmp_path), sleep=lambda _: None, resolve=looked_up.append)
    for path in ("a", "b"):
        hosts.approach(f"https://one.example/{path}", "test")
    assert looked_up == ["one.example"]


@pytest.mark.parametrize(
    ("contact", "expected"), [(None, PROJECT_ADDRESS), ("me@example.org", "me@example.org")], ids=["default", "own"]
)
def test_every_host_but_yahoo_is_told_who_asks_and_whom_to_write_to(stand_in: StandIn, tmp_path, contact, expected):
    settings = stand_in.settings(tmp_path, **({"contact": contact} if contact else {}))
    Web("membership", settings).get(settings.wikipedia_url, "the list")
    (agent,) = stand_in.agents
    assert agent.startswith(f"market-internals/0.1 ({expected}) httpx/")


@pytest.mark.parametrize("contact", ["me", "me@example.org\r\nX-Other: 1", "(me@example.org)", "ich@größe.example"])
def test_a_contact_that_is_no_address_is_refused(contact):
    with pytest.raises(ValueError, match="is no e-mail or web address"):
        Settings(contact=contact)


def test_sources_of_one_market_share_what_is_known_of_hosts(stand_in: StandIn, tmp_path):
    live = LiveMarket(stand_in, tmp_path)
    live.world.today = FRIDAY
    stand_in.spoil("/wiki", status(403))
    sources = markets.sources(live.settings, lambda: evening_of(FRIDAY))
    for table in ("securities", "index_membership"):
        with pytest.raises((SourceRefused, SourceUnavailable), match="membership: the list of S&P 500 companies"):
            list(sources[table].fetch(table, live.window(FRIDAY)))
    assert stand_in.asked == ["/wiki?"]
