"""Assembly of the viewer: pages, the strip above them and the controls beside them. A new page is a file in app/views/
with a function `show(day)` and one line here. serve.py serves it."""

import sys
from collections.abc import Callable
from pathlib import Path

import streamlit as st

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # streamlit puts only this file's folder on the path

from app.published import marts, reader
from app.views import (
    breadth,
    claims,
    correlation,
    data_health,
    drivers,
    evidence,
    indexation,
    positioning,
    regime,
    since_the_event,
    verdict,
    volatility,
)
from app.views import page as frame
from app.words import wording
from ingestion.settings import Settings

PAGES: dict[str, dict[str, Callable[[frame.Day], None]]] = {
    "Today": {"Verdict": verdict.show},
    "Why, where, when": {"Drivers": drivers.show, "Regime": regime.show, "Positioning": positioning.show},
    "Inside": {
        "Breadth": breadth.show,
        "Since the event": since_the_event.show,
        "Indexation": indexation.show,
        "Correlation": correlation.show,
        "Volatility": volatility.show,
    },
    "Argument": {"Evidence": evidence.show, "Claims": claims.show},
    "Behind": {"Data health": data_health.show},
}


def _page(title: str, show: Callable[[frame.Day], None], day: frame.Day, default: bool) -> st.Page:
    return st.Page(lambda: show(day), title=title, url_path=title.lower().replace(" ", "-"), default=default)


def main() -> None:
    """Draw the page that the URL names, or say what to run when nothing is published."""
    st.set_page_config(page_title=wording.PRODUCT, layout="wide", initial_sidebar_state="auto")
    st.html(frame.STYLE)
    with reader.one_opening():
        _draw()


def _draw() -> None:
    try:
        # drawn here and not by the pages: what is chosen outlives a change of page
        day = frame.controls()
    except marts.NothingPublished:
        frame.empty(Settings().market)
        return
    frame.header(day)
    first = next(iter(next(iter(PAGES.values()))))
    pages = {
        section: [_page(title, show, day, title == first) for title, show in shown.items()]
        for section, shown in PAGES.items()
    }
    st.navigation(pages).run()


main()
