"""What every page stands in: the controls, the header strip, the notices, and the panel that a picture hangs in.

Pages receive a `Day` and never read a control themselves, apart from those that only they have.
"""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from app.pictures.axes import Span
from app.pictures.charts import Chart
from app.published import marts
from app.published.answer import Answer
from app.words import wording

STALE_AFTER = timedelta(days=4)  # a long weekend; a file built longer ago missed at least one session


@dataclass(frozen=True)
class Day:
    """What the reader has chosen: a session, what is drawn before it, and the event returns are measured from."""

    session: date
    newest: date
    span: Span
    event_id: str | None
    event: str  # what the event was, and the session it is measured from
    publication: Mapping[str, Any]


EXPLAINED = {
    "column_name": st.column_config.TextColumn("Column", width=150),
    "unit": st.column_config.TextColumn("Unit", width=90),
    "meaning": st.column_config.TextColumn("Meaning", width=420),
    "formula": st.column_config.TextColumn("Formula", width=300),
}

STYLE = """
<style>
.block-container, [data-testid="stMainBlockContainer"] {padding: 2.1rem 1.6rem 2rem; max-width: 1720px;}
[data-testid="stSidebarHeader"] {height: 2.2rem; margin-bottom: 0; padding-top: .5rem;}
[data-testid="stSidebarUserContent"] {padding-top: .6rem; padding-bottom: 1rem;}
[data-testid="stSidebar"] [data-testid="stVerticalBlock"] {gap: .55rem;}
[data-testid="stMain"] [data-testid="stVerticalBlock"] {gap: .35rem;}
[data-testid="stHeader"] {background: transparent; height: 2.4rem;}
[data-testid="stExpander"] details {border: none; background: transparent;}
[data-testid="stExpander"] summary {padding: 0 0 .1rem; min-height: 0; font-size: .75rem; opacity: .6;}
[data-testid="stExpander"] summary:hover {opacity: 1;}
[data-testid="stExpander"] summary p {font-size: .75rem;}
[data-testid="stExpander"] code {font-size: .75rem;}
.mi-strip {display: flex; flex-wrap: wrap; gap: .1rem 1.3rem; align-items: baseline; font-size: .82rem;
    padding: .3rem 0 .35rem; border-bottom: 1px solid rgba(128,134,144,.35); font-variant-numeric: tabular-nums;}
.mi-strip i {font-style: normal; opacity: .62; margin-right: .35rem;}
.mi-badge {border-radius: 3px; padding: .05rem .45rem; font-weight: 600; border: 1px solid rgba(128,134,144,.5);}
.mi-made-up {background: #d9731a; border-color: #d9731a; color: #fff;}
.mi-note {font-size: .8rem; padding: .3rem .6rem; border-left: 3px solid #858b94; background: rgba(128,134,144,.12);
    margin-top: .3rem;}
.mi-alert {border-left-color: #d9731a; background: rgba(217,115,26,.13);}
.mi-page {margin: .5rem 0 .1rem; display: flex; gap: .9rem; align-items: baseline; flex-wrap: wrap;}
.mi-page b {font-size: 1.35rem; font-weight: 600;}
.mi-page span {font-size: .85rem; opacity: .68;}
.mi-facts {display: grid; grid-template-columns: repeat(6, minmax(0, 1fr)); gap: .35rem .6rem;
    margin: .25rem 0 .35rem; border-bottom: 1px solid rgba(128,134,144,.35); padding-bottom: .4rem;}
.mi-facts div {padding: .1rem 0;}
.mi-facts i {display: block; font-style: normal; font-size: .74rem; opacity: .65; white-space: nowrap;
    overflow: hidden; text-overflow: ellipsis;}
.mi-facts b {font-size: 1.12rem; font-weight: 600; font-variant-numeric: tabular-nums; white-space: nowrap;}
.mi-facts u {display: block; text-decoration: none; font-size: .72rem; opacity: .65; white-space: nowrap;
    overflow: hidden; text-overflow: ellipsis;}
.mi-title {font-weight: 600; font-size: .95rem; line-height: 1.25; margin-top: .7rem;}
.mi-last {font-size: .78rem; opacity: .85; font-variant-numeric: tabular-nums; line-height: 1.35;}
.mi-says {font-size: .74rem; opacity: .6; line-height: 1.3;}
.mi-key {display: flex; flex-wrap: wrap; gap: 0 .8rem; font-size: .72rem; opacity: .85; padding-left: 49px;}
.mi-key s {display: inline-block; width: .7rem; height: .7rem; margin-right: .3rem; vertical-align: -.08rem;}
.mi-absent {font-size: .8rem; opacity: .7; padding: 1.2rem .8rem; border: 1px dashed rgba(128,134,144,.5);}
@media (max-width: 1080px) {
    .mi-facts {grid-template-columns: repeat(3, minmax(0, 1fr));}
    [class*="st-key-pair"] [data-testid="stHorizontalBlock"] {flex-direction: column; gap: 0;}
    [class*="st-key-pair"] [data-testid="stColumn"] {width: 100%; flex: 0 0 auto; min-width: 100%;}
}
</style>
"""


