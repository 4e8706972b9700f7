"""The furniture of every page: the header strip, the notices, the title, and the panel around a picture.

Pages receive a `Day` and never read a control themselves, apart from those that only they have.
"""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from app.pictures.axes import Span
from app.pictures.picture import Picture
from app.published import any_mart, contents
from app.published.answer import Answer
from app.published.file import Published, UnreadableFile
from app.words import captions, labels, notices
from ingestion.settings import Settings

STYLE = f"<style>\n{Path(__file__).with_name('page.css').read_text(encoding='utf-8')}</style>"
STALE_AFTER = timedelta(days=4)  # a long weekend; a file built longer ago missed at least one session


@dataclass(frozen=True)
class Day:
    """What the reader has chosen: a session, the span drawn before it, and the anchor to measure returns from."""

    published: Published
    session: date
    newest: date
    span: Span
    event_id: str | None  # None where the anchor is a day without an event
    event: str  # the anchor in words: its session and the event's name
    publication: Mapping[str, Any]  # columns of marts.publication
    notes: tuple[str, ...] = ()  # what was wrong with the choice in the URL


EXPLAINED = {
    "column_name": st.column_config.TextColumn("Column", width=150),
    "unit": st.column_config.TextColumn("Unit", width=90),
    "meaning": st.column_config.TextColumn("Meaning", width=420),
    "formula": st.column_config.TextColumn("Formula", width=300),
}


@st.cache_resource(max_entries=1, show_spinner=False)
def _published_at(path: Path) -> Published:
    return Published(path)


def published() -> Published:
    """The published file of the market and data folder of the settings, shared by all readers of this viewer."""
    return _published_at(Settings().published_path)


def span_of(day: Day, mart: str, **keys: str) -> Span:
    """The span of the day; with the window "All", from the oldest row of these keys on."""
    if day.span.sessions is not None:
        return day.span
    first = any_mart.first_row(day.published, mart, **keys).rows["first_session"].iloc[0]
    return day.span if pd.isna(first) or first.date() > day.session else replace(day.span, first=first.date())


def strip(day: Day) -> None:
    """The strip on every page: which market, which session, how final, how well covered, under which rules."""
    publication = day.publication
    today = any_mart.on_session(
        day.published,
        "breadth_daily",
        ["coverage", "valid", "members", "is_clean"],
        day.session,
        universe_id=day.published.universe,
        segment_id="ALL",
    ).rows
    final = day.session < day.newest or bool(publication["is_final"])
    market = f"market {publication['market']}"
    cells = [f'<span class="mi-badge">{html.escape(market)}</span>']
    if publication["is_made_up"]:
        cells = [f'<span class="mi-badge mi-made-up">MADE-UP {html.escape(market)}</span>']
    cells.append(_cell("", f"{day.session:%Y-%m-%d %a}"))
    if day.session < day.newest:
        cells.append(_cell("looking back, newest is", f"{day.newest}"))
    cells.append(_cell("", "final" if final else "provisional"))
    if not today.empty:
        row = today.iloc[0]
        counted = f"{labels.formatted('valid', row['valid'])} of {labels.formatted('members', row['members'])}"
        cells.append(_cell("coverage", counted if bool(row["is_clean"]) else f"{counted}, survivor-biased"))
    if day.event:
        cells.append(_cell("measured since", day.event))
    cells.append(_cell("rules", str(publication["rule_version"])))
    st.html(f'<div class="mi-strip">{"".join(cells)}</div>', width="content")


def remarks(day: Day) -> None:
    """What the reader may want to know of this file and of his choice, each one thin line."""
    if day.publication["is_made_up"]:
        note(notices.MADE_UP.format(market=day.publication["market"]))
    for text in day.notes:
        note(text)
    _stale(day.publication)


def _cell(name: str, value: str) -> str:
    named = f"<i>{html.escape(name)}</i>" if name else ""
    return f"<span>{named}{html.escape(value)}</span>"


