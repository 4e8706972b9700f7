"""One load: deliveries kept as they come, rows set aside, the run logged, and an error that touches nothing stored."""

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import pandas as pd
import pytest

from ingestion import loading
from ingestion.sources.base import Account, Delivery, Source, SourceRefused, SourceUnavailable, SymbolUnknown, Window
from ingestion.tables import COLUMNS, TABLES

WINDOW = Window(date(2025, 3, 3), date(2025, 3, 7))


class Spoken:
    """A source that says what it was given: deliveries first, then an error where there is one."""

    name = "spoken"
    tables = frozenset(TABLES)

    def __init__(self, *deliveries: Delivery, error: Exception | None = None) -> None:
        self.deliveries, self.error = deliveries, error

    def fetch(self, table: str, window: Window) -> Iterator[Delivery]:
        yield from (delivery for delivery in self.deliveries if delivery.table == table)
        if self.error:
            raise self.error


def bars(symbol: str, closes: dict[str, object]) -> Delivery:
    frame = pd.DataFrame({"symbol": symbol, "obs_date": list(closes), "close": list(closes.values())})
    frame = frame.reindex(columns=COLUMNS["prices"])
    return Delivery("prices", frame, symbol, (Account(symbol, "received", len(frame)),))


def observations(series_id: str, values: dict[str, object]) -> Delivery:
    frame = pd.DataFrame({"series_id": series_id, "obs_date": list(values), "value": list(values.values())})
    return Delivery("macro_observations", frame, series_id, (Account(series_id, "received", len(frame)),))


SPY = bars("SPY", {"2025-03-05": 583.1, "2025-03-06": 572.7})
IWM = bars("IWM", {"2025-03-05": 208.1, "2025-03-06": 204.8})


@pytest.fixture
def load(warehouse, now) -> Callable[..., loading.Loaded]:
    def load_one(source: Source, table: str = "prices", at: datetime = now) -> loading.Loaded:
        return loading.load(source, table, WINDOW, warehouse, at)

    return load_one


def ask(warehouse, sql: str) -> list[tuple]:
    with warehouse.reading() as connection:
        return connection.execute(sql).fetchall()


def test_the_source_of_these_tests_is_a_source():
    assert isinstance(Spoken(), Source)


def test_a_load_reconciles_and_says_what_it_did(load, warehouse):
    bad = bars("QQQ", {"2025-03-05": -1.0, "2025-03-06": 490.0})
    loaded = load(Spoken(SPY, IWM, bad))
    assert (loaded.received, loaded.new, loaded.unchanged, loaded.restated, loaded.rejected) == (6, 5, 0, 0, 1)
    assert (loaded.table, loaded.source, loaded.batch_id, loaded.newest) == ("prices", "spoken", 1, date(2025, 3, 6))
    assert [account.symbol for account in loaded.accounts] == ["SPY", "IWM", "QQQ"]
    assert warehouse.count("prices") == 5


def test_the_run_is_logged_with_the_same_counts(load, warehouse, now):
    load(Spoken(SPY, bars("QQQ", {"2025-03-05": -1.0})))
    logged = ask(
        warehouse,
        """
        select batch_id, source, table_name, started_at, status, message, asked, received, new, unchanged, restated,
            rejected, window_start, window_end, newest_obs_date
        from raw.ingestion_runs
        """,
    )
    assert logged == [
        (1, "spoken", "prices", now, "ok", "", 2, 3, 2, 0, 0, 1, WINDOW.start, WINDOW.end, date(2025, 3, 6))
    ]
    assert ask(warehouse, "select finished_at >= started_at from raw.ingestion_runs") == [(True,)]


def test_an_identical_second_load_adds_no_row(load, warehouse, now):
    source = Spoken(SPY, bars("QQQ", {"2025-03-05": -1.0, "2025-03-06": 490.0}))
    load(source)
    again = load(source, at=now + timedelta(days=1))
    assert (again.received, again.new, again.unchanged, again.restated, again.rejected) == (4, 0, 3, 0, 1)
    assert again.batch_id == 2
    assert warehouse.count("prices") == 3
    assert ask(warehouse, "select count(*) from raw.rejected_rows") == [(1,)]


def test_a_restated_close_is_counted_and_known_from_the_second_load(load, warehouse, now):
    later = now + timedelta(days=3)
    load(Spoken(SPY))
    loaded = load(Spoken(bars("SPY", {"2025-03-05": 583.06, "2025-03-06": 572.7})), at=later)
    assert (loaded.received, loaded.new, loaded.unchanged, loaded.restated) == (2, 0, 1, 1)
    assert ask(warehouse, "select known_at from raw.prices where batch_id = 2") == [(later,)]


def test_repeated_rows_count_as_unchanged(load):
    loaded = load(Spoken(Delivery("prices", pd.concat([SPY.frame, SPY.frame]), "SPY")))
    assert (loaded.received, loaded.new, loaded.unchanged, loaded.rejected) == (4, 2, 2, 0)


