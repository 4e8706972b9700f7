"""The viewer in a real headless Chromium: pages, a click, the session picker, the SQL; nothing leaves the machine."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from ingestion.settings import Settings
from tests.foreign_page import served

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE = 60_000  # milliseconds; a page takes about 2 s on an idle machine


@pytest.fixture(scope="module")
def address(sample_settings: Settings, published: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the viewer of the sample market answers; stopped when the tests of this file are over."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("viewer") / "streamlit.log"
    command = [sys.executable, "-m", "orchestration.cli", "app", "--port", str(port)]
    where = {"MARKET_INTERNALS_DATA": str(sample_settings.data), "MARKET_INTERNALS_MARKET": "sample"}
    where |= {"STREAMLIT_SERVER_HEADLESS": "true"}
    with log.open("w") as output:
        server = subprocess.Popen(
            command, cwd=log.parent, env=os.environ | where, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            _wait_for(port, server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=30)
    said = log.read_text()
    assert f"http://127.0.0.1:{port}" in said
    assert "Network URL" not in said, "the viewer is for this machine only"


def _wait_for(port: int, server: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"the viewer did not start:\n{log.read_text()}")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        if os.environ.get("CI"):
            pytest.fail(f"CI drives the viewer in a browser, and there is none at {CHROMIUM}")
        pytest.skip(f"no browser at {CHROMIUM}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


class Visit:
    """One reader's page, with what the browser complained of and what it asked of other machines."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page: Page = context.new_page()
        self.address = address
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []
        self.page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._asked(request.url))
        self.page.on("websocket", lambda channel: self._asked(channel.url))

    def _said(self, message: ConsoleMessage) -> None:
        # opened on a page of its own, Streamlit first looks for its server below that page's address, then at the root
        probe = "404" in message.text and "/_stcore/" in message.location["url"]
        if message.type == "error" and not probe:
            self.complaints.append(message.text)

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.hostname != "127.0.0.1":
            self.elsewhere.append(url)

    def open(self, query: str = "") -> Page:
        self.page.goto(f"{self.address}/breadth{query}")
        self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until the page has been drawn to its end."""
        self.page.locator(".mi-strip").wait_for()
        expect(self.page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")

    def strip(self) -> str:
        return self.page.locator(".mi-strip").inner_text()


@pytest.fixture(params=["light", "dark"])
def visit(request: pytest.FixtureRequest, chromium: Browser, address: str) -> Iterator[Visit]:
    # far from UTC on either side: a session must keep its date
    zone = {"light": "America/New_York", "dark": "Asia/Tokyo"}[request.param]
    context = chromium.new_context(
        viewport={"width": 1400, "height": 1000}, color_scheme=request.param, timezone_id=zone, accept_downloads=True
    )
    reader = Visit(context, address)
    yield reader
    context.close()
    assert reader.complaints == []
    assert reader.elsewhere == []


def brightness(page: Page) -> int:
    return page.evaluate(
        """() => {
            const [r, g, b] = getComputedStyle(document.querySelector('[data-testid=stApp]'))
                .backgroundColor.match(/\\d+/g).map(Number);
            return Math.round((r + g + b) / 3);
        }"""
    )


def test_the_breadth_page_draws_its_charts_in_the_reader_s_theme(visit, request):
    page = visit.open()
    assert "MADE-UP" in visit.strip()
    expect(page.get_by_test_id("stVegaLiteChart").first.locator("canvas, svg").first).to_be_visible()
    assert page.get_by_test_id("stVegaLiteChart").count() >= 15
    assert page.get_by_test_id("stException").count() == 0
    assert (brightness(page) > 200) == ("light" in request.node.name)
    # nothing is wider than the page
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 1400


def test_a_click_leads_to_another_page_and_keeps_the_session(visit):
    page = visit.open("?session=2024-11-29&segment=Energy")
    assert "2024-11-29 Fri" in visit.strip()
    page.get_by_test_id("stSidebarNav").get_by_text("Data health").click()
    page.get_by_text("Freshness by series").wait_for()
    visit.settle()
    assert "2024-11-29 Fri" in visit.strip()
    assert "/data-health" in page.url
    page.wait_for_url("**session=2024-11-29**")  # the page is drawn before its address is written
    page.get_by_test_id("stSidebarNav").get_by_text("Breadth").click()
    page.get_by_text("Thrust gauge").first.wait_for()
    visit.settle()
    assert "2024-11-29 Fri" in visit.strip()
    assert "segment=Energy" in page.url
    assert page.get_by_test_id("stException").count() == 0


def test_every_page_opens_from_the_menu_and_draws(visit):
    page = visit.open("?session=2024-12-18")
    links = page.get_by_test_id("stSidebarNavLink")
    for title in ("Breadth", "Since the event", "Indexation", "Correlation", "Volatility", "Data health"):
        links.get_by_text(title, exact=True).click()
        expect(page.locator(".mi-page b").first).to_contain_text(title)
        visit.settle()
        expect(page.get_by_test_id("stVegaLiteChart").first.locator("canvas, svg").first).to_be_visible()
        assert page.get_by_test_id("stException").count() == 0
        assert page.locator(".mi-absent", has_text="Not in this file yet").count() == 0
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 1400


def test_the_session_picker_changes_the_page_and_the_url(visit):
    page = visit.open()
    newest = visit.strip()
    page.get_by_test_id("stDateInputCalendarButton").click()
    page.get_by_role("button", name="Wednesday, December 18, 2024").click()
    expect(page.locator(".mi-strip")).to_contain_text("2024-12-18 Wed")
    expect(page.locator(".mi-strip")).to_contain_text("Looking back")
    visit.settle()
    assert "session=2024-12-18" in page.url
    assert "2024-12-18:" in page.locator(".mi-last").first.inner_text()
    page.get_by_test_id("stSidebar").get_by_role("button", name="Earlier").click()
    expect(page.locator(".mi-strip")).to_contain_text("2024-12-17 Tue")
    page.get_by_test_id("stSidebar").get_by_role("button", name="Newest").click()
    expect(page.locator(".mi-strip")).to_contain_text(newest.split("\n")[1].removeprefix("Session").strip())
    visit.settle()
    assert "session=" not in page.url  # a bookmark of the newest session stays with the newest


def test_the_sql_and_the_frame_can_be_taken_away(visit):
    page = visit.open()
    panel = page.get_by_test_id("stExpander").first
    panel.locator("summary").click()
    expect(panel.locator("code").first).to_contain_text("from marts.breadth_daily")
    with page.expect_download() as waiting:
        panel.get_by_role("button", name="Download CSV").first.click()
    text = Path(waiting.value.path()).read_text(encoding="utf-8").splitlines()
    assert text[0].startswith("session_date,pct_above_sma20")
    assert len(text) == 253  # a year of sessions and the head


def test_the_session_under_the_pointer_is_named_by_its_exact_date(visit):
    page = visit.open("?session=2024-12-18")
    chart = page.get_by_test_id("stVegaLiteChart").nth(1)
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    tooltip = page.locator("#vg-tooltip-element.visible")
    for step in range(30):
        page.mouse.move(box["x"] + box["width"] - 10 + step % 3, box["y"] + box["height"] / 2 + step)
        if tooltip.count():
            break
        page.wait_for_timeout(200)
    assert "2024-12-18" in tooltip.inner_text()


#: A page that opens the viewer's channel as the viewer's own page does, and says in its title what came of it.
LISTENER = """<!doctype html><title>trying</title><script>
const channel = new WebSocket("ws://HOST/_stcore/stream");
channel.onopen = () => { document.title = "open"; };
channel.onerror = () => { document.title = "refused"; };
</script>"""


def test_a_page_of_another_port_does_not_reach_the_viewer(chromium: Browser, address: str) -> None:
    with served(LISTENER.replace("HOST", urlsplit(address).netloc)) as elsewhere:
        page = chromium.new_page()
        page.goto(elsewhere)
        page.wait_for_function("document.title !== 'trying'", timeout=PATIENCE)
        assert page.title() == "refused"
        page.close()
