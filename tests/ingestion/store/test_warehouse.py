"""Raw is append-only vintages: what a second, a changed, a dated and a broken append leave in a real database."""

import gc
from datetime import date, datetime, timedelta

import duckdb
import numpy as np
import pandas as pd
import pytest

from ingestion.settings import Settings
from ingestion.store.vintages import Appended
from ingestion.store.warehouse import Warehouse
from ingestion.tables import RAW_TABLES

FIRST = datetime(2025, 3, 6, 23, 30)
LATER = FIRST + timedelta(days=1)


def prices(closes: dict[str, float | None], symbol: str = "SPY", **columns: object) -> pd.DataFrame:
    """Bars of `symbol` as loading hands them over: known at 18:00 New York, values without a vintage of their own."""
    days = pd.to_datetime(list(closes))
    frame = pd.DataFrame({"symbol": symbol, "obs_date": days, "close": list(closes.values())}, dtype=None)
    for name in ("open", "high", "low", "adj_close", "volume", "dividend", "split"):
        frame[name] = np.nan
    return frame.assign(known_at=days + pd.Timedelta(hours=23), vintage_stated=False).assign(**columns)


def observations(values: dict[str, float | None], **columns: object) -> pd.DataFrame:
    days = pd.to_datetime(list(values))
    frame = pd.DataFrame({"series_id": "DGS10", "obs_date": days, "value": list(values.values())})
    return frame.assign(known_at=days + pd.Timedelta(hours=46), vintage_stated=False).assign(**columns)


def securities(*rows: tuple[str, str, str], asset_type: str = "equity") -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["symbol", "valid_from", "name"])
    frame["valid_from"] = pd.to_datetime(frame["valid_from"])
    frame = frame.assign(asset_type=asset_type, gics_sector=None, gics_sub_industry=None)
    return frame.assign(known_at=frame["valid_from"], vintage_stated=False)


def append(warehouse: Warehouse, table: str, frame: pd.DataFrame, batch: int = 1, at: datetime = FIRST) -> Appended:
    return warehouse.append(table, frame, source="a test", batch_id=batch, ingested_at=at)


def ask(warehouse: Warehouse, sql: str) -> list[tuple]:
    with warehouse.reading() as connection:
        return connection.execute(sql).fetchall()


# Appending ----------------------------------------------------------------------------------------------------------


def test_the_first_append_stores_every_row_with_its_provenance(warehouse):
    assert append(warehouse, "prices", prices({"2025-03-05": 583.1, "2025-03-06": 572.7})) == Appended(2, 2, 0, 0)
    assert ask(
        warehouse, "select obs_date, close, known_at, ingested_at, batch_id, source from raw.prices order by 1"
    ) == [
        (date(2025, 3, 5), 583.1, datetime(2025, 3, 5, 23), FIRST, 1, "a test"),
        (date(2025, 3, 6), 572.7, datetime(2025, 3, 6, 23), FIRST, 1, "a test"),
    ]


def test_a_second_identical_append_adds_nothing(warehouse):
    frame = prices({"2025-03-05": 583.1, "2025-03-06": 572.7}, open=580.0, volume=np.nan, dividend=[1.7, np.nan])
    append(warehouse, "prices", frame)
    assert append(warehouse, "prices", frame, 2, LATER) == Appended(2, 0, 2, 0)
    assert warehouse.count("prices") == 2


def test_a_changed_value_adds_one_vintage_known_from_its_ingestion_and_keeps_the_old_one(warehouse):
    append(warehouse, "prices", prices({"2025-03-05": 583.1, "2025-03-06": 572.7}))
    changed = prices({"2025-03-05": 583.06, "2025-03-06": 572.7})
    assert append(warehouse, "prices", changed, 2, LATER) == Appended(2, 0, 1, 1)
    vintages = ask(
        warehouse, "select close, known_at, batch_id from raw.prices where obs_date = '2025-03-05' order by 3"
    )
    assert vintages == [(583.1, datetime(2025, 3, 5, 23), 1), (583.06, LATER, 2)]


