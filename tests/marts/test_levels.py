"""macro_levels_daily and the levels in other marts, read again from the vintages session by session."""

from pathlib import Path

import numpy as np
import pandas as pd

from ingestion.releases import dates
from tests.marts.announced import next_dates
from tests.marts.built import read

#: Series whose published values are revised later.
REVISED = ("CPIAUCSL", "PAYEMS", "ICSA", "NFCI")

RECOMPUTED = {
    "macro_levels_daily": (
        "series_name", "unit", "value", "obs_date", "known_at", "vintage_basis", "is_revised_vintage", "age_sessions",
        "next_release_at", "null_reason",
    ),
}  # fmt: skip


def known_levels(vintages: pd.DataFrame, sessions: pd.DataFrame, max_age: int) -> pd.DataFrame:
    """The newest observation of one series known at each session's cutoff, by session; NaN where it is too old."""
    days, cutoffs = sessions.session_date.to_numpy(), sessions.cutoff_at.to_numpy()
    described = np.searchsorted(days, vintages.obs_date.to_numpy())
    first = np.maximum(described, np.searchsorted(cutoffs, vintages.known_at.to_numpy()))
    arrivals: dict[int, list[tuple]] = {}
    for place, number, row in zip(first, described, vintages.itertuples(), strict=True):
        arrivals.setdefault(int(place), []).append(
            ((row.obs_date, row.known_at, row.batch_id), row.value, row.vintage_basis, row.is_revised, int(number))
        )
    newest, rows = None, []
    for at in range(len(days)):
        for arrival in arrivals.get(at, []):
            if newest is None or arrival[0] > newest[0]:
                newest = arrival
        if newest is None or at - newest[4] > max_age:
            rows.append((np.nan, None, None, None, None, np.nan))
        else:
            rows.append((newest[1], newest[0][0], newest[0][1], newest[2], newest[3], at - newest[4]))
    columns = ["value", "obs_date", "known_at", "vintage_basis", "is_revised_vintage", "age_sessions"]
    return pd.DataFrame(rows, index=sessions.session_date, columns=columns)


def dated(vintages: pd.DataFrame, calendar_id: object, frequency: str) -> pd.DataFrame:
    """The vintages of one series with their basis, and whether each may be a revised value."""
    is_first = vintages.known_at == vintages.groupby("obs_date").known_at.transform("min")
    released = dates(calendar_id if isinstance(calendar_id, str) else "")
    is_released = vintages.obs_date.dt.date.map(released).astype("datetime64[us]") == vintages.known_at
    basis = np.where(is_first, np.where(is_released, "release_calendar", "lag_rule"), "arrival")
    is_late = vintages.ingested_at - vintages.known_at > pd.Timedelta(days=6 if frequency == "weekly" else 21)
    is_revised = vintages.series_id.isin(REVISED) & (is_late | ~is_first)
    return vintages.assign(vintage_basis=basis, is_revised=is_revised)


def test_levels_are_those_known_at_the_cutoff(market: tuple[Path, Path]) -> None:
    warehouse, published = market
    mart = read(published, "select * from marts.macro_levels_daily order by series_id, session_date")
    seed = read(warehouse, "select * from seeds.series").set_index("series_id")
    vintages = read(warehouse, "select * from staging.stg_series_vintages").groupby("series_id")
    sessions = read(warehouse, "select * from intermediate.int_sessions order by session_date")
    releases = read(warehouse, "select *, known_at as announced_at from raw.releases")
    as_of = read(published, "select as_of from marts.publication").as_of[0]
    knowledge = np.minimum(sessions.cutoff_at, as_of)
    assert len(set(mart.series_id)) > 20
    for series_id, rows in mart.groupby("series_id"):
        rows = rows.set_index("session_date")
        one = seed.loc[series_id]
        expected = known_levels(
            dated(vintages.get_group(series_id), one.calendar_id, one.frequency), sessions, one.max_age_sessions
        )
        expected = expected.loc[expected.value.first_valid_index() :]
        assert rows.index.equals(expected.index), series_id
        for column in ("value", "age_sessions"):
            assert rows[column].astype(float).equals(expected[column].astype(float)), (series_id, column)
        for column in ("obs_date", "known_at"):
            assert rows[column].equals(pd.to_datetime(expected[column]).astype(rows[column].dtype)), (series_id, column)
        assert rows.vintage_basis.fillna("").tolist() == expected.vintage_basis.fillna("").tolist(), series_id
        words = np.where(expected.value.isna(), f"older than {one.max_age_sessions} sessions", "")
        assert rows.null_reason.fillna("").tolist() == words.tolist(), series_id
        assert set(rows.series_name) == {one["name"]}
        assert set(rows.unit) == {one.unit}
        revised = expected.is_revised_vintage.map({True: "yes", False: "no"}).fillna("").tolist()
        assert rows.is_revised_vintage.map({True: "yes", False: "no"}).fillna("").tolist() == revised, series_id
        following = next_dates(
            releases[releases.series_id == series_id], knowledge.set_axis(sessions.session_date).loc[rows.index]
        )
        following = following.released_at.astype("datetime64[us]")
        assert rows.next_release_at.equals(following.rename("next_release_at")), series_id
