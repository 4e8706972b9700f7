"""Every way in which Yahoo may misbehave: what the user is told, and that nothing stored is lost or half replaced."""

import json
import re
from datetime import date, time

import pytest

from ingestion import calendar, loading
from ingestion.sources.base import SourceUnavailable
from ingestion.sources.yahoo import YahooSource
from tests.ingestion.live_market import FRIDAY, MONDAY, THURSDAY, TUESDAY, evening_of
from tests.ingestion.stand_in import edited, empty, half, hanging, page, status

BARS = "/chart/AAPL"


def chart(change):
    """Fault: the right bars after `change` was done to the result."""

    def edit(body: bytes) -> bytes:
        said = json.loads(body)
        change(said["chart"]["result"][0])
        return json.dumps(said).encode()

    return edited(edit)


def without_closes(result):
    del result["indicators"]["quote"][0]["close"]


def renamed(result):
    quote = result["indicators"]["quote"][0]
    quote["Close"] = quote.pop("close")


def shortened(result):
    quote = result["indicators"]["quote"][0]
    quote["open"] = quote["open"][:-1]


def without_days(result):
    del result["timestamp"]


def without_indicators(result):
    del result["indicators"]


#: fault, status of the account, what its message says
FAULTS = {
    "429": (status(429), "unavailable", r"answered too many requests \(429\)$"),
    "429 with a short wait": (status(429, retry_after="1"), "unavailable", r"\(429\) and asked to wait 1 s$"),
    "429 with a long wait": (status(429, retry_after="600"), "unavailable", r"\(429\) and asked to wait 600 s$"),
    "500": (status(500), "unavailable", "answered error 500"),
    "999": (status(999), "unavailable", "answered error 999"),
    "time-out": (hanging, "unavailable", "no answer within 1 s"),
    "half a body": (half, "unavailable", "the answer broke off"),
    "half a body, claimed whole": (edited(lambda body: body[:400]), "unavailable", "expected bars as JSON"),
    "a web page": (page, "unavailable", "expected bars as JSON; came a web page: <!DOCTYPE html>"),
    "an empty answer": (empty, "unavailable", "expected bars as JSON; came an empty answer$"),
    "404 without a reason": (status(404), "unavailable", "answered error 404 without a reason"),
    "turned away": (status(403), "unavailable", r"Yahoo turns us away \(status 403"),
    "without closes": (chart(without_closes), "refused", r"came another shape \(KeyError: 'close'\)"),
    "renamed closes": (chart(renamed), "refused", r"came another shape \(KeyError: 'close'\)"),
    "columns of different length": (chart(shortened), "refused", r"came another shape \(ValueError"),
    "without days": (chart(without_days), "refused", r"came another shape \(KeyError: 'timestamp'\)"),
    "without indicators": (chart(without_indicators), "refused", r"came another shape \(KeyError: 'indicators'\)"),
    "a list": (edited(lambda _: b"[1, 2]"), "unavailable", r"expected bars as JSON; came \[1, 2\]"),
    "another document": (edited(lambda _: b'{"a": 1}'), "refused", "under the name chart; came"),
}


#: Those that are Yahoo's and not of one symbol: nothing else is requested on that evening.
OF_HOST = (
    "429", "429 with a short wait", "429 with a long wait", "999", "time-out", "half a body", "a web page",
    "turned away",
)  # fmt: skip


@pytest.mark.parametrize("name", OF_HOST)
def test_after_the_first_refused_or_hanging_symbol_yahoo_is_left_alone(live, name):
    fault, word, sentence = FAULTS[name]
    live.prices(FRIDAY, "AAPL", "SPY")
    before = live.rows("prices")
    live.stand_in.spoil(BARS, fault)
    live.stand_in.asked.clear()
    with pytest.raises(SourceUnavailable, match="left alone until the next run, 1 more were not requested") as raised:
        live.prices(MONDAY, "AAPL", "SPY")
    assert set(live.stand_in.charts()) == {"AAPL"}
    assert live.rows("prices") == before
    logged = live.ask("select accounts from raw.ingestion_runs where batch_id = 2")[0][0]
    (apple,) = json.loads(logged)
    assert (apple["symbol"], apple["status"]) == ("AAPL", word)
    assert str(raised.value).startswith(apple["message"])
    assert re.search(sentence, apple["message"]), apple["message"]

    live.stand_in.heal()
    assert live.prices(TUESDAY, "AAPL", "SPY").new == 4, "Monday and Tuesday of both"