def test_a_row_is_compared_with_its_newest_vintage_only(warehouse):
    for batch, close in enumerate([583.1, 583.06, 583.1], start=1):
        appended = append(warehouse, "prices", prices({"2025-03-05": close}), batch, FIRST + timedelta(days=batch))
        assert appended.unchanged == 0
    assert append(warehouse, "prices", prices({"2025-03-05": 583.1}), 4, FIRST + timedelta(days=4)).unchanged == 1
    assert warehouse.count("prices") == 3


def test_a_value_that_appears_or_disappears_is_a_change(warehouse):
    append(warehouse, "macro_observations", observations({"2025-10-01": None}))
    assert append(warehouse, "macro_observations", observations({"2025-10-01": 4.1}), 2, LATER).restated == 1
    at = LATER + timedelta(days=1)
    assert append(warehouse, "macro_observations", observations({"2025-10-01": None}), 3, at).restated == 1
    assert ask(warehouse, "select value from raw.macro_observations order by batch_id") == [(None,), (4.1,), (None,)]


def test_float_noise_is_no_change_and_a_cent_on_a_thousand_dollars_is_one(warehouse):
    append(warehouse, "prices", prices({"2025-03-05": 1000.0, "2025-03-06": 1000.0}))
    noisy = prices({"2025-03-05": 1000.0 * (1 + 1e-7), "2025-03-06": 1000.01})
    assert append(warehouse, "prices", noisy, 2, LATER) == Appended(2, 0, 1, 1)


def test_adj_close_alone_restates_nothing_where_there_is_a_close(warehouse):
    append(warehouse, "prices", prices({"2025-03-05": 583.1}, adj_close=580.0))
    assert append(warehouse, "prices", prices({"2025-03-05": 583.1}, adj_close=575.0), 2, LATER).unchanged == 1
    assert warehouse.count("prices") == 1


def test_adj_close_restates_where_there_is_no_close(warehouse):
    append(warehouse, "prices", prices({"2025-03-05": None}, symbol="UUP", adj_close=28.0))
    assert (
        append(warehouse, "prices", prices({"2025-03-05": None}, symbol="UUP", adj_close=27.5), 2, LATER).restated == 1
    )


def test_a_correction_before_the_row_was_known_is_not_known_earlier_than_the_row(warehouse):
    early = datetime(2025, 3, 6, 21, 0)
    append(warehouse, "prices", prices({"2025-03-06": 572.0}), 1, early)
    append(warehouse, "prices", prices({"2025-03-06": 572.7}), 2, early + timedelta(hours=1))
    assert ask(warehouse, "select close, known_at from raw.prices order by batch_id") == [
        (572.0, datetime(2025, 3, 6, 23)),
        (572.7, datetime(2025, 3, 6, 23)),
    ]
    assert append(warehouse, "prices", prices({"2025-03-06": 572.7}), 3, LATER).unchanged == 1


def test_a_row_repeated_inside_one_frame_is_stored_once_and_counted_unchanged(warehouse):
    frame = prices({"2025-03-05": 583.1})
    assert append(warehouse, "prices", pd.concat([frame, frame, frame])) == Appended(3, 1, 2, 0)


def test_missing_numbers_are_null_and_never_nan(warehouse):
    append(warehouse, "prices", prices({"2025-03-05": 583.1}))
    counts = pd.DataFrame({"exchange": ["NYSE"], "obs_date": pd.to_datetime(["2025-03-05"]), "advances": [1_500.0]})
    counts = counts.assign(declines=np.nan, unchanged=100.0, known_at=FIRST, vintage_stated=False)
    append(warehouse, "exchange_breadth", counts)
    assert append(warehouse, "exchange_breadth", counts, 2, LATER).unchanged == 1
    assert ask(warehouse, "select open is null, volume is null from raw.prices") == [(True, True)]
    assert ask(warehouse, "select advances, declines, unchanged from raw.exchange_breadth") == [(1_500, None, 100)]


def test_an_append_of_nothing_is_nothing(warehouse):
    assert append(warehouse, "prices", prices({}).astype({"symbol": "str"})) == Appended()
    assert append(warehouse, "macro_observations", observations({})) == Appended()


