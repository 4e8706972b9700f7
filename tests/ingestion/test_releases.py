"""When numbers are published and since when that was known: CFTC reports, monthly and weekly series, announcements."""

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest

from ingestion import calendar, releases, universe


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text)


def released(*reports: str) -> list[datetime]:
    stamps = releases.positioning_known_at(pd.Series(pd.to_datetime(list(reports))))
    return [stamp.to_pydatetime() for stamp in stamps]


def published(series_id: str, *days: str) -> list[datetime]:
    rows = pd.DataFrame({"series_id": series_id, "obs_date": pd.to_datetime(list(days))})
    return [stamp.to_pydatetime() for stamp in releases.by_series(rows, "federal_business_day 17:00")]


# CFTC reports -------------------------------------------------------------------------------------------------------


def newest_report(at: datetime, since: str, until: str) -> date:
    reports = pd.date_range(since, until, freq="W-TUE")
    stamps = released(*reports.strftime("%Y-%m-%d"))
    return max(report.date() for report, stamp in zip(reports, stamps, strict=True) if stamp <= at)


@pytest.mark.parametrize(
    ("session", "report"),
    [
        (date(2024, 12, 27), date(2024, 12, 17)),
        (date(2013, 10, 11), date(2013, 9, 24)),  # the CFTC was closed
        (date(2013, 10, 18), date(2013, 9, 24)),
        (date(2023, 2, 17), date(2023, 1, 24)),  # the ION incident
    ],
)
def test_the_newest_report_known_at_the_cutoff_of_a_session(session, report):
    since, until = pd.Timestamp(session) - pd.Timedelta(days=60), pd.Timestamp(session) + pd.Timedelta(days=10)
    assert newest_report(calendar.cutoff(session), str(since.date()), str(until.date())) == report


def test_the_report_of_2024_12_24_is_known_from_half_past_three_on_12_30():
    assert newest_report(utc("2024-12-30T20:29"), "2024-11-05", "2025-01-07") == date(2024, 12, 17)
    assert newest_report(utc("2024-12-30T20:30"), "2024-11-05", "2025-01-07") == date(2024, 12, 24)


def test_an_ordinary_report_is_known_on_friday_in_winter_and_in_summer():
    assert released("2024-12-17", "2024-07-16") == [utc("2024-12-20T20:30"), utc("2024-07-19T19:30")]


def test_a_monday_report_is_known_on_the_friday_of_its_week():
    assert released("2020-12-21") == [utc("2020-12-28T20:30")]  # Christmas fell on that Friday
    assert released("2023-02-13") == [utc("2023-02-17T20:30")]


@pytest.mark.parametrize(
    ("report", "release"),
    [
        ("2018-12-24", "2019-02-01T20:30"),
        ("2018-12-31", "2019-02-05T20:30"),
        ("2019-03-05", "2019-03-08T20:30"),
        ("2025-09-30", "2025-11-19T20:30"),
        ("2025-11-10", "2025-12-10T20:30"),
        ("2026-01-06", "2026-01-09T20:30"),
        ("2026-01-20", "2026-01-23T20:30"),
    ],
)
def test_shutdowns_delay_reports_as_the_release_calendar_says(report, release):
    assert released(report) == [utc(release)]


def test_a_federal_holiday_from_wednesday_to_friday_moves_the_release_by_seed_and_by_rule():
    assert released("2024-11-26", "2024-06-18", "2024-07-02", "2024-09-03") == [
        utc("2024-12-02T20:30"),
        utc("2024-06-24T19:30"),
        utc("2024-07-08T19:30"),
        utc("2024-09-06T19:30"),  # Labor Day is a Monday
    ]
    assert date(2028, 11, 21) not in releases.dates("positioning")
    assert released("2028-11-21") == [utc("2028-11-27T20:30")]


def test_released_never_before_it_was_reported():
    reports = pd.Series(pd.date_range("2006-06-13", "2026-01-20", freq="W-TUE"))
    assert (releases.positioning_known_at(reports) > reports).all()


def test_known_times_of_no_days_are_empty():
    assert releases.positioning_known_at(pd.Series([], dtype="datetime64[us]")).empty
    assert releases.by_series(pd.DataFrame({"series_id": [], "obs_date": []}), "calendar_day 08:00").empty


# FRED ---------------------------------------------------------------------------------------------------------------


def test_monthly_series_are_known_when_they_were_published():
    assert published("CPIAUCSL", "2024-11-01", "2025-09-01") == [utc("2024-12-11T13:30"), utc("2025-10-24T12:30")]
    assert published("PAYEMS", "2013-09-01", "2025-10-01") == [utc("2013-10-22T12:30"), utc("2025-12-16T13:30")]
    assert published("UNRATE", "2025-09-01") == [utc("2025-11-20T13:30")]
    assert published("INDPRO", "2025-10-01") == [utc("2025-12-23T14:15")]


def test_a_month_that_no_calendar_has_is_known_by_a_rule_that_is_never_early():
    assert published("CPIAUCSL", "2007-03-01") == [utc("2007-04-26T12:30")]
    assert published("PAYEMS", "2007-03-01") == [utc("2007-04-13T12:30")]
    assert published("INDPRO", "2020-03-01") == [utc("2020-04-19T13:15")]


