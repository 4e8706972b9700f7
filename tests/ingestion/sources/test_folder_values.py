"""Files of a user with cells that no contract foresaw: each is stored, rejected by name, or refused in one sentence.

What is counted: received = stored + rejected, so that no row of a file vanishes.
"""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from ingestion import loading
from ingestion.sources.base import SourceRefused
from ingestion.sources.folder import PRICE_COLUMNS, FolderSource
from orchestration.resources import EVERYTHING

DAYS = [day.date() for day in pd.bdate_range("2025-02-18", "2025-03-06")]


def bars(symbol: object = "AAA", days: list | None = None) -> pd.DataFrame:
    """A bar a day of one symbol, as columns of prices.parquet."""
    days = days or DAYS
    close = [100.0 + number for number in range(len(days))]
    columns = {"symbol": [symbol] * len(days), "date": days, "open": close, "high": close, "low": close}
    frame = pd.DataFrame({**columns, "close": close, "adj_close": close, "volume": 1000.0})
    return frame.assign(dividend=0.0, split=1.0)


@pytest.fixture
def load(warehouse, now, tmp_path: Path) -> Callable[..., loading.Loaded]:
    """load(table): the load of one table from the folder, everything in it requested."""

    def load_table(table: str = "prices") -> loading.Loaded:
        source = FolderSource(tmp_path)
        if table == "prices":
            loading.load(source, "securities", EVERYTHING, warehouse, now)
        return loading.load(source, table, EVERYTHING, warehouse, now)

    return load_table


@pytest.fixture
def stored(warehouse) -> Callable[[str], list[tuple]]:
    def rows(sql: str) -> list[tuple]:
        with warehouse.reading() as connection:
            return connection.execute(sql).fetchall()

    return rows


def write_as(path: Path, frame: pd.DataFrame, **types: str) -> None:
    """A parquet file with the given SQL types."""
    cast = ", ".join(f"{expression} as {name}" for name, expression in types.items())
    with duckdb.connect() as connection:
        connection.register("frame", frame)
        connection.execute(f"copy (select * replace ({cast}) from frame) to '{path}' (format parquet)")


# Stored -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("symbol", "expression", "named"),
    [(600519, "symbol::integer", "600519"), ("AAA", "encode(symbol)", "AAA"), ("BRK.B", "symbol", "BRK-B")],
    ids=["an integer", "bytes", "a class with a dot"],
)
def test_a_ticker_of_another_kind_is_text(load, stored, tmp_path, symbol, expression, named) -> None:
    write_as(tmp_path / "prices.parquet", bars(symbol), symbol=expression)
    assert load().new == len(DAYS)
    assert stored("select distinct symbol, asset_type from raw.securities") == [(named, "equity")]


def test_two_ways_of_writing_a_symbol_are_one_name(load, stored, tmp_path) -> None:
    halves = [bars("BRK.B", DAYS[:5]), bars("BRK-B", DAYS[5:])]
    pd.concat(halves).to_parquet(tmp_path / "prices.parquet")
    (tmp_path / "membership").mkdir()
    (tmp_path / "membership" / "securities.csv").write_text(
        "symbol,name,gics_sector,gics_sub_industry\nBRK/B,Berkshire,Financials,Conglomerates\n"
    )
    assert load().new == len(DAYS)
    assert stored("select symbol, name, count(distinct security_id) from raw.securities group by all") == [
        ("BRK-B", "Berkshire", 1)
    ]


def test_a_bundle_leaves_out_combined_reports_and_says_so(load, stored, tmp_path) -> None:
    (tmp_path / "cftc").mkdir()
    (tmp_path / "cftc" / "report.txt").write_text(
        "Report_Date_as_YYYY-MM-DD,CFTC_Contract_Market_Code,Open_Interest_All,FutOnly_or_Combined\n"
        "12/20/2016 12:00:00 AM,13874A,100,FutOnly\n12/20/2016 12:00:00 AM,13874A,150,Combined\n"
    )
    assert (load("positioning").new, load("positioning").rejected) == (1, 0)
    assert stored("select obs_date, open_interest from raw.positioning") == [(date(2016, 12, 20), 100.0)]
    assert stored("select message from raw.ingestion_runs limit 1") == [
        ("cftc/report.txt: 1 rows of futures and options combined are left out",)
    ]


# Rejected by name ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("close", 1e308, "close is beyond 1e+09 or under 1e-06"),
        ("close", 1e-300, "close is beyond 1e+09 or under 1e-06"),
        ("adj_close", 2e9, "adj_close is beyond 1e+09 or under 1e-06"),
        ("volume", 1e308, "volume is beyond 1e+15"),
        ("date", date(1, 1, 1), "date before 1900"),
        ("date", date(9999, 12, 31), "date in the future"),
    ],
)
@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_what_cannot_be_is_rejected_by_name(load, stored, tmp_path, column, cell, reason, ending) -> None:
    frame = bars()
    frame[column] = [*frame[column][:-1], cell]
    if column == "close":
        frame = frame.assign(open=None, high=None, low=None)
    if ending == "csv":
        frame.to_csv(tmp_path / "prices.csv", index=False)
    else:
        write_as(tmp_path / "prices.parquet", frame, date="date::date")
    loaded = load()
    assert (loaded.received, loaded.new, loaded.rejected) == (len(DAYS), len(DAYS) - 1, 1)
    assert reason in stored("select reason from raw.rejected_rows")[0][0]


