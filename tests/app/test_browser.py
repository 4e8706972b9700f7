"""The viewer in a real headless Chromium: the first screen, pages, every control, the SQL, on a desktop and on a phone,
readable by everybody; nothing leaves the machine."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from app.main import PAGES
from ingestion.settings import Settings
from tests.foreign_page import served

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
TITLES = [title for shown in PAGES.values() for title in shown]
MOST_NODES = 3_000
#: Streamlit closes the menu of a browser that names itself like a phone's once a page is chosen.
PHONE = "Mozilla/5.0 (Linux; Android 14; Pixel 7) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36"
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

    def open(self, query: str = "", page: str = "breadth") -> Page:
        self.page.goto(f"{self.address}/{page}{query}")
        self.settle()
        return self.page

    def settle(self) -> None:
        """Wait until the page has been drawn to its end."""
        self.page.locator(".mi-strip").wait_for()
        expect(self.page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")

    def strip(self) -> str:
        return self.page.locator(".mi-strip").inner_text()


@pytest.fixture
def phone(chromium: Browser, address: str) -> Iterator[Visit]:
    screen = {"width": 390, "height": 844}
    context = chromium.new_context(viewport=screen, has_touch=True, is_mobile=True, user_agent=PHONE)
    reader = Visit(context, address)
    yield reader
    context.close()
    assert reader.complaints == []
    assert reader.elsewhere == []


@pytest.fixture
def visit(request: pytest.FixtureRequest, chromium: Browser, address: str) -> Iterator[Visit]:
    """A reader's page on a desk, light; `in_both` has it dark too."""
    theme = getattr(request, "param", "light")
    # far from UTC on either side: a session must keep its date
    zone = {"light": "America/New_York", "dark": "Asia/Tokyo"}[theme]
    context = chromium.new_context(
        viewport={"width": 1400, "height": 1000}, color_scheme=theme, timezone_id=zone, accept_downloads=True
    )
    reader = Visit(context, address)
    yield reader
    context.close()
    assert reader.complaints == []
    assert reader.elsewhere == []


#: Marks a test whose page has a theme or a date that could depend on the reader's.
in_both = pytest.mark.parametrize("visit", ["light", "dark"], indirect=True)


def brightness(page: Page) -> int:
    return page.evaluate(
        """() => {
            const [r, g, b] = getComputedStyle(document.querySelector('[data-testid=stApp]'))
                .backgroundColor.match(/\\d+/g).map(Number);
            return Math.round((r + g + b) / 3);
        }"""
    )


@in_both
def test_the_breadth_page_draws_its_charts_in_the_reader_s_theme(visit, request):
    page = visit.open()
    assert "MADE-UP" in visit.strip()
    expect(page.get_by_test_id("stVegaLiteChart").first.locator("canvas, svg").first).to_be_visible()
    assert page.get_by_test_id("stVegaLiteChart").count() >= 9
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
        expect(page.get_by_role("heading", level=1)).to_contain_text(title)
        visit.settle()
        expect(page.get_by_test_id("stVegaLiteChart").first.locator("canvas, svg").first).to_be_visible()
        assert page.get_by_test_id("stException").count() == 0
        assert page.locator(".mi-absent", has_text="Not in this file yet").count() == 0
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 1400


@in_both
def test_the_session_picker_changes_the_page_and_the_url(visit):
    page = visit.open()
    newest = visit.strip()
    page.get_by_test_id("stDateInputCalendarButton").click()
    page.get_by_role("button", name="Wednesday, December 18, 2024").click()
    expect(page.locator(".mi-strip")).to_contain_text("2024-12-18 Wed")
    expect(page.locator(".mi-strip")).to_contain_text("looking back")
    visit.settle()
    assert "session=2024-12-18" in page.url
    assert "2024-12-18:" in page.locator(".mi-last").first.inner_text()
    page.get_by_role("button", name="Earlier").click()
    expect(page.locator(".mi-strip")).to_contain_text("2024-12-17 Tue")
    page.get_by_role("button", name="Newest").click()
    expect(page.locator(".mi-strip")).not_to_contain_text("looking back")
    assert visit.strip() == newest
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


@in_both
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


def path_of(title: str) -> str:
    return "" if title == TITLES[0] else title.lower().replace(" ", "-")


def bottom(page: Page, selector: str) -> float:
    """Where an element ends, in pixels from the top of a page that has not been scrolled."""
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["y"] + box["height"]


def test_the_call_the_answers_and_the_odds_are_read_without_scrolling(visit):
    visit.page.set_viewport_size({"width": 1440, "height": 900})
    for session in ("2024-12-27", "2024-12-18", "2024-06-12"):
        page = visit.open(f"?session={session}", page="")
        call = page.locator("h1.mi-call")
        expect(call).to_be_visible()
        size = page.evaluate("parseFloat(getComputedStyle(document.querySelector('h1.mi-call')).fontSize)")
        assert size == max(
            page.evaluate(
                "[...document.querySelectorAll('[data-testid=stMain] *')]"
                ".map(each => parseFloat(getComputedStyle(each).fontSize))"
            )
        ), "nothing is louder than the call"
        cards = page.locator(".mi-answer")
        assert cards.locator("h2").all_inner_texts() == ["Selling", "Why, in bp", "Where", "When"]
        tops = {cards.nth(place).bounding_box()["y"] for place in range(4)}
        assert len(tops) == 1, "side by side"
        assert bottom(page, ".mi-answers") < 900
        assert bottom(page, '.mi-below section:has(h2:text("Odds"))') < 900
        assert 0 < page.locator('section:has(h2:text("Odds")) tbody tr').count() <= 4
        assert page.locator(".mi-answer img.mi-spark").count() >= 4
        assert page.evaluate("[...document.querySelectorAll('img.mi-spark')].every(each => each.naturalWidth > 0)")


