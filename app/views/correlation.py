"""Correlation: what options charge for stocks moving together, and whether they do; pictures of the marts
implied_correlation_daily, equity_correlation_daily, cross_asset_correlation_daily and states_daily."""

import pandas as pd
import streamlit as st

from app.pictures import charts, colours, snapshots
from app.pictures.panels import Bars, Line, Lines, Ribbon
from app.pictures.picture import Picture
from app.published import any_mart, one_mart
from app.views import page
from app.words import labels
from app.words.captions import CORRELATION

IMPLIED, REALISED, PAIRS = "implied_correlation_daily", "equity_correlation_daily", "cross_asset_correlation_daily"
WINDOWS = (21, 63, 252)
TODAY = (
    "cor1m", "cor3m", "cor1m_pctl_252", "cor3m_pctl_252", "cor_slope_1m3m", "cor1m_chg_1d", "cor1m_chg_5d",
    "cor3m_chg_5d", "cor1m_realised_twin", "corr_risk_premium", "implied_corr_state",
)  # fmt: skip
MEMBERS = (
    "avg_pairwise_corr",
    "avg_pairwise_corr_pctl_252",
    "names_used",
    "dispersion_ann",
    "avg_stock_vol",
    "index_vol",
)
STATES = (
    "correlation_floor", "correlation_elevated", "correlation_blowout", "correlation_inverted",
    "pairwise_correlation_high", "stock_bond_corr_positive", "volatility_calm", "volatility_stressed",
    "volatility_blowout", "vix_backwardation", "vix_rollover",
)  # fmt: skip
_NUMBER, _TEXT, _DAY = st.column_config.NumberColumn, st.column_config.TextColumn, st.column_config.DateColumn
STATE_COLUMNS = {
    "state_name": _TEXT("State", width=240),
    "is_on": st.column_config.CheckboxColumn("On", width=48),
    "value": _NUMBER("Reading", format="%.2f"),
    "threshold": _NUMBER("Bound", format="%.2f"),
    "since": _DAY("Since", format="YYYY-MM-DD"),
    "age_sessions": _NUMBER("Sessions since it began", format="%d"),
    "share_of_days_on": _NUMBER("Share of days on", format="percent"),
    "mart": _TEXT("Read from", width=180),
}


