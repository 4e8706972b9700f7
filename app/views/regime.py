"""Regime: growth, inflation, curve and premia, for how long, and what assets did in such spells; pictures
of marts.regime_daily, marts.regime_spells and marts.regime_month_returns."""

import altair as alt
import pandas as pd
import streamlit as st

from app.pictures import charts, colours, scatter
from app.pictures.axes import Span
from app.pictures.panels import Line, Lines, Ribbon
from app.pictures.picture import Picture
from app.published import any_mart, contents, one_mart
from app.views import page
from app.words import argument, labels
from app.words.argument import REGIME

MART, SPELLS = "regime_daily", "regime_spells"
TAIL_SESSIONS, RIBBON_SESSIONS = 63, 1260
TODAY = (
    "growth_impulse", "growth_inputs", "inflation_impulse", "inflation_inputs", "liquidity_impulse",
    "liquidity_inputs", "quadrant", "quadrant_conf", "curve_regime", "curve_slope_bp", "yield_10y", "yield_2y",
    "yield_obs_date", "stock_bond_corr_63", "hy_spread", "risk_state", "risk_legs_on", "duration_premium_chg_63_bp",
    "credit_premium_chg_63_bp",
)  # fmt: skip
UNJUDGED = "between the sides"
_NUMBER, _TEXT, _DAY = st.column_config.NumberColumn, st.column_config.TextColumn, st.column_config.DateColumn
TABLE = {
    "start_date": _DAY("From", format="YYYY-MM-DD"),
    "end_date": _DAY("To", format="YYYY-MM-DD"),
    "quadrant": _TEXT("Quadrant", width=110),
    "sessions": _NUMBER("Sessions", format="%d"),
    **{column: _NUMBER(name, format="%+.1f") for column, name in argument.ASSETS.items()},
}


