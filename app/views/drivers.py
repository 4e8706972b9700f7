"""Drivers: what the market moved with, in basis points, and how much of it is explained; pictures of
marts.drivers_daily and marts.drivers_summary_daily."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from app.pictures import charts, colours, scatter
from app.pictures.axes import Span
from app.pictures.panels import Line, Lines
from app.pictures.picture import Picture
from app.published import any_mart, contents, since_a_day
from app.views import page
from app.words import argument, labels
from app.words.argument import DRIVERS

MART, SUMMARY = "drivers_daily", "drivers_summary_daily"
BAR_SESSIONS, CLOUD_SESSIONS = 21, 63
PARTS = {
    "macro": ("rates", "dollar", "macro_residual"),
    "inside": ("mega_cap", "small_cap", "cyclical", "inside_residual"),
}
TODAY = (
    "spx_return_bp", "spx_return_5_bp", "spx_return_21_bp", "ief_return_bp", "shock_class", "r2", "r2_ex_credit",
    "r2_inside", "observations", "macro_residual_5_bp", "not_explained", "why_primary", "why_secondary",
)  # fmt: skip
_NUMBER, _TEXT = st.column_config.NumberColumn, st.column_config.TextColumn
TABLE = {
    "driver_name": _TEXT("Driver", width=300),
    "block": _TEXT("Block", width=80),
    "factor_return_pct": _NUMBER("Factor move, %", format="%+.2f"),
    "beta": _NUMBER("Beta", format="%.3f"),
    "contribution_bp": _NUMBER("Today, bp", format="%+.1f"),
    "contribution_5_bp": _NUMBER("5 sessions, bp", format="%+.1f"),
    "contribution_21_bp": _NUMBER("21 sessions, bp", format="%+.1f"),
    "contribution_5_scaled": _NUMBER("5 sessions, scaled", format="%+.2f"),
}


class Drivers:
    """The page for one day."""

    def __init__(self, day: page.Day) -> None:
        self.published, self.session, self.anchor = day.published, day.session, day.span.anchor
        self.span = page.span_of(day, SUMMARY)

    def ended(self, sessions: int) -> Span:
        """The last `sessions` up to the day."""
        first = contents.window_start(self.published, self.session, sessions).rows["first_session"].iloc[0].date()
        return Span(first, self.session, self.anchor, sessions)

    def facts(self) -> None:
        """The session at a glance."""
        answer = any_mart.on_session(self.published, SUMMARY, TODAY, self.session)
        if not answer.has(*TODAY):
            return
        row = answer.rows.iloc[0]
        text = {column: labels.formatted(column, row[column]) for column in TODAY if column in labels.COLUMNS}
        shock, _, meaning = argument.named(argument.SHOCKS, row["shock_class"], "not judged").partition(": ")
        primary, secondary = (
            argument.named(argument.DRIVER_NAMES, row[name]) for name in ("why_primary", "why_secondary")
        )
        page.facts(
            [
                ("S&P 500", text["spx_return_bp"], f"IEF {text['ief_return_bp']}"),
                ("Shock of the day", shock, meaning),
                ("5 sessions", text["spx_return_5_bp"], f"21 sessions {text['spx_return_21_bp']}"),
                ("Moved with, 5 sessions", primary, f"then {secondary}; association, no cause"),
                ("Not explained, 5 sessions", text["macro_residual_5_bp"], "by rates and the dollar"),
                (
                    "r²",
                    text["r2_ex_credit"],
                    f"with credit {text['r2']}, inside equities {text['r2_inside']}, "
                    f"n {labels.formatted('', row['observations'])}",
                ),
            ]
        )

    def bars(self, block: str) -> None:
        """Contributions of one block, a session a bar."""
        span = self.ended(BAR_SESSIONS)
        columns = ["driver_id", "driver_name", "contribution_bp"]
        answer = any_mart.history(self.published, MART, columns, span.first, self.session, block=block)

        def draw() -> list[Picture]:
            named = answer.rows.assign(driver=answer.rows["driver_id"].map(argument.DRIVER_NAMES))
            palette = {argument.DRIVER_NAMES[part]: colours.DRIVERS[part] for part in PARTS[block]}
            return [
                scatter.stacked(
                    named, "driver", "contribution_bp", span, colours=palette, height=230, number="+,.0f",
                    hollow=argument.DRIVER_NAMES[PARTS[block][-1]],
                )
            ]  # fmt: skip

        def last(newest: pd.Series) -> str:
            today = answer.rows[answer.rows["session_date"] == newest["session_date"]].set_index("driver_id")
            contributions = today["contribution_bp"]
            return " · ".join(
                f"{argument.DRIVER_NAMES[part]} {labels.formatted('contribution_bp', contributions.get(part))}"
                for part in PARTS[block]
            )

        page.panel(block, DRIVERS[block], answer, draw, needs=["driver_id", "contribution_bp"], last=last)

    def news(self) -> None:
        """The move of each session split into news, with what growth news could be."""
        span = self.ended(BAR_SESSIONS)
        columns = ["driver_id", "contribution_bp"]
        answer = any_mart.history(self.published, MART, columns, span.first, self.session, block="news")
        ranges = any_mart.history(
            self.published, SUMMARY, ["news_growth_bp_low", "news_growth_bp_high"], span.first, self.session
        )

        def draw() -> list[Picture]:
            named = answer.rows.assign(driver=answer.rows["driver_id"].map(argument.DRIVER_NAMES))
            both = named.merge(ranges.rows, on="session_date", how="left")
            both.loc[both["driver_id"] != "news_growth", ["news_growth_bp_low", "news_growth_bp_high"]] = None
            palette = {argument.DRIVER_NAMES[part]: colour for part, colour in colours.NEWS.items()}
            return [
                scatter.stacked(
                    both, "driver", "contribution_bp", span, colours=palette, height=230, number="+,.0f",
                    between=("news_growth_bp_low", "news_growth_bp_high"),
                )
            ]  # fmt: skip

        def last(newest: pd.Series) -> str:
            today = answer.rows[answer.rows["session_date"] == newest["session_date"]].set_index("driver_id")
            return " · ".join(
                f"{argument.DRIVER_NAMES[part]} "
                f"{labels.formatted('contribution_bp', today['contribution_bp'].get(part))}"
                for part in colours.NEWS
            )

        page.panel("news", DRIVERS["news"], answer, draw, needs=columns, last=last, beside=[ranges])

    def cumulative(self) -> None:
        """Sums since the anchor of the event."""
        if self.anchor is None or self.anchor >= self.session:
            return
        span = Span(self.anchor, self.session, None)
        columns = ["driver_id", "contribution_event_bp"]
        answer = since_a_day.drivers_since(self.published, span.first, self.session)
        answer = replace(answer, rows=answer.rows[answer.rows["block"].isin(("news", "macro"))])

        def draw() -> list[Picture]:
            named = answer.rows.assign(driver=answer.rows["driver_id"].map(argument.DRIVER_NAMES))
            palette = {argument.DRIVER_NAMES[part]: colours.DRIVERS[part] for part in PARTS["macro"]}
            dashed = argument.DRIVER_NAMES["macro_residual"]
            value = "contribution_event_bp"
            news = {argument.DRIVER_NAMES[part]: colour for part, colour in colours.NEWS.items()}
            return [
                scatter.parts(
                    named[named["block"] == block], "driver", value, span, colours=drawn, dashed=dashed, height=140,
                    number="+,.0f",
                )
                for block, drawn in (("news", news), ("macro", palette))
            ]  # fmt: skip

        def last(newest: pd.Series) -> str:
            today = answer.rows[answer.rows["session_date"] == newest["session_date"]].set_index("driver_id")
            return " · ".join(
                f"{argument.DRIVER_NAMES[part]} "
                f"{labels.formatted('contribution_bp', today['contribution_event_bp'].get(part))}"
                for part in PARTS["macro"]
            )

        page.panel("cumulative", DRIVERS["cumulative"], answer, draw, needs=columns, last=last)

    def shock(self) -> None:
        """Stocks against bonds, coloured by the class of the shock."""
        span = self.ended(CLOUD_SESSIONS)
        columns = ["spx_return_bp", "ief_return_bp", "shock_class"]
        answer = any_mart.history(self.published, SUMMARY, columns, span.first, self.session)

        def draw() -> list[Picture]:
            named = answer.rows.assign(shock=answer.rows["shock_class"].map(argument.SHOCKS))
            palette = {argument.SHOCKS[name]: colour for name, colour in colours.SHOCKS.items()}
            return [
                scatter.cloud(
                    named, ("ief_return_bp", "IEF, bp"), ("spx_return_bp", "S&P 500, bp"), "shock", colours=palette,
                    height=290, number="+,.0f",
                )
            ]  # fmt: skip

        page.panel("shock", DRIVERS["shock"], answer, draw, needs=columns, last=["spx_return_bp", "ief_return_bp"])

    def fit(self) -> None:
        """r² over the window: outside drivers without and with credit, and inside equities."""
        columns = ["r2_ex_credit", "r2", "r2_inside"]
        answer = any_mart.history(self.published, SUMMARY, columns, self.span.first, self.session)

        def draw() -> list[Picture]:
            lines = [
                Line("r2_ex_credit", "Rates, dollar", colours.BLUE, 1.8),
                Line("r2", "With credit", colours.GREY, 1),
                Line("r2_inside", "Inside equities", colours.ORANGE, 1.8),
            ]
            return [charts.stack(answer.rows, self.span, [Lines("r² over 252 sessions", lines, 150, domain=(0, 1))])]

        page.panel("fit", DRIVERS["fit"], answer, draw, needs=columns, last=columns)

    def table(self) -> None:
        """Every driver on the session."""
        answer = any_mart.on_session(
            self.published, MART, ["session_date", "driver_id", *TABLE], self.session, ["block desc"]
        )

        def draw() -> list[Picture]:
            page.table(answer.rows, TABLE)
            return []

        page.panel("table", DRIVERS["table"], answer, draw, needs=list(TABLE))


def show(day: page.Day) -> None:
    """Draw the page."""
    page.title(DRIVERS["page"])
    panels = Drivers(day)
    panels.facts()
    page.pair("news", panels.news, panels.cumulative)
    page.pair("bars", lambda: panels.bars("macro"), lambda: panels.bars("inside"))
    panels.shock()
    panels.table()
    panels.fit()