@pytest.mark.parametrize("name", [name for name in FAULTS if name not in OF_HOST])
def test_a_fault_costs_one_symbol_one_evening_and_says_so(live, name):
    fault, word, sentence = FAULTS[name]
    live.prices(FRIDAY, "AAPL", "SPY")
    before = live.rows("prices")
    live.stand_in.spoil(BARS, fault)
    loaded = live.prices(MONDAY, "AAPL", "SPY")
    apple, spy = loaded.accounts
    assert (apple.symbol, apple.status, apple.rows) == ("AAPL", word, 0)
    assert apple.message.startswith("yahoo: AAPL: ")
    assert re.search(sentence, apple.message), apple.message
    assert (spy.status, loaded.new) == ("received", 1)
    assert before < live.rows("prices")
    logged = live.ask("select accounts from raw.ingestion_runs where batch_id = 2")[0][0]
    assert [account["status"] for account in json.loads(logged)] == [word]

    live.stand_in.heal()
    healed = live.prices(TUESDAY, "AAPL", "SPY")
    assert healed.new == 3, "Monday and Tuesday of the one, Tuesday of the other"
    assert live.closes("AAPL") == pytest.approx(live.true_closes("AAPL"))


@pytest.mark.parametrize("fault", [status(429), status(500), hanging, half, page])
def test_what_passes_is_asked_again_and_nobody_notices(live, fault):
    live.stand_in.spoil(BARS, fault, times=1)
    (account,) = live.prices(FRIDAY, "AAPL").accounts
    assert account.status == "received"
    assert live.stand_in.charts() == ["AAPL", "AAPL"]


def test_a_wait_longer_than_ours_is_not_sat_out(live):
    live.stand_in.spoil(BARS, status(429, retry_after="600"))
    live.prices(FRIDAY, "AAPL")
    assert live.stand_in.charts() == ["AAPL"]


def test_a_source_that_is_down_is_left_alone_after_five_names(live):
    live.prices(FRIDAY, "SPY", "AAPL")
    before = live.rows("prices")
    live.stand_in.spoil("/chart/", status(500))
    live.stand_in.asked.clear()
    names = ("QQQ", "SPY", "AAPL", "MSFT", "IWM", "TLT", "GLD")
    said = r"yahoo: 5 symbols in a row did not come, the last said: yahoo: IWM: answered error 500; 5 of 7 were asked"
    with pytest.raises(SourceUnavailable, match=said):
        live.prices(MONDAY, *names)
    assert live.rows("prices") == before
    assert dict.fromkeys(live.stand_in.charts()) == dict.fromkeys(names[:5])
    assert live.ask("select status, asked from raw.ingestion_runs where batch_id = 2") == [("unavailable", 5)]
    live.stand_in.heal()
    assert live.prices(TUESDAY, *names).accounts[-1].status == "received"
    assert live.closes("AAPL") == pytest.approx(live.true_closes("AAPL"))


def test_what_failed_lately_comes_last_so_that_it_keeps_no_other_from_coming(live):
    names = ("AAPL", "SPY", "QQQ")
    failed = frozenset(names[:1])
    live.world.today = FRIDAY
    live.stand_in.spoil(BARS, status(429))
    at = evening_of(FRIDAY)
    source = YahooSource(
        live.settings, live.stored, names, clock=lambda: at, sleep=lambda _: None, failed=lambda: failed
    )
    loaded = loading.load(source, "prices", live.window(FRIDAY), live.warehouse, at)
    assert [account.status for account in loaded.accounts] == ["received", "received", "unavailable"]
    assert live.stored.failed_since("yahoo", at) == {"AAPL"}


