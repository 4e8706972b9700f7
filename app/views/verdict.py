"""Verdict: the first screen for five seconds; below it the verdict in words, the index under its stages, the legs, the
states that are on, with how common each is, and the source of every number."""

import html

import altair as alt
import pandas as pd
import streamlit as st

from app.pictures import charts, colours, tomorrow
from app.pictures.axes import Span
from app.pictures.panels import Line, Lines, Ribbon
from app.pictures.picture import Picture
from app.published import any_mart, contents
from app.views import movers, page
from app.views.first_screen import FirstScreen
from app.words import argument, labels, the_day
from app.words.argument import VERDICT

TODAY = (
    "session_date", "complete", "missing", "headline", "day_state", "where_quadrant", "where_curve", "risk_state",
    "reference_date", "odds_study_id",
)  # fmt: skip
LINE_SESSIONS, LEVELS_SHOWN = 126, 12
_NUMBER, _TEXT, _DAY = st.column_config.NumberColumn, st.column_config.TextColumn, st.column_config.DateColumn
STATES = {
    "state_name": _TEXT("State", width=300),
    "value": _NUMBER("Reading", format="%.2f"),
    "threshold": _NUMBER("Bound", format="%.2f"),
    "since": _DAY("Since", format="YYYY-MM-DD"),
    "age_sessions": _NUMBER("Sessions on", format="%d"),
    "share_of_days_on": _NUMBER("Share of days on", format="percent"),
}
LEGS = {
    "leg": _TEXT("Leg", width=200),
    "met": _TEXT("Met", width=70),
    "age": _NUMBER("Age", format="%d", width=50, help="Sessions since the newest hit"),
    "evidence": _TEXT("On what", width=285),
}
EVIDENCE = {
    "section": _TEXT("Section", width=110),
    "text": _TEXT("As said", width=90),
    "value": _NUMBER("Value", format="%.4f"),
    "mart": _TEXT("Mart", width=190),
    "column_name": _TEXT("Column", width=190),
    "filter": _TEXT("Row", width=260),
    "session": _TEXT("Session", width=90),
}


