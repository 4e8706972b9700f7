"""Assembly of the viewer: its pages, and the controls and notices above them.

A new page is a file in app/views/ with a function `show(day)` and one line here; serve.py serves it.
"""

from collections.abc import Callable

import streamlit as st

from app.published.file import NothingPublished, Published, UnreadableFile
from app.views import (
    breadth,
    claims,
    controls,
    correlation,
    data_health,
    drivers,
    evidence,
    indexation,
    page,
    positioning,
    regime,
    since_the_event,
    verdict,
    volatility,
)
from app.words import notices
from ingestion.settings import Settings

PAGES: dict[str, dict[str, Callable[[page.Day], None]]] = {
    "": {"Verdict": verdict.show},
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


def _page(title: str, show: Callable[[page.Day], None], day: page.Day, default: bool) -> st.Page:
    def draw() -> None:
        st.set_page_config(page_title=f"{title} · {day.session} · {notices.PRODUCT}")
        page.remarks(day)
        show(day)

    return st.Page(draw, title=title, url_path=title.lower().replace(" ", "-"), default=default)


def main() -> None:
    """Draw the page that the URL names, or say what to run when nothing is published."""
    st.set_page_config(page_title=notices.PRODUCT, layout="wide", initial_sidebar_state="auto")
    st.html(page.STYLE)
    try:
        with page.published() as published:
            _draw(published)
    except NothingPublished:
        page.nothing_published(Settings().market)
    except UnreadableFile as error:
        page.unreadable(error)


def _draw(published: Published) -> None:
    # drawn here and not by the pages: a choice outlives a change of page
    day = controls.choose(published)
    first = next(iter(next(iter(PAGES.values()))))
    pages = [_page(title, show, day, title == first) for shown in PAGES.values() for title, show in shown.items()]
    st.html(_section_names())
    st.navigation(pages, expanded=True).run()


def _section_names() -> str:
    """A style that writes the name of each section above its first page: Streamlit's own would break the list for
    readers of the screen."""
    rules, place = [], 1
    for section, shown in PAGES.items():
        rules.append(f'[data-testid="stSidebarNavItems"] > li:nth-child({place})::before {{content: "{section}";}}')
        place += len(shown)
    return f"<style>{' '.join(rules)}</style>"


if __name__ == "__main__":
    main()
