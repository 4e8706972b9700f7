"""The schedule: an evening and a morning of each session, nothing on other days."""

from datetime import UTC, datetime

import dagster as dg
import pytest

from ingestion.calendar import to_utc
from orchestration.schedules import TICKS, build_schedule, decide


def tick(text: str) -> datetime:
    """The aware instant of a New York wall-clock time."""
    local = datetime.fromisoformat(text)
    return to_utc(local.date(), local.time()).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("when", "session", "state"),
    [
        ("2024-12-27T18:30", "2024-12-27", "provisional"),
        ("2024-12-30T08:10", "2024-12-27", "final"),
        ("2024-12-26T08:10", "2024-12-24", "final"),
        ("2024-11-29T18:30", "2024-11-29", "provisional"),
        ("2024-07-05T18:30", "2024-07-05", "provisional"),
    ],
)
def test_a_session_runs(when: str, session: str, state: str) -> None:
    decision = decide(tick(when))
    assert isinstance(decision, dg.RunRequest)
    assert decision.tags["session"] == session
    assert decision.tags["state"] == state
    assert decision.run_key == f"{session} {state}"


@pytest.mark.parametrize("when", ["2024-12-25T18:30", "2024-12-25T08:10", "2024-12-28T08:10", "2025-01-09T18:30"])
def test_a_day_without_a_session_is_skipped(when: str) -> None:
    decision = decide(tick(when))
    assert isinstance(decision, dg.SkipReason)
    assert "not a session" in (decision.skip_message or "")


def test_the_schedule_keeps_new_york_time() -> None:
    schedule = build_schedule("daily")
    assert schedule.execution_timezone == "America/New_York"
    assert schedule.cron_schedule == TICKS
    assert schedule.job_name == "daily"