@pytest.mark.parametrize("series_id", ["CPIAUCSL", "PAYEMS", "UNRATE", "INDPRO", "ICSA", "WALCL"])
def test_the_lag_rule_is_never_earlier_than_a_release_of_the_calendar_but_for_those_put_off(series_id):
    row = next(row for row in universe.seed("series") if row["series_id"] == series_id)
    put_off = {
        date.fromisoformat(each["obs_date"])
        for each in universe.calendar_dates(row["calendar_id"])
        if "shutdown" in each["reason"] or "closure" in each["reason"] or "mourning" in each["reason"]
        or "delayed" in each["reason"] or "payrolls with" in each["reason"]
    }  # fmt: skip
    dated = {day: at for day, at in releases.dates(row["calendar_id"]).items() if day not in put_off}
    days = pd.Series(pd.to_datetime(sorted(dated)))
    by_rule = calendar.known_at(row["lag_rule"], days)
    early = [str(day.date()) for day, at in zip(days, by_rule, strict=True) if at < dated[day.date()]]
    assert early == []
    assert len(dated) > 20


def test_weekly_series_follow_holidays_and_closures():
    assert published("ICSA", "2024-12-21", "2025-01-04", "2025-10-04") == [
        utc("2024-12-26T13:30"),
        utc("2025-01-08T13:30"),
        utc("2025-11-20T13:30"),
    ]
    assert published("WALCL", "2024-11-27", "2024-12-25", "2025-01-08") == [
        utc("2024-11-29T21:30"),
        utc("2024-12-26T21:30"),
        utc("2025-01-10T21:30"),
    ]


# Announcements ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def expected() -> pd.DataFrame:
    return releases.expected(2026)


def test_every_series_has_its_standing_rule_and_the_announcements_of_its_calendar(expected):
    assert not expected.duplicated(["series_id", "obs_date", "announced_on"]).any()
    assert expected.drop(columns="released_at").notna().all().all()
    followed = {row["series_id"] for row in universe.seed("calendars")}
    assert set(expected["series_id"]) == set(universe.lag_rules()) | followed
    standing = expected[expected["basis"] == "lag_rule"]
    monthly = {row["series_id"] for row in universe.seed("series") if row["frequency"] == "monthly"}
    assert set(standing.loc[standing["released_at"].isna(), "series_id"]) == monthly
    assert (standing["known_at"] == pd.Timestamp("1900-01-01")).all()


def test_every_release_of_a_statistic_falls_on_a_federal_business_day(expected):
    events = {row["series_id"] for row in universe.seed("calendars") if row["kind"] != "release"}
    days = expected[~expected["series_id"].isin(events)]["released_at"].dropna().to_numpy().astype("datetime64[D]")
    assert np.is_busday(days, holidays=calendar.federal_holidays()).all()


def test_an_announcement_is_known_in_the_evening_of_its_day_and_never_after_the_date_it_replaces(expected):
    announced = expected[expected["basis"] == "release_calendar"].sort_values(["series_id", "obs_date", "announced_on"])
    evenings = [calendar.to_utc(day.date(), releases.ANNOUNCED) for day in announced["announced_on"]]
    assert announced["known_at"].tolist() == evenings
    before = announced.groupby(["series_id", "obs_date"])["released_at"].shift()
    assert (announced["announced_on"] <= before)[before.notna()].all()
    rule = expected[expected["basis"] == "lag_rule"].set_index(["series_id", "obs_date"])["released_at"]
    first = announced.drop_duplicates(["series_id", "obs_date"])
    both = first.join(rule.rename("by_rule"), on=["series_id", "obs_date"])
    assert (both["announced_on"] <= both["by_rule"])[both["by_rule"].notna()].all()


def test_the_shutdown_list_of_november_2025_was_replaced_in_december(expected):
    rows = expected[(expected["series_id"] == "TFF") & (expected["obs_date"] == "2025-11-18")]
    stated = [(str(on.date()), str(at)) for on, at in zip(rows["announced_on"], rows["released_at"], strict=True)]
    assert stated == [
        ("1900-01-01", "2025-11-21 20:30:00"),
        ("2025-10-01", "NaT"),
        ("2025-11-18", "2025-12-16 20:30:00"),
        ("2025-12-09", "2025-12-12 20:30:00"),
    ]


def test_no_yield_is_expected_of_a_federal_holiday_and_no_cboe_close_of_a_day_without_a_session(expected):
    days = {name: set(rows["obs_date"]) for name, rows in expected.groupby("series_id")}
    assert pd.Timestamp("2024-11-11") in days["VIX"] - days["DGS10"]
    assert pd.Timestamp("2025-01-09") in days["DGS10"] - days["VIX"]
    assert pd.Timestamp("2024-12-28") not in days["VIX"] | days["DGS10"]


def test_monthly_releases_describe_first_days_and_weekly_ones_their_weekday(expected):
    weekdays = {row["series_id"]: row["weekday"] for row in universe.seed("series") if row["frequency"] == "weekly"}
    for series_id, weekday in weekdays.items():
        described = expected.loc[expected["series_id"] == series_id, "obs_date"]
        assert set(described.dt.day_name().str.lower()) == {weekday}, series_id
    for series_id in ("CPIAUCSL", "PAYEMS", "INDPRO"):
        assert set(expected.loc[expected["series_id"] == series_id, "obs_date"].dt.day) == {1}


def test_a_week_whose_report_the_release_calendar_dates_on_monday_expects_no_tuesday_report(expected):
    reports = set(expected[expected["series_id"] == "TFF"]["obs_date"])
    assert {pd.Timestamp("2025-11-10"), pd.Timestamp("2018-12-24"), pd.Timestamp("2012-12-31")} <= reports
    assert not reports & set(pd.to_datetime(["2025-11-11", "2018-12-25", "2013-01-01"]))
