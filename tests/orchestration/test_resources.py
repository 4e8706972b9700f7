"""What a run asks its sources for, and what it may know."""

from datetime import date, datetime

import pytest

from ingestion.calendar import FIRST_DAY, cutoff
from ingestion.clock import utc_now
from ingestion.sources.base import Window
from orchestration.resources import EVERYTHING, Request

#: Friday 2025-03-07, 18:30 in New York.
NOW = datetime(2025, 3, 7, 23, 30)


def test_a_market_at_hand_is_read_whole() -> None:
    assert Request().window("folder", NOW) == EVERYTHING


@pytest.mark.parametrize("whole", [False, True])
def test_a_distant_source_knows_itself_what_is_new_unless_all_is_wanted_again(whole: bool) -> None:
    window = Request(whole_history=whole).window("live", NOW)
    assert window == Window(FIRST_DAY, date(2025, 3, 7), again=whole)


def test_todays_unfinished_session_is_not_asked_for() -> None:
    afternoon = datetime(2025, 3, 7, 20, 0)
    assert Request().window("live", afternoon).end == date(2025, 3, 6)


def test_a_window_given_in_the_launchpad_counts() -> None:
    request = Request(window_start="2024-01-02", window_end="2024-01-31")
    assert request.window("live", NOW) == Window(date(2024, 1, 2), date(2024, 1, 31), again=True)


def test_a_build_knows_what_is_known_now_or_was_known_then() -> None:
    assert Request().known_to(NOW) == NOW
    assert Request(as_of="2024-12-27").known_to(NOW) == cutoff(date(2024, 12, 27))


def test_the_clock_has_whole_seconds() -> None:
    assert utc_now().microsecond == 0
