"""What the first screen of the viewer says of a session, part by part."""

import html
import re
from collections.abc import Iterator
from datetime import date

import pandas as pd

from app.pictures.axes import Span
from app.published import any_mart
from app.published.file import Published
from app.views.first_screen import FirstScreen
from app.views.page import Day
from app.views.verdict import TODAY
from app.words import argument


def texts_of(published: Published, session: date) -> Iterator[tuple[date, str, str, str]]:
    """Rows (session, place, item, text): a `card` for each of the four answers, a `screen` for each other part."""
    verdict = any_mart.on_session(published, "verdict_daily", TODAY, session, universe_id=published.universe).rows.iloc[
        0
    ]
    lines = any_mart.on_session(
        published, "verdict_lines", argument.LINE, session, ["section", "position"], universe_id=published.universe
    )
    anchor = None if pd.isna(verdict["reference_date"]) else verdict["reference_date"].date()
    day = Day(published, session, session, Span(session, session, anchor), None, "", {})
    screen = FirstScreen(day, verdict, lines.rows)
    for card in screen.answers.cards():
        yield session, "card", card.name, f"{card.word}. {_read(' '.join(card.lines))}"
        yield from ((session, "screen", card.name, shows) for svg, shows in card.pictures if svg)
    for part in (screen.odds, screen.changed, screen.tomorrow, screen.dates, screen.wrong_if):
        yield session, "screen", part.__name__, _read(part())


def _read(written: str) -> str:
    """The text of a piece of HTML, with a bar where an element ends."""
    return re.sub(r"[\s|]*\|[\s|]*", " | ", html.unescape(re.sub(r"<[^>]*>", "|", written))).strip(" |")
