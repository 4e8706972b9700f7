"""The report in a real browser: pages of the print, width on a phone, size and contrast of its text."""

import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Page, sync_playwright

from app.published.file import Published
from app.report.gather import gather
from app.report.html_page import as_html

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]

#: The session with the longest verdict, and that with the longest call, headline and falsifier: the fullest pages.
FULLEST = """
(select session_date from marts.verdict_lines group by 1 order by sum(length(sentence)) desc limit 1)
union
(
    select session_date
    from marts.verdict_lines
    where section in ('call', 'day', 'wrong_if')
    group by 1
    order by sum(length(sentence)) desc
    limit 1
)
order by 1
"""
DAY = date(2024, 12, 27)
CHOSEN = (date(2020, 3, 16), date(2019, 7, 15), DAY)

#: The lowest contrast of any text with the page behind it, and the lowest height of a letter in a chart, px.
SEEN = """
() => {
    const channel = c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    const light = rgb => { const [r, g, b] = rgb.match(/[\\d.]+/g).map(Number).map(channel);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const behind = element => { while (element) { const colour = getComputedStyle(element).backgroundColor;
        if (!/, 0\\)$/.test(colour)) return colour; element = element.parentElement; } return "rgb(255, 255, 255)"; };
    const texts = [...document.querySelectorAll("main *")].filter(
        each => [...each.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()));
    const contrasts = texts.map(each => {
        const style = getComputedStyle(each), ink = each.tagName === "text" ? style.fill : style.color;
        const [low, high] = [light(ink), light(behind(each))].sort((a, b) => a - b);
        return (high + 0.05) / (low + 0.05); });
    const heights = [...document.querySelectorAll("svg")].map(
        svg => 13 * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width);
    const small = texts.filter(each => each.tagName !== "text").map(
        each => parseFloat(getComputedStyle(each).fontSize));
    return [Math.min(...contrasts), Math.min(...heights, ...small), document.documentElement.scrollWidth];
}
"""


@pytest.fixture(scope="module")
def browser_page() -> Iterator[Page]:
    """A page of a headless browser."""
    if not CHROMIUM.exists():
        if os.environ.get("CI"):
            pytest.fail(f"CI prints the report in a browser, and there is none at {CHROMIUM}")
        pytest.skip(f"no browser at {CHROMIUM}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser.new_page()
        browser.close()


def pages(page: Page) -> int:
    """Pages of the print of what the browser shows."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True)))


@pytest.mark.parametrize("market", ["sample", "folder"])
def test_page_one_is_one_page_and_the_argument_at_most_three(
    browser_page: Page, market: str, request: pytest.FixtureRequest
) -> None:
    path = request.getfixturevalue("published" if market == "sample" else "folder_built")
    with duckdb.connect(str(path), read_only=True) as connection:
        sessions = {row[0] for row in connection.execute(FULLEST).fetchall()} | set(CHOSEN)
    with Published(path) as published:
        for session in sorted(sessions):
            browser_page.set_content(as_html(gather(published, session)))
            browser_page.evaluate("document.querySelector('footer').remove()")
            assert pages(browser_page) <= 3, session
            browser_page.evaluate("document.querySelectorAll('main > :not(.page-one)').forEach(each => each.remove())")
            assert pages(browser_page) == 1, session


def test_the_appendices_are_printed_after_the_argument(browser_page: Page, published: Path) -> None:
    with Published(published) as file:
        browser_page.set_content(as_html(gather(file, DAY)))
    assert pages(browser_page) > 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 820, 1440])
def test_text_is_large_and_dark_enough_and_nothing_scrolls_sideways(
    browser_page: Page, folder_built: Path, scheme: str, width: int
) -> None:
    browser_page.set_viewport_size({"width": width, "height": 844})
    browser_page.emulate_media(color_scheme=scheme)
    with Published(folder_built) as published:
        browser_page.set_content(as_html(gather(published, DAY)))
    contrast, height, scrolled = browser_page.evaluate(SEEN)
    assert contrast >= 4.5
    assert height >= 12
    assert scrolled == width
    browser_page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert browser_page.evaluate("document.documentElement.scrollWidth") == width