def controls() -> Day:
    """Draw the global controls in the sidebar and say what is chosen; every choice is kept in the URL."""
    published = marts.publication().frame.iloc[0].to_dict()
    limits = marts.sessions_around(date.max).frame.iloc[0]
    oldest, newest = limits["oldest"].date(), limits["newest"].date()
    with st.sidebar:
        asked = st.date_input(
            "Session", newest, oldest, newest, key="session", format="YYYY-MM-DD", bind="query-params",
            help="Any past day: every page shows what was known at the cutoff of that session.",
        )  # fmt: skip
        asked = asked if isinstance(asked, date) else newest
        around = marts.sessions_around(asked).frame.iloc[0]
        session = around["session"].date()
        with st.container(horizontal=True, gap="small"):
            _step("Earlier", around["before"])
            _step("Later", around["after"])
            _step("Newest", around["newest"] if session < newest else pd.NaT)
        events = marts.events().frame
        event_id, event, anchor = None, "", None
        if not events.empty:
            held = events.set_index("event_id")
            event_id = st.selectbox("Event anchor", held.index.tolist(), key="event", bind="query-params")
            anchor = held["anchor_session"][event_id].date()
            event = f"{held['event_name'][event_id]}, {anchor}"
        window = st.selectbox("Window", list(wording.WINDOWS), index=2, key="window", bind="query-params")
    sessions = wording.WINDOWS[window]
    first = marts.window_start(session, sessions).frame["first_session"].iloc[0].date()
    if asked != session:
        published["note"] = wording.NO_SESSION.format(asked=asked, session=session)
    return Day(session, newest, Span(first, session, anchor, sessions), event_id, event, published)


def span_of(day: Day, mart: str, **keys: str) -> Span:
    """The span of the day; with the window "All", from the oldest row of these keys on."""
    if day.span.sessions is not None:
        return day.span
    first = marts.first_row(mart, **keys).frame["first_session"].iloc[0]
    return day.span if pd.isna(first) or first.date() > day.session else replace(day.span, first=first.date())


def _step(name: str, target: pd.Timestamp) -> None:
    def move() -> None:
        st.session_state["session"] = target.date()

    st.button(name, on_click=move, disabled=pd.isna(target), key=f"step {name}", type="tertiary")


