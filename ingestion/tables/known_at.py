"""When rows that state no known_at of their own are known: functions from the rows of a table to naive UTC instants."""

from collections.abc import Callable
from datetime import datetime

import pandas as pd

from ingestion import calendar, universe

KnownAt = Callable[[pd.DataFrame], pd.Series]


def by_rule(rule: str, described: str = "obs_date") -> KnownAt:
    """By one lag rule of calendar.known_at for all rows."""
    return lambda rows: calendar.known_at(rule, rows[described])


def by_series(default: str) -> KnownAt:
    """By the lag rule of each row's series in the seed, or `default` where the seed does not list the series."""

    def known_at(rows: pd.DataFrame) -> pd.Series:
        rules = rows["series_id"].map(universe.lag_rules()).fillna(default)
        return pd.concat(
            [calendar.known_at(rule, days) for rule, days in rows["obs_date"].groupby(rules)]
            or [pd.Series(dtype="datetime64[us]")]
        )

    return known_at


def by_release(rows: pd.DataFrame) -> pd.Series:
    """By the release calendar of the CFTC."""
    return calendar.positioning_known_at(rows["obs_date"], universe.positioning_releases())


def always(rows: pd.DataFrame) -> pd.Series:
    """From the beginning: what the calendar and the seeds state is known to every reader."""
    return pd.Series(datetime(1900, 1, 1), index=rows.index)