@pytest.mark.parametrize("changed", [0, 3, 10])
def test_received_is_new_and_unchanged_and_restated(warehouse, changed):
    days = [str(day.date()) for day in pd.bdate_range("2025-01-13", periods=20)]
    append(warehouse, "prices", prices(dict.fromkeys(days[:15], 100.0)))
    second = prices({day: 101.0 if number < changed else 100.0 for number, day in enumerate(days)})
    appended = append(warehouse, "prices", second, 2, LATER)
    assert appended == Appended(received=20, new=5, unchanged=15 - changed, restated=changed)


# Vintages that the source dated itself ------------------------------------------------------------------------------


def test_a_source_that_dates_its_vintages_keeps_its_own_moments(warehouse):
    first, second = pd.Timestamp("2024-12-27T23:00"), pd.Timestamp("2025-01-15T14:00")
    stated = pd.concat(
        [
            observations({"2024-12-27": 4.60}, known_at=first, vintage_stated=True),
            observations({"2024-12-27": 4.62}, known_at=second, vintage_stated=True),
        ]
    )
    assert append(warehouse, "macro_observations", stated) == Appended(2, 1, 0, 1)
    assert ask(warehouse, "select value, known_at from raw.macro_observations order by 2") == [
        (4.60, first.to_pydatetime()),
        (4.62, second.to_pydatetime()),
    ]


def test_a_vintage_that_is_stored_is_not_stored_again_and_an_older_one_that_is_not_is(warehouse):
    newest = observations({"2024-12-27": 4.62}, known_at=pd.Timestamp("2025-01-15"), vintage_stated=True)
    append(warehouse, "macro_observations", newest)
    assert append(warehouse, "macro_observations", newest, 2, LATER) == Appended(1, 0, 1, 0)
    older = observations({"2024-12-27": 4.60}, known_at=pd.Timestamp("2024-12-28"), vintage_stated=True)
    append(warehouse, "macro_observations", older, 3, LATER)
    assert ask(warehouse, "select value from raw.macro_observations order by known_at") == [(4.60,), (4.62,)]


# Identities ---------------------------------------------------------------------------------------------------------


def test_a_symbol_that_no_security_carries_is_registered_without_a_name(warehouse):
    append(warehouse, "prices", prices({"2025-03-05": 583.1}))
    append(warehouse, "prices", prices({"2025-03-05": 210.0}, symbol="IWM"))
    assert ask(warehouse, "select symbol, security_id, name, valid_from from raw.securities order by 2") == [
        ("SPY", 1, None, date(1900, 1, 1)),
        ("IWM", 2, None, date(1900, 1, 1)),
    ]
    assert ask(warehouse, "select security_id, close from raw.prices order by 1") == [(1, 583.1), (2, 210.0)]


def test_every_new_symbol_of_a_frame_gets_a_number_of_its_own(warehouse):
    bars = pd.concat([prices({"2025-03-05": 1.0}, symbol=symbol) for symbol in ("QQQ", "IWM", "SPY", "IWM")])
    append(warehouse, "prices", bars)
    assert ask(warehouse, "select symbol, security_id from raw.securities order by 1") == [
        ("IWM", 1),
        ("QQQ", 2),
        ("SPY", 3),
    ]


def test_security_id_stays_when_more_securities_come_and_names_change(warehouse):
    append(warehouse, "securities", securities(("MSFT", "1900-01-01", "Microsoft"), ("FB", "1900-01-01", "Facebook")))
    before = dict(ask(warehouse, "select symbol, security_id from raw.securities"))
    more = securities(
        ("AAPL", "1900-01-01", "Apple"), ("FB", "1900-01-01", "Meta"), ("MSFT", "1900-01-01", "Microsoft")
    )
    assert append(warehouse, "securities", more, 2, LATER) == Appended(3, 1, 1, 1)
    pairs = set(ask(warehouse, "select symbol, security_id from raw.securities"))
    assert pairs == set(before.items()) | {("AAPL", 3)}


def test_a_symbol_registered_by_its_bars_keeps_its_number_when_it_gets_its_name(warehouse):
    append(warehouse, "prices", prices({"2025-03-05": 583.1}))
    append(warehouse, "securities", securities(("SPY", "1900-01-01", "S&P 500 ETF"), asset_type="etf"), 2, LATER)
    assert ask(warehouse, "select distinct security_id from raw.securities") == [(1,)]
    assert warehouse.symbols("etf") == {"SPY"}
    assert warehouse.symbols("index") == frozenset()