def _stale(publication: Mapping[str, Any]) -> None:
    """Note that the file is old, or was built long after its last session."""
    last, built = publication["last_session"], publication["built_at"]
    age = pd.Timestamp.now("UTC").tz_localize(None) - built
    if age > STALE_AFTER:
        text = notices.STALE_BUILD.format(
            built=built, age=age.days, last=last.date(), command=notices.command(publication["market"])
        )
        note(text, alert=True)
    elif not publication["is_made_up"] and publication["as_of"] - last > STALE_AFTER:
        text = notices.STALE_SESSION.format(
            last=last.date(), age=(publication["as_of"] - last).days, as_of=publication["as_of"]
        )
        note(text, alert=True)


def note(text: str, alert: bool = False) -> None:
    """One line that the reader must not miss (alert) or may want to know; `code` in it is set as code."""
    marked = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))
    st.html(f'<div class="mi-note{" mi-alert" if alert else ""}">{marked}</div>')


def weights_note(day: Day) -> None:
    """Note that the index weights of the session are old, where they are."""
    for text in contents.weights_note(day.published, day.session).rows.get("weights_note", []):
        note(text, alert=True)


def title(caption: captions.Caption, of: str = "") -> None:
    """Title of a page, what it is about, and the question it answers."""
    heading = f"{caption.title}: {of}" if of else caption.title
    st.html(f'<div class="mi-page"><h1>{html.escape(heading)}</h1><span>{html.escape(caption.sentence)}</span></div>')


def choices() -> Any:
    """Where a page draws the controls that only it has, in one row under those of every page."""
    return st.container(horizontal=True, gap="small", key="choices")


def facts(cells: Sequence[tuple[str, str, str]]) -> None:
    """A strip of (name, value, remark): the session's figures at a glance."""
    body = "".join(
        f"<div><i>{html.escape(name)}</i><b>{html.escape(value)}</b><u>{html.escape(remark) or '&nbsp;'}</u></div>"
        for name, value, remark in cells
    )
    st.html(f'<div class="mi-facts">{body}</div>')


def panel(
    name: str,
    caption: captions.Caption,
    answer: Answer,
    draw: Callable[[], Sequence[Picture]],
    *,
    needs: Sequence[str] = (),
    last: Sequence[str] | Callable[[pd.Series], str] = (),
    beside: Sequence[Answer] = (),
    none: str = "",
) -> None:
    """Draw one panel: title, last values, the charts of `draw()`; under it the mart, its SQL and the rows as CSV.

    `needs` are the columns without which there is nothing to draw; `last` the columns whose newest value is written
    under the title, or a function of the newest row; `beside` further answers that the picture reads. A `draw` that
    draws a table itself returns nothing. `none` is the text when there is no row.
    """
    st.html(f'<h2 class="mi-title">{html.escape(caption.title)}</h2>')
    absent = [column for column in needs if column in answer.missing]
    drawn = [column for column in needs if column in answer.rows and column not in ("session_date", "null_reason")]
    if absent or answer.rows.empty or (drawn and answer.rows[drawn].isna().all(axis=None)):
        text = none or notices.NO_ROWS.format(mart=answer.mart)
        if absent:
            text = notices.NOT_IN_FILE.format(mart=answer.mart, columns=", ".join(absent))
        elif not answer.rows.empty:
            text = notices.NO_VALUES.format(mart=answer.mart, columns=", ".join(drawn))
            reasons = answer.rows["null_reason"].dropna().unique() if "null_reason" in answer.rows else []
            text += f" ({'; '.join(reasons)})" if len(reasons) else ""
        st.html(f'<div class="mi-absent">{html.escape(text)}</div>')
    else:
        st.html(
            f'<div class="mi-last">{html.escape(_last(answer.rows.iloc[-1], last))}</div>'
            f'<div class="mi-says">{html.escape(caption.sentence)}</div>'
        )
        for number, picture in enumerate(draw()):
            if picture.key:
                swatches(picture.key)
            spec = picture.themed(st.context.theme.type == "dark")
            st.vega_lite_chart(spec, width="stretch", key=f"{name} {number}", alt=caption.title)
    _source(name, [answer, *beside])


