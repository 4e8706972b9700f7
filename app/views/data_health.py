"""Data health: what came, when, what is missing, what was changed and what was refused; pictures of marts.data_quality
and of the release clock in marts.macro_levels_daily and marts.calendar_ahead."""

from collections.abc import Sequence

import streamlit as st

from app.pictures import colours, snapshots
from app.pictures.picture import Picture
from app.published import any_mart, contents, one_mart
from app.published.answer import Answer
from app.views import page
from app.words import captions, labels

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
    "calendar_name": _TEXT("What", width=150),
    "event_date": _DAY("Day", format="YYYY-MM-DD", width=90),
    "weekday": _TEXT("Weekday", width=90),
    "event_at": _MOMENT("At, UTC", format="YYYY-MM-DD HH:mm", width=124),
    "days_ahead": _NUMBER("Days ahead", format="%d", width=90),
    "rows_held": _NUMBER("Rows", format="localized", width=64),
    "rows_expected": _NUMBER("Expected", format="localized", width=64),
    "gaps": _NUMBER("Missing", format="localized", width=64),
    "coverage": _NUMBER("Held", format="percent", width=64),
    "sessions_differing": _NUMBER("Differ", format="localized", width=64),
    "largest_difference_pct": _NUMBER("Largest, %", format="%.3f"),
    "largest_difference_date": _DAY("On", format="YYYY-MM-DD", width=90),
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
AHEAD = ("calendar_name", "event_date", "weekday", "event_at", "days_ahead")
CHANGED = ("table_name", "series_id", "last_obs_date", "last_known_at", "rows_held", "value_before", "value_after")
REFUSED = ("source", "table_name", "series_id", "first_obs_date", "last_obs_date", "rows_held", "reason")
COMPARED = (
    "series_id", "first_obs_date", "last_obs_date", "rows_held", "sessions_differing", "largest_difference_pct",
    "largest_difference_date", "value_before", "value_after", "reason",
)  # fmt: skip
FLAGGED = ("table_name", "series_id", "first_obs_date", "last_obs_date", "rows_held", "value_after", "reason")


def show(day: page.Day) -> None:
    """Draw the page."""
    page.title(captions.HEALTH["page"])
    _coverage(day)
    page.pair("clock", lambda: _clock(day), lambda: _releases(day))
    answer = any_mart.on_session(day.published, "calendar_ahead", AHEAD, day.session, ["position"])
    _table("ahead", answer, AHEAD, visible=12)
    _table("freshness", _found(day, "freshness", FRESH, "last_obs_date"), FRESH, visible=14)
    page.pair(
        "gaps",
        lambda: _table("gaps", one_mart.gaps(day.published), GAPS),
        lambda: _table("restatements", _found(day, "restatement", CHANGED, "last_obs_date desc"), CHANGED),
    )
    _table("comparisons", _found(day, "comparison", COMPARED, "series_id"), COMPARED)
    _table("rejected", _found(day, "rejected", REFUSED, "last_obs_date desc"), REFUSED)
    _table("flags", _found(day, "flag", FLAGGED, "last_obs_date desc"), FLAGGED)


def _coverage(day: page.Day) -> None:
    answer = one_mart.coverage_by_year(day.published)

    def draw() -> list[Picture]:
        named = answer.rows.assign(
            universe=answer.rows["universe_id"].map(lambda name: labels.UNIVERSES.get(name, name)),
            year=answer.rows["year"].astype(str),
        )
        tooltip = {
            "universe": "Universe", "year": "Year", "coverage": "Coverage", "gaps": "Member-days missing",
            "reason": "Note",
        }  # fmt: skip
        return [
            snapshots.grid(
                named, "year", "universe", "coverage", tooltip=tooltip, number=".1%", height=84, text=".0%",
                white_below=0.8,
                shades={
                    0.5: colours.ORANGE, 0.79999: f"{colours.ORANGE}bb",
                    0.8: f"{colours.ORANGE}33", 0.95: f"{colours.ORANGE}18",
                    0.95001: f"{colours.BLUE}22", 0.9995: f"{colours.BLUE}33",
                },
            )
        ]  # fmt: skip

    page.panel("coverage by year", captions.HEALTH["coverage"], answer, draw, needs=["coverage"])


def _clock(day: page.Day) -> None:
    first = contents.window_start(day.published, day.session, 42).rows["first_session"].iloc[0].date()
    answer = one_mart.level_ages(day.published, first, day.session)

    def draw() -> list[Picture]:
        dated = answer.rows.assign(
            session=answer.rows["session_date"].dt.strftime("%m-%d"),
            day=answer.rows["session_date"].dt.strftime("%Y-%m-%d"),
            describes=answer.rows["obs_date"].dt.strftime("%Y-%m-%d"),
        )
        tooltip = {
            "series_id": "Series", "day": "Session", "describes": "Describes", "age_sessions": "Age, sessions",
            "null_reason": "No value because",
        }  # fmt: skip
        shown = dated[["session", "series_id", "day", "describes", "age_sessions", "null_reason"]]
        return [
            snapshots.grid(
                shown, "session", "series_id", "age_sessions", tooltip=tooltip, number=".0f",
                shades={0: f"{colours.BLUE}18", 5: f"{colours.BLUE}66", 70: colours.BLUE},
                height=18 * shown["series_id"].nunique(), every=7, order="day",
            )
        ]  # fmt: skip

    page.panel("clock", captions.HEALTH["clock"], answer, draw, needs=["age_sessions"])


def _releases(day: page.Day) -> None:
    answer = any_mart.on_session(
        day.published, "macro_levels_daily", KNOWN, day.session, ["next_release_at", "series_id"]
    )
    _table("releases", answer, answer.rows.columns, visible=19)


def _found(day: page.Day, check_id: str, columns: Sequence[str], order: str) -> Answer:
    return any_mart.every_row(
        day.published, "data_quality", columns, [order, "table_name", "series_id"], check_id=check_id
    )


def _table(name: str, answer: Answer, columns: Sequence[str], visible: int = 9) -> None:
    def draw() -> list[Picture]:
        shown = [column for column in columns if column != "null_reason" or answer.rows[column].notna().any()]
        page.table(answer.rows, {column: COLUMNS[column] for column in shown}, visible=visible)
        return []

    page.panel(name, captions.HEALTH[name], answer, draw, needs=columns, none=captions.NONE[name])
