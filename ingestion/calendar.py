"""The market's calendar: sessions, the last finished one, the cutoff of a session, and when each number is known.

All instants are naive UTC; all rules are stated in New York time. The present is always an argument.
"""

import warnings
from bisect import bisect_right
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

NEW_YORK = ZoneInfo("America/New_York")

#: First day any series of ours describes: Cboe's VIX file starts here.
FIRST_DAY = date(1990, 1, 2)

#: No series of ours describes an earlier day, and a spell whose beginning is not stated begins here.
EARLIEST = date(1900, 1, 1)

#: A reader of session t knows what was out 80 minutes before the next open (08:10 on a normal morning): late enough for
#: Cboe's 08:00 files, early enough that the morning's 08:30 releases are not yet in.
CUTOFF_BEFORE_OPEN = timedelta(minutes=80)

#: A bar of session t counts as finished and known at this time of day.
BAR_KNOWN = time(18, 0)


def to_utc(day: date, clock: time) -> datetime:
    """The naive UTC instant of a New York wall-clock time."""
    return datetime.combine(day, clock, NEW_YORK).astimezone(UTC).replace(tzinfo=None)


def to_new_york(instant: datetime) -> datetime:
    """The New York wall-clock time of a naive UTC instant."""
    return instant.replace(tzinfo=UTC).astimezone(NEW_YORK)


@lru_cache(maxsize=8)
def sessions(last_year: int) -> pd.DataFrame:
    """XNYS sessions from FIRST_DAY to the end of `last_year`, one row a session.

    Columns: session_date, session_number (1 on the first), open_at, close_at, cutoff_at (naive UTC), is_early_close.
    """
    frame = _sessions_of_decades(last_year // 10 * 10 + 9)
    return frame[frame["session_date"] <= date(last_year, 12, 31)].reset_index(drop=True)


@lru_cache(maxsize=2)
def _sessions_of_decades(last_year: int) -> pd.DataFrame:
    """Sessions as above to the end of a decade: a run needs several years, and each calendar takes 0.2 s to make."""
    import exchange_calendars

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # exchange_calendars 4.13 itself, under pandas 3.1
        calendar = exchange_calendars.get_calendar("XNYS", start=str(FIRST_DAY), end=f"{last_year + 1}-01-15")
    schedule = calendar.schedule
    opens = schedule["open"].dt.tz_convert(None)
    closes = schedule["close"].dt.tz_convert(None)
    return pd.DataFrame(
        {
            "session_date": schedule.index.date,
            "session_number": np.arange(1, len(schedule) + 1),
            "open_at": opens.to_numpy(),
            "close_at": closes.to_numpy(),
            "cutoff_at": opens.shift(-1).to_numpy() - np.timedelta64(CUTOFF_BEFORE_OPEN),
            "is_early_close": schedule.index.isin(calendar.early_closes),
        }
    )


def last_finished_session(now: datetime) -> date:
    """The newest session whose bars are known at `now`: today's only from 18:00 New York."""
    local = to_new_york(now)
    known_to = local.date() if local.time() >= BAR_KNOWN else local.date() - timedelta(days=1)
    return session_on_or_before(known_to)


def cutoff(session: date) -> datetime:
    """The instant up to which a reader of `session` knows things; raises ValueError when it is no session."""
    table = sessions(session.year)
    rows = table.loc[table["session_date"] == session, "cutoff_at"]
    if rows.empty:
        raise ValueError(f"{session} is not a session of the New York Stock Exchange")
    instant: datetime = rows.iloc[0].to_pydatetime()
    return instant


def session_on_or_before(day: date) -> date:
    """The newest session that is not after `day`; raises ValueError before the first one."""
    days: list[date] = list(sessions(day.year)["session_date"])
    if day < days[0]:
        raise ValueError(f"{day} lies before the first session we know, {days[0]}")
    return days[bisect_right(days, day) - 1]


@lru_cache(maxsize=1)
def federal_holidays() -> np.ndarray:
    """Federal holidays 1989-2040 as datetime64[D]: days on which the Federal Reserve and the CFTC do not publish."""
    from pandas.tseries.holiday import USFederalHolidayCalendar

    days: np.ndarray = USFederalHolidayCalendar().holidays("1989-01-01", "2040-12-31").to_numpy()
    return days.astype("datetime64[D]")


def known_at(rule: str, days: pd.Series, only_business_days: bool = False) -> pd.Series:
    """When each of `days` is known, by a lag rule of seeds/universe/series.csv; naive UTC, same index.

    Rules: 'same_day HH:MM', 'calendar_day HH:MM' (the next one), 'federal_business_day HH:MM' (the next one),
    'days N HH:MM' and 'days_back N HH:MM' (N days later, or the federal business day after or before it),
    'next_month D HH:MM' (day D of the month after), 'next_month_friday D HH:MM' (the first Friday on or after it).
    With `only_business_days` every result falls on a federal business day. Raises ValueError for any other rule.
    """
    kind, *rest = rule.split()
    clock = time.fromisoformat(rest[-1])
    described = pd.DatetimeIndex(pd.to_datetime(pd.Series(days.unique()))).to_numpy().astype("datetime64[D]")
    if kind == "same_day":
        published = described
    elif kind == "calendar_day":
        published = described + 1
    elif kind == "federal_business_day":
        published = _business_day(described + 1, "forward")
    elif kind == "days":
        published = _business_day(described + int(rest[0]), "forward")
    elif kind == "days_back":
        published = _business_day(described + int(rest[0]), "backward")
    elif kind in ("next_month", "next_month_friday"):
        published = (described.astype("datetime64[M]") + 1).astype("datetime64[D]") + int(rest[0]) - 1
        if kind == "next_month_friday":
            published = np.busday_offset(published, 0, roll="forward", weekmask="Fri")
    else:
        raise ValueError(f"unknown lag rule {rule!r}")
    if only_business_days:
        published = _business_day(published, "forward")
    return at_clock(days, described, published, clock)


def _business_day(days: np.ndarray, roll: Literal["forward", "backward"]) -> np.ndarray:
    moved: np.ndarray = np.busday_offset(days, 0, roll=roll, holidays=federal_holidays())
    return moved


def at_clock(days: pd.Series, described: np.ndarray, published: np.ndarray, clock: time) -> pd.Series:
    """Stamp the New York wall clock on each published day and map it back onto the (repeating) described days."""
    local = pd.DatetimeIndex(published.astype("datetime64[ns]")) + pd.Timedelta(hours=clock.hour, minutes=clock.minute)
    instants = (
        local.tz_localize(NEW_YORK, ambiguous=True, nonexistent="shift_forward").tz_convert("UTC").tz_localize(None)
    )
    table = pd.Series(instants.as_unit("us"), index=described.astype("datetime64[s]"))
    stamps = pd.to_datetime(days).to_numpy().astype("datetime64[s]")
    return pd.Series(table.reindex(stamps).to_numpy(), index=days.index, dtype="datetime64[us]")
