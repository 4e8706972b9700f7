"""The controls on top of every page (session, anchor, window) and the choice that they make; the URL keeps it.

The anchor rules every picture of the page: an event by its name, any day, or the day that the verdict compares with.
"""

from datetime import date

import pandas as pd
import streamlit as st

from app.pictures.axes import Span
from app.published import any_mart, contents
from app.published.file import Published
from app.published.universes import of_universe
from app.views import page
from app.words import labels, notices

#: Entries of the anchor's list that are no event, as the URL names them.
OF_THE_VERDICT, A_DAY = "verdict", "day"


def choose(whole: Published) -> page.Day:
    """Draw the controls and return the choice of the reader."""
    publication = contents.publication(whole).rows.iloc[0].to_dict()
    limits = contents.sessions_around(whole, date.max).rows.iloc[0]
    oldest, newest = limits["oldest"].date(), limits["newest"].date()
    remarks = [_unknown_session(oldest, newest)]
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="controls"):
        published = _universe(whole)
        steps = st.container(horizontal=True, gap="small", width="content", key="steps")
        with steps:
            earlier = st.container(width="content")
            requested = st.date_input(
                "Session", newest, oldest, newest, key="session", format="YYYY-MM-DD", bind="query-params", width=126,
                label_visibility="collapsed",
            )  # fmt: skip
            requested = requested if isinstance(requested, date) else newest
            around = contents.sessions_around(published, requested).rows.iloc[0]
            session = around["session"].date()
            with earlier:
                _step("Earlier", around["before"])
            _step("Later", around["after"])
            _step("Newest", around["newest"] if session < newest else pd.NaT)
        if requested != session:
            remarks.append(notices.NO_SESSION.format(requested=requested, session=session))
        anchor, event_id, named, remark = _anchor(published, session, (oldest, newest))
        window = st.selectbox(
            "Window", list(labels.WINDOWS), index=2, key="window", bind="query-params", width=120,
            label_visibility="collapsed",
        )  # fmt: skip
        sessions = labels.WINDOWS[window]
        first = contents.window_start(published, session, sessions).rows["first_session"].iloc[0].date()
        span = Span(first, session, anchor, sessions)
        notes = tuple(text for text in (*remarks, remark) if text)
        day = page.Day(published, session, newest, span, event_id, named, publication, notes)
        page.strip(day)
    return day


def _universe(whole: Published) -> Published:
    """The file for the universe that the reader picks, where it has more than one."""
    if len(whole.universes) < 2:
        return whole
    chosen = st.selectbox(
        "Universe", list(whole.universes), format_func=labels.index_name, key="of", bind="query-params", width=140,
        label_visibility="collapsed",
    )  # fmt: skip
    return of_universe(whole, chosen)


def _step(name: str, target: pd.Timestamp) -> None:
    def move() -> None:
        st.session_state["session"] = target.date()

    st.button(name, on_click=move, disabled=pd.isna(target), key=f"step {name}", type="tertiary")


def _unknown_session(oldest: date, newest: date) -> str:
    """What is wrong with the session of the URL, which the picker ignores where it is no day of the file."""
    text = st.query_params.get("session")
    if not text:
        return ""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return notices.NOT_A_DAY.format(text=text, newest=newest)
    return "" if oldest <= day <= newest else notices.OUTSIDE.format(day=day, oldest=oldest, newest=newest)


def _anchor(published: Published, session: date, limits: tuple[date, date]) -> tuple[date | None, str | None, str, str]:
    """The session to measure from, its event where it is one, its words, and what is wrong with it in the URL."""
    events = contents.events(published).rows
    names = {row.event_id: f"{row.anchor_session:%Y-%m-%d}, {row.event_name}" for row in events.itertuples()}
    days = {row.event_id: row.anchor_session.date() for row in events.itertuples()}
    own, own_event = _of_the_verdict(published, session)
    own_words = f"{own}, {names[own_event][12:]}" if own_event in names else f"{own}, 21 sessions ago"
    remark = _seed(names, limits)
    options = [OF_THE_VERDICT, *names, A_DAY]
    # the same on every session, which is how the browser names the choice
    words = {OF_THE_VERDICT: "since the verdict's anchor", A_DAY: "since another day …"}
    words |= {event: f"since {text}" for event, text in names.items()}
    chosen = st.selectbox(
        "Anchor", options, format_func=lambda option: words[option], key="anchor", width=290,
        label_visibility="collapsed",
    )  # fmt: skip
    if chosen == A_DAY:
        picked = st.date_input(
            "Day of the anchor", st.session_state.get("anchor_seed", own or session), *limits, key="anchor_day",
            format="YYYY-MM-DD", width=126, label_visibility="collapsed",
        )  # fmt: skip
        picked = picked if isinstance(picked, date) else session
        day = contents.sessions_around(published, picked).rows.iloc[0]["session"].date()
        st.query_params["anchor"] = picked.isoformat()
        return day, None, str(day), remark
    if chosen == OF_THE_VERDICT:
        st.query_params.pop("anchor", None)
        return own, own_event, own_words if own else "", remark
    st.query_params["anchor"] = chosen
    return days[chosen], chosen, names[chosen], remark


def _seed(names: dict[str, str], limits: tuple[date, date]) -> str:
    """Let the URL choose the anchor when the page is opened: an event or a day; returns what is wrong with it."""
    if "anchor" in st.session_state:
        return ""
    text = st.query_params.get("anchor", OF_THE_VERDICT)
    if text in names or text == OF_THE_VERDICT:
        st.session_state["anchor"] = text
        return ""
    st.session_state["anchor"] = OF_THE_VERDICT
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return notices.NO_ANCHOR.format(text=text)
    if not limits[0] <= day <= limits[1]:
        return notices.NO_ANCHOR.format(text=text)
    st.session_state["anchor"], st.session_state["anchor_seed"] = A_DAY, day
    return ""


def _of_the_verdict(published: Published, session: date) -> tuple[date | None, str | None]:
    """The session and the event that the verdict compares the index with."""
    columns = ["reference_date", "reference_event_id"]
    answer = any_mart.on_session(published, "verdict_daily", columns, session, universe_id=published.universe)
    if not answer.has(*columns) or pd.isna(answer.rows["reference_date"].iloc[0]):
        return None, None
    row = answer.rows.iloc[0]
    event = row["reference_event_id"]
    return row["reference_date"].date(), event if isinstance(event, str) else None
