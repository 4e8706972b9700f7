"""What the tests of this room share: an empty warehouse of their own, and the clock they read."""

import os
from datetime import datetime
from pathlib import Path

import pytest

from ingestion.settings import PROJECT_ROOT, Settings
from ingestion.warehouse import Warehouse

#: Naive UTC; a Friday evening in New York, after that day's bars were finished.
NOW = datetime(2025, 3, 7, 23, 30)

SHARED = PROJECT_ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def now() -> datetime:
    return NOW


@pytest.fixture
def warehouse(tmp_path) -> Warehouse:
    empty = Warehouse(Settings(data=tmp_path / "data", market="folder"))
    empty.create()
    return empty


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with real market data that stands beside the checkout; in CI it has to be there."""
    if not (SHARED / "market" / "prices.parquet").exists():
        if os.environ.get("CI"):
            pytest.fail(f"CI runs with the real market folder, and there is none at {SHARED / 'market'}")
        pytest.skip(f"the real market folder is not at {SHARED / 'market'}")
    return SHARED
