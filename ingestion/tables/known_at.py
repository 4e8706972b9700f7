"""When rows that state no known_at of their own are known: functions from the rows of a table to naive UTC instants."""

from collections.abc import Callable
from datetime import datetime

import pandas as pd

from ingestion import calendar, releases

KnownAt = Callable[[pd.DataFrame], pd.Series]


def by_rule(rule: str, described: str = "obs_date") -> KnownAt:
    """By one lag rule of calendar.known_at for all rows."""
    return lambda rows: calendar.known_at(rule, rows[described])


def by_series(default: str) -> KnownAt:
    """By the release calendar or lag rule of the series of each row; `default` for a series that no seed lists."""
    return lambda rows: releases.by_series(rows, default)


def by_release(rows: pd.DataFrame) -> pd.Series:
    """By the release calendar of the CFTC."""
    return releases.positioning_known_at(rows["obs_date"])


def always(rows: pd.DataFrame) -> pd.Series:
    """From the beginning: what the calendar and the seeds state is known to every reader."""
    return pd.Series(datetime(1900, 1, 1), index=rows.index)
