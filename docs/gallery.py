"""The pictures of the README and of docs/gallery.md: pages of the sample market, built and drawn in Chromium."""

import os
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks import in_browser, whole_run
from ingestion.settings import PROJECT_ROOT, Settings

#: File -> page and the size of the picture.
PICTURES = {
    "first-screen": ("", 1440, 900),
    "breadth": ("breadth", 1440, 1250),
    "drivers": ("drivers", 1440, 900),
}
FOLDER = PROJECT_ROOT / "docs" / "gallery"


def main() -> int:
    """Build the sample market and draw every picture of it."""
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        whole_run.run(Settings(data=Path(data), market="sample", folder=None))
        os.environ |= {"MARKET_INTERNALS_DATA": data, "MARKET_INTERNALS_MARKET": "sample"}
        with in_browser.viewer(PROJECT_ROOT) as port, in_browser.browser_of(playwright) as browser:
            for name, (page, width, height) in PICTURES.items():
                shown = browser.new_page(viewport={"width": width, "height": height}, color_scheme="light")
                shown.goto(f"http://127.0.0.1:{port}/{page}")
                shown.locator("[data-testid=stVegaLiteChart] canvas").first.wait_for(timeout=60_000)
                in_browser.settle(shown)
                shown.screenshot(path=FOLDER / f"{name}.png")
                shown.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