class Correlation:
    """The page for one day."""

    def __init__(self, day: page.Day) -> None:
        self.published, self.session = day.published, day.session
        self.span = page.span_of(day, IMPLIED)

    def facts(self) -> None:
        """The session at a glance."""
        implied = any_mart.on_session(self.published, IMPLIED, TODAY, self.session)
        members = any_mart.on_session(
            self.published, REALISED, MEMBERS, self.session, universe_id="SP500", window_sessions=21
        )
        cells = []
        if implied.has(*TODAY):
            row = implied.rows.iloc[0]
            text = {column: labels.formatted(column, row[column]) for column in TODAY if column != "implied_corr_state"}
            cells += [
                ("COR1M", text["cor1m"], f"rank {text['cor1m_pctl_252']} of 100 in 252 sessions"),
                ("COR3M", text["cor3m"], f"rank {text['cor3m_pctl_252']} of 100 in 252 sessions"),
                ("State", labels.STATES.get(row["implied_corr_state"], "no state"), "of implied correlation"),
                ("COR1M over 5 sessions", text["cor1m_chg_5d"], f"1 session {text['cor1m_chg_1d']}"),
                ("COR1M less COR3M", text["cor_slope_1m3m"], "above 0 the near month costs more"),
                (
                    "Implied less realised",
                    text["corr_risk_premium"],
                    f"realised {text['cor1m_realised_twin']}, 21 sessions",
                ),
            ]
        if members.has(*MEMBERS):
            row = members.rows.iloc[0]
            text = {column: labels.formatted(column, row[column]) for column in MEMBERS}
            cells += [
                ("Average pair", text["avg_pairwise_corr"], "21 sessions, all members"),
                ("Its rank", text["avg_pairwise_corr_pctl_252"], "of 100 in 252 sessions"),
                ("Dispersion", text["dispersion_ann"], "mean of 21 sessions"),
                ("Mean volatility", text["avg_stock_vol"], "of the names, 21 sessions"),
                ("Basket volatility", text["index_vol"], "of the same names, 21 sessions"),
                ("Names", text["names_used"], "with every return of the window"),
            ]
        if cells:
            page.facts(cells)

    def implied(self, name: str) -> None:
        """One implied correlation in its band; under COR1M its change, under COR3M the slope."""
        band = [f"{name}_p10_252", f"{name}_p90_252"]
        below = f"{name}_chg_5d" if name == "cor1m" else "cor_slope_1m3m"
        answer = any_mart.history(
            self.published, IMPLIED, [name, *band, below, f"{name}_pctl_252"], self.span.first, self.session
        )
        spells = any_mart.spells(self.published, IMPLIED, "implied_corr_state", self.span.first, self.session)

        def draw() -> list[Picture]:
            line = [Line(name, name.upper(), colours.BLUE, 1.8)]
            bounds = {band[0]: "10 % of 252 sessions", band[1]: "90 %"}
            under = "COR1M, change over 5 sessions, points" if name == "cor1m" else "COR1M less COR3M, points"
            panels = [
                Ribbon("State of COR1M", spells.rows, colours.STATES, labels.STATES),
                Lines(f"{name.upper()}, 0–100", line, 160, band=bounds),
                Bars(under, below, labels.label(below), 86, "+.1f", rising_is_stress=True),
            ]
            return [charts.stack(answer.rows, self.span, panels)]

        page.panel(
            name, CORRELATION[name], answer, draw, needs=[name, *band, below],
            last=[name, f"{name}_pctl_252", *band, below], beside=[spells],
        )  # fmt: skip

    def premium(self) -> None:
        """COR1M against its realised twin, and what it costs above it."""
        columns = ["cor1m", "cor1m_realised_twin", "corr_risk_premium"]
        answer = any_mart.history(self.published, IMPLIED, columns, self.span.first, self.session)

        def draw() -> list[Picture]:
            lines = [
                Line("cor1m", "COR1M, implied", colours.BLUE, 1.8),
                Line("cor1m_realised_twin", "Realised, 21 sessions", colours.ORANGE, 1.8),
            ]
            panels = [
                Lines("Correlation, 0–100", lines, 160),
                Bars("Implied less realised, points", columns[2], "Implied less realised", 84, "+.1f"),
            ]
            return [charts.stack(answer.rows, self.span, panels)]

        page.panel("premium", CORRELATION["premium"], answer, draw, needs=columns, last=columns)

    def pairs(self) -> None:
        """Mean correlation of all pairs of members."""
        columns = ["pairs_21", "pairs_63"]
        names = dict(zip(columns, WINDOWS, strict=False))
        answer = any_mart.across(
            self.published,
            REALISED,
            "avg_pairwise_corr",
            "window_sessions",
            names,
            self.span.first,
            self.session,
            universe_id="SP500",
        )

        def draw() -> list[Picture]:
            lines = [
                Line("pairs_21", "21 sessions", colours.BLUE, 1.8),
                Line("pairs_63", "63 sessions", colours.ORANGE, 1.8),
            ]
            return [charts.stack(answer.rows, self.span, [Lines("Mean correlation of pairs, −1 to 1", lines, 272)])]

        page.panel("pairs", CORRELATION["pairs"], answer, draw, needs=columns, last=columns)

    def dispersion(self) -> None:
        """Spread of the members around their basket, and both volatilities."""
        columns = ["dispersion_ann", "avg_stock_vol", "index_vol"]
        answer = any_mart.history(
            self.published, REALISED, columns, self.span.first, self.session, universe_id="SP500", window_sessions=21
        )

        def draw() -> list[Picture]:
            spread = [Line("dispersion_ann", "Dispersion", colours.PLUM, 1.8)]
            both = [
                Line("avg_stock_vol", "Mean of the names", colours.ORANGE, 1.6),
                Line("index_vol", "Their basket", colours.BLUE, 1.6),
            ]
            panels = [
                Lines("Dispersion, a year", spread, 110, ".1%"),
                Lines("Volatility, a year", both, 130, ".1%"),
            ]
            return [charts.stack(answer.rows, self.span, panels)]

        page.panel("dispersion", CORRELATION["dispersion"], answer, draw, needs=columns, last=columns)

    def bonds(self) -> None:
        """SPY with TLT over three windows."""
        columns = [f"stock_bond_{window}" for window in WINDOWS]
        names = dict(zip(columns, WINDOWS, strict=True))
        answer = any_mart.across(
            self.published,
            PAIRS,
            "correlation",
            "window_sessions",
            names,
            self.span.first,
            self.session,
            asset_a="SPY",
            asset_b="TLT",
        )

        def draw() -> list[Picture]:
            looks = zip(
                columns, WINDOWS, (colours.LIGHT_BLUE, colours.BLUE, colours.ORANGE), (1.2, 1.8, 1.8), strict=True
            )
            lines = [Line(column, f"{window} sessions", colour, width) for column, window, colour, width in looks]
            panel = Lines("Correlation of SPY with TLT", lines, 268, "+.2f", rules=[0], domain=(-1, 1))
            return [charts.stack(answer.rows, self.span, [panel])]

        page.panel("bonds", CORRELATION["bonds"], answer, draw, needs=columns, last=columns)

    def matrix(self) -> None:
        """Every pair of assets on the session."""
        window = st.segmented_control(
            "Sessions",
            WINDOWS,
            default=63,
            key="matrix",
            required=True,
            label_visibility="collapsed",
            format_func=lambda count: labels.sessions(count),
        )
        answer = one_mart.correlation_matrix(self.published, self.session, window)

        def draw() -> list[Picture]:
            return [snapshots.matrix(answer.rows, "asset_a", "asset_b", "correlation", height=500)]

        def last(_: pd.Series) -> str:
            return f"{self.session}: {window} sessions that end with it"

        page.panel("matrix", CORRELATION["matrix"], answer, draw, needs=["correlation"], last=last)


def states(day: page.Day, names: tuple[str, ...]) -> None:
    """Which of these states are on, and how common each is."""
    columns = ["session_date", "state_id", *STATE_COLUMNS]
    answer = any_mart.on_session(day.published, "states_daily", columns, day.session, ["state_id"])

    def draw() -> list[Picture]:
        page.table(answer.rows[answer.rows["state_id"].isin(names)], STATE_COLUMNS)
        return []

    def last(_: pd.Series) -> str:
        on = answer.rows[answer.rows["state_id"].isin(names) & answer.rows["is_on"].fillna(False).astype(bool)]
        return f"on: {', '.join(on['state_name']) or 'none of these'}"

    page.panel("states", CORRELATION["states"], answer, draw, needs=columns, last=last)


def show(day: page.Day) -> None:
    """Draw the page."""
    page.title(CORRELATION["page"])
    panels = Correlation(day)
    panels.facts()
    page.pair("implied", lambda: panels.implied("cor1m"), lambda: panels.implied("cor3m"))
    page.pair("premium", panels.premium, panels.pairs)
    page.pair("spread", panels.dispersion, panels.bonds)
    panels.matrix()
    states(day, tuple(name for name in STATES if "corr" in name))
