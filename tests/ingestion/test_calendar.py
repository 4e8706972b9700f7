"""When each number is known: lag rules across clock changes and holidays, cutoffs, and the last finished session."""

import warnings
from datetime import date, datetime

import pandas as pd
import pytest

from ingestion import calendar, universe


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text)


def known(rule: str, *days: str) -> list[datetime]:
    stamps = calendar.known_at(rule, pd.Series(pd.to_datetime(list(days))))
    return [stamp.to_pydatetime() for stamp in stamps]


# The lag rules ------------------------------------------------------------------------------------------------------


def test_same_day_is_that_day_in_new_york_in_winter_and_in_summer():
    assert known("same_day 18:00", "2024-12-27", "2024-07-01") == [utc("2024-12-27T23:00"), utc("2024-07-01T22:00")]


def test_same_day_follows_the_clock_change_of_march_and_november():
    days = ("2024-03-08", "2024-03-11", "2024-11-01", "2024-11-04")
    assert [moment.hour for moment in known("same_day 18:00", *days)] == [23, 22, 22, 23]


def test_calendar_day_is_the_next_day_even_on_a_weekend():
    assert known("calendar_day 08:00", "2024-12-27") == [utc("2024-12-28T13:00")]


def test_calendar_day_across_the_spring_clock_change_uses_the_new_offset():
    assert known("calendar_day 08:00", "2024-03-09") == [utc("2024-03-10T12:00")]


def test_federal_business_day_skips_weekend_and_veterans_day():
    assert known("federal_business_day 17:00", "2024-11-07", "2024-11-08", "2024-11-09") == [
        utc("2024-11-08T22:00"),
        utc("2024-11-12T22:00"),
        utc("2024-11-12T22:00"),
    ]


def test_federal_business_day_skips_thanksgiving_but_not_the_friday_after_it():
    assert known("federal_business_day 10:00", "2024-11-27") == [utc("2024-11-29T15:00")]


def test_federal_business_day_does_not_skip_good_friday_when_only_the_exchange_is_closed():
    assert known("federal_business_day 17:00", "2024-03-28") == [utc("2024-03-29T21:00")]


def test_days_counts_calendar_days():
    assert known("days 7 17:00", "2024-12-27") == [utc("2025-01-03T22:00")]
    assert known("days 5 08:30", "2024-10-31") == [utc("2024-11-05T13:30")]


def test_next_month_is_a_day_of_the_following_month_across_the_year():
    assert known("next_month 15 08:30", "2024-12-01") == [utc("2025-01-15T13:30")]
    assert known("next_month 7 08:30", "2024-05-01") == [utc("2024-06-07T12:30")]


def test_days_moves_off_a_federal_holiday_and_days_back_before_it():
    assert known("days 1 16:30", "2024-11-27") == [utc("2024-11-29T21:30")]  # Thanksgiving
    assert known("days_back 5 08:30", "2024-11-23") == [utc("2024-11-27T13:30")]
    assert known("days_back 5 08:30", "2024-11-16") == [utc("2024-11-21T13:30")]


def test_next_month_friday_is_the_first_on_or_after_its_day():
    assert known("next_month_friday 7 08:30", "2024-12-01", "2025-01-01") == [
        utc("2025-01-10T13:30"),
        utc("2025-02-07T13:30"),
    ]


def test_only_business_days_moves_a_saturday_past_a_federal_holiday():
    days = pd.Series(pd.to_datetime(["2024-10-11"]))
    assert calendar.known_at("calendar_day 08:00", days)[0] == pd.Timestamp("2024-10-12T12:00")
    moved = calendar.known_at("calendar_day 08:00", days, only_business_days=True)
    assert moved[0] == pd.Timestamp("2024-10-15T12:00")  # Columbus Day is a Monday


def test_an_hour_that_does_not_exist_moves_to_the_end_of_the_gap():
    assert known("same_day 02:30", "2024-03-10") == [utc("2024-03-10T07:00")]


def test_an_hour_that_occurs_twice_is_its_first_occurrence():
    assert known("same_day 01:30", "2024-11-03") == [utc("2024-11-03T05:30")]


