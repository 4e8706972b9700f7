"""Volatility: what protection costs, for which horizon, and whether it would blow out; pictures of
marts.volatility_daily, marts.states_daily and, where the file has it, marts.odds_daily."""

import pandas as pd
import streamlit as st

from app.pictures import charts, colours, snapshots
from app.pictures.panels import Bars, Line, Lines, Ribbon
from app.pictures.picture import Picture
from app.published import any_mart, one_mart
from app.published.answer import Answer
from app.views import page
from app.views.correlation import STATES, states
from app.words import argument, labels
from app.words.captions import VOLATILITY

MART = "volatility_daily"
TODAY = (
    "vix", "vix9d", "vix3m", "vix6m", "vvix", "skew", "vix_vix3m", "vix9d_vix", "rv_5", "rv_21", "vrp",
    "vrp_expected", "vix_chg_1d_pct", "vix_pctl_252", "vix_z_252", "vix_high_10", "vix_rollover", "vol_state",
)  # fmt: skip
FAMILY = {
    "vix9d": (colours.LIGHT_BLUE, 1.2), "vix": (colours.BLUE, 2.0),
    "vix3m": (colours.ORANGE, 1.6), "vix6m": (colours.PLUM, 1.4),
}  # fmt: skip
AGO = {0: ("today", colours.BLUE), 5: ("5 sessions ago", colours.ORANGE), 21: ("21 sessions ago", colours.GREY)}
_NUMBER, _TEXT = st.column_config.NumberColumn, st.column_config.TextColumn
ODDS = {
    "study_id": _TEXT("After", width=220),
    "age_sessions": _NUMBER("Sessions on", format="%d"),
    "horizon": _NUMBER("Horizon, sessions", format="%d"),
    "n_events": _NUMBER("n", format="%d"),
    "share": _NUMBER("Share", format="percent"),
    "ci_low": _NUMBER("90 % from", format="percent"),
    "ci_high": _NUMBER("to", format="percent"),
    "base_share": _NUMBER("Any day", format="percent"),
    "base_n": _NUMBER("of n", format="localized"),
    "base_share_vix": _NUMBER("VIX alone", format="percent"),
    "finding": _TEXT("Finding", width=150),
}


