"""Correlation: what options charge for stocks moving together, and whether they do; pictures of the marts
implied_correlation_daily, equity_correlation_daily, cross_asset_correlation_daily and states_daily."""

import pandas as pd
import streamlit as st

from app.pictures import axes, charts, snapshots
from app.pictures.charts import Chart, Line
from app.published import marts
from app.views import page as frame
from app.words import wording
from app.words.captions import CORRELATION

IMPLIED, REALISED, PAIRS = "implied_correlation_daily", "equity_correlation_daily", "cross_asset_correlation_daily"
WINDOWS = (21, 63, 252)
TODAY = (
    "cor1m", "cor3m", "cor1m_pctl_252", "cor3m_pctl_252", "cor_slope_1m3m", "cor1m_chg_1d", "cor1m_chg_5d",
    "cor3m_chg_5d", "implied_form_corr_21", "corr_risk_premium", "implied_corr_state",
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

    def __init__(self, day: frame.Day) -> None:
        self.day, self.session = day, day.session
        self.span = frame.span_of(day, IMPLIED)

    def facts(self) -> None:
        """The session at a glance."""
        implied = marts.on_session(IMPLIED, TODAY, self.session)
        members = marts.on_session(REALISED, MEMBERS, self.session, universe_id="SP500", window_sessions=21)
        cells = []
        if implied.has(*TODAY):
            row = implied.frame.iloc[0]
            told = {column: wording.written(column, row[column]) for column in TODAY if column != "implied_corr_state"}
            cells += [
                ("COR1M", told["cor1m"], f"rank {told['cor1m_pctl_252']} of 100 in 252 sessions"),
                ("COR3M", told["cor3m"], f"rank {told['cor3m_pctl_252']} of 100 in 252 sessions"),
                ("State", wording.STATES.get(row["implied_corr_state"], "no state"), "of implied correlation"),
                ("COR1M over 5 sessions", told["cor1m_chg_5d"], f"1 session {told['cor1m_chg_1d']}"),
                ("COR1M less COR3M", told["cor_slope_1m3m"], "above 0 the near month costs more"),
                (
                    "Implied less realised",
                    told["corr_risk_premium"],
                    f"realised {told['implied_form_corr_21']}, 21 sessions",
                ),
            ]
        if members.has(*MEMBERS):
            row = members.frame.iloc[0]
            told = {column: wording.written(column, row[column]) for column in MEMBERS}
            cells += [
                ("Average pair", told["avg_pairwise_corr"], "21 sessions, all members"),
                ("Its rank", told["avg_pairwise_corr_pctl_252"], "of 100 in 252 sessions"),
                ("Dispersion", told["dispersion_ann"], "mean of 21 sessions"),
                ("Mean volatility", told["avg_stock_vol"], "of the names, 21 sessions"),
                ("Basket volatility", told["index_vol"], "of the same names, 21 sessions"),
                ("Names", told["names_used"], "with every return of the window"),
            ]
        if cells:
            frame.facts(cells)

    def implied(self, name: str) -> None:
        """One implied correlation in its band; under COR1M its change, under COR3M the slope."""
        band = [f"{name}_p10_252", f"{name}_p90_252"]
        below = f"{name}_chg_5d" if name == "cor1m" else "cor_slope_1m3m"
        answer = marts.history(IMPLIED, [name, *band, below, f"{name}_pctl_252"], self.span.first, self.session)
        spells = marts.spells(IMPLIED, "implied_corr_state", self.span.first, self.session)

        def draw() -> list[Chart]:
            line = [Line(name, name.upper(), axes.BLUE, 1.8)]
            bounds = {band[0]: "10 % of 252 sessions", band[1]: "90 %"}
            held = [state for state in axes.STATES if state in set(spells.frame["state"])]
            frame.swatches({wording.STATES[state]: axes.STATES[state] for state in held})
            return [
                charts.ribbon(spells.frame, axes.STATES, wording.STATES, self.span),
                charts.lines(answer.frame, line, self.span, height=170, band=bounds, bottom=False),
                charts.bars(answer.frame, below, wording.label(below), self.span, height=96, number="+.1f"),
            ]

        frame.panel(
            name, CORRELATION[name], answer, draw, needs=[name, *band, below],
            last=[name, f"{name}_pctl_252", *band, below], beside=[spells],
        )  # fmt: skip

    def premium(self) -> None:
        """COR1M against its realised twin, and what it costs above it."""
        columns = ["cor1m", "implied_form_corr_21", "corr_risk_premium"]
        answer = marts.history(IMPLIED, columns, self.span.first, self.session)

        def draw() -> list[Chart]:
            lines = [
                Line("cor1m", "COR1M, implied", axes.BLUE, 1.8),
                Line("implied_form_corr_21", "Realised, 21 sessions", axes.ORANGE, 1.8),
            ]
            return [
                charts.lines(answer.frame, lines, self.span, height=170, bottom=False),
                charts.bars(answer.frame, columns[2], "Implied less realised", self.span, height=90, number="+.1f"),
            ]

        frame.panel("premium", CORRELATION["premium"], answer, draw, needs=columns, last=columns)

    def pairs(self) -> None:
        """Mean correlation of all pairs of members."""
        columns = ["pairs_21", "pairs_63"]
        names = dict(zip(columns, WINDOWS, strict=False))
        answer = marts.across(
            REALISED, "avg_pairwise_corr", "window_sessions", names, self.span.first, self.session, universe_id="SP500"
        )

        def draw() -> list[Chart]:
            lines = [Line("pairs_21", "21 sessions", axes.BLUE, 1.8), Line("pairs_63", "63 sessions", axes.ORANGE, 1.8)]
            return [charts.lines(answer.frame, lines, self.span, height=266)]

        frame.panel("pairs", CORRELATION["pairs"], answer, draw, needs=columns, last=columns)

    def dispersion(self) -> None:
        """Spread of the members around their basket, and both volatilities."""
        columns = ["dispersion_ann", "avg_stock_vol", "index_vol"]
        answer = marts.history(
            REALISED, columns, self.span.first, self.session, universe_id="SP500", window_sessions=21
        )

        def draw() -> list[Chart]:
            spread = [Line("dispersion_ann", "Dispersion", axes.PURPLE, 1.8)]
            both = [
                Line("avg_stock_vol", "Mean of the names", axes.ORANGE, 1.6),
                Line("index_vol", "Their basket", axes.BLUE, 1.6),
            ]
            return [
                charts.lines(answer.frame, spread, self.span, height=120, number=".1%", bottom=False),
                charts.lines(answer.frame, both, self.span, height=130, number=".1%"),
            ]

        frame.panel("dispersion", CORRELATION["dispersion"], answer, draw, needs=columns, last=columns)

    def bonds(self) -> None:
        """SPY with TLT over three windows."""
        columns = [f"stock_bond_{window}" for window in WINDOWS]
        names = dict(zip(columns, WINDOWS, strict=True))
        answer = marts.across(
            PAIRS, "correlation", "window_sessions", names, self.span.first, self.session, asset_a="SPY", asset_b="TLT"
        )

        def draw() -> list[Chart]:
            looks = zip(columns, WINDOWS, (axes.LIGHT_BLUE, axes.BLUE, axes.ORANGE), (1.2, 1.8, 1.8), strict=True)
            lines = [Line(column, f"{window} sessions", colour, width) for column, window, colour, width in looks]
            return [charts.lines(answer.frame, lines, self.span, height=266, rules=[0], domain=(-1, 1), number="+.2f")]

        frame.panel("bonds", CORRELATION["bonds"], answer, draw, needs=columns, last=columns)

    def matrix(self) -> None:
        """Every pair of assets on the session."""
        window = st.segmented_control(
            "Sessions",
            WINDOWS,
            default=63,
            key="matrix",
            required=True,
            label_visibility="collapsed",
            format_func=lambda count: wording.sessions(count),
        )
        answer = marts.correlation_matrix(self.session, window)

        def draw() -> list[Chart]:
            return [snapshots.matrix(answer.frame, "asset_a", "asset_b", "correlation", height=500)]

        def last(_: pd.Series) -> str:
            return f"{self.session}: {window} sessions that end with it"

        frame.panel("matrix", CORRELATION["matrix"], answer, draw, needs=["correlation"], last=last)


def states(session: object, names: tuple[str, ...]) -> None:
    """What is on of these states, and how common each is."""
    asked = ["session_date", "state_id", *STATE_COLUMNS]
    answer = marts.on_session("states_daily", asked, session, ["state_id"])  # type: ignore[arg-type]

    def draw() -> list[Chart]:
        frame.table(answer.frame[answer.frame["state_id"].isin(names)], STATE_COLUMNS)
        return []

    def last(_: pd.Series) -> str:
        on = answer.frame[answer.frame["state_id"].isin(names) & answer.frame["is_on"].fillna(False).astype(bool)]
        return f"on: {', '.join(on['state_name']) or 'none of these'}"

    frame.panel("states", CORRELATION["states"], answer, draw, needs=asked, last=last)


def show(day: frame.Day) -> None:
    """Draw the page."""
    frame.page_title(CORRELATION["page"])
    page = Correlation(day)
    page.facts()
    frame.pair("implied", lambda: page.implied("cor1m"), lambda: page.implied("cor3m"))
    frame.pair("premium", page.premium, page.pairs)
    frame.pair("spread", page.dispersion, page.bonds)
    page.matrix()
    states(day.session, tuple(name for name in STATES if "corr" in name))