def test_an_unknown_rule_is_refused_by_name():
    with pytest.raises(ValueError, match="'someday 18:00'"):
        known("someday 18:00", "2024-12-27")


def test_every_rule_of_the_series_seed_can_be_read():
    for series_id, rule in universe.lag_rules().items():
        assert known(rule, "2024-12-27")[0] > utc("2024-12-27T00:00"), series_id


def test_known_at_keeps_index_order_and_repeats_of_its_days():
    days = pd.Series(pd.to_datetime(["2024-12-27", "2024-12-26", "2024-12-27"]), index=[30, 10, 20])
    stamps = calendar.known_at("same_day 18:00", days)
    assert list(stamps.index) == [30, 10, 20]
    assert stamps[30] == stamps[20] == pd.Timestamp("2024-12-27T23:00")
    assert stamps[10] == pd.Timestamp("2024-12-26T23:00")


def test_known_at_of_no_days_is_empty():
    nothing = pd.Series([], dtype="datetime64[us]")
    assert calendar.known_at("calendar_day 08:00", nothing).empty


# What a reader of a session knows -----------------------------------------------------------------------------------


def test_cutoff_is_eighty_minutes_before_the_next_open():
    assert calendar.cutoff(date(2024, 12, 26)) == utc("2024-12-27T13:10")
    assert calendar.cutoff(date(2024, 7, 1)) == utc("2024-07-02T12:10")


def test_cutoff_of_veterans_day_is_the_next_morning_for_the_exchange_is_open():
    assert calendar.cutoff(date(2024, 11, 11)) == utc("2024-11-12T13:10")


def test_cutoff_before_a_clock_change_uses_the_clock_of_the_next_open():
    assert calendar.cutoff(date(2024, 3, 8)) == utc("2024-03-11T12:10")
    assert calendar.cutoff(date(2024, 11, 1)) == utc("2024-11-04T13:10")


def test_cutoff_of_the_last_session_of_a_year_lies_in_january():
    assert calendar.cutoff(date(2024, 12, 31)) == utc("2025-01-02T13:10")


@pytest.mark.parametrize("day", [date(2025, 1, 9), date(2024, 11, 28), date(2024, 12, 28)])
def test_cutoff_of_a_day_without_a_session_is_refused(day):
    with pytest.raises(ValueError, match=f"{day} is not a session"):
        calendar.cutoff(day)


def test_the_newest_ten_year_yield_at_the_cutoff_of_2024_11_11_is_that_of_11_07():
    days = pd.Series(pd.to_datetime(["2024-11-06", "2024-11-07", "2024-11-08", "2024-11-12"]))
    stamps = calendar.known_at(universe.lag_rules()["DGS10"], days)
    assert days[stamps <= calendar.cutoff(date(2024, 11, 11))].max() == pd.Timestamp("2024-11-07")


def test_no_yield_of_a_session_is_known_at_its_own_cutoff_but_before_good_friday():
    days = pd.Series(pd.to_datetime(calendar.sessions(2024)["session_date"])).tail(252).reset_index(drop=True)
    cutoffs = pd.Series([calendar.cutoff(day.date()) for day in days])
    for rule in ("federal_business_day 17:00", "federal_business_day 10:00"):
        early = days[calendar.known_at(rule, days) <= cutoffs]
        assert [str(day.date()) for day in early] == ["2024-03-28"], rule  # the Fed works, the exchange does not


def test_a_cboe_close_and_a_bar_are_known_at_their_own_cutoff():
    days = pd.Series(pd.to_datetime(calendar.sessions(2024)["session_date"])).tail(252).reset_index(drop=True)
    cutoffs = pd.Series([calendar.cutoff(day.date()) for day in days])
    for rule in ("calendar_day 08:00", "same_day 18:00"):
        assert (calendar.known_at(rule, days) <= cutoffs).all(), rule


# Sessions -----------------------------------------------------------------------------------------------------------


