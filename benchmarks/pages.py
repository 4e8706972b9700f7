"""What a reader of the viewer waits for: the queries of each page, its first chart, a change of session, and its nodes.

Builds the market once, then draws each page in a process that has drawn one before, with an empty cache of results;
after that opens the viewer in headless Chromium, where there is one. With --beside CHECKOUT DATA another checkout,
which reads a market of its own, changes sessions by turns in the same browser. Prints tables and writes JSON to
data/bench/.
"""

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from unittest.mock import patch

from benchmarks import in_browser, whole_run
from benchmarks.steps import FOLDER, write
from ingestion.settings import PROJECT_ROOT, Settings

MAIN = PROJECT_ROOT / "app" / "main.py"


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
    parser.add_argument("--data", type=Path, metavar="PATH", help="data folder with the market as a run left it")
    parser.add_argument("--beside", type=Path, nargs=2, metavar=("CHECKOUT", "DATA"), help="the peer")
    parser.add_argument("--out", type=Path, default=PROJECT_ROOT / "data" / "bench", metavar="PATH")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        data = options.data or Path(temporary)
        if not options.data:
            folder = options.folder.resolve() if options.market == "folder" else None
            whole_run.run(Settings(data=data, market=options.market, folder=folder))
        os.environ |= {"MARKET_INTERNALS_DATA": str(data), "MARKET_INTERNALS_MARKET": options.market}
        with multiprocessing.get_context("spawn").Pool(1) as alone:
            drawn = alone.apply(draw_all, (options.repeats,))
        seen, ratio = [], None
        if in_browser.CHROMIUM.exists():
            seen = in_browser.measure([page.page for page in drawn], options.repeats)
            if options.beside:
                ratio = in_browser.beside(*options.beside, options.repeats)
    print(f"{'page':<18}{'queries':>10}{'ms':>8}{'whole page ms':>16}")
    for page in drawn:
        print(f"{page.page:<18}{page.queries:>10}{page.queries_ms:>8.0f}{page.page_ms:>16.0f}")
    if seen:
        print(f"{'in a browser':<18}{'first chart s':>15}{'next session s':>16}{'nodes':>8}")
    for one in seen:
        print(f"{one.page:<18}{one.first_chart_s:>15.2f}{one.next_session_s:>16.2f}{one.nodes:>8}")
    if ratio:
        print(f"Breadth, next session: {ratio[0]:.2f} s here, {ratio[1]:.2f} s beside, ratio {ratio[0] / ratio[1]:.2f}")
    figures = {
        "market": options.market,
        "pages": [asdict(page) for page in drawn],
        "in_browser": [asdict(one) for one in seen],
        "next_session_here_and_beside": ratio,
    }
    print(f"written: {write(options.out, f'pages_{options.market}', figures)}")
    return 0


def draw_all(repeats: int) -> list[Drawn]:
    """Every page in the order of the menu, medians of `repeats`; the first is drawn once before, to load modules."""
    from app.main import PAGES

    titles = [title for shown in PAGES.values() for title in shown]
    draw(titles[0], titles[0])
    return [_median([draw(title, titles[0]) for _ in range(repeats)]) for title in titles]


def draw(title: str, first: str) -> Drawn:
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
    page._page_hash = calc_hash("" if title == first else in_browser.path_of(title))
    with patch.object(Published, "_run", timed):
        began = time.perf_counter()
        page.run()
        seconds = time.perf_counter() - began
    if page.exception:
        raise RuntimeError(f"page {title}: {page.exception[0].message}")
    return Drawn(title, len(seconds_of_queries), 1000 * sum(seconds_of_queries), 1000 * seconds)


def _median(runs: list[Drawn]) -> Drawn:
    return Drawn(
        runs[0].page,
        runs[0].queries,
        median(run.queries_ms for run in runs),
        median(run.page_ms for run in runs),
    )


if __name__ == "__main__":
    sys.exit(main())
