"""Indexation: what seven names carried of the index, and whether their lead slows; pictures of
marts.index_attribution_daily and marts.relative_performance_daily."""

from collections.abc import Callable
from datetime import date

import pandas as pd
import streamlit as st

from app.pictures import charts, colours, snapshots
from app.pictures.axes import Span
from app.pictures.panels import Bars, Line, Lines, Ribbon
from app.pictures.picture import Picture
from app.published import any_mart
from app.published.answer import Answer
from app.views import movers, page
from app.words import labels, notices
from app.words.captions import INDEXATION

INDEX, GROUP, PAIR, YIELD = "SP500", "MAG7", "MAG7/SPY", "DGS10"
PARTS = (
    "bucket_id", "bucket_kind", "weight_pct", "contribution_bp", "indexation_effect_bp", "index_return_pct",
    "ex_bucket_return_pct", "residual_total_return_bp", "published_total_return_pct", "weights_date", "weight_basis",
)  # fmt: skip
RATIO = (
    "log_ratio", "slope_21", "slope_21_chg_5", "rs_state", "dist_from_252d_high_pct", "ratio_bond_corr_63",
    "ratio_beta_ief",
)  # fmt: skip
RESIDUALS = [
    Line("residual_bp", "Price return", colours.PLUM, 1),
    Line("residual_total_return_bp", "Total return", colours.TEAL, 1),
]


