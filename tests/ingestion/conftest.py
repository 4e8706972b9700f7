"""What the tests of this room share: an empty warehouse of their own, and the clock they read."""

from datetime import datetime
from pathlib import Path

import pytest

from ingestion.settings import Settings
from ingestion.warehouse import Warehouse


@pytest.fixture(scope="session")
def now() -> datetime:
    """Naive UTC; a Friday evening in New York, after that day's bars were finished."""
    return datetime(2025, 3, 7, 23, 30)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """The working database of a market that nothing was loaded into yet."""
    empty = Warehouse(Settings(data=tmp_path / "data", market="folder"))
    empty.create()
    return empty
