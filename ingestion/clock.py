"""The only clock, and what it cannot say; everything else takes the time as an argument."""

from datetime import UTC, datetime, timedelta

#: A clock is set back by seconds when it is synchronised; more than this means that it was or is wrong.
TOLERANCE = timedelta(minutes=10)

#: Holidays and sessions are known to the end of this year.
LAST_YEAR = 2040


class ClockIsWrong(Exception):
    """The clock of this machine contradicts what is stored or known: set it, then run again."""


def require_plausible(now: datetime, newest_stored: datetime | None) -> None:
    """Raise ClockIsWrong when `now` lies before the newest moment at which a row was stored, or beyond the calendar.

    Both are naive UTC; `newest_stored` is None where nothing is stored.
    """
    if now.year > LAST_YEAR:
        raise ClockIsWrong(f"this machine's clock says {now:%Y-%m-%d %H:%M} UTC; sessions are known to {LAST_YEAR}")
    if newest_stored is not None and now < newest_stored - TOLERANCE:
        raise ClockIsWrong(
            f"this machine's clock says {now:%Y-%m-%d %H:%M} UTC, and rows were stored at "
            f"{newest_stored:%Y-%m-%d %H:%M} UTC: set the clock if it is behind; if it is right and was ahead then, "
            "run once with --clock-is-right"
        )


def utc_now() -> datetime:
    """The present, naive UTC, in whole seconds: what is stored now must be known to a build as of now."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)