def test_a_ticker_used_again_maps_each_bar_to_who_carried_it_that_day(warehouse):
    append(warehouse, "securities", securities(("CEG", "2001-01-02", "Old"), ("CEG", "2022-02-02", "New")))
    ids = dict(ask(warehouse, "select name, security_id from raw.securities"))
    assert len(set(ids.values())) == 2
    bars = prices(
        {"1999-12-31": 1.0, "2012-03-12": 2.0, "2022-02-01": 3.0, "2022-02-02": 4.0, "2025-03-05": 5.0}, "CEG"
    )
    append(warehouse, "prices", bars)
    assert ask(warehouse, "select close, security_id from raw.prices order by 1") == [
        (1.0, ids["Old"]),
        (2.0, ids["Old"]),
        (3.0, ids["Old"]),
        (4.0, ids["New"]),
        (5.0, ids["New"]),
    ]


def test_membership_and_weights_carry_the_same_identity_as_bars(warehouse):
    append(warehouse, "securities", securities(("CEG", "2001-01-02", "Old"), ("CEG", "2022-02-02", "New")))
    spells = pd.DataFrame({"index_id": "SP500", "symbol": "CEG", "valid_from": ["2001-01-02", "2022-02-02"]})
    spells["valid_from"] = pd.to_datetime(spells["valid_from"])
    spells["valid_to"] = pd.to_datetime(["2012-03-12", None])
    append(warehouse, "index_membership", spells.assign(known_at=spells["valid_from"], vintage_stated=False))
    weights = pd.DataFrame({"index_id": "SP500", "obs_date": pd.to_datetime(["2024-12-06"]), "symbol": "CEG"})
    append(warehouse, "index_weights", weights.assign(weight=0.002, known_at=FIRST, vintage_stated=False))
    named = "inner join raw.securities using (security_id)"
    assert ask(warehouse, f"select name, valid_to from raw.index_membership {named} order by 1 desc") == [
        ("Old", date(2012, 3, 12)),
        ("New", None),
    ]
    assert ask(warehouse, f"select name, weight from raw.index_weights {named}") == [("New", 0.002)]


def test_a_spell_that_ends_later_is_one_more_vintage_of_it(warehouse):
    spell = pd.DataFrame({"index_id": ["SP500"], "symbol": ["QRVO"], "valid_from": pd.to_datetime(["2015-06-12"])})
    spell = spell.assign(known_at=spell["valid_from"], vintage_stated=False)
    append(warehouse, "index_membership", spell.assign(valid_to=pd.NaT))
    ended = spell.assign(valid_to=pd.Timestamp("2024-12-23"))
    assert append(warehouse, "index_membership", ended, 2, LATER).restated == 1
    assert append(warehouse, "index_membership", ended, 3, LATER).unchanged == 1


# All or nothing -----------------------------------------------------------------------------------------------------


def test_an_error_inside_writing_leaves_nothing_of_the_block(warehouse):
    def write_half() -> None:
        with warehouse.writing() as connection:
            connection.execute(
                "insert into raw.macro_observations (series_id, obs_date) values ('DGS10', '2025-03-05')"
            )
            raise RuntimeError("pulled the plug")

    with pytest.raises(RuntimeError, match="pulled the plug"):
        write_half()
    assert warehouse.count("macro_observations") == 0


def test_an_append_that_fails_leaves_neither_rows_nor_newly_registered_symbols(warehouse):
    with pytest.raises(duckdb.Error):
        append(warehouse, "prices", prices({"2025-03-05": 583.1}).drop(columns="close"))
    assert (warehouse.count("prices"), warehouse.count("securities")) == (0, 0)
    assert append(warehouse, "prices", prices({"2025-03-05": 583.1})).new == 1


def test_no_connection_outlives_a_call(warehouse):
    append(warehouse, "prices", prices({"2025-03-05": 583.1}))
    with duckdb.connect(str(warehouse.path)) as other:
        assert other.execute("select count(*) from raw.prices").fetchone() == (1,)


def test_creating_again_keeps_what_is_stored(warehouse):
    append(warehouse, "prices", prices({"2025-03-05": 583.1}))
    warehouse.create()
    assert warehouse.count("prices") == 1