class Verdict:
    """The page for one day."""

    def __init__(self, day: page.Day, row: pd.Series) -> None:
        self.published, self.session, self.row, self.anchor = day.published, day.session, row, day.span.anchor
        self.lines = any_mart.on_session(
            day.published,
            "verdict_lines",
            argument.LINE,
            day.session,
            ["section", "position"],
            universe_id=day.published.universe,
        )

    def words(self) -> None:
        """The verdict section by section; what would prove the call wrong is on the first screen."""
        cells = []
        for section, text in argument.sections(self.lines.rows).items():
            if section != argument.WRONG_IF:
                name = html.escape(argument.named(argument.SECTIONS, section))
                cells.append(f"<i>{name}</i><span>{html.escape(text)}</span>")
        st.html(f'<h2 class="mi-title">{html.escape(VERDICT["words"].title)}</h2>')
        st.html(f'<div class="mi-said">{"".join(cells)}</div>')

    def index(self) -> None:
        """The index under the ribbon of stages, with the events."""
        first = contents.window_start(self.published, self.session, LINE_SESSIONS).rows["first_session"].iloc[0].date()
        span = Span(first, self.session, self.anchor, LINE_SESSIONS)
        answer = any_mart.history(
            self.published, "index_daily", ["close"], first, self.session, index_id=self.published.universe
        )
        base = any_mart.on_session(
            self.published, "index_daily", ["close"], self.anchor or self.session, index_id=self.published.universe
        )
        stages = any_mart.spells(self.published, "capitulation_daily", "stage", first, self.session)
        events = contents.events(self.published)

        def draw() -> list[Picture]:
            anchors = set(events.rows["anchor_session"]) if not events.rows.empty else set()
            marked = answer.rows.assign(is_event=answer.rows["session_date"].isin(anchors))
            line = [Line("close", labels.index_name(self.published.universe), colours.BLUE, 1.8)]
            dots = {"is_event": ("Event anchor", colours.GREY)}
            rules = base.rows["close"].dropna().tolist() if base.has("close") else []
            panels = [
                Ribbon("Stage of capitulation", stages.rows, colours.STAGES, argument.STAGES),
                Lines(
                    f"{labels.index_name(self.published.universe)}, index points; dashed: close of the anchor",
                    line,
                    190,
                    rules=rules,
                    dots=dots,
                    log=True,
                ),
            ]
            return [charts.stack(marked, span, panels)]

        caption = VERDICT["index"].of_index(labels.index_name(self.published.universe))
        page.panel("index", caption, answer, draw, needs=["close"], last=["close"], beside=[stages, events])

    def legs(self) -> None:
        """Each leg by name: met, how long ago, on what."""
        wanted = ["legs_met", "legs_missing"]
        wanted += [f"{leg}_{part}" for leg in argument.LEGS for part in ("age", "evidence")]
        answer = any_mart.on_session(
            self.published, "capitulation_daily", ["session_date", "stage", *wanted], self.session
        )

        def draw() -> list[Picture]:
            row = answer.rows.iloc[-1]
            rows = [
                {
                    "leg": name,
                    "met": the_day.met(leg, row["legs_met"], row["legs_missing"]),
                    "age": row[f"{leg}_age"],
                    "evidence": the_day.leg_evidence(row[f"{leg}_evidence"]),
                }
                for leg, name in argument.LEGS.items()
            ]
            page.table(pd.DataFrame(rows).astype({"age": "Int64"}), LEGS)
            return []

        def last(row: pd.Series) -> str:
            return f"stage {argument.named(argument.STAGES, row['stage'], 'not known')}"

        page.panel("legs", VERDICT["legs"], answer, draw, needs=wanted, last=last)

    def levels(self) -> None:
        """Every level within reach, the nearest first."""
        wanted = [
            "session_date",
            "level_name",
            "reading",
            "unit",
            "is_met",
            "value",
            "level",
            "distance",
            "distance_sigma",
        ]
        answer = any_mart.on_session(
            self.published, "levels_next", wanted, self.session, universe_id=self.published.universe, within_reach=True
        )

        def draw() -> list[Picture]:
            nearest = answer.rows.sort_values("distance_sigma", key=abs).head(LEVELS_SHOWN)
            flips = nearest["is_met"].map(the_day.flip)
            written = [
                f"{how} at {labels.number(level, 2)}" for how, level in zip(flips, nearest["level"], strict=True)
            ]
            tips = [
                alt.Tooltip("level_name:N", title="Test"), alt.Tooltip("reading:N", title="Reading"),
                alt.Tooltip("value:Q", title="Tonight", format=",.2f"),
                alt.Tooltip("level:Q", title="Level", format=",.2f"),
                alt.Tooltip("distance:Q", title="Away", format="+,.2f"), alt.Tooltip("unit:N", title="Unit"),
            ]  # fmt: skip
            return [tomorrow.levels(nearest.assign(text=written), "level_name", "distance_sigma", "text", tooltip=tips)]

        page.panel("levels", VERDICT["levels"], answer, draw, needs=["level_name", "distance_sigma"])

    def beside(self) -> None:
        """Legs and levels, beside the words."""
        self.legs()
        self.levels()

    def states(self) -> None:
        """What is on, the rarest first."""
        wanted = ["session_date", "state_id", *STATES]
        answer = any_mart.on_session(
            self.published, "states_daily", wanted, self.session, ["share_of_days_on", "state_id"], is_on=True
        )

        def draw() -> list[Picture]:
            page.table(answer.rows, STATES)
            return []

        page.panel("states", VERDICT["states"], answer, draw, needs=["state_name", "share_of_days_on"])

    def evidence(self) -> None:
        """Every number of the sentences, with its source."""

        def draw() -> list[Picture]:
            page.table(argument.sources(self.lines.rows), EVIDENCE, visible=14)
            return []

        page.panel("evidence", VERDICT["evidence"], self.lines, draw, needs=["evidence"])


def show(day: page.Day) -> None:
    """Draw the page."""
    answer = any_mart.on_session(day.published, "verdict_daily", TODAY, day.session, universe_id=day.published.universe)
    panels = Verdict(day, answer.rows.iloc[0]) if answer.has(*TODAY) else None
    if panels is None or not panels.lines.has(*argument.LINE):
        page.title(VERDICT["page"])
        page.note(argument.NO_VERDICT.format(session=day.session, mart=answer.mart), alert=True)
        return
    FirstScreen(day, panels.row, panels.lines.rows).draw()
    if not panels.row["complete"]:
        page.note(argument.INCOMPLETE.format(missing=panels.row["missing"]))
    page.weights_note(day)
    panels.index()
    page.pair(
        "movers",
        lambda: movers.panel(day, "movers", VERDICT["movers"], movers.MEMBERS),
        lambda: movers.panel(day, "sectors", VERDICT["sectors"], movers.SECTORS),
    )
    page.pair("words", panels.words, panels.beside)
    panels.states()
    panels.evidence()
