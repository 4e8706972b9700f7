"""Positioning: has it capitulated, and what may be known of it; pictures of marts.positioning_daily and the positioning
leg of marts.capitulation_daily."""

import pandas as pd
import streamlit as st

from app.pictures import charts, colours
from app.pictures.panels import Bars, Line, Lines, Ribbon
from app.pictures.picture import Picture
from app.published import any_mart
from app.published.answer import Answer
from app.views import page
from app.words import argument, labels
from app.words.argument import POSITIONING

MART = "positioning_daily"
DEFAULT_CONTRACT = "13874+"  # the longest history: the large and the small S&P 500 contract together
CALENDAR = ("report_date", "known_at", "next_report_at", "report_age_sessions")
VALUES = (
    "asset_manager_net_pct_oi", "asset_manager_pctl_156w", "asset_manager_chg_4w", "asset_manager_chg_4w_z",
    "leveraged_net_pct_oi", "leveraged_pctl_156w", "cta_exposure", "cta_flow_5d", "cta_flow_21d",
)  # fmt: skip
LEG = ("session_date", "positioning_on", "positioning_age", "positioning_evidence", "stage")
_NUMBER, _TEXT, _DAY = st.column_config.NumberColumn, st.column_config.TextColumn, st.column_config.DateColumn
TABLE = {
    "contract_name": _TEXT("Contract", width=190),
    "report_date": _DAY("Report of", format="YYYY-MM-DD"),
    "open_interest": _NUMBER("Open interest", format="localized"),
    "asset_manager_net_pct_oi": _NUMBER("Asset managers, %", format="%+.1f"),
    "asset_manager_pctl_156w": _NUMBER("Rank", format="%.0f"),
    "asset_manager_z_156w": _NUMBER("z", format="%+.2f"),
    "asset_manager_chg_1w": _NUMBER("1 week, pts", format="%+.1f"),
    "asset_manager_chg_4w": _NUMBER("4 weeks, pts", format="%+.1f"),
    "leveraged_net_pct_oi": _NUMBER("Leveraged, %", format="%+.1f"),
    "leveraged_pctl_156w": _NUMBER("Rank", format="%.0f"),
    "leveraged_chg_4w": _NUMBER("4 weeks, pts", format="%+.1f"),
    "dealer_net_pct_oi": _NUMBER("Dealers, %", format="%+.1f"),
}


