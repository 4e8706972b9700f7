"""The viewer as a browser sees it: seconds to a page's first chart and of a change of session, nodes of the page."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page, sync_playwright

from ingestion.settings import PROJECT_ROOT

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
IDLE = "document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"
#: Resolves to the milliseconds since the charts last changed, once nothing has changed in them for 400.
STILL = """async () => {
    const pixels = canvas => {
        const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        let sum = canvas.width;
        for (let place = 0; place < data.length; place += 37) sum = (31 * sum + data[place]) | 0;
        return sum;
    };
    const drawn = () => [...document.querySelectorAll('[data-testid=stVegaLiteChart]')].map(chart => {
        const canvas = chart.querySelector('canvas'), svg = chart.querySelector('svg');
        return canvas ? pixels(canvas) : svg ? svg.innerHTML : '';
    }).join();
    let before = drawn(), changed = performance.now();
    while (performance.now() - changed < 400) {
        await new Promise(resolve => setTimeout(resolve, 50));
        const now = drawn();
        if (now !== before) { before = now; changed = performance.now(); }
    }
    return performance.now() - changed;
}"""


@dataclass(frozen=True)
class Seen:
    """One page: its first chart in a viewer just started, the next session in one that has been read, and its nodes."""

    page: str
    first_chart_s: float
    next_session_s: float
    nodes: int


def path_of(title: str) -> str:
    """The address of a page below the viewer's."""
    return title.lower().replace(" ", "-")


def measure(titles: list[str], repeats: int) -> list[Seen]:
    """Every page but those without a chart, medians of `repeats`."""
    seen = []
    with sync_playwright() as playwright:
        for title in titles:
            firsts = []
            for _ in range(repeats):
                with viewer(PROJECT_ROOT) as port, browser_of(playwright) as browser:
                    page = browser.new_page(viewport={"width": 1440, "height": 900})
                    began = time.perf_counter()
                    page.goto(f"http://127.0.0.1:{port}/{'' if title == titles[0] else path_of(title)}")
                    shown = page.locator("[data-testid=stVegaLiteChart] canvas, .mi-claims").first
                    shown.wait_for(timeout=60_000)
                    firsts.append(time.perf_counter() - began)
                    if len(firsts) == repeats:
                        settle(page)
                        changes = [next_session(page) for _ in range(repeats)]
                        nodes = page.evaluate("document.getElementsByTagName('*').length")
            seen.append(Seen(title, median(firsts), median(changes), nodes))
    return seen


def beside(checkout: Path, data: Path, repeats: int) -> tuple[float, float]:
    """Seconds of a change of session on Breadth here and in another checkout, by turns in one browser."""
    with (
        viewer(PROJECT_ROOT) as here,
        viewer(checkout, data) as there,
        sync_playwright() as playwright,
        browser_of(playwright) as browser,
    ):
        pages = []
        for port in (here, there):
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(f"http://127.0.0.1:{port}/breadth")
            page.locator("[data-testid=stVegaLiteChart] :is(canvas, svg)").first.wait_for(timeout=60_000)
            settle(page)
            pages.append(page)
        rounds = [[next_session(page) for page in pages] for _ in range(repeats)]
    return median(one for one, _ in rounds), median(other for _, other in rounds)


def next_session(page: Page) -> float:
    """Seconds from the click on "Earlier" until every chart shows that session."""
    page.bring_to_front()
    before = page.locator(".mi-strip").inner_text()
    began = time.perf_counter()
    page.get_by_role("button", name="Earlier").click()
    page.wait_for_function("before => document.querySelector('.mi-strip').innerText !== before", arg=before)
    still = settle(page)
    return time.perf_counter() - began - still


def settle(page: Page) -> float:
    """Wait until the page has been drawn; returns the seconds that it has been for."""
    page.wait_for_function(IDLE, timeout=60_000)
    still: float = page.evaluate(STILL)
    return still / 1000


@contextmanager
def browser_of(playwright) -> Iterator[Browser]:
    """A browser of its own, with nothing in its cache."""
    browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
    yield browser
    browser.close()


@contextmanager
def viewer(checkout: Path, data: Path | None = None) -> Iterator[int]:
    """The port of a viewer just started from a checkout, which reads `data` or what this process reads."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    python = sys.executable if checkout == PROJECT_ROOT else str(checkout / ".venv" / "bin" / "python")
    command = [python, "-m", "app.serve", "--server.headless=true", f"--server.port={port}"]
    where = {"MARKET_INTERNALS_DATA": str(data.resolve())} if data else {}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=checkout, env=os.environ | where, **quiet) as process:  # type: ignore[call-overload]
        try:
            _wait_for(port)
            yield port
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError("the viewer did not start within a minute")