def test_on_a_phone_the_call_and_the_first_answers_come_first_and_nothing_scrolls_sideways(phone):
    page = phone.open("?session=2024-12-18", page="")
    assert bottom(page, "h1.mi-call") < 844
    assert bottom(page, ".mi-answer:nth-child(1) strong") < 844
    assert bottom(page, ".mi-answer:nth-child(1)") < 844
    lefts = {page.locator(".mi-answer").nth(place).bounding_box()["x"] for place in range(4)}
    assert len(lefts) == 1, "one column"


def test_on_a_phone_the_menu_closes_once_a_page_is_chosen(phone):
    page = phone.open(page="")
    page.get_by_test_id("stExpandSidebarButton").click()
    chosen = page.get_by_role("link", name="Breadth")
    chosen.click()
    expect(page.locator("h1").first).to_contain_text("Breadth")
    expect(chosen).not_to_be_in_viewport()


@pytest.mark.parametrize("title", TITLES)
def test_on_a_phone_no_page_is_wider_than_the_screen(phone, title):
    page = phone.open("?session=2024-12-18", page=path_of(title))
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    assert page.get_by_test_id("stException").count() == 0


def serious_findings(page: Page, *rules: str) -> list[tuple[str, str]]:
    """What axe finds to be serious on a page, by all its rules or by these: the rule and the first such element."""
    options = {"runOnly": {"type": "rule", "values": list(rules)}} if rules else {}
    found = Axe().run(page, options=options).response["violations"]
    return [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in ("serious", "critical")]


@pytest.mark.parametrize("visit", ["dark"], indirect=True)
def test_every_page_can_be_read_in_the_dark(visit):
    """Of all that axe looks at, only contrast is another one in the other theme."""
    for title in TITLES:
        page = visit.open("?session=2024-12-18", page=path_of(title))
        assert serious_findings(page, "color-contrast") == [], title


@pytest.mark.parametrize("visit", ["light"], indirect=True)
def test_every_page_can_be_read_by_everybody_and_is_light(visit):
    for title in TITLES:
        page = visit.open("?session=2024-12-18", page=path_of(title))
        charts = page.get_by_test_id("stVegaLiteChart")
        if title != "Claims":
            expect(charts.first.locator("canvas")).to_be_visible()
        assert serious_findings(page) == [], title
        assert page.evaluate("document.getElementsByTagName('*').length") <= MOST_NODES, title
        assert page.get_by_role("heading", level=1).count() == 1, title
        headings = page.get_by_role("heading", level=2).all_inner_texts()
        names = charts.evaluate_all("every => every.map(each => each.getAttribute('aria-label'))")
        assert all(any(name.startswith(heading) for heading in headings) for name in names), title
        assert page.title() == f"{title} · 2024-12-18 · market-internals"
        small = page.evaluate(
            """[...document.querySelectorAll('[data-testid=stMain] *')]
                .filter(each => [...each.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()))
                .filter(each => each.checkVisibility() && !each.closest('canvas, style')
                    && parseFloat(getComputedStyle(each).fontSize) < 12)
                .map(each => each.outerHTML.slice(0, 120))"""
        )
        assert small == [], title


def test_an_event_and_any_day_are_anchors_of_every_page(visit):
    page = visit.open("?session=2024-12-26", page="")
    page.get_by_role("combobox", name="Anchor").click()
    page.get_by_role("option", name="since 2024-12-18").click()
    expect(page.locator(".mi-strip")).to_contain_text("2024-12-18, FOMC of December 2024")
    visit.settle()
    page.wait_for_url("**anchor=2024-12-18**")
    expect(page.locator(".mi-answer").nth(2)).to_contain_text("since 18 Dec")
    page.get_by_test_id("stSidebarNav").get_by_text("Since the event").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2024-12-18")
    visit.settle()
    page.get_by_role("combobox", name="Anchor").click()
    page.get_by_role("option", name="since another day").click()
    page.locator(".st-key-anchor_day").get_by_test_id("stDateInputCalendarButton").click()
    page.get_by_role("button", name="Friday, November 1, 2024").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2024-11-01")
    visit.settle()
    page.wait_for_url("**session=2024-12-26**anchor=2024-11-01**")
    page.get_by_test_id("stSidebarNav").get_by_text("Verdict").click()
    expect(page.locator(".mi-answer").nth(2)).to_contain_text("since 1 Nov")
    again = visit.open("?session=2024-12-26&anchor=2024-11-01", page="")
    expect(again.locator(".mi-answer").nth(2)).to_contain_text("since 1 Nov")


def test_the_window_and_a_session_that_is_none_are_said_by_the_url(visit):
    page = visit.open("?session=2024-12-18")
    page.get_by_role("combobox", name="Window").click()
    page.get_by_role("option", name="3 months").click()
    page.wait_for_url("**window=3**")
    visit.settle()
    visit.open("?session=never")
    expect(page.locator(".mi-note", has_text="“never” in the address is not a date")).to_be_visible()


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