def test_the_requests_to_yahoo_have_a_total_deadline(live):
    hurried = live.settings.model_copy(update={"yahoo_seconds": 1e-9})
    at = evening_of(FRIDAY)
    source = YahooSource(hurried, live.stored, ("AAPL", "SPY"), clock=lambda: at)
    live.world.today = FRIDAY
    with pytest.raises(SourceUnavailable, match="0 of 2 names came within 0 s, the rest is requested next time"):
        loading.load(source, "prices", live.window(FRIDAY), live.warehouse, at)
    assert live.stand_in.charts() == []


def test_what_came_before_the_source_went_down_is_kept(live):
    for symbol in ("IWM", "TLT", "GLD", "TIP", "LQD"):
        live.stand_in.spoil(f"/chart/{symbol}", status(500))
    with pytest.raises(SourceUnavailable, match="7 of 8 were asked"):
        live.prices(FRIDAY, "SPY", "QQQ", "IWM", "TLT", "GLD", "TIP", "LQD", "HYG")
    assert set(live.stored.extents()) == {"SPY", "QQQ"}


def test_an_unknown_symbol_is_named(live):
    live.world.unknown.add("AAPL")
    (account,) = live.prices(FRIDAY, "AAPL").accounts
    assert account.status == "unknown"
    assert account.message == ("the source has no such symbol (yahoo: AAPL: No data found, symbol may be delisted)")


def test_rows_without_prices_are_set_aside_by_name(live):
    def blank(result):
        quote = result["indicators"]["quote"][0]
        for name in ("open", "high", "low", "close"):
            quote[name][-2] = None
        result["indicators"]["adjclose"][0]["adjclose"][-2] = None

    live.stand_in.spoil(BARS, chart(blank))
    loaded = live.prices(FRIDAY, "AAPL")
    assert (loaded.rejected, loaded.received) == (1, loaded.new + 1)
    assert live.ask("select symbol, obs_date, reason from raw.rejected_rows") == [
        ("AAPL", date(2024, 12, 19), "no price")
    ]


def test_columns_of_nothing_are_no_data(live):
    def blank(result):
        quote = result["indicators"]["quote"][0]
        for name in quote:
            quote[name] = [None] * len(quote[name])
        result["indicators"]["adjclose"][0]["adjclose"] = quote["close"]

    live.stand_in.spoil(BARS, chart(blank))
    (account,) = live.prices(FRIDAY, "AAPL").accounts
    assert (account.status, live.warehouse.count("prices")) == ("empty", 0)


@pytest.mark.parametrize("order", [lambda rows: rows + rows, lambda rows: rows[::-1]], ids=["repeated", "unordered"])
def test_repeated_and_unordered_rows_are_stored_once_and_in_order(live, order):
    def shuffle(result):
        result["timestamp"] = order(result["timestamp"])
        for columns in (result["indicators"]["quote"][0], result["indicators"]["adjclose"][0]):
            for name in columns:
                columns[name] = order(columns[name])

    live.stand_in.spoil(BARS, chart(shuffle))
    live.prices(FRIDAY, "AAPL")
    assert live.closes("AAPL") == pytest.approx(live.true_closes("AAPL"))
    assert live.warehouse.count("prices") == len(live.world.sessions)


def test_a_bad_crumb_is_renewed_by_yfinance_itself(live):
    live.prices(FRIDAY, "AAPL")
    live.stand_in.crumb = "newer"
    (account,) = live.prices(MONDAY, "AAPL").accounts
    assert account.status == "received"
    assert any("crumb=newer" in path for path in live.stand_in.asked)


def test_a_consent_page_is_answered_by_yfinance_itself(live):
    live.stand_in.consent_needed = True
    (account,) = live.prices(FRIDAY, "AAPL").accounts
    assert account.status == "received"
    assert any("collectConsent" in path for path in live.stand_in.asked)


def test_the_unfinished_session_is_never_stored(live):
    afternoon = calendar.to_utc(THURSDAY, time(15, 0))
    live.prices(THURSDAY, "AAPL", now=afternoon)
    assert max(live.closes("AAPL")) == TUESDAY
    live.prices(THURSDAY, "AAPL")
    assert max(live.closes("AAPL")) == THURSDAY
