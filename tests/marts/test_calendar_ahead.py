"""calendar_ahead by going through the announcements session by session, compared with the facts about releases."""

import csv
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ingestion import calendar, releases, universe
from tests.conftest import MARKET_FOLDER
from tests.marts.announced import next_dates
from tests.marts.built import read

RECOMPUTED = {
    "calendar_ahead": (
        "calendar_name", "kind", "obs_date", "event_date", "event_at", "weekday", "days_ahead", "announced_on",
    ),
}  # fmt: skip

#: Facts about releases: file, its column of the day of publication.
FACTS = {
    "consumer_prices": ("cpi_releases.csv", "released_on"),
    "payrolls": ("employment_releases.csv", "released_on"),
    "fed_decision": ("fomc_decisions.csv", "decision_date"),
    "monthly_expiry": ("options_expiry.csv", "monthly_expiry"),
    "vix_expiry": ("options_expiry.csv", "vix_expiry"),
    "index_rebalance": ("options_expiry.csv", "sp_rebalance_after_close"),
    "quarter_end": ("options_expiry.csv", "quarter_end_session"),
}


@pytest.fixture(scope="module")
def ahead(market: tuple[Path, Path]) -> pd.DataFrame:
    return read(market[1], "select * from marts.calendar_ahead order by session_date, position")


@pytest.fixture(scope="module")
def sessions(market: tuple[Path, Path]) -> pd.DataFrame:
    """Sessions with the instant up to which each knows things."""
    frame = read(market[0], "select session_date, cutoff_at from intermediate.int_sessions order by session_date")
    as_of = read(market[1], "select as_of from marts.publication").as_of[0]
    return frame.assign(knowledge_at=np.minimum(frame.cutoff_at, as_of))


def test_the_next_date_of_every_calendar_is_the_one_that_was_announced(market, ahead, sessions):
    announcements = read(market[0], "select *, known_at as announced_at from raw.releases")
    knowledge = sessions.set_index("session_date").knowledge_at
    expected = []
    for row in universe.seed("calendars"):
        dates = next_dates(announcements[announcements.series_id == row["series_id"]], knowledge)
        dates = dates.dropna(subset="released_at").assign(
            calendar_id=row["calendar_id"], calendar_name=row["name"], kind=row["kind"]
        )
        expected.append(dates.assign(seed_position=int(row["position"])))
    frame = pd.concat(expected).reset_index().rename(columns={"released_at": "event_at"})
    frame = frame.sort_values(["session_date", "event_at", "seed_position"], ignore_index=True)
    frame["position"] = frame.groupby("session_date").cumcount() + 1
    event_date = frame.event_at.dt.tz_localize("UTC").dt.tz_convert("America/New_York").dt.tz_localize(None)
    frame["event_date"] = event_date.dt.normalize()
    frame["weekday"] = frame.event_date.dt.day_name()
    frame["days_ahead"] = (frame.event_date - frame.session_date).dt.days
    assert ahead.groupby("session_date").size()["2018-01-02":].min() > 8
    for column in ("session_date", "position", "calendar_id", *RECOMPUTED["calendar_ahead"]):
        assert ahead[column].tolist() == frame[column].tolist(), column


@pytest.mark.parametrize("calendar_id", FACTS)
def test_the_next_date_is_that_of_the_facts_unless_it_was_put_off_later(calendar_id, ahead, sessions):
    folder = MARKET_FOLDER.parent / "calendars"
    if not folder.is_dir():
        pytest.skip("the facts about releases are not beside the checkout (shared/data/calendars)")
    name, column = FACTS[calendar_id]
    with (folder / name).open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row.get("kind") != "unscheduled"]
    happened = np.array(sorted(date.fromisoformat(row[column]) for row in rows if row[column]), dtype="datetime64[D]")
    mine = ahead[ahead.calendar_id == calendar_id].set_index("session_date")
    # what is published on the morning of the cutoff is not yet out
    mornings = sessions.knowledge_at.to_numpy().astype("datetime64[D]")
    later = np.searchsorted(happened, mornings, side="left")
    expected = pd.Series(happened[np.minimum(later, len(happened) - 1)], index=sessions.session_date)
    compared = pd.DataFrame({"ours": mine.event_date, "facts": expected}).loc[mine.index]
    moved = compared[compared.ours != compared.facts]
    in_shutdown = [day for day in moved.index if date(2013, 9, 1) <= day.date() <= date(2013, 10, 30)]
    before_the_sunday = [day for day in moved.index if date(2020, 1, 29) <= day.date() <= date(2020, 3, 18)]
    assert set(moved.index) <= {*in_shutdown, *before_the_sunday}


def test_every_release_is_on_a_federal_business_day_and_none_is_known_before_it_was_announced(ahead, sessions):
    released = ahead[ahead.kind == "release"].event_date.to_numpy().astype("datetime64[D]")
    assert np.is_busday(released, holidays=calendar.federal_holidays()).all()
    cutoffs = ahead.session_date.map(sessions.set_index("session_date").knowledge_at)
    assert (ahead.event_at > cutoffs).all()
    evenings = pd.to_datetime([calendar.to_utc(day.date(), releases.ANNOUNCED) for day in ahead.announced_on])
    assert (evenings <= cutoffs).all()


def test_what_was_known_ahead_on_2024_12_27(folder_built: Path):
    rows = read(folder_built, "select * from marts.calendar_ahead where session_date = '2024-12-27' order by position")
    assert [(row.calendar_name, str(row.event_date.date()), row.weekday) for row in rows.itertuples()] == [
        ("positioning", "2024-12-30", "Monday"),
        ("quarter end", "2024-12-31", "Tuesday"),
        ("jobless claims", "2025-01-02", "Thursday"),
        ("Fed balance sheet", "2025-01-02", "Thursday"),
        ("payrolls", "2025-01-10", "Friday"),
        ("consumer prices", "2025-01-15", "Wednesday"),
        ("monthly expiry", "2025-01-17", "Friday"),
        ("VIX expiry", "2025-01-22", "Wednesday"),
        ("Fed decision", "2025-01-29", "Wednesday"),
        ("personal income", "2025-01-31", "Friday"),
        ("index rebalance", "2025-03-21", "Friday"),
    ]


def test_no_report_of_the_cftc_was_announced_while_it_was_closed(folder_built: Path):
    rows = read(folder_built, "select * from marts.positioning_daily where contract_code = '13874+'")
    rows = rows.set_index("session_date")
    assert rows.next_report_at["2013-10-11"] is pd.NaT
    assert rows.report_date["2013-10-11"] == rows.report_date["2013-10-18"] == pd.Timestamp("2013-09-24")
    assert rows.report_date["2023-02-17"] == pd.Timestamp("2023-01-24")
    assert rows.next_report_at["2019-01-28"] is pd.NaT
    assert rows.next_report_at["2019-01-29"] == pd.Timestamp("2019-02-01T20:30")