def header(day: Day) -> None:
    """The strip on every page: which market, which session, how final, how well covered, under which rules."""
    published = day.publication
    today = marts.on_session(
        "breadth_daily",
        ["coverage", "valid", "members", "is_clean"],
        day.session,
        universe_id="SP500",
        segment_id="ALL",
    ).frame
    final = day.session < day.newest or bool(published["is_final"])
    market = f"market {published['market']}"
    cells = [f'<span class="mi-badge">{html.escape(market)}</span>']
    if published["is_made_up"]:
        cells = [f'<span class="mi-badge mi-made-up">MADE-UP {html.escape(market)}</span>']
    cells.append(_cell("Session", f"{day.session:%Y-%m-%d %a}"))
    if day.session < day.newest:
        cells.append(_cell("Looking back, newest", f"{day.newest}"))
    cells.append(_cell("Status", "final" if final else "provisional"))
    if not today.empty:
        row = today.iloc[0]
        counted = f"{wording.written('valid', row['valid'])} of {wording.written('members', row['members'])}"
        kind = "" if bool(row["is_clean"]) else ", survivor-biased"
        cells.append(_cell("Coverage", f"{wording.written('coverage', row['coverage'])} ({counted}{kind})"))
    cells.append(_cell("Rules", str(published["rule_version"])))
    cells.append(_cell("Built", f"{published['built_at']:%Y-%m-%d %H:%M} UTC"))
    st.html(f'<div class="mi-strip">{"".join(cells)}</div>')
    if published["is_made_up"]:
        note(wording.MADE_UP.format(market=published["market"]), alert=True)
    if "note" in published:
        note(published["note"])
    _stale(published)


def _cell(name: str, value: str) -> str:
    return f"<span><i>{html.escape(name)}</i>{html.escape(value)}</span>"


def _stale(published: Mapping[str, Any]) -> None:
    """Say so when the file is old, or was built long after the last session it holds."""
    last, built = published["last_session"], published["built_at"]
    age = pd.Timestamp.now("UTC").tz_localize(None) - built
    if age > STALE_AFTER:
        text = wording.STALE_BUILD.format(
            built=built, age=age.days, last=last.date(), command=wording.command(published["market"])
        )
        note(text, alert=True)
    elif not published["is_made_up"] and published["as_of"] - last > STALE_AFTER:
        text = wording.STALE_SESSION.format(
            last=last.date(), age=(published["as_of"] - last).days, as_of=published["as_of"]
        )
        note(text, alert=True)


def note(text: str, alert: bool = False) -> None:
    """One line that the reader must not miss (alert) or may want to know; `code` in it is set as code."""
    said = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))
    st.html(f'<div class="mi-note{" mi-alert" if alert else ""}">{said}</div>')


def page_title(picture: wording.Picture, of: str = "") -> None:
    """Title of a page, what it is about, and its question beside it."""
    title = f"{picture.title}: {of}" if of else picture.title
    st.html(f'<div class="mi-page"><b>{html.escape(title)}</b><span>{html.escape(picture.says)}</span></div>')


def facts(cells: Sequence[tuple[str, str, str]]) -> None:
    """A strip of (name, value, remark): the session's figures at a glance."""
    body = "".join(
        f"<div><i>{html.escape(name)}</i><b>{html.escape(value)}</b><u>{html.escape(remark) or '&nbsp;'}</u></div>"
        for name, value, remark in cells
    )
    st.html(f'<div class="mi-facts">{body}</div>')