def test_a_session_is_finished_from_eighteen_hours_new_york():
    assert calendar.last_finished_session(utc("2024-12-27T22:59")) == date(2024, 12, 26)
    assert calendar.last_finished_session(utc("2024-12-27T23:00")) == date(2024, 12, 27)
    assert calendar.last_finished_session(utc("2024-07-01T21:59")) == date(2024, 6, 28)
    assert calendar.last_finished_session(utc("2024-07-01T22:00")) == date(2024, 7, 1)


def test_late_evening_in_new_york_is_still_that_day_though_utc_is_a_day_ahead():
    assert calendar.last_finished_session(utc("2024-12-28T03:00")) == date(2024, 12, 27)


def test_on_a_weekend_the_last_finished_session_is_fridays():
    assert calendar.last_finished_session(utc("2024-12-28T18:00")) == date(2024, 12, 27)
    assert calendar.last_finished_session(utc("2024-12-29T23:30")) == date(2024, 12, 27)


def test_2025_01_09_was_no_session():
    assert calendar.last_finished_session(utc("2025-01-09T23:30")) == date(2025, 1, 8)
    assert date(2025, 1, 9) not in set(calendar.sessions(2025)["session_date"])


def test_in_the_first_days_of_january_the_last_finished_session_is_of_the_old_year():
    assert calendar.last_finished_session(utc("2025-01-01T23:30")) == date(2024, 12, 31)
    assert calendar.last_finished_session(utc("2025-01-01T03:00")) == date(2024, 12, 31)
    assert calendar.last_finished_session(utc("2025-01-02T22:00")) == date(2024, 12, 31)
    assert calendar.session_on_or_before(date(2025, 1, 1)) == date(2024, 12, 31)


def test_session_on_or_before_keeps_a_session_and_steps_back_from_a_holiday():
    assert calendar.session_on_or_before(date(2024, 11, 29)) == date(2024, 11, 29)
    assert calendar.session_on_or_before(date(2024, 11, 28)) == date(2024, 11, 27)


def test_there_is_no_session_before_the_first():
    assert calendar.session_on_or_before(calendar.FIRST_DAY) == calendar.FIRST_DAY
    with pytest.raises(ValueError, match="1990-01-01 lies before the first session"):
        calendar.session_on_or_before(date(1990, 1, 1))


def test_early_closes_are_flagged_and_close_at_thirteen_hours():
    table = calendar.sessions(2024).set_index("session_date")
    flagged = {day for day in table.index[table["is_early_close"]] if day.year == 2024}
    assert flagged == {date(2024, 7, 3), date(2024, 11, 29), date(2024, 12, 24)}
    assert table.loc[date(2024, 11, 29), "close_at"] == pd.Timestamp("2024-11-29T18:00")
    assert table.loc[date(2024, 12, 27), "close_at"] == pd.Timestamp("2024-12-27T21:00")


def test_sessions_are_numbered_without_a_gap_and_stay_so_in_a_longer_table():
    shorter, longer = calendar.sessions(2024), calendar.sessions(2025)
    assert shorter["session_date"].iloc[0] == date(1990, 1, 2)
    assert shorter["session_date"].iloc[-1] == date(2024, 12, 31)
    assert (longer["session_number"].diff().iloc[1:] == 1).all()
    pd.testing.assert_frame_equal(longer.head(len(shorter)), shorter)


def test_every_session_has_open_close_and_cutoff_in_that_order():
    table = calendar.sessions(2025)
    assert table.notna().all().all()
    assert ((table["open_at"] < table["close_at"]) & (table["close_at"] < table["cutoff_at"])).all()
    assert (table["cutoff_at"].iloc[:-1].to_numpy() < table["open_at"].iloc[1:].to_numpy()).all()


def test_the_clock_of_new_york_and_utc_are_each_others_inverse():
    moment = calendar.to_utc(date(2024, 7, 1), calendar.BAR_KNOWN)
    assert moment == utc("2024-07-01T22:00")
    assert calendar.to_new_york(moment).replace(tzinfo=None) == utc("2024-07-01T18:00")


def test_building_the_sessions_warns_of_nothing():
    calendar.sessions.cache_clear()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(calendar.sessions(2023)) > 8_000