def test_the_rejected_rows_are_counted_by_reason(load, tmp_path) -> None:
    frame = bars()
    frame["close"] = frame["close"].astype("string")
    frame.loc[[2, 3], "close"] = ["soon", "later"]
    frame.loc[5, "volume"] = -1.0
    frame.to_csv(tmp_path / "prices.csv", index=False)
    assert load().reasons == {"close is not a number": 2, "volume is negative": 1}


# Refused ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "expression"),
    [
        ("close", "[close, close]"),
        ("symbol", "{'ticker': symbol}"),
        ("date", "{'day': date}"),
        ("volume", "map {'a': volume}"),
        ("date", "interval 1 day"),
        ("date", "[date::timestamp]"),
        ("close", "[close::decimal(9, 2)]"),
    ],
)
def test_a_nested_column_is_refused_by_name(load, tmp_path, column, expression) -> None:
    write_as(tmp_path / "prices.parquet", bars(), **{column: expression})
    with pytest.raises(SourceRefused, match=rf"prices\.parquet: expected columns of .*; came with {column} as "):
        load()


@pytest.mark.parametrize(
    ("days", "first"),
    [
        ([f"{day:%Y %b %d}" for day in DAYS], "2025 Feb 18"),
        ([45_000 + number for number in range(len(DAYS))], "45000"),
    ],
)
def test_days_in_another_form_are_refused_with_the_first(load, stored, tmp_path, days, first) -> None:
    bars(days=days).to_csv(tmp_path / "prices.csv", index=False)
    with pytest.raises(SourceRefused) as refused:
        load()
    assert f"line 2: obs_date is not a date (YYYY-MM-DD): '{first}'" in str(refused.value)
    assert stored("select count(*) from raw.prices") == [(0,)]


def test_days_of_which_one_shows_another_order_are_refused(load, tmp_path) -> None:
    days = [f"2025-{day.day:02}-{day.month:02}" for day in DAYS]
    bars(days=days).to_csv(tmp_path / "prices.csv", index=False)
    with pytest.raises(SourceRefused, match=r"prices\.csv: expected days as YYYY-MM-DD; came '2025-18-02'"):
        load()


def test_a_rule_that_most_rows_break_is_told_with_the_first_row(load, tmp_path) -> None:
    frame = bars().assign(high=1.0)
    frame.to_csv(tmp_path / "prices.csv", index=False)
    with pytest.raises(SourceRefused, match=rf"{len(DAYS)} of {len(DAYS)} rows break one rule.*line 2: high below low"):
        load()


def test_a_file_that_turns_out_bad_in_its_last_names_leaves_nothing(load, stored, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("ingestion.sources.folder.SYMBOLS_PER_CHUNK", 1)
    bad = [bars(symbol).assign(volume=-1.0) for symbol in ("BBB", "CCC")]
    pd.concat([bars("AAA"), *bad]).to_csv(tmp_path / "prices.csv", index=False)
    with pytest.raises(SourceRefused, match="volume is negative"):
        load()
    assert stored("select count(*) from raw.prices") + stored("select count(*) from raw.rejected_rows") == [(0,), (0,)]
    assert stored("select status from raw.ingestion_runs where table_name = 'prices'") == [("refused",)]


def test_half_of_a_file_and_a_file_of_few_rows_are_only_set_aside(load, stored, tmp_path) -> None:
    good = [str(day) for day in DAYS[:6]]
    bad = [f"{day:%m/%d/%Y}" for day in DAYS[6:12]]
    bars(days=good + bad).to_csv(tmp_path / "prices.csv", index=False)
    assert (load().new, load().rejected) == (6, 6)
    bars(days=[DAYS[0] + timedelta(days=4)] * 1).to_csv(tmp_path / "prices.csv", index=False)
    assert load().rejected == 1


def test_snapshots_of_a_day_are_no_fault_of_a_file(load, stored, tmp_path) -> None:
    stamps = [f"2025-03-06 {hour}:00" for hour in range(10, 17)]
    bars(days=stamps).to_csv(tmp_path / "prices.csv", index=False)
    assert load().rejected == len(stamps) - 1
    assert stored("select close from raw.prices") == [(106.0,)]


def test_every_column_of_the_layout_is_tried(tmp_path) -> None:
    assert list(bars().columns) == list(PRICE_COLUMNS)
