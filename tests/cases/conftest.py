"""What the cases share: the stand-in server of the live sources."""

from collections.abc import Iterator

import pytest
from yfinance.data import SingletonMeta

from tests.ingestion.stand_in import StandIn


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    """A server on loopback that answers for every live source; yfinance remembers no other."""
    SingletonMeta._instances.clear()
    with StandIn().running() as server:
        yield server
