"""The next date of a calendar by going through its announcements, session by session. Not a test itself."""

from bisect import bisect_right

import pandas as pd


def next_dates(announcements: pd.DataFrame, knowledge: pd.Series) -> pd.DataFrame:
    """The first period that is not out, as announced by each instant of `knowledge`; NaT where it has no date.

    `announcements` has obs_date, announced_on, announced_at, released_at, is_called_off; `knowledge` rises. Index as
    `knowledge`; columns: obs_date, announced_on, released_at.
    """
    periods: dict[pd.Timestamp, list] = {}
    for row in announcements.sort_values(["obs_date", "announced_on"]).itertuples(index=False):
        periods.setdefault(row.obs_date, []).append(row)
    days = sorted(periods)
    newest, found = -1, []
    for instant in knowledge:
        # nothing was ever put off by thirty periods
        place = max(newest + 1, bisect_right(days, instant) - 30)
        # what is out describes a day that has come, what was called off may describe one of that week
        while place < len(days) and days[place] <= instant + pd.Timedelta(days=7):
            last = _newest(periods[days[place]], instant)
            if last and (last.is_called_off or last.released_at <= instant):
                newest = place
            place += 1
        # before the first release that is on file nothing is known of the next
        row = _newest(periods[days[newest + 1]], instant) if 0 <= newest < len(days) - 1 else None
        is_dated = row is not None and pd.notna(row.released_at)
        found.append((row.obs_date, row.announced_on, row.released_at) if is_dated else (pd.NaT, pd.NaT, pd.NaT))
    return pd.DataFrame(found, index=knowledge.index, columns=["obs_date", "announced_on", "released_at"])


def _newest(rows: list, instant: pd.Timestamp) -> object:
    """The newest announcement of a period that was made by an instant; None where there is none."""
    return next((row for row in reversed(rows) if row.announced_at <= instant), None)
