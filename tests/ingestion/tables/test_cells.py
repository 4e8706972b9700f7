"""Days, numbers and symbols as sources write them: what each cell is read as, whatever the zone of the machine."""

import time

import pandas as pd
import pytest

from ingestion.tables import RAW_TABLES, cells

#: A cell, and the wall-clock moment that it is read as.
MOMENTS = [
    ("2025-03-06", "2025-03-06"),
    ("2025-03-06 16:00", "2025-03-06 16:00"),
    ("2025-03-06T00:00:00Z", "2025-03-06"),
    ("2025-03-06T00:00:00+00:00", "2025-03-06"),
    ("2025-03-05 19:00:00-05:00", "2025-03-06"),
    ("2025-03-06T00:00:00-05:00", "2025-03-06"),
    ("2025-03-06 16:00:00-0500", "2025-03-06 16:00"),
    ("2025-03-06T21:00:00Z", "2025-03-06 16:00"),
    ("2025-03-07T01:00:00Z", "2025-03-06 20:00"),
    ("2025-07-07T03:30:00Z", "2025-07-06 23:30"),
    ("0001-01-01", "0001-01-01"),
    ("9999-12-31", "9999-12-31"),
    ("03/04/2025", None),
    ("2025-02-30", None),
    ("now", None),
]


@pytest.fixture(params=["UTC", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Kiritimati"])
def machine_in(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("machine_in")
@pytest.mark.parametrize(("cell", "moment"), MOMENTS)
def test_a_day_is_read_by_its_own_sense(cell: str, moment: str | None) -> None:
    read = cells.read_days(pd.Series([cell, None]))
    assert read.isna().tolist() == [moment is None, True]
    assert moment is None or read[0] == pd.Timestamp(moment)


@pytest.mark.usefixtures("machine_in")
@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo"])
def test_typed_moments_are_read_like_text(zone: str) -> None:
    stamps = pd.Series(pd.to_datetime(["2025-03-06 00:00Z", "2025-03-06 21:00Z", "2025-03-07 01:00Z"]))
    read = cells.read_days(stamps.dt.tz_convert(zone))
    assert read.tolist() == [pd.Timestamp(f"2025-03-06 {hour}:00") for hour in ("00", "16", "20")]


def test_an_instant_with_a_zone_is_the_same_in_utc() -> None:
    read = cells.read_instants(pd.Series(["2025-03-06T16:00:00-05:00", "2025-03-06 16:00"]))
    assert read.tolist() == [pd.Timestamp("2025-03-06 21:00"), pd.Timestamp("2025-03-06 16:00")]


def test_no_day_is_read_where_one_can_only_be_in_another_order() -> None:
    assert cells.read_days(pd.Series(["2025-02-03", "2025-13-02"])).isna().all()
    assert cells.month_first(pd.Series(["2/3/2025", "13/2/2025"])).tolist() == ["2/3/2025", "13/2/2025"]


def test_month_first_days_become_iso_days_and_others_stay() -> None:
    came = pd.Series(["1/5/2010 12:00:00 AM", "12/28/2010", "2010-01-05", "soon", "02/30/2025", None])
    read = cells.month_first(came)
    assert read[:5].tolist() == ["2010-01-05", "2010-12-28", "2010-01-05", "soon", "2025-02-30"]
    assert cells.read_days(read).notna().tolist() == [True, True, True, False, False, False]


@pytest.mark.parametrize("nothing", ["NA", "N/A", "NaN", "nan", "null", "NULL", "None", "", "  ", None])
def test_nothing_is_nothing_where_a_column_may_be_empty(nothing: str | None) -> None:
    row = {"index_id": "SP500", "symbol": "AAA", "valid_from": "2020-01-02", "valid_to": nothing}
    rows, reasons = cells.typed(RAW_TABLES["index_membership"], pd.DataFrame([row]))
    assert pd.isna(rows["valid_to"][0])
    assert not reasons
    name = {"symbol": "AAA", "valid_from": "1900-01-01", "name": "Triple A", "asset_type": "equity"}
    rows, _ = cells.typed(
        RAW_TABLES["securities"], pd.DataFrame([name | {"gics_sector": nothing, "gics_sub_industry": nothing}])
    )
    assert pd.isna(rows["gics_sector"][0])
    bar = dict.fromkeys(RAW_TABLES["prices"].delivered, nothing) | {"symbol": "AAA", "obs_date": "2025-03-06"}
    rows, reasons = cells.typed(RAW_TABLES["prices"], pd.DataFrame([bar]))
    assert rows.drop(columns=["symbol", "obs_date"]).isna().all(axis=None)
    assert not reasons


def test_a_ticker_may_be_called_like_nothing() -> None:
    rows, reasons = cells.typed(
        RAW_TABLES["index_membership"],
        pd.DataFrame([{"index_id": "SP500", "symbol": "NA", "valid_from": "NA", "valid_to": None}]),
    )
    assert rows["symbol"][0] == "NA"
    assert reasons == {0: ["valid_from is not a date (YYYY-MM-DD): 'NA'"]}


@pytest.mark.parametrize(
    ("written", "read"),
    [("BRK.B", "BRK-B"), ("BRK/B", "BRK-B"), (" BRK-B", "BRK-B"), ("DX-Y.NYB", "DX-Y.NYB"), ("^GSPC", "^GSPC")],
)
def test_a_class_of_shares_is_written_with_a_dash(written: str, read: str) -> None:
    row = {"index_id": "SP500", "symbol": written, "obs_date": "2025-02-07", "weight": "0.01"}
    rows, _ = cells.typed(RAW_TABLES["index_weights"], pd.DataFrame([row]))
    assert rows["symbol"][0] == read == cells.one_symbol(written)