class Indexation:
    """The page for one horizon of one day."""

    def __init__(self, day: page.Day, horizon: str, over: str) -> None:
        self.day, self.published, self.session, self.over = day, day.published, day.session, over
        self.keys = {"index_id": INDEX, "horizon": horizon}
        self.daily = {"index_id": INDEX, "bucket_id": GROUP, "horizon": "1"}
        self.none = notices.NO_ROWS.format(mart="marts.index_attribution_daily")
        if day.span.anchor and day.span.anchor > day.session:
            self.none = notices.BEFORE_EVENT.format(event=day.event)

    def parts(self) -> Answer:
        """Every bucket of the horizon, the largest contribution first."""
        order = ["contribution_bp desc", "bucket_id"]
        return any_mart.on_session(
            self.published, "index_attribution_daily", ["session_date", *PARTS], self.session, order, **self.keys
        )

    def facts(self) -> None:
        """What the seven contributed over the horizon, and the state of the ratio."""
        answer = self.parts()
        ratio = any_mart.on_session(self.published, "relative_performance_daily", RATIO, self.session, pair_id=PAIR)
        cells = []
        if answer.has(*PARTS):
            row = answer.rows[answer.rows["bucket_id"] == GROUP].iloc[0]

            def of(column: str) -> str:
                return labels.formatted(column, row[column])

            cells += [
                ("Weight of the Mag7", of("weight_pct"), _basis(row)),
                ("Contribution of the Mag7", of("contribution_bp"), self.over),
                ("Members' index", of("index_return_pct"), f"total return, {self.over}"),
                ("Without the Mag7", of("ex_bucket_return_pct"), f"total return, {self.over}"),
                ("What their presence added", of("indexation_effect_bp"), "index less index without them"),
                ("Unexplained", of("residual_total_return_bp"), "published less members, total return"),
            ]
        if ratio.has(*RATIO):
            row_of = ratio.rows.iloc[0]
            state = labels.STATES.get(row_of["rs_state"], "no state")
            text = {column: labels.formatted(column, row_of[column]) for column in RATIO if column != "rs_state"}
            cells += [
                ("Mag7 against the S&P 500", state, "ratio of total returns"),
                ("Slope of the ratio", text["slope_21"], f"5-session change {text['slope_21_chg_5']}"),
                ("From its 252-session high", text["dist_from_252d_high_pct"], "ratio of total returns"),
                ("Correlation with TLT", text["ratio_bond_corr_63"], "63 sessions, daily changes"),
                ("Beta to IEF", text["ratio_beta_ief"], "63 sessions"),
            ]
        if cells:
            page.facts(cells)

    def waterfall(self) -> None:
        """Index = Mag7 + rest, and what members do not explain of the published index."""
        answer = self.parts()

        def draw() -> list[Picture]:
            buckets = answer.rows.set_index("bucket_id")
            steps = [
                ("Mag7", buckets.loc[GROUP, "contribution_bp"]),
                ("All others", buckets.loc["REST", "contribution_bp"]),
                ("Unexplained", buckets.loc[GROUP, "residual_total_return_bp"]),
            ]
            return [snapshots.waterfall(steps, "Published index", height=250, number="+,.1f", title="Part", unit="bp")]

        def last(_: pd.Series) -> str:
            row = answer.rows[answer.rows["bucket_id"] == GROUP].iloc[0]
            others = answer.rows[answer.rows["bucket_id"] == "REST"].iloc[0]
            return (
                f"{self.over}: Mag7 {labels.formatted('contribution_bp', row['contribution_bp'])}, all others "
                f"{labels.formatted('contribution_bp', others['contribution_bp'])}, unexplained "
                f"{labels.formatted('residual_bp', row['residual_total_return_bp'])} · {_basis(row)}"
            )

        self._panel("waterfall", answer, draw, last)

    def names(self, kind: str, name: str) -> None:
        """What each bucket of a kind contributed."""
        answer = self.parts()
        buckets = answer.rows[answer.rows["bucket_kind"] == kind] if answer.has("bucket_kind") else answer.rows

        def draw() -> list[Picture]:
            tooltip = {
                "contribution_bp": ("Contribution, bp", "+,.1f"), "weight_pct": ("Weight, %", ".2f"),
                "indexation_effect_bp": ("Presence added, bp", "+,.1f"),
            }  # fmt: skip
            return [
                snapshots.ranked(
                    buckets, "bucket_id", "contribution_bp", height=250, number="+,.1f", tooltip=tooltip,
                )
            ]  # fmt: skip

        def last(_: pd.Series) -> str:
            ends = [buckets.iloc[0], buckets.iloc[-1]]
            ends_text = (
                f"{row['bucket_id']} {labels.formatted('contribution_bp', row['contribution_bp'])}" for row in ends
            )
            return f"{self.over}: " + " … ".join(ends_text)

        self._panel(name, answer, draw, last)

    def cumulative(self) -> None:
        """The index and the index without the seven since the anchor."""
        columns = ["index_return_pct", "ex_bucket_return_pct", "indexation_effect_bp"]
        first = self.day.span.anchor or self.session
        span = Span(first, self.session)
        keys = {"index_id": INDEX, "bucket_id": GROUP, "horizon": f"event:{self.day.event_id}"}
        answer = any_mart.history(self.published, "index_attribution_daily", columns, first, self.session, **keys)

        def draw() -> list[Picture]:
            lines = [
                Line("index_return_pct", "S&P 500 from its members", colours.BLUE, 2),
                Line("ex_bucket_return_pct", "without the Mag7", colours.ORANGE, 2),
            ]
            added = [Line("indexation_effect_bp", "Presence added, bp", colours.TEAL, 1.8)]
            panels = [
                Lines("Total return since the anchor, %", lines, 140, "+.2f", rules=[0]),
                Lines("What their presence added, bp", added, 86, "+,.0f", rules=[0]),
            ]
            return [charts.stack(answer.rows, span, panels)]

        self._panel("cumulative", answer, draw, lambda row: _formatted(row, columns))

    def weight(self) -> None:
        """Their weight, and how far the members at these weights are from the published index each session."""
        columns = ["weight_pct", "residual_bp", "residual_total_return_bp"]
        wanted = [*columns, "weights_date", "weight_basis"]
        span = self.day.span
        answer = any_mart.history(
            self.published, "index_attribution_daily", wanted, span.first, self.session, **self.daily
        )

        def draw() -> list[Picture]:
            weight = [Line("weight_pct", "Weight of the Mag7", colours.BLUE, 2)]
            panels = [
                Lines("Weight of the Mag7, % of the index", weight, 170, ".1f"),
                Lines("Published less members, bp a session", RESIDUALS, 130, "+.1f", rules=[-2.5, 0, 2.5]),
            ]
            return [charts.stack(answer.rows, span, panels)]

        self._panel("weight", answer, draw, lambda row: f"{_formatted(row, columns)} · {_basis(row)}")

    def ratio(self) -> None:
        """Log ratio under its state, its slope, the 10-year yield and the correlation with bonds."""
        span = page.span_of(self.day, "relative_performance_daily", pair_id=PAIR)
        columns = ["log_ratio", "slope_21", "ratio_bond_corr_63"]
        answer = any_mart.history(
            self.published, "relative_performance_daily", [*columns, "rs_state"], span.first, self.session, pair_id=PAIR
        )
        spells = any_mart.spells(
            self.published, "relative_performance_daily", "rs_state", span.first, self.session, pair_id=PAIR
        )
        bonds = any_mart.history(
            self.published, "macro_levels_daily", ["value"], span.first, self.session, series_id=YIELD
        )

        def draw() -> list[Picture]:
            ratio = [Line("log_ratio", "Log ratio", colours.BLUE, 2)]
            yields = [Line("value", "10-year yield, %", colours.PLUM, 1.6)]
            linked = [Line("ratio_bond_corr_63", "Correlation with TLT", colours.TEAL, 1.6)]
            rows = answer.rows
            below = []
            if bonds.has("value"):
                rows = rows.merge(bonds.rows[["session_date", "value"]], on="session_date", how="left")
                below = [Lines("10-year yield, %", yields, 66)]
            panels = [
                Ribbon("State of the ratio", spells.rows, colours.STATES, labels.STATES),
                Lines("Log ratio of total returns", ratio, 110, ".3f"),
                Bars("Slope over 21 sessions, bp a session", "slope_21", "Slope, bp a session", 66, "+.1f"),
                *below,
                Lines("Correlation with TLT, 63 sessions", linked, 66, "+.2f", rules=[-0.2, 0, 0.2]),
            ]
            return [charts.stack(rows, span, panels)]

        def last(row: pd.Series) -> str:
            yielded = f"10-year yield {bonds.rows['value'].iloc[-1]:.2f} %" if bonds.has("value") else ""
            state = labels.STATES.get(row["rs_state"], "no state")
            return f"{state} · {_formatted(row, columns)} · {yielded}"

        page.panel("ratio", INDEXATION["ratio"], answer, draw, needs=columns, last=last, beside=[spells, bonds])

    def _panel(
        self, name: str, answer: Answer, draw: Callable[[], list[Picture]], last: Callable[[pd.Series], str]
    ) -> None:
        needs = [*answer.rows.columns, *answer.missing]
        page.panel(name, INDEXATION[name], answer, draw, needs=needs, last=last, none=self.none)