def test_what_came_before_the_source_fell_silent_is_kept_and_the_run_says_unavailable(load, warehouse):
    bad = bars("QQQ", {"2025-03-05": -1.0})
    with pytest.raises(SourceUnavailable, match="too many requests"):
        load(Spoken(SPY, bad, error=SourceUnavailable("too many requests")))
    assert warehouse.count("prices") == 2
    assert ask(
        warehouse, "select status, message, received, new, rejected, newest_obs_date from raw.ingestion_runs"
    ) == [("unavailable", "too many requests", 3, 2, 1, date(2025, 3, 6))]
    assert ask(warehouse, "select count(*) from raw.rejected_rows") == [(1,)]


@pytest.mark.parametrize("error", [SourceRefused("expected a CSV; came a web page"), SymbolUnknown("no symbol XYZ")])
def test_a_permanent_error_is_logged_as_refused_and_raised(load, warehouse, error):
    load(Spoken(SPY))
    with pytest.raises(type(error), match=str(error)):
        load(Spoken(error=error))
    assert ask(warehouse, "select status, message, received from raw.ingestion_runs order by batch_id")[1] == (
        "refused",
        str(error),
        0,
    )
    assert warehouse.count("prices") == 2


def test_a_delivery_of_the_wrong_shape_is_refused_whole_and_what_came_before_it_is_kept(load, warehouse):
    shapeless = Delivery("prices", IWM.frame.drop(columns="close"), "IWM")
    with pytest.raises(SourceRefused, match=r"IWM: expected columns .* missing close"):
        load(Spoken(SPY, shapeless))
    assert warehouse.count("prices") == 2
    assert ask(warehouse, "select status from raw.ingestion_runs") == [("refused",)]


def test_a_rejected_row_is_kept_with_line_reason_and_payload(load, warehouse):
    frame = bars("SPY", {"2025-03-05": "tba", "2025-03-06": 572.7}).frame.assign(row_number=[17, 18])
    load(Spoken(Delivery("prices", frame, "prices.csv")))
    ((*kept, payload),) = ask(
        warehouse,
        """
        select batch_id, source, table_name, origin, row_number, symbol, obs_date, reason, payload
        from raw.rejected_rows
        """,
    )
    assert kept == [
        1,
        "spoken",
        "prices",
        "prices.csv",
        17,
        "SPY",
        date(2025, 3, 5),
        "close is not a number: 'tba'; no price",
    ]
    assert json.loads(payload)["close"] == "tba"


def test_a_row_without_symbol_and_day_can_be_set_aside_too(load, warehouse):
    frame = pd.DataFrame({"symbol": [None], "obs_date": ["?"], "close": [1.0]}).reindex(columns=COLUMNS["prices"])
    assert load(Spoken(Delivery("prices", frame, "prices.csv"))).rejected == 1
    assert ask(warehouse, "select symbol, obs_date from raw.rejected_rows") == [(None, None)]


def test_a_date_in_the_future_does_not_become_the_newest_day(load, now):
    loaded = load(Spoken(bars("SPY", {"2025-03-06": 572.7, "2099-01-02": 600.0})))
    assert (loaded.newest, loaded.rejected) == (date(2025, 3, 6), 1)


def test_today_is_the_day_in_new_york_not_in_utc(load):
    evening = datetime(2025, 3, 8, 2, 0)  # still the 7th in New York
    values = {"2025-03-07": 4.3, "2025-03-08": 4.4}
    loaded = load(Spoken(observations("DGS10", values)), "macro_observations", evening)
    assert (loaded.new, loaded.rejected) == (1, 1)


def test_an_index_may_be_quoted_on_a_day_without_a_session_and_an_equity_may_not(load):
    frame = pd.DataFrame(
        {"symbol": ["DX-Y.NYB", "AAPL"], "valid_from": "1900-01-01", "asset_type": ["index", "equity"]}
    )
    load(Spoken(Delivery("securities", frame.reindex(columns=COLUMNS["securities"]), "who")), "securities")
    day = {"2025-01-09": 109.2}
    loaded = load(Spoken(bars("DX-Y.NYB", day), bars("AAPL", day)))
    assert (loaded.new, loaded.rejected) == (1, 1)


def test_each_series_is_known_by_the_rule_of_its_seed_row(load, warehouse):
    day = {"2025-02-27": 1.0}
    load(
        Spoken(*[observations(name, day) for name in ("DGS10", "BAMLH0A0HYM2", "CPIAUCSL", "NO_SUCH")]),
        "macro_observations",
    )
    assert dict(ask(warehouse, "select series_id, known_at from raw.macro_observations")) == {
        "DGS10": datetime(2025, 2, 28, 22, 0),
        "BAMLH0A0HYM2": datetime(2025, 2, 28, 15, 0),
        "CPIAUCSL": datetime(2025, 3, 26, 12, 30),
        "NO_SUCH": datetime(2025, 2, 28, 22, 0),
    }


