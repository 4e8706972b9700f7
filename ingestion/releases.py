"""When numbers are published, and since when that was known: the release calendars of the seeds over the lag rules.

What a market expects (raw.releases) and the known_at of what it stores both come from here. All instants are naive UTC.
"""

from collections.abc import Mapping
from datetime import date, datetime, time

import numpy as np
import pandas as pd

from ingestion import calendar, universe
from ingestion.calendar import EARLIEST, FIRST_DAY, federal_holidays, known_at

#: The series of the CFTC's weekly report, and the calendar that has its exceptions.
POSITIONING, POSITIONING_CALENDAR = "TFF", "positioning"

#: An announcement is known at the end of its day, as a bar is: that day's cutoff knows it, the one before does not.
ANNOUNCED = time(18, 0)

#: The CFTC publishes at this hour.
REPORT_PUBLISHED = time(15, 30)


def published(rule: str, days: pd.Series, dated: Mapping[date, datetime]) -> pd.Series:
    """When each of `days` was or will be published: as its calendar dates it, else by the lag rule; index as `days`."""
    instants = known_at(rule, days)
    if dated:
        exact = days.dt.date.map(dated).astype("datetime64[us]")
        instants = exact.fillna(instants)
    return instants


def by_series(rows: pd.DataFrame, default: str) -> pd.Series:
    """When each row (series_id, obs_date) is published; `default` is the lag rule of a series that no seed lists."""
    listed = {row["series_id"]: row for row in universe.seed("series")}
    instants = [
        published(
            listed[series_id]["lag_rule"] if series_id in listed else default,
            days,
            dates(listed[series_id]["calendar_id"]) if series_id in listed else {},
        )
        for series_id, days in rows["obs_date"].groupby(rows["series_id"])
    ]
    return pd.concat(instants or [pd.Series(dtype="datetime64[us]")])


def positioning_known_at(days: pd.Series) -> pd.Series:
    """When each CFTC report date is known: as the calendar dates it, else Friday 15:30, moved by a federal holiday."""
    exact = days.dt.date.map(dates(POSITIONING_CALENDAR)).astype("datetime64[us]")
    return exact.fillna(_by_friday_rule(days))


def dates(calendar_id: str) -> dict[date, datetime]:
    """Day described -> instant of publication, as last announced; empty for no calendar."""
    newest: dict[date, datetime] = {}
    for row in universe.calendar_dates(calendar_id):
        described = date.fromisoformat(row["obs_date"])
        newest.pop(described, None)
        if row["due_on"]:
            newest[described] = _due(row)
    return newest


def expected(last_year: int) -> pd.DataFrame:
    """What was announced of each publication and event to the end of `last_year`, as raw.releases stores it.

    Columns: series_id, obs_date, announced_on, released_at (NaT without a date), is_called_off, basis, known_at.
    A standing rule (each Thursday at 08:30) is known from the beginning; a month's date only once it is announced.
    """
    rules = [_standing(row, last_year) for row in universe.seed("series")]
    rules.append(_standing_reports(last_year))
    standing = pd.concat(rules, ignore_index=True).assign(
        announced_on=pd.Timestamp(EARLIEST), is_called_off=False, basis="lag_rule", known_at=pd.Timestamp(EARLIEST)
    )
    return pd.concat([standing, _announced(last_year)], ignore_index=True)[
        ["series_id", "obs_date", "announced_on", "released_at", "is_called_off", "basis", "known_at"]
    ]


def _announced(last_year: int) -> pd.DataFrame:
    """The rows of the calendars, once for each series that follows one."""
    followers: dict[str, set[str]] = {row["calendar_id"]: {row["series_id"]} for row in universe.seed("calendars")}
    for row in universe.seed("series"):
        if row["calendar_id"]:
            followers[row["calendar_id"]].add(row["series_id"])
    rows = [
        {
            "series_id": series_id,
            "obs_date": date.fromisoformat(row["obs_date"]),
            "announced_on": date.fromisoformat(row["announced_on"]),
            "released_at": _due(row) if row["due_on"] else None,
            "is_called_off": row["status"] == "called_off",
            "basis": "release_calendar",
            "known_at": calendar.to_utc(date.fromisoformat(row["announced_on"]), ANNOUNCED),
        }
        for calendar_id, series in followers.items()
        for row in universe.calendar_dates(calendar_id)
        for series_id in sorted(series)
        if row["obs_date"] <= f"{last_year}-12-31"
    ]
    frame = pd.DataFrame(rows)
    for column in ("obs_date", "announced_on", "released_at", "known_at"):
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[us]")
    return frame


def _standing(series: Mapping[str, str], last_year: int) -> pd.DataFrame:
    """Every day that a series describes, with its publication by the standing rule, on a federal business day.

    A month has no standing date: its lag rule is only a bound.
    """
    days = pd.date_range(FIRST_DAY, f"{last_year}-12-31")
    if series["frequency"] == "monthly":
        described = days[days.day == 1]
    elif series["frequency"] == "weekly":
        described = days[days.day_name().str.lower() == series["weekday"]]
    elif series["source"] == "cboe":
        described = pd.DatetimeIndex(calendar.sessions(last_year)["session_date"])
    else:
        described = days[np.is_busday(days.to_numpy().astype("datetime64[D]"), holidays=federal_holidays())]
    obs_dates = pd.Series(described)
    if series["frequency"] == "monthly":
        released_at = pd.Series(pd.NaT, index=obs_dates.index, dtype="datetime64[us]")
    else:
        released_at = known_at(series["lag_rule"], obs_dates, only_business_days=True)
    return pd.DataFrame({"series_id": series["series_id"], "obs_date": obs_dates, "released_at": released_at})


def _standing_reports(last_year: int) -> pd.DataFrame:
    """The CFTC's report dates, Tuesdays but for the weeks that the calendar dates on a Monday, by the Friday rule."""
    days = pd.date_range(FIRST_DAY, f"{last_year}-12-31")
    listed = {date.fromisoformat(row["obs_date"]) for row in universe.calendar_dates(POSITIONING_CALENDAR)}
    mondays = days[days.isin(pd.to_datetime(sorted(listed))) & (days.day_name() == "Monday")]
    reports = days[days.day_name() == "Tuesday"].difference(mondays + pd.Timedelta(days=1)).union(mondays)
    obs_dates = pd.Series(reports)
    return pd.DataFrame({"series_id": POSITIONING, "obs_date": obs_dates, "released_at": _by_friday_rule(obs_dates)})


def _by_friday_rule(days: pd.Series) -> pd.Series:
    """Friday of the week, or the next federal business day after it where a holiday falls from Wednesday to Friday."""
    described = pd.DatetimeIndex(days.unique()).to_numpy().astype("datetime64[D]")
    friday = np.busday_offset(described, 0, roll="forward", weekmask="Fri")
    is_moved = np.isin(friday[:, None] - np.arange(3), federal_holidays()).any(axis=1)
    released = np.where(is_moved, np.busday_offset(friday + 3, 0, roll="forward", holidays=federal_holidays()), friday)
    return calendar.at_clock(days, described, released, REPORT_PUBLISHED)


def _due(row: Mapping[str, str]) -> datetime:
    return calendar.to_utc(date.fromisoformat(row["due_on"]), time.fromisoformat(row["due_time"]))
