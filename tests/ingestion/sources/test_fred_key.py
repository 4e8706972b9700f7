"""With a key FRED's own API gives the same rows as its CSV, and nothing that a user may see or log holds the key."""

import json
import logging
import traceback

import pytest
from pydantic import ValidationError

from ingestion.settings import Settings
from ingestion.sources.base import SourceError
from tests.ingestion.live_market import FRIDAY, LiveMarket
from tests.ingestion.stand_in import FRED_KEY, Answer, StandIn, edited, empty, half, hanging, page, status

WRONG = FRED_KEY[::-1]


@pytest.fixture
def keyed(stand_in: StandIn, tmp_path) -> LiveMarket:
    return LiveMarket(stand_in, tmp_path / "keyed", fred_key=FRED_KEY)


def test_the_api_gives_the_rows_of_the_csv(live: LiveMarket, keyed: LiveMarket):
    rows = "select series_id, obs_date, value, known_at from raw.macro_observations order by all"
    for market in (live, keyed):
        assert market.load("macro_observations", FRIDAY).rejected == 0
    assert keyed.ask(rows) == live.ask(rows)
    asked = keyed.stand_in.asked
    assert {path.split("?")[0] for path in asked} == {"/fred", "/fred/series/observations"}
    assert sum(FRED_KEY in path for path in asked) == len(asked) / 2


def echo(_: Answer) -> Answer:
    """A page that repeats the request, its key included."""
    return Answer(body=f"<html>api_key={FRED_KEY} is not welcome</html>".encode(), kind="text/html")


#: what the API may answer, and what the user reads of it
ANSWERS = {
    "429": (status(429), "too many requests"),
    "400": (status(400), "came status 400; is MARKET_INTERNALS_FRED_KEY a key of FRED?"),
    "403": (status(403), "came status 403; is MARKET_INTERNALS_FRED_KEY a key of FRED?"),
    "500": (status(500), "answered error 500"),
    "time-out": (hanging, "no answer within 1 s"),
    "half a body": (half, "broke off"),
    "a web page": (page, "came a web page"),
    "a page with the key": (echo, r"came a web page: <html>api_key=\(key\) is not welcome"),
    "an empty answer": (empty, "expected observations as JSON"),
    "another document": (edited(lambda _: b'{"error": 1}'), "expected observations as JSON, each with date and value"),
    "a list": (edited(lambda _: b"[1]"), "expected observations as JSON"),
    "a part": (
        edited(lambda body: json.dumps({**json.loads(body), "count": 10_000}).encode()),
        "expected 10,000 observations; came",
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_what_goes_wrong_is_told_without_the_key(keyed: LiveMarket, caplog, name):
    fault, words = ANSWERS[name]
    keyed.stand_in.spoil("/fred/series", fault)
    with caplog.at_level(logging.INFO), pytest.raises(SourceError, match=f"fred: D.*: .*{words}") as raised:
        keyed.load("macro_observations", FRIDAY)
    told = "".join(traceback.format_exception(raised.value)) + caplog.text
    told += str(keyed.ask("select * from raw.ingestion_runs")) + str(keyed.ask("select * from raw.rejected_rows"))
    assert "fred: DGS2" in told
    assert FRED_KEY not in told


def test_a_key_that_fred_does_not_know_is_named_as_the_cause(stand_in: StandIn, tmp_path):
    market = LiveMarket(stand_in, tmp_path, fred_key=WRONG)
    with pytest.raises(SourceError, match="is MARKET_INTERNALS_FRED_KEY a key of FRED") as raised:
        market.load("macro_observations", FRIDAY)
    assert WRONG not in str(raised.value)


def test_a_key_of_another_form_is_refused_and_not_shown(monkeypatch):
    with pytest.raises(ValidationError, match="a key of FRED is 32 lower-case letters and digits") as raised:
        Settings(fred_key="MY-SECRET")
    assert "MY-SECRET" not in str(raised.value)
    assert FRED_KEY not in repr(Settings(fred_key=FRED_KEY))
    monkeypatch.setenv("MARKET_INTERNALS_FRED_KEY", "")
    assert Settings().fred_key is None
