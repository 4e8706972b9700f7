"""A warehouse is of one market and one folder, is not opened by an older version, and survives a wrong clock."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from ingestion.clock import ClockIsWrong, require_plausible
from ingestion.settings import Settings
from ingestion.store import identity
from ingestion.store.warehouse import Warehouse

NOW = datetime(2024, 12, 27, 23, 30)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "mine").mkdir()
    return Settings(data=tmp_path / "data", market="folder", folder=tmp_path / "mine")


@pytest.fixture
def warehouse(settings: Settings) -> Warehouse:
    warehouse = Warehouse(settings)
    warehouse.create()
    identity.require_own(settings, warehouse, NOW)
    return warehouse


def test_its_own_market_and_folder_pass(settings: Settings, warehouse: Warehouse) -> None:
    identity.require_own(settings, warehouse, NOW)


def test_another_folder_is_refused_with_the_way_out(settings: Settings, warehouse: Warehouse, tmp_path: Path) -> None:
    other = settings.model_copy(update={"folder": tmp_path / "yours"})
    with pytest.raises(identity.AnotherMarket, match=r"mine, not from .*yours: give another --data .* --folder-moved"):
        identity.require_own(other, warehouse, NOW)


def test_files_that_moved_are_adopted(settings: Settings, warehouse: Warehouse, tmp_path: Path) -> None:
    moved = settings.model_copy(update={"folder": tmp_path / "yours"})
    identity.adopt(moved, warehouse)
    identity.require_own(moved, warehouse, NOW)


def test_a_file_copied_from_another_market_is_refused(settings: Settings, warehouse: Warehouse) -> None:
    live = settings.model_copy(update={"market": "live", "folder": None})
    live.market_folder.mkdir()
    shutil.copy(warehouse.path, live.warehouse_path)
    with pytest.raises(identity.AnotherMarket, match="holds the market 'folder', not 'live'"):
        identity.require_own(live, Warehouse(live), NOW)


def test_a_newer_version_s_file_is_refused(settings: Settings, warehouse: Warehouse) -> None:
    with warehouse.writing() as connection:
        connection.execute("update raw.identity set format = format + 1")
    with pytest.raises(identity.AnotherMarket, match="newer market-internals: update"):
        identity.require_own(settings, warehouse, NOW)


def test_an_older_version_s_file_is_closed_to_it_once_this_one_has_opened_it(
    settings: Settings, warehouse: Warehouse
) -> None:
    with warehouse.writing() as connection:
        connection.execute("update raw.identity set format = format - 1")
    identity.require_own(settings, warehouse, NOW)
    with warehouse.reading() as connection:
        assert connection.execute("select format from raw.identity").fetchall() == [(identity.FORMAT,)]


def test_a_clock_behind_what_is_stored_stops() -> None:
    require_plausible(NOW, None)
    require_plausible(NOW, NOW + timedelta(minutes=5))
    with pytest.raises(ClockIsWrong, match=r"clock says 2024-12-27 23:30 UTC, and rows were stored at 2027"):
        require_plausible(NOW, datetime(2027, 1, 1))


def test_a_clock_beyond_the_calendar_stops() -> None:
    with pytest.raises(ClockIsWrong, match="sessions are known to 2040"):
        require_plausible(datetime(2099, 1, 1), None)


def test_what_a_wrong_clock_stored_is_dated_back_and_known_again(warehouse: Warehouse) -> None:
    """A correction that a clock three years ahead stored would be waited for until then."""
    wrong = datetime(2027, 12, 27, 23, 30)
    for ingested_at, value in ((NOW - timedelta(days=1), 4.0), (wrong, 4.1)):
        rows = pd.DataFrame(
            {"series_id": ["DGS10"], "obs_date": [pd.Timestamp("2024-12-20")], "value": [value],
             "known_at": [pd.Timestamp("2024-12-23 22:00")], "vintage_stated": [False]}
        )  # fmt: skip
        warehouse.append("macro_observations", rows, source="fred", batch_id=1, ingested_at=ingested_at)
    assert identity.date_back(warehouse, NOW) == 1
    with warehouse.reading() as connection:
        stored = connection.execute(
            "select value, known_at, ingested_at from raw.macro_observations order by ingested_at"
        ).fetchall()
    assert [value for value, _, _ in stored] == [4.0, 4.1]
    assert stored[1][1:] == (NOW, NOW)
