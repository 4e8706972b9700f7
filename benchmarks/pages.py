"""What a reader of the viewer waits for: the queries of each page, and the first chart of the first page on screen.

Builds the market once, then draws each page in a process that has drawn one before, with an empty cache of results;
after that opens the viewer in headless Chromium, where there is one: just started, and after it has been read once.
Prints a table and writes the same as JSON to data/bench/.
"""

import argparse
import multiprocessing
import os
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from unittest.mock import patch

from playwright.sync_api import Playwright, sync_playwright

from benchmarks import whole_run
from benchmarks.steps import FOLDER, write
from ingestion.settings import PROJECT_ROOT, Settings

MAIN = PROJECT_ROOT / "app" / "main.py"
CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


@dataclass(frozen=True)
class Drawn:
    """One page: how many queries it runs, the milliseconds they take together and those of the whole page."""

    page: str
    queries: int
    queries_ms: float
    page_ms: float


def main() -> int:
    """Measure the viewer of one market."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--market", choices=("sample", "folder"), default="folder")
    parser.add_argument("--folder", type=Path, default=FOLDER, metavar="PATH", help="files of the folder market")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path, default=PROJECT_ROOT / "data" / "bench", metavar="PATH")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as data:
        folder = options.folder.resolve() if options.market == "folder" else None
        settings = Settings(data=Path(data), market=options.market, folder=folder)
        whole_run.run(settings)
        os.environ |= {"MARKET_INTERNALS_DATA": data, "MARKET_INTERNALS_MARKET": options.market}
        with multiprocessing.get_context("spawn").Pool(1) as alone:
            drawn = alone.apply(draw_all, (options.repeats,))
        charts = [first_charts() for _ in range(options.repeats)] if CHROMIUM.exists() else []
    print(f"{'page':<18}{'queries':>10}{'ms':>8}{'whole page ms':>16}")
    for page in drawn:
        print(f"{page.page:<18}{page.queries:>10}{page.queries_ms:>8.0f}{page.page_ms:>16.0f}")
    seconds = {}
    for place, whose in enumerate(("just started", "read before") if charts else ()):
        seconds[whose] = median(chart[place] for chart in charts)
        print(f"first chart of a viewer {whose}: {seconds[whose]:.2f} s")
    figures = {"market": options.market, "pages": [asdict(page) for page in drawn], "first_chart_seconds": seconds}
    print(f"written: {write(options.out, f'pages_{options.market}', figures)}")
    return 0


def draw_all(repeats: int) -> list[Drawn]:
    """Every page, medians of `repeats`; the first page is drawn once before, for what Python loads."""
    names = sorted(path.stem for path in (PROJECT_ROOT / "app" / "views").glob("[!_]*.py") if path.stem != "page")
    draw("verdict")
    return [_median([draw(name) for _ in range(repeats)]) for name in names]


def draw(name: str) -> Drawn:
    """One page as Streamlit draws it, without a browser."""
    import streamlit
    from streamlit.testing.v1 import AppTest
    from streamlit.util import calc_hash

    from app.published.file import Published

    run_query, seconds_of_queries = Published._run, []

    def timed(published, sql, parameters):
        began = time.perf_counter()
        rows = run_query(published, sql, parameters)
        seconds_of_queries.append(time.perf_counter() - began)
        return rows

    streamlit.cache_resource.clear()
    page = AppTest.from_file(str(MAIN), default_timeout=120)
    page._page_hash = calc_hash("" if name == "verdict" else name.replace("_", "-"))
    with patch.object(Published, "_run", timed):
        began = time.perf_counter()
        page.run()
        seconds = time.perf_counter() - began
    if page.exception:
        raise RuntimeError(f"page {name}: {page.exception[0].message}")
    return Drawn(name, len(seconds_of_queries), 1000 * sum(seconds_of_queries), 1000 * seconds)


def _median(runs: list[Drawn]) -> Drawn:
    return Drawn(
        runs[0].page,
        runs[0].queries,
        median(run.queries_ms for run in runs),
        median(run.page_ms for run in runs),
    )


def first_charts() -> tuple[float, float]:
    """Seconds from the request to the first chart of a viewer just started, and of the same one to another browser."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "app.serve", "--server.headless=true", f"--server.port={port}"]
    with subprocess.Popen(command, cwd=PROJECT_ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as viewer:
        try:
            _wait_for(port)
            with sync_playwright() as playwright:
                return _first_chart(playwright, port), _first_chart(playwright, port)
        finally:
            viewer.terminate()


def _first_chart(playwright: Playwright, port: int) -> float:
    browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    began = time.perf_counter()
    page.goto(f"http://127.0.0.1:{port}")
    page.get_by_test_id("stVegaLiteChart").first.locator("canvas, svg").first.wait_for()
    seconds = time.perf_counter() - began
    browser.close()
    return seconds


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


if __name__ == "__main__":
    sys.exit(main())
