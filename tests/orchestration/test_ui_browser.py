"""Dagster's own pages in a real headless Chromium: the graph loads, a materialisation started by a click ends green,
and so do its checks. The console's `ui` command serves them, daemon included."""

import contextlib
import json
import os
import re
import shutil
import signal
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from ingestion.settings import Settings
from ingestion.store import states
from ingestion.store.day import read_day
from orchestration.notify import memory
from orchestration.notify.memory import Told
from orchestration.notify.message import THRUSTS
from tests.built_market import BuiltMarket
from tests.foreign_page import served
from tests.orchestration.receiver import PASSWORD, Receiver, receiving
from tests.orchestration.ui_server import serving, start, wait_for
from tests.subjects import SUBJECTS

pytestmark = pytest.mark.ci

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

#: Seconds to wait for a run and a page at most; an idle machine needs far fewer.
RUN, PAGE = 900, 180

GROUPS = (
    "raw", "seeds", *SUBJECTS, "quality", "publication",
)  # fmt: skip

#: A mart that is built in seconds and has checks.
MART = "index_daily"

#: A state that is on in the newest session of the small market.
REPORTED = "leg_volatility"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    """The service that runs started from the pages report to."""
    with receiving() as server:
        yield server


@pytest.fixture(scope="module")
def market(small_built: BuiltMarket, receiver: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A copy of the built small market, of whose newest session the service was not told: REPORTED was off before."""
    copied = small_built.settings.model_copy(update={"data": tmp_path_factory.mktemp("ui")})
    shutil.copytree(small_built.settings.market_folder, copied.market_folder)
    published = copied.published_path
    newest = states.read(published)
    before = states.read(published, session=states.previous_session(published, newest.session))
    known = replace(Told().knowing(before, (), THRUSTS), states={REPORTED: False})
    memory.write(copied, {memory.key_of(receiver.address): known})
    return copied


@pytest.fixture(scope="module")
def address(market: Settings, receiver: Receiver) -> Iterator[str]:
    """Where Dagster's pages of the market answer; all of its processes end with the tests."""
    notified = {"MARKET_INTERNALS_NOTIFY": receiver.address, "MARKET_INTERNALS_NOTIFY_STATES": REPORTED}
    with serving(market, **notified) as answering:
        yield answering


@pytest.fixture
def page(address: str) -> Iterator[Page]:
    """A page of a browser that asks nothing of another machine."""
    if not CHROMIUM.exists():
        if os.environ.get("CI"):
            pytest.fail(f"CI drives Dagster's pages in a browser, and there is none at {CHROMIUM}")
        pytest.skip(f"no browser at {CHROMIUM}")
    elsewhere: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        opened = browser.new_page(viewport={"width": 1600, "height": 1000})
        opened.set_default_timeout(PAGE * 1000)
        expect.set_options(timeout=PAGE * 1000)
        opened.on("request", lambda request: _is_elsewhere(request.url) and elsewhere.append(request.url))
        yield opened
        browser.close()
    assert elsewhere == []


def _is_elsewhere(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme not in ("data", "blob") and parts.hostname != "127.0.0.1"


def test_the_graph_loads_and_a_materialisation_with_its_checks_ends_green(page: Page, address: str) -> None:
    page.goto(f"{address}/asset-groups")
    for group in GROUPS:
        expect(page.get_by_text(group, exact=True).first).to_be_visible()

    checks = f"{address}/assets/marts/{MART}?view=checks"
    page.goto(checks)
    heading = page.get_by_text(re.compile(r"^Checks \(\d+\)$"))
    count = int(heading.inner_text().removeprefix("Checks (").removesuffix(")"))
    assert count >= 2, "the data tests of the mart are its checks"
    assert page.get_by_text("Succeeded", exact=True).count() == 0, "nothing has run in this copy"
    page.get_by_text("Materialize", exact=True).first.click()
    page.get_by_text("Are you sure?").wait_for()  # what it is built from has no history in this copy either
    page.get_by_role("button", name="Confirm").click()
    page.get_by_text("Launched run").wait_for()

    page.goto(f"{address}/runs")
    run = page.locator('a[href^="/runs/"]').first.get_attribute("href")
    page.goto(f"{address}{run}")
    over = page.get_by_text(re.compile("^(Success|Failure|Canceled)$"))
    expect(over.first).to_be_visible(timeout=RUN * 1000)
    assert over.first.inner_text() == "Success"

    page.goto(checks)
    expect(page.get_by_text("Succeeded", exact=True)).to_have_count(count)
    page.goto(f"{address}/assets/marts/{MART}")
    page.get_by_text("Latest materialization").first.wait_for()
    expect(page.locator(f'a[href^="{run}"]').first).to_be_visible()
    expect(page.get_by_text("Nothing is published by this run").first).to_be_visible()
    page.get_by_role("link", name="Run the job daily").first.click()
    page.wait_for_url(re.compile("/jobs/daily/playground"))
    expect(page.get_by_text("Launch Run", exact=True).first).to_be_visible()


#: A page that tries to start a run and to switch the schedule on, in every way that a browser offers to any page.
ATTACK = """<!doctype html><title>trying</title><script>
const there = "ADDRESS", mutation = `MUTATION`;
const socket = new WebSocket(there.replace("http", "ws") + "/graphql", "graphql-ws");
const opened = new Promise(done => { socket.onopen = () => done("open"); socket.onerror = () => done("refused"); });
const get = there + "/graphql?query=" + encodeURIComponent(mutation);
const image = new Promise(done => { const i = new Image(); i.onload = i.onerror = () => done(); i.src = get; });
const body = JSON.stringify({query: mutation});
const posts = ["text/plain", "application/json", "application/graphql"].map(type => fetch(there + "/graphql", {
    method: "POST", mode: "no-cors", headers: {"Content-Type": type}, body}).catch(() => null));
const gets = [fetch(get, {mode: "no-cors"}).catch(() => null), fetch(get).catch(() => null)];
Promise.all([opened, image, ...posts, ...gets]).then(([socket]) => { document.title = "tried, socket " + socket; });
</script>"""

SELECTOR = 'repositoryName: "__repository__", repositoryLocationName: "orchestration.definitions"'
LAUNCH = (
    f'mutation {{ launchRun(executionParams: {{selector: {{{SELECTOR}, jobName: "daily"}}, '
    'runConfigData: "{}"}) { __typename ... on LaunchRunSuccess { run { runId } } } startSchedule(scheduleSelector: {'
    f'{SELECTOR}, scheduleName: "after_the_close"}}) {{ __typename }} }}'
)
STATUS = '{ runOrError(runId: "RUN") { ... on Run { status } } }'
ENDS = ("SUCCESS", "FAILURE", "CANCELED")
STATE = (
    "{ runsOrError { ... on Runs { count } } schedulesOrError(repositorySelector: {"
    f"{SELECTOR}}}) {{ ... on Schedules {{ results {{ scheduleState {{ status }} }} }} }} }}"
)


def test_a_page_of_another_port_orders_nothing(address: str) -> None:
    text = ATTACK.replace("ADDRESS", address).replace("MUTATION", LAUNCH)
    before = _query(address, STATE)
    with served(text) as elsewhere, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        page = browser.new_page()
        page.goto(elsewhere)
        page.wait_for_function("document.title.startsWith('tried')", timeout=PAGE * 1000)
        assert page.title() == "tried, socket refused"
        browser.close()
    assert _query(address, STATE) == before
    assert before["schedulesOrError"]["results"][0]["scheduleState"]["status"] == "STOPPED"


def test_the_mutation_that_the_page_tried_is_a_good_one_and_its_run_is_reported_and_shown(
    page: Page, address: str, receiver: Receiver, market: Settings
) -> None:
    """What the attack sends would be obeyed if its own pages sent it: the test above cannot pass by a typing error."""
    assert receiver.messages == []
    done = _query(address, LAUNCH)
    assert done["startSchedule"]["__typename"] == "ScheduleStateResult"
    assert done["launchRun"]["__typename"] == "LaunchRunSuccess"
    run = done["launchRun"]["run"]["runId"]
    deadline = time.monotonic() + RUN
    while (status := _query(address, STATUS.replace("RUN", run))["runOrError"]["status"]) not in ENDS:
        assert time.monotonic() < deadline, status
        time.sleep(1)
    assert status == "SUCCESS"
    newest = states.read(market.published_path)
    (message,) = receiver.messages
    assert message["title"].startswith(f"market-internals folder: session {newest.session}")
    assert f"On since {newest.states[REPORTED].since}: {newest.states[REPORTED].name}." in message["message"]
    assert PASSWORD not in message["message"]

    day = read_day(market.published_path)
    page.goto(f"{address}/assets/published")
    expect(page.get_by_text(day.call[0]).first).to_be_visible()
    expect(page.get_by_text(day.headline).first).to_be_visible()
    page.get_by_text("[Show Markdown]").first.click()
    expect(page.get_by_role("heading", name=day.call[0])).to_be_visible()
    for answer in ("Selling", "Why", "Where", "When"):
        expect(page.get_by_role("cell", name=answer, exact=True).first).to_be_visible()


def test_one_signal_ends_every_process(tmp_path: Path) -> None:
    server, log, port = start(Settings(data=tmp_path, market="sample", folder=None))
    wait_for(f"http://127.0.0.1:{port}", server, log)
    server.terminate()
    assert server.wait(timeout=60) == 128 + signal.SIGTERM
    assert "stopped" in log.read_text()
    assert not _processes_with(str(tmp_path)), "all of its processes ended with it"


def _query(address: str, query: str) -> dict:
    request = urllib.request.Request(
        f"{address}/graphql", json.dumps({"query": query}).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=PAGE) as answer:
        return json.load(answer)["data"]


def _processes_with(text: str) -> list[str]:
    """Command lines and environments of other processes that name `text`: all that this test started do."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            named = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
            if text.encode() in named and int(process.name) != os.getpid():
                found.append((process / "cmdline").read_text().replace("\0", " "))
    return found