def show(day: page.Day) -> None:
    """Draw the page."""
    named, horizon = _horizon(day)
    over = named.lower()
    of_event = horizon == "event"
    page.title(INDEXATION["page"], f"{over} ({day.event})" if of_event else over)
    panels = Indexation(day, f"event:{day.event_id}" if of_event else horizon, over)
    first = _first_weights(panels)
    if first is None or first > day.session:
        text = notices.NO_WEIGHTS if first is None else notices.BEFORE_WEIGHTS.format(first=first)
        page.note(text, alert=True)
        panels.facts()
        panels.ratio()
        return
    page.weights_note(day)
    if first > day.span.first:
        page.note(notices.WEIGHTS_FROM.format(first=first))
    panels.facts()
    if day.event_id is None:
        page.note(notices.EVENTS_ALONE)
        panels.waterfall()
    else:
        page.pair("whole", panels.waterfall, panels.cumulative)
    page.pair("parts", lambda: panels.names("name", "names"), lambda: panels.names("sector", "sectors"))
    page.pair(
        "movers",
        lambda: movers.panel(day, "movers", INDEXATION["movers"], movers.MEMBERS),
        panels.ratio,
    )
    panels.weight()


def _first_weights(panels: Indexation) -> date | None:
    answer = any_mart.first_row(panels.published, "index_attribution_daily", **panels.daily)
    first = answer.rows["first_session"].iloc[0] if answer.has("first_session") else pd.NaT
    return None if pd.isna(first) else first.date()


def _horizon(day: page.Day) -> tuple[str, str]:
    """What the attribution looks back over, as readers and as the mart name it; of events alone since the anchor."""
    horizons = [name for name, horizon in labels.HORIZONS.items() if horizon != "event" or day.event_id]
    with page.choices():
        named = st.selectbox("Attribution over", horizons, key="horizon", bind="query-params", persist_state="session")
    return named, labels.HORIZONS[named]


def _formatted(row: pd.Series, columns: list[str]) -> str:
    return " · ".join(f"{labels.label(column)} {labels.formatted(column, row[column])}" for column in columns)


def _basis(row: pd.Series) -> str:
    basis = labels.BASES.get(str(row["weight_basis"]), "no weights")
    return f"{basis} of {labels.formatted('weights_date', row['weights_date'])}"