class Regime:
    """The page for one day."""

    def __init__(self, day: page.Day) -> None:
        self.published, self.session, self.anchor = day.published, day.session, day.span.anchor
        self.span = page.span_of(day, MART)

    def ended(self, sessions: int) -> Span:
        """The last `sessions` up to the day."""
        first = contents.window_start(self.published, self.session, sessions).rows["first_session"].iloc[0].date()
        return Span(first, self.session, self.anchor, sessions)

    def facts(self) -> None:
        """The session at a glance."""
        answer = any_mart.on_session(self.published, MART, TODAY, self.session)
        if not answer.has(*TODAY):
            return
        row = answer.rows.iloc[0]
        text = {column: labels.formatted(column, row[column]) for column in TODAY if column in labels.COLUMNS}
        name, _, meaning = argument.named(argument.QUADRANTS, row["quadrant"], UNJUDGED).partition(": ")
        legs = "–" if pd.isna(row["risk_legs_on"]) else f"{int(row['risk_legs_on'])} of six legs of stress"
        page.facts(
            [
                ("Quadrant", name, meaning),
                ("Growth impulse", text["growth_impulse"], f"{_count(row['growth_inputs'])} inputs"),
                ("Inflation impulse", text["inflation_impulse"], f"{_count(row['inflation_inputs'])} inputs"),
                (
                    "Liquidity impulse",
                    text["liquidity_impulse"],
                    f"{_count(row['liquidity_inputs'])} inputs; above 0 easier",
                ),
                ("Risk", argument.named(argument.RISKS, row["risk_state"]), legs),
                ("Stocks with bonds", text["stock_bond_corr_63"], "63 sessions; above 0 no cushion"),
                (
                    "Curve, 21 sessions",
                    argument.named(argument.CURVES, row["curve_regime"]),
                    text["curve_slope_bp"] + " slope",
                ),
                ("10-year yield", text["yield_10y"], f"of {labels.formatted('', row['yield_obs_date'])}"),
                ("2-year yield", text["yield_2y"], f"of {labels.formatted('', row['yield_obs_date'])}"),
                ("Duration premium", text["duration_premium_chg_63_bp"], "change over 63 sessions"),
                ("Credit premium", text["credit_premium_chg_63_bp"], "change over 63 sessions"),
                ("High-yield spread", text["hy_spread"], "option-adjusted"),
            ]
        )

    def quadrant(self) -> None:
        """Growth against inflation with the way there."""
        span = self.ended(TAIL_SESSIONS)
        columns = ["growth_impulse", "inflation_impulse", "quadrant"]
        answer = any_mart.history(self.published, MART, columns, span.first, self.session)

        def draw() -> list[Picture]:
            named = answer.rows.assign(side=answer.rows["quadrant"].map(argument.QUADRANTS).fillna(UNJUDGED))
            palette = {argument.QUADRANTS[name]: colour for name, colour in colours.QUADRANTS.items()}
            return [
                scatter.cloud(
                    named, ("growth_impulse", "Growth impulse, z"), ("inflation_impulse", "Inflation impulse, z"),
                    "side", colours=palette | {UNJUDGED: colours.GREY}, height=330, number="+.2f", path=True,
                )
            ]  # fmt: skip

        page.panel("quadrant", REGIME["quadrant"], answer, draw, needs=columns[:2], last=columns[:2])

    def ribbon(self) -> None:
        """Five years of quadrants and risk states over the impulses."""
        span = self.ended(RIBBON_SESSIONS)
        columns = ["growth_impulse", "inflation_impulse"]
        answer = any_mart.history(self.published, MART, columns, span.first, self.session)
        quadrants = any_mart.spells(self.published, MART, "quadrant", span.first, self.session)
        risks = any_mart.spells(self.published, MART, "risk_state", span.first, self.session)

        def draw() -> list[Picture]:
            lines = [
                Line("growth_impulse", "Growth", colours.BLUE, 1.8),
                Line("inflation_impulse", "Inflation", colours.ORANGE, 1.8)
            ]  # fmt: skip
            risk_names = {name: f"risk {text}" for name, text in argument.RISKS.items()}
            panels = [
                Ribbon("Quadrant", quadrants.rows, colours.QUADRANTS, argument.QUADRANTS),
                Ribbon("Risk state", risks.rows, colours.RISKS, risk_names),
                Lines("Impulse, z", lines, 220, "+.2f", rules=[0]),
            ]
            return [charts.stack(answer.rows, span, panels)]

        page.panel("ribbon", REGIME["ribbon"], answer, draw, needs=columns, last=columns, beside=[quadrants, risks])

    def curve(self) -> None:
        """What the curve did, its slope and the long yield."""
        columns = ["curve_slope_bp", "yield_10y"]
        answer = any_mart.history(self.published, MART, columns, self.span.first, self.session)
        spells = any_mart.spells(self.published, MART, "curve_regime", self.span.first, self.session)

        def draw() -> list[Picture]:
            slope = [Line("curve_slope_bp", "10- less 2-year, bp", colours.BLUE, 1.8)]
            yields = [Line("yield_10y", "10-year yield, %", colours.PLUM, 1.8)]
            panels = [
                Ribbon("Curve over 21 sessions", spells.rows, colours.CURVES, argument.CURVES),
                Lines("10- less 2-year yield, bp", slope, 130, "+,.0f", rules=[0]),
                Lines("10-year yield, %", yields, 100),
            ]
            return [charts.stack(answer.rows, self.span, panels)]

        page.panel("curve", REGIME["curve"], answer, draw, needs=columns, last=columns, beside=[spells])

    def premia(self) -> None:
        """Whether duration and credit are paid more than a quarter before."""
        columns = ["duration_premium_chg_63_bp", "credit_premium_chg_63_bp"]
        answer = any_mart.history(self.published, MART, columns, self.span.first, self.session)

        def draw() -> list[Picture]:
            looks = zip(columns, (colours.BLUE, colours.TEAL), strict=True)
            panels = [
                Lines(
                    f"{labels.label(column)}, bp", [Line(column, labels.label(column), colour, 1.8)], 130, "+,.0f", [0]
                )
                for column, colour in looks
            ]
            return [charts.stack(answer.rows, self.span, panels)]

        page.panel("premia", REGIME["premia"], answer, draw, needs=columns, last=columns)

    def spells(self) -> None:
        """Ended spells, the newest first."""
        answer = any_mart.up_to(self.published, SPELLS, [*TABLE, "closed_on"], "closed_on", self.session)

        def draw() -> list[Picture]:
            page.table(answer.rows, TABLE)
            return []

        page.panel("spells", REGIME["spells"], answer, draw, needs=["start_date", "quadrant", "sessions"])

    def assets(self) -> None:
        """Returns of ended spells by quadrant and asset."""
        columns = list(argument.ASSETS)
        wanted = ["start_date", "end_date", "closed_on", "quadrant", "sessions", *columns]
        answer = any_mart.up_to(self.published, SPELLS, wanted, "closed_on", self.session)

        def draw() -> list[Picture]:
            named = answer.rows.assign(
                spell=answer.rows["start_date"].dt.strftime("%Y-%m-%d") + " – "
                + answer.rows["end_date"].dt.strftime("%Y-%m-%d")
            )  # fmt: skip
            long = named.melt(["spell", "quadrant", "sessions"], columns, "series", "return_pct").dropna(
                subset=["return_pct"]
            )
            long = long.assign(asset=long["series"].map(argument.ASSETS))
            tips = [
                alt.Tooltip("spell:N", title="Spell"), alt.Tooltip("sessions:Q", title="Sessions"),
                alt.Tooltip("asset:N", title="Asset"), alt.Tooltip("return_pct:Q", title="Return, %", format="+.2f"),
            ]  # fmt: skip
            drawn = long[["spell", "quadrant", "sessions", "asset", "return_pct"]]
            return [
                scatter.columns_of_dots(
                    drawn, "quadrant", "asset", "return_pct", colours=colours.QUADRANTS, height=270,
                    number="+.0f", tooltip=tips,
                )
            ]  # fmt: skip

        page.panel("assets", REGIME["assets"], answer, draw, needs=wanted)

    def months(self) -> None:
        """Median returns of calendar months by the quadrant in which they began."""
        answer = one_mart.month_returns(self.published, self.session)

        def draw() -> list[Picture]:
            # in the order of the spells above
            order = pd.DataFrame({"asset": argument.ASSET_IDS, "name": argument.ASSETS.values()})
            named = order.merge(answer.rows.dropna(subset=["median"]), on="asset")
            tips = [
                alt.Tooltip("name:N", title="Asset"), alt.Tooltip("median:Q", title="Median month, %", format="+.2f"),
                alt.Tooltip("n:Q", title="Months"),
            ]  # fmt: skip
            drawn = named[["quadrant", "name", "median", "n"]]
            return [
                scatter.columns_of_bars(
                    drawn, "quadrant", "name", "median", "n", colours=colours.QUADRANTS, height=270, number="+.1f",
                    tooltip=tips,
                )
            ]  # fmt: skip

        page.panel("months", REGIME["months"], answer, draw, needs=["quadrant", "asset", "n", "median"])


def _count(number: object) -> str:
    return "–" if pd.isna(number) else str(int(number))  # type: ignore[call-overload]


def show(day: page.Day) -> None:
    """Draw the page."""
    page.title(REGIME["page"])
    panels = Regime(day)
    panels.facts()
    page.pair("quadrant", panels.quadrant, panels.ribbon)
    page.pair("curve", panels.curve, panels.premia)
    panels.assets()
    panels.months()
    panels.spells()
