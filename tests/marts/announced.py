"""The next date of a calendar by going through its announcements, session by session. Not a test itself."""

from bisect import bisect_right

import pandas as pd


def next_dates(announcements: pd.DataFrame, knowledge: pd.Series) -> pd.DataFrame:
    """The first period that is not out, as announced by each instant of `knowledge`; NaT where it has no date.

    `announcements` has obs_date, announced_on, announced_at, released_at, is_called_off. Index as `knowledge`; columns:
    obs_date, announced_on, released_at.
    """
    periods = {
        described: list(rows.sort_values("announced_on").itertuples(index=False))
        for described, rows in announcements.groupby("obs_date")
    }
    days = sorted(periods)
    found = []
    for instant in knowledge:
        newest = None
        # the period that is next lies within a year of the day; earlier ones are out or were never dated
        around = bisect_right(days, instant)
        for described in days[max(0, around - 60) : around + 60]:
            known = [row for row in periods[described] if row.announced_at <= instant]
            if not known:
                continue
            last = known[-1]
            if last.is_called_off or (pd.notna(last.released_at) and last.released_at <= instant):
                newest = described
                following = None
            elif newest is not None and following is None:
                following = last
        row = following if newest is not None else None
        is_dated = row is not None and pd.notna(row.released_at)
        found.append((row.obs_date, row.announced_on, row.released_at) if is_dated else (pd.NaT, pd.NaT, pd.NaT))
    return pd.DataFrame(found, index=knowledge.index, columns=["obs_date", "announced_on", "released_at"])
