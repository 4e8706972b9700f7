"""The release calendars of the seeds are those of the shared facts: every sure row, and no other."""

import csv
from datetime import date
from pathlib import Path

import pytest

from ingestion import calendar, universe
from tests.conftest import MARKET_FOLDER

#: What `status` or `confidence` says of a row that is used; the rest is not sure enough. A doubtful date and one of a
#: single source are later than the rule, so that no number is known too early.
SURE = {
    "released", "scheduled", "schedule", "issued", "announced", "announced_rule", "rule", "rule, future", "upper_bound",
    "named", "seen", "doubtful", "one_source",
}  # fmt: skip

#: Payrolls of 2025-10 came with those of November; the facts file has the month as never published.
LATE_MONTH = ("payrolls", "2025-10-01")

MONTHLY = {
    "consumer_prices": "cpi_releases.csv",
    "payrolls": "employment_releases.csv",
    "industrial_production": "industrial_production_releases.csv",
    "personal_income": "personal_income_releases.csv",
}
WEEKLY = {
    "jobless_claims": ("weekly_claims_exceptions.csv", "week_ending"),
    "fed_balance_sheet": ("h41_exceptions.csv", "as_of_wednesday"),
    "positioning": ("cot_release_exceptions.csv", "report_date"),
}
EVENTS = {
    "monthly_expiry": "monthly_expiry",
    "vix_expiry": "vix_expiry",
    "index_rebalance": "sp_rebalance_after_close",
    "quarter_end": "quarter_end_session",
}


@pytest.fixture(scope="module")
def facts() -> Path:
    folder = MARKET_FOLDER.parent / "calendars"
    if not folder.is_dir():
        pytest.skip("the facts about releases are not beside the checkout (shared/data/calendars)")
    return folder


def rows(facts: Path, name: str) -> list[dict[str, str]]:
    with (facts / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def last_announced(calendar_id: str) -> dict[str, tuple[str, str]]:
    """Day described -> the day and time that were announced last."""
    newest = {row["obs_date"]: row for row in universe.calendar_dates(calendar_id)}
    return {day: (row["due_on"], row["due_time"]) for day, row in newest.items() if row["due_on"]}


@pytest.mark.parametrize("calendar_id", MONTHLY)
def test_months_are_dated_as_the_facts_say(calendar_id, facts):
    stated = {
        f"{row['reference_month']}-01": (row["released_on"], row["time_et"])
        for row in rows(facts, MONTHLY[calendar_id])
        if row["status"] in SURE
    }
    ours = last_announced(calendar_id)
    assert ours.pop(LATE_MONTH[1], None) in (stated.pop(LATE_MONTH[1], None), ("2025-12-16", "08:30"))
    assert ours == stated
    assert len(stated) > 60


@pytest.mark.parametrize("calendar_id", WEEKLY)
def test_weeks_outside_the_rule_are_dated_as_the_facts_say(calendar_id, facts):
    name, described = WEEKLY[calendar_id]
    stated = {row[described]: row["released_on"] for row in rows(facts, name) if row["confidence"] in SURE}
    ours = {day: due for day, (due, _) in last_announced(calendar_id).items()}
    assert {day: ours.get(day) for day in stated} == stated
    if calendar_id == "positioning":
        mondays = {row["report_date"] for row in rows(facts, "cot_monday_report_dates.csv")}
        assert mondays <= ours.keys()
        # two reports that the first list of the shutdown of 2025 put off, and the second one did not
        assert ours.keys() - stated.keys() - mondays == {"2026-01-06", "2026-01-13"}
    else:
        assert ours.keys() == stated.keys()


def test_scheduled_decisions_are_those_of_the_facts(facts):
    stated = {
        row["decision_date"]: (row["decision_date"], row["statement_time_et"])
        for row in rows(facts, "fomc_decisions.csv")
        if row["kind"] == "scheduled"
    }
    assert last_announced("fed_decision") == stated
    assert len(stated) == 143


@pytest.mark.parametrize("calendar_id", EVENTS)
def test_expiries_rebalances_and_quarter_ends_are_those_of_the_facts(calendar_id, facts):
    stated = {row[EVENTS[calendar_id]] for row in rows(facts, "options_expiry.csv")} - {""}
    assert {due for due, _ in last_announced(calendar_id).values()} == stated


def test_the_exchange_was_closed_or_closed_early_on_the_special_days(facts):
    table = calendar.sessions(2026).set_index("session_date")
    for row in rows(facts, "nyse_special_days.csv"):
        day = date.fromisoformat(row["session_date"])
        if row["what"] == "closed":
            assert day not in table.index, day
        else:
            assert table.loc[day, "is_early_close"], day
