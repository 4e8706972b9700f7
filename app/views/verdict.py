"""Verdict: the day in thirty seconds; the call and the sentences of marts.verdict_lines, the states of
marts.verdict_daily, the stage over the sessions, and the states that are on, with how common each is."""

import html

import pandas as pd
import streamlit as st

from app.pictures import charts, colours
from app.pictures.axes import Span
from app.pictures.charts import Chart, Line
from app.published import any_mart, contents
from app.views import page
from app.words import argument, labels
from app.words.argument import VERDICT

TODAY = (
    "session_date", "is_final", "complete", "missing", "headline", "selling_pressure", "why_primary", "why_secondary",
    "shock_class", "where_quadrant", "where_curve", "risk_state", "reference_event_id", "reference_date",
    "reference_close", "participation_state", "narrowness_state", "vol_state", "implied_corr_state", "when_stage",
    "odds_study_id",
)  # fmt: skip
UNIVERSE, LINE_SESSIONS = "SP500", 126
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
            day.published, "verdict_lines", argument.LINE, day.session, ["section", "position"], universe_id=UNIVERSE
        )

    def facts(self) -> None:
        """The questions of the day, in their order."""
        row, named = self.row, argument.named
        self._headline()
        page.facts(
            [
                (
                    "Selling pressure",
                    labels.formatted("selling_pressure", row["selling_pressure"]),
                    "of 100 in its year",
                ),
                (
                    "Moved with, 5 sessions",
                    named(argument.DRIVER_NAMES, row["why_primary"]),
                    f"then {named(argument.DRIVER_NAMES, row['why_secondary'], 'nothing')}",
                ),
                ("Shock of the day", *_parted(named(argument.SHOCKS, row["shock_class"], "not judged"))),
                (
                    "Where",
                    named({}, row["where_quadrant"], "between the sides"),
                    f"curve: {named(argument.CURVES, row['where_curve'])}",
                ),
                ("Risk", named(argument.RISKS, row["risk_state"]), "of six legs of stress"),
                ("When: stage", named(argument.STAGES, row["when_stage"]), "of capitulation"),
                ("Participation", labels.STATES.get(row["participation_state"], "no state"), "how many take part"),
                ("Narrowness", labels.STATES.get(row["narrowness_state"], "no state"), "how few carry the index"),
                ("Volatility", labels.STATES.get(row["vol_state"], "no state"), "state of the VIX"),
                ("Implied correlation", labels.STATES.get(row["implied_corr_state"], "no state"), "state of COR1M"),
                (
                    "Index held against",
                    labels.formatted("close", row["reference_close"]),
                    f"close of {labels.formatted('', row['reference_date'])}",
                ),
                ("Odds from", named({}, row["odds_study_id"], "no study"), "the state they are counted after"),
            ]
        )

    def _headline(self) -> None:
        if self.lines.has(*argument.LINE):
            call, grounds = argument.call(self.lines.rows)
            st.html(
                f'<div class="mi-call">{html.escape(call)}</div><div class="mi-grounds">{html.escape(grounds)}</div>'
            )
        st.html(f'<div class="mi-headline">{html.escape(str(self.row["headline"]))}</div>')
        if not self.row["complete"]:
            page.note(argument.INCOMPLETE.format(missing=self.row["missing"]), alert=True)

    def words(self) -> None:
        """The verdict section by section, and what would prove the call wrong, with its track record."""
        if not self.lines.has(*argument.LINE):
            page.note(argument.NO_VERDICT.format(session=self.session, mart=self.lines.mart), alert=True)
            return
        cells = []
        for section, text in argument.sections(self.lines.rows).items():
            name, body = html.escape(argument.named(argument.SECTIONS, section)), html.escape(text)
            cells.append(f"<i>{name}</i><span>{f'<b>{body}</b>' if section == argument.WRONG_IF else body}</span>")
        st.html(f'<div class="mi-said">{"".join(cells)}</div>')

    def index(self) -> None:
        """The index under the ribbon of stages, with the events."""
        first = contents.window_start(self.published, self.session, LINE_SESSIONS).rows["first_session"].iloc[0].date()
        span = Span(first, self.session, self.anchor, LINE_SESSIONS)
        answer = any_mart.history(self.published, "index_daily", ["close"], first, self.session, index_id="SP500")
        stages = any_mart.spells(self.published, "capitulation_daily", "stage", first, self.session)
        events = contents.events(self.published)

        def draw() -> list[Chart]:
            present = [stage for stage in argument.STAGES if stage in set(stages.rows["state"])]
            page.swatches({argument.STAGES[stage]: colours.STAGES[stage] for stage in present})
            anchors = set(events.rows["anchor_session"]) if not events.rows.empty else set()
            marked = answer.rows.assign(is_event=answer.rows["session_date"].isin(anchors))
            line = [Line("close", "S&P 500", colours.BLUE, 1.8)]
            dots = {"is_event": ("Event anchor", colours.ORANGE)}
            rules = [] if pd.isna(self.row["reference_close"]) else [self.row["reference_close"]]
            return [
                charts.ribbon(stages.rows, colours.STAGES, argument.STAGES, span),
                charts.lines(marked, line, span, height=200, dots=dots, rules=rules),
            ]

        page.panel("index", VERDICT["index"], answer, draw, needs=["close"], last=["close"], beside=[stages, events])

    def beside(self) -> None:
        """The index and the legs, beside the words."""
        self.index()
        self.legs()

    def legs(self) -> None:
        """Each leg by name: met, how long ago, on what."""
        wanted = [f"{leg}_{part}" for leg in argument.LEGS for part in ("on", "age", "evidence")]
        answer = any_mart.on_session(
            self.published, "capitulation_daily", ["session_date", "stage", *wanted], self.session
        )

        def draw() -> list[Chart]:
            row = answer.rows.iloc[-1]
            rows = [
                {
                    "leg": name,
                    "met": "not known" if pd.isna(row[f"{leg}_on"]) else "met" if row[f"{leg}_on"] else "MISSING",
                    "age": row[f"{leg}_age"],
                    "evidence": row[f"{leg}_evidence"],
                }
                for leg, name in argument.LEGS.items()
            ]
            page.table(pd.DataFrame(rows).astype({"age": "Int64"}), LEGS)
            return []

        def last(row: pd.Series) -> str:
            return f"stage {argument.named(argument.STAGES, row['stage'], 'not known')}"

        page.panel("legs", VERDICT["legs"], answer, draw, needs=wanted, last=last)

    def states(self) -> None:
        """What is on, the rarest first."""
        wanted = ["session_date", "state_id", *STATES]
        answer = any_mart.on_session(
            self.published, "states_daily", wanted, self.session, ["share_of_days_on", "state_id"], is_on=True
        )

        def draw() -> list[Chart]:
            page.table(answer.rows, STATES)
            return []

        page.panel("states", VERDICT["states"], answer, draw, needs=["state_name", "share_of_days_on"])

    def evidence(self) -> None:
        """Every number of the sentences, with its source."""

        def draw() -> list[Chart]:
            page.table(argument.sources(self.lines.rows), EVIDENCE, visible=14)
            return []

        page.panel("evidence", VERDICT["evidence"], self.lines, draw, needs=["evidence"])


def _parted(words: str) -> tuple[str, str]:
    """A name and what it means, from "name: meaning"."""
    name, _, meaning = words.partition(": ")
    return name, meaning


def show(day: page.Day) -> None:
    """Draw the page."""
    page.title(VERDICT["page"])
    answer = any_mart.on_session(day.published, "verdict_daily", TODAY, day.session, universe_id=UNIVERSE)
    if not answer.has(*TODAY):
        page.note(argument.NO_VERDICT.format(session=day.session, mart=answer.mart), alert=True)
        return
    panels = Verdict(day, answer.rows.iloc[0])
    panels.facts()
    page.weights_note(day)
    page.pair("words", panels.words, panels.beside)
    panels.states()
    panels.evidence()