def test_series_with_different_rules_in_one_delivery_keep_their_rows_apart(load, warehouse):
    mixed = pd.concat([observations(name, {"2025-02-27": 1.0, "2025-02-26": 2.0}).frame for name in ("DGS10", "WALCL")])
    mixed = mixed.sort_values(["obs_date", "series_id"])
    load(Spoken(Delivery("macro_observations", mixed, "fred")), "macro_observations")
    assert ask(warehouse, "select series_id, obs_date, known_at from raw.macro_observations order by 1, 2") == [
        ("DGS10", date(2025, 2, 26), datetime(2025, 2, 27, 22, 0)),
        ("DGS10", date(2025, 2, 27), datetime(2025, 2, 28, 22, 0)),
        ("WALCL", date(2025, 2, 26), datetime(2025, 2, 27, 21, 30)),
        ("WALCL", date(2025, 2, 27), datetime(2025, 2, 28, 21, 30)),
    ]


KNOWN = {
    "securities": ({"symbol": "AAPL", "valid_from": "2024-12-27"}, datetime(2024, 12, 27, 5, 0)),
    "prices": ({"symbol": "AAPL", "obs_date": "2024-12-27", "close": 255.6}, datetime(2024, 12, 27, 23, 0)),
    "index_levels": ({"series_id": "VIX", "obs_date": "2024-12-27", "close": 16.0}, datetime(2024, 12, 28, 13, 0)),
    "macro_observations": ({"series_id": "DGS10", "obs_date": "2024-12-27"}, datetime(2024, 12, 30, 22, 0)),
    "positioning": (
        {"contract_code": "13874A", "obs_date": "2024-12-24", "open_interest": 2e6},
        datetime(2024, 12, 30, 20, 30),
    ),
    "exchange_breadth": (
        {"exchange": "NYSE", "obs_date": "2024-12-27", "advances": 900},
        datetime(2024, 12, 27, 23, 0),
    ),
    "index_membership": (
        {"index_id": "SP500", "symbol": "APO", "valid_from": "2024-12-23"},
        datetime(2024, 12, 23, 14, 30),
    ),
    "index_weights": (
        {"index_id": "SP500", "obs_date": "2024-12-06", "symbol": "AAPL", "weight": 0.07},
        datetime(2024, 12, 7, 13, 0),
    ),
}


@pytest.mark.parametrize("table", COLUMNS)
def test_every_table_loads_and_is_known_when_its_rule_says(load, warehouse, table):
    row, known = KNOWN[table]
    frame = pd.DataFrame([row]).reindex(columns=COLUMNS[table])
    assert load(Spoken(Delivery(table, frame, table)), table).new == 1
    assert ask(warehouse, f"select known_at from raw.{table}") == [(known,)]


@pytest.mark.parametrize("table", COLUMNS)
def test_every_table_loads_an_empty_delivery_and_no_delivery_at_all(load, table):
    nothing = pd.DataFrame(columns=COLUMNS[table])
    for source in (Spoken(Delivery(table, nothing, table)), Spoken()):
        loaded = load(source, table)
        assert (loaded.received, loaded.newest) == (0, None)


def test_a_vintage_that_the_source_dated_keeps_its_moment(load, warehouse):
    moments = pd.to_datetime(["2025-02-28T22:00", "2025-03-05T22:00"])
    frame = pd.DataFrame({"series_id": "DGS10", "obs_date": "2025-02-27", "value": [4.2, 4.3], "known_at": moments})
    loaded = load(Spoken(Delivery("macro_observations", frame, "vintages")), "macro_observations")
    assert (loaded.received, loaded.new, loaded.restated) == (2, 1, 1)
    assert ask(warehouse, "select known_at from raw.macro_observations order by 1") == [
        (datetime(2025, 2, 28, 22),),
        (datetime(2025, 3, 5, 22),),
    ]


def test_only_what_was_not_received_is_spelt_out_in_the_log(load, warehouse):
    missing = Delivery(
        "prices", IWM.frame, "many", (Account("IWM", "received", 2), Account("CTLT", "unknown", 0, "gone"))
    )
    load(Spoken(missing))
    ((asked, accounts),) = ask(warehouse, "select asked, accounts from raw.ingestion_runs")
    assert asked == 2
    assert json.loads(accounts) == [{"symbol": "CTLT", "status": "unknown", "rows": 0, "message": "gone"}]


def test_progress_counts_the_rows_so_far(warehouse, now):
    said: list[str] = []
    loading.load(Spoken(SPY, IWM), "prices", WINDOW, warehouse, now, said.append)
    assert said == ["prices: 2 rows", "prices: 4 rows"]


def test_sessions_and_releases_are_loaded_to_the_end_of_next_year_and_only_once(warehouse, now):
    first = loading.load_calendar(warehouse, now)
    assert first.new == first.received == warehouse.count("sessions") + warehouse.count("releases")
    assert ask(warehouse, "select max(session_date) from raw.sessions") == [(date(2026, 12, 31),)]
    assert loading.load_calendar(warehouse, now + timedelta(days=1)).unchanged == first.received
    assert ask(warehouse, "select close_at, is_early_close from raw.sessions where session_date = '2024-11-29'") == [
        (datetime(2024, 11, 29, 18), True)
    ]


def test_a_window_never_ends_before_it_starts():
    with pytest.raises(ValueError, match="starts no later than it ends"):
        Window(date(2025, 3, 7), date(2025, 3, 6))
