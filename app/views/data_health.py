"""Data health: what came, when, what is missing, what was changed and what was refused; pictures of marts.data_quality
and of the release clock in marts.macro_levels_daily."""

from collections.abc import Sequence

import streamlit as st

from app.pictures import axes, charts
from app.pictures.charts import Chart
from app.published import marts
from app.published.answer import Answer
from app.views import page as frame
from app.words import wording

_TEXT, _NUMBER = st.column_config.TextColumn, st.column_config.NumberColumn
_DAY, _MOMENT = st.column_config.DateColumn, st.column_config.DatetimeColumn

COLUMNS = {
    "source": _TEXT("Source", width=70),
    "table_name": _TEXT("Table", width=126),
    "series_id": _TEXT("Series", width=100),
    "series_name": _TEXT("Name", width=186),
    "unit": _TEXT("Unit", width=72),
    "value": _NUMBER("Value", format="localized", width=64),
    "first_obs_date": _DAY("First day", format="YYYY-MM-DD", width=90),
    "last_obs_date": _DAY("Last day", format="YYYY-MM-DD", width=90),
    "obs_date": _DAY("Describes", format="YYYY-MM-DD", width=84),
    "last_known_at": _MOMENT("Known at, UTC", format="YYYY-MM-DD HH:mm"),
    "last_ingested_at": _MOMENT("Stored at, UTC", format="YYYY-MM-DD HH:mm"),
    "known_at": _MOMENT("Known at, UTC", format="YYYY-MM-DD HH:mm"),
    "next_release_at": _MOMENT("Next release, UTC", format="YYYY-MM-DD HH:mm", width=124),
    "age_sessions": _NUMBER("Age, sessions", format="%d"),
    "rows_held": _NUMBER("Rows", format="localized", width=64),
    "rows_expected": _NUMBER("Expected", format="localized", width=64),
    "gaps": _NUMBER("Missing", format="localized", width=64),
    "coverage": _NUMBER("Held", format="percent", width=64),
    "value_before": _NUMBER("Before", format="%.6g"),
    "value_after": _NUMBER("After", format="%.6g"),
    "reason": _TEXT("Reason", width="large"),
    "null_reason": _TEXT("No value because", width="medium"),
}

FRESH = (
    "source", "table_name", "series_id", "first_obs_date", "last_obs_date", "last_known_at", "last_ingested_at",
    "rows_held", "rows_expected", "gaps", "coverage", "reason",
)  # fmt: skip
GAPS = ("series_id", "table_name", "first_obs_date", "rows_expected", "gaps", "coverage")
KNOWN = (
    "series_name", "value", "unit", "obs_date", "next_release_at", "series_id", "known_at", "age_sessions",
    "null_reason",
)  # fmt: skip
CHANGED = ("table_name", "series_id", "last_obs_date", "last_known_at", "rows_held", "value_before", "value_after")
REFUSED = ("source", "table_name", "series_id", "first_obs_date", "last_obs_date", "rows_held", "reason")
FLAGGED = ("table_name", "series_id", "first_obs_date", "last_obs_date", "rows_held", "value_after", "reason")


def show(day: frame.Day) -> None:
    """Draw the page."""
    frame.page_title(wording.HEALTH["page"])
    _coverage()
    frame.pair("clock", lambda: _clock(day), lambda: _releases(day))
    _table("freshness", _found("freshness", FRESH, "last_obs_date"), FRESH, rows=14)
    frame.pair(
        "gaps",
        lambda: _table("gaps", marts.gaps(), GAPS),
        lambda: _table("restatements", _found("restatement", CHANGED, "last_obs_date desc"), CHANGED),
    )
    _table("rejected", _found("rejected", REFUSED, "last_obs_date desc"), REFUSED)
    _table("flags", _found("flag", FLAGGED, "last_obs_date desc"), FLAGGED)


def _coverage() -> None:
    answer = marts.coverage_by_year()

    def draw() -> list[Chart]:
        named = answer.frame.assign(
            universe=answer.frame["universe_id"].map(lambda name: wording.UNIVERSES.get(name, name)),
            year=answer.frame["year"].astype(str),
        )
        tooltip = {
            "universe": "Universe", "year": "Year", "coverage": "Coverage", "gaps": "Member-days missing",
            "reason": "Note",
        }  # fmt: skip
        return [
            charts.grid(
                named, "year", "universe", "coverage", tooltip=tooltip, number=".1%", height=84, text=".0%",
                white_below=0.8,
                shades={
                    0.5: axes.ORANGE, 0.79999: f"{axes.ORANGE}bb", 0.8: f"{axes.ORANGE}33", 0.95: f"{axes.ORANGE}18",
                    0.95001: f"{axes.BLUE}22", 0.9995: f"{axes.BLUE}33",
                },
            )
        ]  # fmt: skip

    frame.panel("coverage by year", wording.HEALTH["coverage"], answer, draw, needs=["coverage"])


def _clock(day: frame.Day) -> None:
    first = marts.window_start(day.session, 42).frame["first_session"].iloc[0].date()
    answer = marts.level_ages(first, day.session)

    def draw() -> list[Chart]:
        dated = answer.frame.assign(
            session=answer.frame["session_date"].dt.strftime("%m-%d"),
            day=answer.frame["session_date"].dt.strftime("%Y-%m-%d"),
            describes=answer.frame["obs_date"].dt.strftime("%Y-%m-%d"),
        )
        tooltip = {
            "series_id": "Series", "day": "Session", "describes": "Describes", "age_sessions": "Age, sessions",
            "null_reason": "No value because",
        }  # fmt: skip
        shown = dated[["session", "series_id", "day", "describes", "age_sessions", "null_reason"]]
        return [
            charts.grid(
                shown, "session", "series_id", "age_sessions", tooltip=tooltip, number=".0f",
                shades={0: f"{axes.BLUE}18", 5: f"{axes.BLUE}66", 70: axes.BLUE},
                height=18 * shown["series_id"].nunique(), every=7, order="day",
            )
        ]  # fmt: skip

    frame.panel("clock", wording.HEALTH["clock"], answer, draw, needs=["age_sessions"])


def _releases(day: frame.Day) -> None:
    answer = marts.on_session("macro_levels_daily", KNOWN, day.session, ["next_release_at", "series_id"])
    _table("releases", answer, answer.frame.columns, rows=19)


def _found(check_id: str, columns: Sequence[str], order: str) -> Answer:
    return marts.rows("data_quality", columns, [order, "table_name", "series_id"], check_id=check_id)


def _table(name: str, answer: Answer, columns: Sequence[str], rows: int = 9) -> None:
    def draw() -> list[Chart]:
        told = [column for column in columns if column != "null_reason" or answer.frame[column].notna().any()]
        frame.table(answer.frame, {column: COLUMNS[column] for column in told}, rows=rows)
        return []

    frame.panel(name, wording.HEALTH[name], answer, draw, needs=columns, none=wording.NONE[name])