def panel(
    name: str,
    picture: wording.Picture,
    answer: Answer,
    draw: Callable[[], Sequence[Chart]],
    *,
    needs: Sequence[str] = (),
    last: Sequence[str] | Callable[[pd.Series], str] = (),
    beside: Sequence[Answer] = (),
    none: str = "",
) -> None:
    """Hang one picture: title, last values, the charts of `draw()`; under it the mart, its SQL and the frame as CSV.

    `needs` are the columns without which there is nothing to draw; `last` the columns whose newest value is written
    under the title, or a function of the newest row; `beside` further answers that the picture reads. A `draw` that
    draws a table itself returns nothing. `none` is said when there is no row.
    """
    st.html(f'<div class="mi-title">{html.escape(picture.title)}</div>')
    absent = [column for column in needs if column in answer.missing]
    drawn = [column for column in needs if column in answer.frame and column not in ("session_date", "null_reason")]
    if absent or answer.frame.empty or (drawn and answer.frame[drawn].isna().all(axis=None)):
        text = none or wording.NO_ROWS.format(mart=answer.mart)
        if absent:
            text = wording.NOT_IN_FILE.format(mart=answer.mart, columns=", ".join(absent))
        elif not answer.frame.empty:
            text = wording.NO_VALUES.format(mart=answer.mart, columns=", ".join(drawn))
            reasons = answer.frame["null_reason"].dropna().unique() if "null_reason" in answer.frame else []
            text += f" ({'; '.join(reasons)})" if len(reasons) else ""
        st.html(f'<div class="mi-absent">{html.escape(text)}</div>')
    else:
        st.html(
            f'<div class="mi-last">{html.escape(_last(answer.frame.iloc[-1], last))}</div>'
            f'<div class="mi-says">{html.escape(picture.says)}</div>'
        )
        for number, chart in enumerate(draw()):
            st.altair_chart(chart, width="stretch", key=f"{name} {number}")
    _source(name, [answer, *beside])


def _last(newest: pd.Series, last: Sequence[str] | Callable[[pd.Series], str]) -> str:
    """The newest values in words, with their session, and why they are missing where they are."""
    if callable(last):
        written = last(newest)
    else:
        written = " · ".join(f"{wording.label(column)} {wording.written(column, newest[column])}" for column in last)
    if written and "session_date" in newest:
        written = f"{newest['session_date']:%Y-%m-%d}: {written}"
    reason = newest.get("null_reason")
    return written if reason is None or pd.isna(reason) else f"{written} ({reason})"


@st.fragment
def _source(name: str, answers: Sequence[Answer]) -> None:
    """Where the picture comes from: the query, what its columns mean, and the frame to take away.

    Made when the reader opens it, and without the rest of the page.
    """
    held = [answer for answer in answers if answer.sql]
    if not held:
        return
    marts_read = ", ".join(dict.fromkeys(answer.mart for answer in held))
    source = st.expander(f"SQL · CSV · {marts_read}", key=f"source {name}", on_change="rerun")
    if not source.open:
        return
    meanings = marts.dictionary().frame
    with source:
        for number, answer in enumerate(held):
            mart = answer.mart.removeprefix("marts.")
            st.code(answer.sql, language="sql", wrap_lines=True)
            st.download_button(
                "Download CSV",
                partial(answer.frame.to_csv, index=False, date_format="%Y-%m-%d"),
                file_name=f"{mart}_{name.replace(' ', '_')}.csv",
                mime="text/csv",
                key=f"csv {name} {number}",
                on_click="ignore",
            )
            if not meanings.empty:
                explained = meanings[(meanings["mart"] == mart) & meanings["column_name"].isin(answer.frame.columns)]
                table(explained, EXPLAINED, rows=8)


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


def table(frame: pd.DataFrame, columns: Mapping[str, Any], *, rows: int = 12) -> None:
    """A dense table: `columns` are streamlit column configurations; more than `rows` rows scroll."""
    height = 32 + 26 * min(len(frame), rows) + 4
    words = frame.select_dtypes(include=["object", "string"]).columns
    frame = frame.assign(**{column: frame[column].fillna("") for column in words})
    st.dataframe(
        frame, width="stretch", height=height, row_height=26, placeholder="–", hide_index=True,
        column_config=dict(columns), column_order=[column for column in columns if column in frame.columns],
    )  # fmt: skip


def empty(market: str) -> None:
    """The page of a market that has no published file: what to run, in one sentence."""
    st.html(f'<div class="mi-page"><b>{wording.PRODUCT}</b></div>')
    note(wording.NOTHING_PUBLISHED.format(market=market, command=wording.command(market)), alert=True)