def _last(newest: pd.Series, last: Sequence[str] | Callable[[pd.Series], str]) -> str:
    """The newest values in words, with their session, and why they are missing where they are."""
    if callable(last):
        written = last(newest)
    else:
        written = " · ".join(f"{labels.label(column)} {labels.formatted(column, newest[column])}" for column in last)
    if written and "session_date" in newest:
        written = f"{newest['session_date']:%Y-%m-%d}: {written}"
    reason = newest.get("null_reason")
    return written if reason is None or pd.isna(reason) else f"{written} ({reason})"


@st.fragment
def _source(name: str, answers: Sequence[Answer]) -> None:
    """Where the picture comes from: the query, what its columns mean, and the rows as CSV.

    Drawn when the reader opens it, and without the rest of the page.
    """
    queried = [answer for answer in answers if answer.sql]
    if not queried:
        return
    marts_read = ", ".join(dict.fromkeys(answer.mart for answer in queried))
    source = st.expander(f"SQL · CSV · {marts_read}", key=f"source {name}", on_change="rerun")
    if not source.open:
        return
    meanings = contents.dictionary(published()).rows
    with source:
        for number, answer in enumerate(queried):
            mart = answer.mart.removeprefix("marts.")
            st.code(answer.sql, language="sql", wrap_lines=True)
            st.download_button(
                "Download CSV",
                answer.as_csv,
                file_name=f"{mart}_{name.replace(' ', '_')}.csv",
                mime="text/csv",
                key=f"csv {name} {number}",
                on_click="ignore",
            )
            if not meanings.empty:
                explained = meanings[(meanings["mart"] == mart) & meanings["column_name"].isin(answer.rows.columns)]
                table(explained, EXPLAINED, visible=8)


def swatches(colours: Mapping[str, str]) -> None:
    """What the colours of a band mean, in one line: name -> colour."""
    cells = (f'<span><s style="background:{colour}"></s>{html.escape(name)}</span>' for name, colour in colours.items())
    st.html(f'<div class="mi-key">{"".join(cells)}</div>')


def pair(name: str, left: Callable[[], None], right: Callable[[], None]) -> None:
    """Two panels side by side, under each other on a narrow screen."""
    with st.container(key=f"pair-{name}"):
        for column, draw in zip(st.columns(2, gap="medium"), (left, right), strict=True):
            with column:
                draw()


def table(rows: pd.DataFrame, columns: Mapping[str, Any], *, visible: int = 12) -> None:
    """A dense table: `columns` are streamlit column configurations; more than `visible` rows scroll."""
    height = 32 + 26 * min(len(rows), visible) + 4
    words = rows.select_dtypes(include=["object", "string"]).columns
    rows = rows.assign(**{column: rows[column].fillna("") for column in words})
    st.dataframe(
        rows, width="stretch", height=height, row_height=26, placeholder="–", hide_index=True,
        column_config=dict(columns), column_order=[column for column in columns if column in rows.columns],
    )  # fmt: skip


class StudyNames(dict[str, str]):
    """study_id -> name of the study; the id in words where a file has no name."""

    def __missing__(self, study: str) -> str:
        return study.replace("_", " ")


def study_names(published: Published) -> StudyNames:
    """The names of the studies of a file."""
    rows = any_mart.every_row(published, "event_study", ["study_id", "study_name"], ["study_id"]).rows
    return StudyNames(zip(rows["study_id"], rows["study_name"], strict=True)) if "study_name" in rows else StudyNames()


def nothing_published(market: str) -> None:
    """The page of a market that has no published file: what to run, in one sentence."""
    st.html(f'<div class="mi-page"><h1>{notices.PRODUCT}</h1></div>')
    note(notices.NOTHING_PUBLISHED.format(market=market, command=notices.command(market)), alert=True)


def unreadable(error: UnreadableFile) -> None:
    """The page of a published file that cannot be read: why, in one sentence."""
    st.html(f'<div class="mi-page"><h1>{notices.PRODUCT}</h1></div>')
    note(str(error), alert=True)
