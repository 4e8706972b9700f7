"""macro_levels_daily and the levels in other marts, read again from the vintages session by session."""

from pathlib import Path

import numpy as np
import pandas as pd

from tests.marts.built import read

RECOMPUTED = {
    "macro_levels_daily": (
        "series_name", "unit", "value", "obs_date", "known_at", "vintage_basis", "age_sessions", "next_release_at",
        "null_reason",
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
            ((row.obs_date, row.known_at, row.batch_id), row.value, row.vintage_basis, int(number))
        )
    newest, rows = None, []
    for at in range(len(days)):
        for arrival in arrivals.get(at, []):
            if newest is None or arrival[0] > newest[0]:
                newest = arrival
        if newest is None or at - newest[3] > max_age:
            rows.append((np.nan, None, None, None, np.nan))
        else:
            rows.append((newest[1], newest[0][0], newest[0][1], newest[2], at - newest[3]))
    columns = ["value", "obs_date", "known_at", "vintage_basis", "age_sessions"]
    return pd.DataFrame(rows, index=sessions.session_date, columns=columns)


def test_levels_are_those_known_at_the_cutoff(market: tuple[Path, Path]) -> None:
    warehouse, published = market
    mart = read(published, "select * from marts.macro_levels_daily order by series_id, session_date")
    seed = read(warehouse, "select * from seeds.series").set_index("series_id")
    vintages = read(warehouse, "select * from staging.stg_series_vintages").groupby("series_id")
    sessions = read(warehouse, "select * from intermediate.int_sessions order by session_date")
    releases = read(warehouse, "select distinct series_id, released_at from staging.stg_releases order by 1, 2")
    as_of = read(published, "select as_of from marts.publication").as_of[0]
    knowledge = np.minimum(sessions.cutoff_at, as_of)
    assert len(set(mart.series_id)) > 20
    for series_id, rows in mart.groupby("series_id"):
        rows = rows.set_index("session_date")
        one = seed.loc[series_id]
        expected = known_levels(vintages.get_group(series_id), sessions, one.max_age_sessions)
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
        released = np.sort(releases.released_at[releases.series_id == series_id].to_numpy())
        place = np.searchsorted(released, knowledge.to_numpy(), side="right")
        following = [released[at] if 0 < at < len(released) else np.datetime64("NaT") for at in place[-len(rows) :]]
        assert rows.next_release_at.fillna(0).tolist() == pd.Series(following).fillna(0).tolist(), series_id