def test_reading_before_anything_was_loaded_says_what_to_do(tmp_path):
    with pytest.raises(FileNotFoundError, match="run the ingestion first"):
        Warehouse(Settings(data=tmp_path)).count("prices")


def test_a_reader_cannot_write(warehouse):
    with warehouse.reading() as connection, pytest.raises(duckdb.Error, match="read-only"):
        connection.execute("delete from raw.prices")


# Rejected rows, runs and watermarks ---------------------------------------------------------------------------------


def rejected(*payloads: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row_number": range(2, 2 + len(payloads)),
            "symbol": pd.Series([pd.NA] * len(payloads), dtype="string"),
            "obs_date": pd.NaT,
            "reason": "close is not above zero",
            "payload": payloads,
        }
    )


def reject(warehouse: Warehouse, frame: pd.DataFrame, origin: str = "prices.csv", batch: int = 1) -> None:
    warehouse.reject(frame, source="folder", table="prices", origin=origin, batch_id=batch, at=FIRST)


def test_rejected_rows_are_kept_once_however_often_the_same_file_is_loaded(warehouse):
    for batch in (1, 2, 3):
        reject(warehouse, rejected('{"close": "-1"}', '{"close": "-2"}'), batch=batch)
    kept = ask(warehouse, "select batch_id, row_number, symbol, obs_date, payload from raw.rejected_rows order by 2")
    assert kept == [(1, 2, None, None, '{"close": "-1"}'), (1, 3, None, None, '{"close": "-2"}')]


def test_the_same_row_of_another_file_or_with_other_values_is_kept_beside_it(warehouse):
    reject(warehouse, rejected('{"close": "-1"}'))
    reject(warehouse, rejected('{"close": "-3"}'), batch=2)
    reject(warehouse, rejected('{"close": "-1"}'), origin="prices.parquet", batch=3)
    assert ask(warehouse, "select count(*) from raw.rejected_rows") == [(3,)]


def test_rejecting_nothing_stores_nothing(warehouse):
    reject(warehouse, rejected())
    assert ask(warehouse, "select count(*) from raw.rejected_rows") == [(0,)]


def test_runs_are_logged_and_number_the_batches(warehouse):
    assert warehouse.next_batch() == 1
    warehouse.log_run({"batch_id": 7, "source": "folder", "table_name": "prices", "status": "ok", "received": 12})
    assert warehouse.next_batch() == 8
    assert ask(warehouse, "select batch_id, source, table_name, status, received, message from raw.ingestion_runs") == [
        (7, "folder", "prices", "ok", 12, None)
    ]


def test_watermarks_name_the_newest_day_of_each_table_that_holds_rows(warehouse):
    assert warehouse.watermarks() == {}
    append(warehouse, "macro_observations", observations({"2025-03-05": 4.2, "2025-03-03": 4.1}))
    append(warehouse, "prices", prices({"2025-03-06": 572.7}))
    assert warehouse.watermarks() == {
        "securities": date(1900, 1, 1),
        "prices": date(2025, 3, 6),
        "macro_observations": date(2025, 3, 5),
    }


def test_every_raw_table_has_three_clocks_and_its_batch(warehouse):
    with warehouse.reading() as connection:
        for name, table in RAW_TABLES.items():
            columns = [row[0] for row in connection.execute(f"describe raw.{name}").fetchall()]
            assert columns == [*table.key, *table.values, "known_at", "ingested_at", "batch_id", "source"], name
            assert table.described in table.key, name


def test_appended_counts_add_up():
    assert Appended(3, 1, 1, 1) + Appended(2, 0, 2, 0) == Appended(5, 1, 3, 1)


def test_what_does_not_fit_in_memory_goes_beside_the_file_and_is_gone_with_the_warehouse(tmp_path):
    warehouse = Warehouse(Settings(data=tmp_path, market="folder"))
    beside = warehouse.path.with_name(warehouse.path.name + ".tmp")
    with warehouse.writing() as connection:
        connection.execute("set memory_limit = '50MB'")
        connection.execute("create temp table large as select random() as a, random() as b from range(5000000)")
        assert list(beside.iterdir())
    del warehouse, connection
    gc.collect()
    assert not beside.exists()
