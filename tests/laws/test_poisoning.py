"""The poisoning law: noise in every raw row known after T changes no cell at or before T."""

from datetime import date

import pytest

from ingestion.calendar import cutoff
from tests.conftest import NOW
from tests.laws import law


def test_noise_in_the_future_changes_nothing_in_the_past(small_whole, tmp_path):
    _hold("folder", date(2024, 9, 18), small_whole, tmp_path)


@pytest.mark.laws
@pytest.mark.parametrize("day", ["2018-12-24", "2020-03-23", "2022-06-13", "2023-09-29", "2024-12-17"])
def test_noise_after_a_named_session_changes_nothing_before(day, sample_whole, tmp_path):
    _hold("sample", date.fromisoformat(day), sample_whole, tmp_path)


@pytest.mark.laws
def test_noise_after_a_session_of_the_real_market_changes_nothing_before(folder_whole, tmp_path):
    _hold("folder", date(2022, 10, 12), folder_whole, tmp_path)


def _hold(market, session, whole, tmp_path):
    poisoned = law.copy_raw(whole, tmp_path / "warehouse.duckdb")
    assert law.poison(poisoned, cutoff(session), seed=session.toordinal()) > 1000
    law.build(market, poisoned, poisoned, NOW)
    found = law.differences(whole, poisoned, session)
    assert not found, "\n".join(map(str, found))
