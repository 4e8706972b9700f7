"""Evenings of a live market: only what is new is asked for, what was restated comes whole, what was missed heals."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from ingestion import loading
from ingestion.backfill import backfill
from ingestion.calendar import to_new_york
from ingestion.sources.base import SourceError, SourceRefused, SourceUnavailable, Window
from ingestion.sources.transport import DELISTED_AFTER
from ingestion.sources.yahoo import YahooSource
from tests.ingestion.live_market import FRIDAY, MONDAY, THURSDAY, TUESDAY, evening_of
from tests.ingestion.stand_in import edited, status


def asked_from(live, symbol: str) -> list[date]:
    """The first day of each question for a symbol."""
    starts = [path.split("period1=")[1].split("&")[0] for path in live.stand_in.asked if f"/chart/{symbol}?" in path]
    return [to_new_york(datetime.fromtimestamp(int(start), UTC).replace(tzinfo=None)).date() for start in starts]


def test_a_normal_evening_asks_for_the_new_session_and_ten_before(live):
    live.prices(FRIDAY, "AAPL")
    live.stand_in.asked.clear()
    loaded = live.prices(MONDAY, "AAPL")
    assert asked_from(live, "AAPL") == [date(2024, 12, 6)]
    assert (loaded.received, loaded.new, loaded.unchanged) == (12, 1, 11)


def test_the_same_evening_again_adds_nothing(live):
    live.prices(FRIDAY, "AAPL", "SPY")
    before = live.rows("prices")
    assert live.prices(FRIDAY, "AAPL", "SPY").new == 0
    assert live.rows("prices") == before


def test_each_symbol_has_its_own_watermark_and_a_new_one_comes_whole(live):
    live.prices(FRIDAY, "AAPL")
    live.stand_in.asked.clear()
    live.prices(MONDAY, "AAPL", "SPY")
    assert asked_from(live, "AAPL") == [date(2024, 12, 6)]
    assert asked_from(live, "SPY") == [date(1990, 1, 2)]
    assert live.closes("SPY") == pytest.approx(live.true_closes("SPY"))


def test_a_split_today_brings_the_whole_history_in_the_same_run(live):
    live.prices(FRIDAY, "AAPL", "SPY")
    live.world.splits["AAPL"] = (MONDAY, 4.0)
    live.stand_in.asked.clear()
    loaded = live.prices(MONDAY, "AAPL", "SPY")
    assert asked_from(live, "AAPL") == [date(2024, 12, 6), date(1990, 1, 2)]
    assert (loaded.new, loaded.restated) == (2, 58)
    closes = live.closes("AAPL")
    assert closes == pytest.approx(live.true_closes("AAPL"))
    assert abs(closes[MONDAY] / closes[FRIDAY] - 1) < 0.1, "no false fall at the seam"
    assert live.ask("select split from raw.prices where split is not null") == [(4.0,)]


@pytest.mark.parametrize("fault", [status(500), edited(lambda body: body[:300])], ids=["down", "cut"])
def test_a_split_whose_history_does_not_come_stores_nothing_of_the_symbol(live, fault):
    live.prices(FRIDAY, "AAPL")
    before = live.rows("prices")
    live.world.splits["AAPL"] = (MONDAY, 4.0)
    live.stand_in.spoil("period1=631", fault)
    (account,) = live.prices(MONDAY, "AAPL").accounts
    assert account.status == "unavailable"
    assert "a split of 4 on 2024-12-23 asks for its whole history, which did not come" in account.message
    assert live.rows("prices") == before
    live.stand_in.heal()
    live.prices(TUESDAY, "AAPL")
    assert live.closes("AAPL") == pytest.approx(live.true_closes("AAPL"))


def test_a_history_that_comes_cut_at_its_beginning_replaces_nothing(live):
    def cut(body: bytes) -> bytes:
        said = json.loads(body)
        result = said["chart"]["result"][0]
        columns = result["indicators"]["quote"][0] | result["indicators"]["adjclose"][0]
        for name, column in [*columns.items(), ("timestamp", result["timestamp"])]:
            (result if name == "timestamp" else result["indicators"]["quote"][0])[name] = column[25:]
        result["indicators"]["adjclose"][0]["adjclose"] = columns["adjclose"][25:]
        return json.dumps(said).encode()

    live.prices(FRIDAY, "AAPL")
    before = live.rows("prices")
    live.world.splits["AAPL"] = (MONDAY, 4.0)
    live.stand_in.spoil("period1=631", edited(cut))
    (account,) = live.prices(MONDAY, "AAPL").accounts
    assert account.message.endswith(
        "its whole history since 2024-10-01; it came since 2024-11-05, so nothing of it is stored"
    )
    assert live.rows("prices") == before


def test_a_restated_close_brings_the_whole_history_and_keeps_what_was_said_before(live):
    live.prices(FRIDAY, "AAPL")
    before = live.rows("prices")
    live.world.restated["AAPL", date(2024, 12, 18)] = 1.01
    live.world.restated["AAPL", date(2024, 10, 15)] = 1.02
    loaded = live.prices(MONDAY, "AAPL")
    assert (loaded.new, loaded.restated) == (1, 2)
    assert before < live.rows("prices")
    assert live.closes("AAPL") == pytest.approx(live.true_closes("AAPL"))


def test_a_special_dividend_restates_nothing(live):
    live.prices(FRIDAY, "AAPL")
    live.world.dividends["AAPL"] = (MONDAY, 15.0)
    live.stand_in.asked.clear()
    loaded = live.prices(MONDAY, "AAPL")
    assert asked_from(live, "AAPL") == [date(2024, 12, 6)]
    assert (loaded.new, loaded.restated) == (1, 0)
    assert live.ask("select obs_date, dividend from raw.prices where dividend > 0") == [(MONDAY, 15.0)]


def test_a_halt_is_no_delisting_and_a_delisting_is_said_after_weeks(live):
    live.prices(FRIDAY, "AAPL", "SPY")
    live.world.last_bar["AAPL"] = FRIDAY
    live.world.today = date(2025, 2, 28)
    days = [day for day in live.world.sessions if day > FRIDAY]
    said = {}
    for day in (days[0], days[14], days[DELISTED_AFTER - 1], days[DELISTED_AFTER]):
        apple, _ = live.prices(day, "AAPL", "SPY").accounts
        said[day] = apple.status
    assert list(said.values()) == ["empty", "empty", "empty", "delisted"]
    assert "no bar since 2024-12-20, 20 sessions in which others traded" in apple.message
    assert live.closes("AAPL")[FRIDAY] > 0


def test_a_departed_member_is_asked_once_a_month_and_never_when_it_is_delisted(live):
    live.load("securities", FRIDAY)
    live.load("index_membership", FRIDAY)
    live.world.unknown |= {"OLDER"}
    live.world.last_bar["GONE"] = date(2024, 10, 31)
    source_symbols = live.stored.equities()
    assert (source_symbols["GONE"], source_symbols["OLDER"]) == (date(2024, 11, 18), date(2019, 10, 1))
    assert source_symbols["AAPL"] is None

    def asked(day: date, start: date = date(2024, 10, 1)) -> set[str]:
        source = YahooSource(live.settings, live.stored, clock=lambda: evening_of(day))
        requests, _ = source._requests(Window(start, day), day, live.stored.traded_days())
        return {request.symbol for request in requests}

    assert {"GONE", "OLDER", "AAPL", "BRK-B", "BF-B", "Q001", "SPY"} <= asked(FRIDAY)
    live.prices(FRIDAY, "GONE", "OLDER", "SPY")
    assert asked(MONDAY) & {"GONE", "OLDER"} == set(), "one has no bars for weeks, one is unknown"
    assert "OLDER" in asked(FRIDAY + timedelta(days=31))


def test_a_ticker_that_another_company_carries_now_is_refused(live):
    live.load("securities", FRIDAY)
    live.load("index_membership", FRIDAY)
    (account,) = live.prices(FRIDAY, "OLDER").accounts
    assert account.status == "unknown"
    assert "another company carries the ticker now" in account.message


def test_a_backfill_asks_for_chosen_days_and_reports_them(live):
    live.world.today = FRIDAY
    loaded = backfill(live.settings, ("aapl", "SPY"), date(2024, 11, 1), date(2024, 11, 29), evening_of(FRIDAY))
    assert (loaded.new, [account.symbol for account in loaded.accounts]) == (40, ["AAPL", "SPY"])
    again = backfill(live.settings, ("AAPL",), date(2024, 11, 1), None, evening_of(FRIDAY))
    assert (again.new, again.unchanged) == (15, 20)


def test_a_backfill_that_meets_nothing_stored_or_another_basis_brings_the_whole_history(live):
    live.prices(FRIDAY, "AAPL")
    live.world.splits["AAPL"] = (THURSDAY, 2.0)
    live.world.today = THURSDAY
    backfill(live.settings, ("AAPL",), date(2024, 10, 10), date(2024, 10, 20), evening_of(THURSDAY))
    true = live.true_closes("AAPL")
    assert live.closes("AAPL") == pytest.approx({day: true[day] for day in live.closes("AAPL")})
    assert len(live.closes("AAPL")) == 58


@pytest.mark.parametrize(
    ("symbols", "market", "said"),
    [
        ((), "live", "at least one symbol"),
        (("AAPL; drop table raw.prices",), "live", "expected symbols such as AAPL"),
        (("../../etc/passwd",), "live", "expected symbols such as AAPL"),
        (("AAPL",), "sample", "supplies the market live"),
    ],
)
def test_a_backfill_of_nonsense_is_refused_before_anyone_is_asked(live, symbols, market, said):
    chosen = live.settings.model_copy(update={"market": market})
    with pytest.raises(SourceRefused, match=said):
        backfill(chosen, symbols, None, None, evening_of(FRIDAY))
    assert live.stand_in.asked == []


def test_a_crash_while_storing_keeps_what_was_stored(live):
    class Crash(Exception):
        pass

    def progress(line: str) -> None:
        if "10 of 12 asked" in line:
            raise Crash

    live.world.today = FRIDAY
    names = ("AAPL", "SPY", *(f"Q{number:03d}" for number in range(8)), "QQQ", "IWM")
    source = YahooSource(live.settings, live.stored, names, clock=lambda: evening_of(FRIDAY))
    with pytest.raises(Crash):
        loading.load(source, "prices", live.window(FRIDAY), live.warehouse, evening_of(FRIDAY), progress)
    assert set(live.stored.extents()) == set(names[:10])
    live.stand_in.asked.clear()
    live.prices(FRIDAY, *names)
    assert asked_from(live, "AAPL") == [date(2024, 12, 6)]
    assert asked_from(live, "IWM") == [date(1990, 1, 2)]


def test_a_source_down_for_a_day_leaves_the_others_and_the_next_evening_heals(live):
    for table in ("index_levels", "macro_observations"):
        live.load(table, FRIDAY)
    live.stand_in.spoil("/cboe/", status(503))
    told = "cboe: VIX: answered error 503; the host is left alone until the next run, 8 more"
    with pytest.raises(SourceUnavailable, match=told):
        live.load("index_levels", MONDAY)
    assert live.load("macro_observations", MONDAY).new > 0
    assert live.stored.newest("index_levels") == FRIDAY
    live.stand_in.heal()
    assert live.load("index_levels", TUESDAY).new == 2 * 9


def test_a_window_that_shrinks_deletes_nothing(live):
    live.load("macro_observations", FRIDAY)
    before = live.rows("macro_observations")
    live.world.first = date(2024, 12, 2)
    live.load("macro_observations", MONDAY)
    assert before < live.rows("macro_observations")


def test_every_table_of_the_live_market_fills_its_columns_on_one_evening(live):
    tables = ("index_levels", "macro_observations", "positioning", "index_membership", "index_weights")
    for table in tables:
        loaded = live.load(table, FRIDAY)
        assert loaded.received == loaded.new + loaded.unchanged + loaded.restated + loaded.rejected
        assert (loaded.new > 0, loaded.rejected) == (True, 0), table
    assert live.ask("select count(*) from raw.index_weights where weight > 0") == [(503,)]


def test_optional_sources_raise_source_errors_and_nothing_else(live):
    live.stand_in.spoil("/", status(500))
    for table in ("index_levels", "macro_observations", "positioning", "index_membership", "index_weights"):
        with pytest.raises(SourceError):
            live.load(table, FRIDAY)
