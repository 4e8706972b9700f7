"""A session that Yahoo serves without prices and brings back weeks later is stored as soon as Yahoo has it."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ingestion import calendar
from tests.ingestion.live_market import LiveMarket
from tests.ingestion.stand_in import StandIn, edited

LOST = date(2024, 11, 15)


def without_prices(body: bytes) -> bytes:
    """The same bars, those of LOST with null prices."""
    sent = json.loads(body)
    bars = sent["chart"]["result"][0]
    columns = [*bars["indicators"]["quote"][0].values(), bars["indicators"]["adjclose"][0]["adjclose"]]
    for place, seconds in enumerate(bars["timestamp"]):
        if datetime.fromtimestamp(seconds, UTC).astimezone(calendar.NEW_YORK).date() == LOST:
            for column in columns:
                column[place] = None
    return json.dumps(sent).encode()


@pytest.mark.parametrize("lost", [("AAPL",), ("AAPL", "SPY")], ids=["of one name", "of all names"])
def test_a_session_that_yahoo_brings_back_is_stored(stand_in: StandIn, tmp_path: Path, lost: tuple[str, ...]) -> None:
    live = LiveMarket(stand_in, tmp_path)
    days = [day for day in live.world.sessions if day >= LOST]
    for symbol in lost:
        stand_in.spoil(f"/chart/{symbol}", edited(without_prices))
    for day in (days[0], days[12]):
        live.prices(day, "AAPL", "SPY")
    for symbol in lost:
        if {LOST, days[12]} - set(live.closes(symbol)) != {LOST}:
            pytest.fail(f"{symbol} has no hole to fill")
    stand_in.heal()
    live.prices(days[13], "AAPL", "SPY")
    for symbol in ("AAPL", "SPY"):
        assert live.closes(symbol) == pytest.approx(live.true_closes(symbol))
