"""Since the event: who is up, down and below the anchor, and who makes the gap between large and small; pictures of
marts.event_performance_daily and marts.event_gap_daily."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import altair as alt
import pandas as pd
import streamlit as st

from app.pictures import charts, colours, snapshots
from app.pictures.axes import Span
from app.pictures.panels import Line, Lines
from app.pictures.picture import Picture
from app.published import any_mart, one_mart, since_a_day
from app.published.answer import Answer
from app.views import page
from app.words import labels, notices
from app.words.captions import SINCE

SHOWN = {
    "sp500": ("^GSPC", "S&P 500", colours.GREY, 2.2),
    "russell_2000": ("^RUT", "Russell 2000", colours.ORANGE, 2.2),
    "equal_weight": ("RSP", "Equal weight", colours.LIGHT_ORANGE, 1.6),
    "mega_caps": ("MAG7", "Mag7", colours.BLUE, 2.2),
    "bonds": ("TLT", "TLT", colours.PLUM, 1.6),
    "credit": ("HYG", "HYG", colours.TEAL, 1.6),
}  # fmt: skip
TABLE = (
    "series_id", "price_chg_pct", "total_return_pct", "rel_vs_spx_pp", "max_drawdown_since_pct", "below_anchor",
    "days_below_anchor", "close", "anchor_close", "anchor_stale_days", "null_reason",
)  # fmt: skip
PARTS = ("mega_cap_pp", "rest_of_large_caps_pp", "residual_pp")
GAP = ("gap_pp", *PARTS, "mega_cap_share_pct", "mega_cap_contribution_pp", "mega_cap_weight_pct", "weight_basis")
_NUMBER, _TEXT = st.column_config.NumberColumn, st.column_config.TextColumn
COLUMNS = {
    "series_id": _TEXT("Series", width=170, pinned=True),
    "price_chg_pct": _NUMBER("Price, %", format="%+.2f"),
    "total_return_pct": _NUMBER("Total return, %", format="%+.2f"),
    "rel_vs_spx_pp": _NUMBER("Against the S&P 500, pp", format="%+.2f"),
    "max_drawdown_since_pct": _NUMBER("Deepest drawdown, %", format="%.2f"),
    "below_anchor": st.column_config.CheckboxColumn("Below the anchor"),
    "days_below_anchor": _NUMBER("Sessions below", format="%d"),
    "close": _NUMBER("Close", format="accounting"),
    "anchor_close": _NUMBER("Anchor close", format="accounting"),
    "anchor_stale_days": _NUMBER("Anchor bar late, sessions", format="%d"),
    "null_reason": _TEXT("No value because", width=200),
}


class Event:
    """The page for one event as of one day."""

    def __init__(self, day: page.Day, anchor: date) -> None:
        self.published, self.session, self.event = day.published, day.session, day.event_id
        self.span = Span(anchor, day.session, None)
        # of a day without an event no mart holds what followed
        self.days = None if self.event else since_a_day.performance_since(self.published, anchor, self.session)

    def facts(self) -> None:
        """Each series against the anchor, and the gap."""
        answer = self.on_session()
        gap = any_mart.on_session(self.published, "event_gap_daily", GAP, self.session, event_id=self.event)
        if not answer.has("series_id", "price_chg_pct"):
            return
        series = answer.rows.set_index("series_id")
        cells = []
        for symbol in ("^GSPC", "^RUT", "RSP", "MAG7"):
            if symbol in series.index:
                row = series.loc[symbol]
                below = f"{labels.sessions(row['days_below_anchor'])} below"
                change = labels.formatted("price_chg_pct", row["price_chg_pct"])
                cells.append((labels.SERIES[symbol], change, f"price; {below} the anchor"))
        if gap.has(*GAP):
            row = gap.rows.iloc[0]
            plain = labels.formatted("mega_cap_contribution_pp", row["mega_cap_contribution_pp"])
            share = labels.formatted("mega_cap_share_pct", row["mega_cap_share_pct"])
            cells.append(("S&P 500 less Russell 2000", labels.formatted("gap_pp", row["gap_pp"]), "total return"))
            cells.append(
                ("of which the Mag7", labels.formatted("mega_cap_pp", row["mega_cap_pp"]), f"{share}; plain {plain}")
            )
        page.facts(cells)

    def on_session(self) -> Answer:
        """Every series on the session, the best first."""
        if self.days is None:
            order = ["total_return_pct desc", "series_id"]
            return any_mart.on_session(
                self.published, "event_performance_daily", TABLE, self.session, order, event_id=self.event
            )
        rows = self.days.rows
        newest = rows[rows["session_date"] == pd.Timestamp(self.session)]
        return replace(self.days, rows=newest.sort_values("total_return_pct", ascending=False))

    def lines(self) -> None:
        """Rebased lines from the anchor."""
        names = {column: symbol for column, (symbol, _, _, _) in SHOWN.items()}
        if self.days is None:
            answer = any_mart.across(
                self.published, "event_performance_daily", "index_100", "series_id", names, self.span.first,
                self.session, event_id=self.event,
            )  # fmt: skip
        else:
            wide = self.days.rows.pivot(index="session_date", columns="series_id", values="index_100")
            renamed = wide.reindex(columns=list(names.values())).set_axis(list(names), axis=1)
            answer = replace(self.days, rows=renamed.reset_index())

        def draw() -> list[Picture]:
            drawn = [
                Line(column, label, colour, width)
                for column, (_, label, colour, width) in SHOWN.items()
                if answer.rows[column].notna().any()
            ]
            panel = Lines("Total return, anchor = 100", drawn, 372, rules=[100])
            return [charts.stack(answer.rows, self.span, [panel])]

        def last(row: pd.Series) -> str:
            return " · ".join(
                f"{label} {labels.formatted('index_100', row[column])}" for column, (_, label, _, _) in SHOWN.items()
            )

        page.panel("lines", SINCE["lines"], answer, draw, needs=list(names), last=last)

    def strip(self) -> None:
        """Which sessions closed below the anchor."""
        answer = self.days
        if answer is None:
            answer = one_mart.event_strip(self.published, self.event or "", self.session)

        def draw() -> list[Picture]:
            tips = [
                alt.Tooltip("series_id:N", title="Series"), alt.Tooltip("day:N", title="Session"),
                alt.Tooltip("price_chg_pct:Q", title="Price, %", format="+.2f"),
            ]  # fmt: skip
            named = answer.rows.assign(
                series_id=answer.rows["series_id"].map(lambda name: labels.SERIES.get(name, name))
            )
            height = 14 * named["series_id"].nunique()
            return [
                snapshots.strips(
                    named, "series_id", "below_anchor", self.span, height=max(60, height), tooltip=tips,
                    colours=(f"{colours.ORANGE}cc", f"{colours.BLUE}33"),
                )
            ]  # fmt: skip

        page.panel("strip", SINCE["strip"], answer, draw, needs=["below_anchor"])

    def table(self) -> None:
        """Every series on the session, the best first."""
        answer = self.on_session()

        def draw() -> list[Picture]:
            named = answer.rows.assign(series_id=answer.rows["series_id"].map(labels.series))
            seldom = ("anchor_stale_days", "null_reason")
            present = [column for column in TABLE if column in named]
            shown = [column for column in present if column not in seldom or named[column].notna().any()]
            page.table(named, {column: COLUMNS[column] for column in shown}, visible=34)
            return []

        page.panel("table", SINCE["table"], answer, draw, needs=["series_id", "total_return_pct"])

    def split(self) -> None:
        """The lead on the session, in its parts."""
        answer = any_mart.on_session(
            self.published, "event_gap_daily", ["session_date", *GAP], self.session, event_id=self.event
        )

        def draw() -> list[Picture]:
            row = answer.rows.iloc[-1]
            steps = [(labels.label(part), row[part]) for part in PARTS]
            return [snapshots.waterfall(steps, "Lead", height=230, number="+.2f", title="Part", unit="pp")]

        page.panel("split", SINCE["split"], answer, draw, needs=["gap_pp", *PARTS], last=_split)

    def gap(self) -> None:
        """The lead and its parts over the sessions."""
        answer = any_mart.history(
            self.published, "event_gap_daily", ["gap_pp", *PARTS], self.span.first, self.session, event_id=self.event
        )

        def draw() -> list[Picture]:
            drawn: Sequence[Line] = [
                Line("gap_pp", "Lead", colours.GREY, 2.2), Line("mega_cap_pp", "Mag7", colours.BLUE, 1.8),
                Line("rest_of_large_caps_pp", "Other large caps", colours.ORANGE, 1.8),
                Line("residual_pp", "Unexplained", colours.PLUM, 1, (3, 3)),
            ]  # fmt: skip
            panel = Lines("Points since the anchor", drawn, 220, "+.2f", rules=[0])
            return [charts.stack(answer.rows, self.span, [panel])]

        page.panel("gap", SINCE["gap"], answer, draw, needs=["gap_pp", *PARTS], last=["gap_pp", *PARTS])


def show(day: page.Day) -> None:
    """Draw the page."""
    anchor = day.span.anchor
    if anchor is None:
        page.title(SINCE["page"])
        page.note(notices.NO_EVENT)
        return
    page.title(SINCE["page"], day.event)
    if anchor > day.session:
        page.note(notices.BEFORE_EVENT.format(event=day.event), alert=True)
        return
    panels = Event(day, anchor)
    panels.facts()
    page.pair("lines", panels.lines, panels.strip)
    if day.event_id is None:
        page.note(notices.EVENTS_ALONE)
    else:
        page.pair("gap", panels.split, panels.gap)
    panels.table()


def _split(row: pd.Series) -> str:
    """The lead, how much of it the mega-caps are, and where their weights come from."""
    basis = labels.BASES.get(str(row["weight_basis"]), "no weights")
    share = labels.formatted("mega_cap_share_pct", row["mega_cap_share_pct"])
    return f"lead {labels.formatted('gap_pp', row['gap_pp'])}, {share} of it the Mag7 · weights: {basis}"