class Volatility:
    """The page for one day."""

    def __init__(self, day: page.Day) -> None:
        self.published, self.session = day.published, day.session
        self.span = page.span_of(day, MART)

    def history(self, *columns: str) -> Answer:
        """The columns over the window."""
        return any_mart.history(self.published, MART, columns, self.span.first, self.session)

    def facts(self) -> None:
        """The session at a glance."""
        answer = any_mart.on_session(self.published, MART, TODAY, self.session)
        if not answer.has(*TODAY):
            return
        row = answer.rows.iloc[0]
        text = {column: labels.formatted(column, row[column]) for column in TODAY[:-2]}
        rolled = (
            "–" if pd.isna(row["vix_rollover"]) else "off its high" if row["vix_rollover"] else "no spike to come off"
        )
        page.facts(
            [
                ("VIX", text["vix"], f"{text['vix_chg_1d_pct']} on the session"),
                ("State", labels.STATES.get(row["vol_state"], "no state"), "of volatility"),
                ("Rank of the VIX", text["vix_pctl_252"], f"of 100 in 252 sessions, z {text['vix_z_252']}"),
                ("VIX / VIX3M", text["vix_vix3m"], "1 and above is backwardation"),
                ("VIX9D / VIX", text["vix9d_vix"], "above 1 the next days cost most"),
                ("10-session high", text["vix_high_10"], rolled),
                ("VIX9D", text["vix9d"], "9 days"),
                ("VIX3M", text["vix3m"], "3 months"),
                ("VIX6M", text["vix6m"], "6 months"),
                ("Realised, 21 sessions", text["rv_21"], f"5 sessions {text['rv_5']}"),
                ("Variance premium", text["vrp_expected"], f"over what is expected; trailing {text['vrp']}"),
                ("VVIX / SKEW", f"{text['vvix']} / {text['skew']}", "volatility of VIX, price of tails"),
            ]
        )

    def vix(self) -> None:
        """The VIX in its band under its state, and its daily change."""
        columns = ["vix", "vix_p10_252", "vix_p90_252", "vix_chg_1d_pct"]
        answer = self.history(*columns, "vix_pctl_252", "blowout_flag")
        spells = any_mart.spells(self.published, MART, "vol_state", self.span.first, self.session)

        def draw() -> list[Picture]:
            line = [Line("vix", "VIX", colours.BLUE, 1.8)]
            bounds = {"vix_p10_252": "10 % of 252 sessions", "vix_p90_252": "90 %"}
            dots = {"blowout_flag": ("day of a blow-out", colours.RED)}
            panels = [
                Ribbon("State of volatility", spells.rows, colours.STATES, labels.STATES),
                Lines("VIX, volatility points", line, 160, band=bounds, dots=dots),
                Bars("Change of the session, %", "vix_chg_1d_pct", "Change, %", 84, "+.1f", rising_is_stress=True),
            ]
            return [charts.stack(answer.rows, self.span, panels)]

        page.panel("vix", VOLATILITY["vix"], answer, draw, needs=columns, last=columns, beside=[spells])

    def family(self) -> None:
        """The four horizons."""
        answer = self.history(*FAMILY)

        def draw() -> list[Picture]:
            lines = [Line(name, labels.label(name), colour, width) for name, (colour, width) in FAMILY.items()]
            return [charts.stack(answer.rows, self.span, [Lines("Implied, volatility points", lines, 296)])]

        page.panel("family", VOLATILITY["family"], answer, draw, needs=list(FAMILY), last=list(FAMILY))

    def slope(self) -> None:
        """Both ratios with 1.0."""
        columns = ["vix_vix3m", "vix9d_vix"]
        answer = self.history(*columns)

        def draw() -> list[Picture]:
            near = [Line("vix_vix3m", "VIX / VIX3M", colours.BLUE, 1.8)]
            front = [Line("vix9d_vix", "VIX9D / VIX", colours.TEAL, 1.4)]
            panels = [
                Lines("VIX / VIX3M, ratio", near, 130, rules=[1]), Lines("VIX9D / VIX, ratio", front, 100, rules=[1]),
            ]  # fmt: skip
            return [charts.stack(answer.rows, self.span, panels)]

        page.panel("slope", VOLATILITY["slope"], answer, draw, needs=columns, last=columns)

    def curve(self) -> None:
        """The term curve on three sessions."""
        answer = one_mart.term_curves(self.published, self.session)

        def draw() -> list[Picture]:
            days = answer.rows.drop_duplicates("sessions_ago")
            named = {
                ago: f"{day:%Y-%m-%d}, {AGO[ago][0]}"
                for ago, day in zip(days["sessions_ago"], days["session_date"], strict=True)
            }
            points = answer.rows.assign(
                tenor=answer.rows["tenor"].map(labels.TENORS), session=answer.rows["sessions_ago"].map(named)
            )
            palette = {label: AGO[ago][1] for ago, label in named.items()}
            return [snapshots.curves(points, "tenor", "value", "session", colours=palette, height=250, number=",.2f")]

        def last(_: pd.Series) -> str:
            newest = answer.rows[answer.rows["sessions_ago"] == 0]
            values = (
                f"{labels.TENORS[row.tenor]} {labels.formatted('value', row.value)}" for row in newest.itertuples()
            )
            return " · ".join(values)

        page.panel("curve", VOLATILITY["curve"], answer, draw, needs=["value"], last=last)

    def realised(self) -> None:
        """The VIX against what was realised, and the variance premium."""
        columns = ["vix", "rv_21", "rv_5", "vrp"]
        answer = self.history(*columns)

        def draw() -> list[Picture]:
            lines = [
                Line("rv_5", "Realised, 5 sessions", colours.LIGHT_ORANGE, 1),
                Line("rv_21", "Realised, 21 sessions", colours.ORANGE, 1.8), Line("vix", "VIX", colours.BLUE, 1.8),
            ]  # fmt: skip
            panels = [
                Lines("Volatility points a year", lines, 160),
                Bars("Trailing premium, points²", "vrp", "Trailing premium, points²", 84, "+,.0f"),
            ]
            return [charts.stack(answer.rows, self.span, panels)]

        page.panel("realised", VOLATILITY["realised"], answer, draw, needs=columns, last=columns)

    def tails(self) -> None:
        """VVIX and SKEW, each on its own panel."""
        columns = ["vvix", "skew"]
        answer = self.history(*columns)

        def draw() -> list[Picture]:
            panels = [
                Lines("VVIX, volatility points", [Line("vvix", "VVIX", colours.PLUM, 1.8)], 122),
                Lines("SKEW, index", [Line("skew", "SKEW", colours.TEAL, 1.8)], 122),
            ]
            return [charts.stack(answer.rows, self.span, panels)]

        page.panel("tails", VOLATILITY["tails"], answer, draw, needs=columns, last=columns)

    def odds(self) -> None:
        """How often a jump of the VIX followed, where the file has counted it."""
        wanted = list(ODDS)
        answer = any_mart.on_session(
            self.published,
            "odds_daily",
            ["session_date", *wanted],
            self.session,
            ["age_sessions", "study_id", "horizon"],
            target="vix_up_30pct",
            track="all",
        )

        def draw() -> list[Picture]:
            named = answer.rows.assign(
                study_id=answer.rows["study_id"].map(page.study_names(self.published)),
                finding=answer.rows["finding"].map(argument.FINDINGS),
            )
            page.table(named, ODDS)
            return []

        page.panel("odds", VOLATILITY["odds"], answer, draw, needs=wanted)


def show(day: page.Day) -> None:
    """Draw the page."""
    page.title(VOLATILITY["page"])
    panels = Volatility(day)
    panels.facts()
    page.pair("levels", panels.vix, panels.family)
    page.pair("term", panels.slope, panels.curve)
    page.pair("cost", panels.realised, panels.tails)
    states(day, tuple(name for name in STATES if "vol" in name or "vix" in name))
    if "ci_low" in day.published.columns("odds_daily"):
        panels.odds()
