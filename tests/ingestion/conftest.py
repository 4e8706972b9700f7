"""What the tests of this room share: an empty warehouse of their own, and the clock they read."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from yfinance.data import SingletonMeta

from ingestion.settings import Settings
from ingestion.store.warehouse import Warehouse
from tests.ingestion.live_market import LiveMarket
from tests.ingestion.stand_in import StandIn

#: A busy machine is no failure.
hypothesis_settings.register_profile("unhurried", deadline=None)
hypothesis_settings.load_profile("unhurried")


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


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    """A server on loopback that speaks for every live source, with a world of its own; yfinance remembers no other."""
    SingletonMeta._instances.clear()
    with StandIn().running() as server:
        yield server


@pytest.fixture
def live(stand_in: StandIn, tmp_path: Path) -> LiveMarket:
    """A live market that nothing was loaded into yet."""
    return LiveMarket(stand_in, tmp_path / "data")
