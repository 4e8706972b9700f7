"""A moment with a time zone is a day by its own sense, whatever the zone of the machine: midnight UTC is that day, any
other moment is read in New York."""

import json
import os
import subprocess
import sys
from functools import cache

import pandas as pd
import pytest

from ingestion.settings import PROJECT_ROOT
from tests.cases.own_files import sessions

DAYS = sessions(10)
CLOSES = [100.0 + number for number in range(len(DAYS))]

#: How a vendor writes the day of a bar.
MOMENTS = {
    "midnight UTC": lambda days: days.tz_localize("UTC"),
    "midnight in New York": lambda days: days.tz_localize("America/New_York"),
    "the close in New York": lambda days: (days + pd.Timedelta(hours=16)).tz_localize("America/New_York"),
    "the close in UTC": lambda days: (days + pd.Timedelta(hours=16)).tz_localize("America/New_York").tz_convert("UTC"),
}
ZONES = ("UTC", "America/New_York", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Kiritimati")


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory):
    """read(zone, moment): the stored days and closes of a parquet file on a machine in that zone."""
    folders = {}
    for moment, written in MOMENTS.items():
        folders[moment] = tmp_path_factory.mktemp("moments")
        columns = {"symbol": "AAA", "date": written(pd.DatetimeIndex(DAYS)), "open": CLOSES, "high": CLOSES}
        frame = pd.DataFrame({**columns, "low": CLOSES, "close": CLOSES, "adj_close": CLOSES, "volume": 1000.0})
        frame.assign(dividend=0.0, split=1.0).to_parquet(folders[moment] / "prices.parquet", index=False)

    @cache
    def read_in(zone: str) -> dict[str, list]:
        done = subprocess.run(
            [sys.executable, "-m", "tests.cases.own_files", *map(str, folders.values())],
            cwd=PROJECT_ROOT, env=os.environ | {"TZ": zone}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return dict(zip(folders, json.loads(done.stdout), strict=True))

    return lambda zone, moment: read_in(zone)[moment]


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("zone", ZONES)
def test_the_zone_of_the_machine_moves_no_day(read, zone: str, moment: str) -> None:
    assert read(zone, moment) == [[str(day), close] for day, close in zip(DAYS, CLOSES, strict=True)]