class Positioning:
    """The page for one day and one contract."""

    def __init__(self, day: page.Day, contract: str) -> None:
        self.published, self.session, self.contract = day.published, day.session, contract
        self.span = page.span_of(day, MART, contract_code=contract)

    def history(self, *columns: str) -> Answer:
        """The columns over the window, each from the moment it was known."""
        return any_mart.history(
            self.published, MART, columns, self.span.first, self.session, contract_code=self.contract
        )

    def facts(self) -> None:
        """What is known now, what comes next, and the leg."""
        answer = any_mart.on_session(
            self.published, MART, (*CALENDAR, *VALUES), self.session, contract_code=self.contract
        )
        leg = any_mart.on_session(self.published, "capitulation_daily", LEG, self.session)
        cells = []
        if leg.has(*LEG):
            row = leg.rows.iloc[0]
            on = row["positioning_on"]
            leg_text = "not known" if pd.isna(on) else "capitulated" if on else "NOT capitulated"
            hit = (
                "no hit on file"
                if pd.isna(row["positioning_age"])
                else f"{labels.sessions(row['positioning_age'])} since a hit"
            )
            cells.append(("Positioning", leg_text, f"{hit}; stage {argument.named(argument.STAGES, row['stage'])}"))
        if answer.has(*CALENDAR, *VALUES):
            row = answer.rows.iloc[0]
            text = {column: labels.formatted(column, row[column]) for column in VALUES}
            cells += [
                ("Known now: report of", labels.formatted("", row["report_date"]), _moment("public", row["known_at"])),
                ("Next release", labels.formatted("", row["next_report_at"]), _moment("at", row["next_report_at"])),
                (
                    "Asset managers, net",
                    text["asset_manager_net_pct_oi"],
                    f"rank {text['asset_manager_pctl_156w']} of 100, 4 weeks {text['asset_manager_chg_4w']}",
                ),
                (
                    "Leveraged funds, net",
                    text["leveraged_net_pct_oi"],
                    f"rank {text['leveraged_pctl_156w']} of 100 in 156 weeks",
                ),
                ("Trend followers, proxy", text["cta_exposure"], f"21 sessions {text['cta_flow_21d']}"),
            ]
        if cells:
            page.facts(cells)

    def group(self, name: str, colour: str) -> None:
        """One group of traders in its band."""
        value = f"{name}_net_pct_oi"
        bounds = {f"{name}_p10_156w": "10 % of 156 weeks", f"{name}_p90_156w": "90 %"}
        answer = self.history(value, *bounds, f"{name}_pctl_156w")

        def draw() -> list[Picture]:
            line = [Line(value, labels.label(value), colour, 1.8)]
            band = bounds if answer.rows[list(bounds)].notna().any(axis=None) else {}
            panel = Lines("Net, % of open interest", line, 220, "+.1f", rules=[0], band=band)
            return [charts.stack(answer.rows, self.span, [panel])]

        page.panel(name, POSITIONING[name], answer, draw, needs=[value], last=[value, f"{name}_pctl_156w", *bounds])

    def proxy(self) -> None:
        """The exposure of a trend rule, and its change."""
        columns = ["cta_exposure", "cta_flow_21d"]
        answer = self.history(*columns, "cta_flow_5d")

        def draw() -> list[Picture]:
            line = [Line("cta_exposure", "Exposure of the proxy", colours.PLUM, 1.8)]
            panels = [
                Lines("Exposure, multiples of capital", line, 124, "+.2f", rules=[0], domain=(-1.55, 1.55)),
                Bars("Change over 21 sessions", "cta_flow_21d", "Change, 21 sessions", 84, "+.2f"),
            ]
            return [charts.stack(answer.rows, self.span, panels)]

        page.panel(
            "proxy",
            POSITIONING["proxy"],
            answer,
            draw,
            needs=columns,
            last=["cta_exposure", "cta_flow_5d", "cta_flow_21d"],
        )

    def change(self) -> None:
        """Four weeks of the asset managers, with the stages above."""
        column = "asset_manager_chg_4w"
        answer = self.history(column, f"{column}_z")
        stages = any_mart.spells(self.published, "capitulation_daily", "stage", self.span.first, self.session)

        def draw() -> list[Picture]:
            more = {f"{column}_z": "z of it"}
            panels = [
                Ribbon("Stage of capitulation", stages.rows, colours.STAGES, argument.STAGES),
                Bars("Change in four weeks, points of open interest", column, "4 weeks, points", 190, "+.1f", more),
            ]
            return [charts.stack(answer.rows, self.span, panels)]

        page.panel(
            "change", POSITIONING["stage"], answer, draw, needs=[column], last=[column, f"{column}_z"], beside=[stages]
        )

    def contracts(self) -> None:
        """Every contract on the session."""
        answer = any_mart.on_session(
            self.published, MART, ["session_date", "contract_code", *TABLE], self.session, ["contract_code"]
        )

        def draw() -> list[Picture]:
            page.table(answer.rows, TABLE)
            return []

        page.panel("contracts", POSITIONING["contracts"], answer, draw, needs=["contract_name"])


def _moment(word: str, moment: object) -> str:
    return "not known" if pd.isna(moment) else f"{word} {moment:%Y-%m-%d %H:%M} UTC"


def _contract(day: page.Day) -> str:
    """The contract that the reader has chosen; stored in the URL."""
    contracts = any_mart.on_session(
        day.published, MART, ["contract_code", "contract_name"], day.session, ["contract_code"]
    )
    if not contracts.has("contract_code", "contract_name"):
        return DEFAULT_CONTRACT
    names = dict(zip(contracts.rows["contract_code"], contracts.rows["contract_name"], strict=True))
    codes = sorted(names, key=lambda code: (code != DEFAULT_CONTRACT, code))
    with page.choices():
        chosen: str = st.selectbox(
            "Contract", codes, format_func=lambda code: str(names.get(code, code)), key="contract", bind="query-params"
        )
    return chosen


def show(day: page.Day) -> None:
    """Draw the page."""
    page.title(POSITIONING["page"])
    panels = Positioning(day, _contract(day))
    panels.facts()
    page.note(argument.TAGLINE)
    page.pair(
        "groups", lambda: panels.group("asset_manager", colours.BLUE), lambda: panels.group("leveraged", colours.ORANGE)
    )
    page.pair("flows", panels.proxy, panels.change)
    panels.contracts()
