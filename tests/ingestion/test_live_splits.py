"""A split that Yahoo reports before it has adjusted the closes: nothing false is stored, and the history is requested
again until it is adjusted."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ingestion import calendar
from tests.ingestion.live_market import FRIDAY, MONDAY, THURSDAY, TUESDAY, LiveMarket
from tests.ingestion.stand_in import StandIn, edited

RATIO = 10.0


def as_traded_before(day: date):
    """The same bars, the closes before `day` as they were traded; adj_close stays adjusted."""

    def edit(body: bytes) -> bytes:
        sent = json.loads(body)
        bars = sent["chart"]["result"][0]
        quote = bars["indicators"]["quote"][0]
        for place, seconds in enumerate(bars["timestamp"]):
            if datetime.fromtimestamp(seconds, UTC).astimezone(calendar.NEW_YORK).date() < day:
                for name in ("open", "high", "low", "close"):
                    quote[name][place] *= RATIO
        return json.dumps(sent).encode()

    return edited(edit)


def test_bars_since_a_split_wait_until_those_before_it_are_adjusted(stand_in: StandIn, tmp_path: Path) -> None:
    live = LiveMarket(stand_in, tmp_path)
    live.prices(FRIDAY, "AAPL", "SPY")
    before = live.closes("AAPL")
    live.world.splits["AAPL"] = (MONDAY, RATIO)
    stand_in.spoil("/chart/AAPL", as_traded_before(MONDAY))
    for day in (MONDAY, TUESDAY):
        live.prices(day, "AAPL", "SPY")
        assert live.closes("AAPL") == pytest.approx(before)
        assert day in live.closes("SPY")
    reasons = live.ask("select distinct symbol, reason from raw.rejected_rows")
    assert [(symbol, "split" in reason) for symbol, reason in reasons] == [("AAPL", True)]
    stand_in.heal()
    live.prices(THURSDAY, "AAPL", "SPY")
    assert live.closes("AAPL") == pytest.approx(live.true_closes("AAPL"))


def test_a_new_name_begins_with_its_split_until_its_history_is_adjusted(stand_in: StandIn, tmp_path: Path) -> None:
    live = LiveMarket(stand_in, tmp_path)
    live.world.splits["AAPL"] = (FRIDAY, RATIO)
    stand_in.spoil("/chart/AAPL", as_traded_before(FRIDAY))
    for day in (MONDAY, TUESDAY):
        live.prices(day, "AAPL")
        assert min(live.closes("AAPL")) == FRIDAY
    stand_in.heal()
    live.prices(THURSDAY, "AAPL")
    assert live.closes("AAPL") == pytest.approx(live.true_closes("AAPL"))
