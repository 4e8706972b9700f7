"""The bring-your-own-data source: every file of the documented layout, what it sets aside and what it refuses."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from ingestion import loading
from ingestion.sources.base import Delivery, SourceRefused, Window
from ingestion.sources.folder import PRICE_COLUMNS, FolderSource
from ingestion.store.warehouse import Warehouse
from ingestion.tables import COLUMNS, TABLES

WINDOW = Window(date(1990, 1, 1), date(2025, 3, 7))
HEADER = ",".join(PRICE_COLUMNS)
POSITIONS = (
    "Market_and_Exchange_Names,Report_Date_as_YYYY-MM-DD,CFTC_Contract_Market_Code,Open_Interest_All,"
    "Dealer_Positions_Long_All,Dealer_Positions_Short_All,Asset_Mgr_Positions_Long_All,Asset_Mgr_Positions_Short_All,"
    "Lev_Money_Positions_Long_All,Lev_Money_Positions_Short_All"
)

FILES = {
    "prices.csv": f"""{HEADER}
SPY,2025-03-05,577.5,584.9,573.1,583.1,583.1,71000000,,
SPY,2025-03-06,575.5,580.2,570.1,572.7,572.7,80000000,,
AAPL,2025-03-06,234.4,237.9,233.2,235.3,235.3,45000000,0.25,
UUP,2025-03-06,,,,,28.4,,,
DX-Y.NYB,2025-01-09,,,,109.2,,,,
""",
    "cboe/VIX_History.csv": """DATE,OPEN,HIGH,LOW,CLOSE
03/05/2025,23.0,24.9,21.5,21.93
03/06/2025,22.1,25.6,21.8,24.87
""",
    "cboe/SKEW_History.csv": "DATE,SKEW\n03/06/2025,141.2\n",
    "fred/DGS10.csv": "observation_date,DGS10\n2025-03-04,4.22\n2025-03-05,\n2025-03-06,.\n",
    "cftc/report.csv": f"""{POSITIONS}
E-MINI S&P 500,2025-03-04,13874A,2061221,1,2,3,4,5,6
COCOA,2025-03-04,073732,150000,1,2,3,4,5,6
""",
    "membership/index_membership.csv": """index_id,symbol,valid_from,valid_to
SP500,AAPL,1982-11-30,
SP500,QRVO,2015-06-12,2024-12-23
""",
    "membership/securities.csv": """symbol,name,gics_sector,gics_sub_industry
AAPL,Apple,Technology,"Hardware, Storage"
""",
    "membership/index_weights.csv": "index_id,as_of_date,symbol,weight\nSP500,2025-02-07,AAPL,0.07\n",
    "breadth/exchange_breadth.csv": "exchange,session_date,advances,declines,unchanged\nNYSE,2025-03-06,800,1950,60\n",
}
ROWS = {
    "securities": 4,
    "prices": 5,
    "index_levels": 3,
    "macro_observations": 3,
    "positioning": 1,
    "exchange_breadth": 1,
    "index_membership": 2,
    "index_weights": 1,
}


@pytest.fixture
def folder(tmp_path) -> Path:
    for relative, text in FILES.items():
        write(tmp_path / "mine" / relative, text)
    return tmp_path / "mine"


def write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def deliveries(folder: Path, table: str, window: Window = WINDOW) -> list[Delivery]:
    return list(FolderSource(folder).fetch(table, window))


def rows(folder: Path, table: str, window: Window = WINDOW) -> pd.DataFrame:
    return pd.concat([delivery.frame for delivery in deliveries(folder, table, window)])


@pytest.fixture
def load(warehouse, now) -> Callable[..., dict[str, loading.Loaded]]:
    def load_tables(folder: Path, *tables: str, window: Window = WINDOW) -> dict[str, loading.Loaded]:
        source = FolderSource(folder)
        return {table: loading.load(source, table, window, warehouse, now) for table in tables or TABLES}

    return load_tables


def ask(warehouse: Warehouse, sql: str) -> list[tuple]:
    with warehouse.reading() as connection:
        return connection.execute(sql).fetchall()


# What it reads ------------------------------------------------------------------------------------------------------


def test_every_table_is_loaded_from_the_documented_layout(folder, load, warehouse):
    loaded = load(folder)
    assert {table: result.new for table, result in loaded.items()} == ROWS
    assert {table: result.rejected for table, result in loaded.items()} == dict.fromkeys(TABLES, 0)
    assert ask(warehouse, "select security_id is null from raw.prices group by all") == [(False,)]


def test_a_second_load_of_the_same_folder_adds_no_row(folder, load):
    load(folder)
    assert {table: result.unchanged for table, result in load(folder).items()} == ROWS


def test_parquet_and_csv_of_the_same_bars_load_the_same_rows(folder, load, warehouse):
    load(folder, "securities", "prices")
    bars = pd.read_csv(folder / "prices.csv", parse_dates=["date"])
    bars.to_parquet(folder / "prices.parquet")
    (folder / "prices.csv").unlink()
    assert load(folder, "prices")["prices"].unchanged == len(bars)
    assert warehouse.count("prices") == len(bars)


def test_names_come_from_the_files_and_from_the_seed_and_every_symbol_with_bars_is_a_security(folder, load, warehouse):
    load(folder, "securities")
    stored = ask(warehouse, "select symbol, name, asset_type, gics_sub_industry from raw.securities order by 1")
    assert stored == [
        ("AAPL", "Apple", "equity", "Hardware, Storage"),
        ("DX-Y.NYB", None, "index", None),
        ("SPY", "S&P 500 ETF", "etf", None),
        ("UUP", "US dollar ETF", "etf", None),
    ]


def test_cells_arrive_as_what_they_mean(folder, load, warehouse):
    load(folder)
    assert ask(warehouse, "select open, high, close, volume, dividend, split from raw.prices where dividend > 0") == [
        (234.4, 237.9, 235.3, 45_000_000.0, 0.25, None)
    ]
    assert ask(warehouse, "select obs_date, high, close from raw.index_levels where series_id = 'VIX' order by 1") == [
        (date(2025, 3, 5), 24.9, 21.93),
        (date(2025, 3, 6), 25.6, 24.87),
    ]
    assert ask(warehouse, "select obs_date, open, close from raw.index_levels where series_id = 'SKEW'") == [
        (date(2025, 3, 6), None, 141.2)
    ]
    assert ask(warehouse, "select value from raw.macro_observations order by obs_date") == [(4.22,), (None,), (None,)]
    assert ask(warehouse, "select valid_to from raw.index_membership order by valid_from") == [
        (None,),
        (date(2024, 12, 23),),
    ]
    assert ask(warehouse, "select obs_date, weight from raw.index_weights") == [(date(2025, 2, 7), 0.07)]


def test_only_contracts_that_the_marts_follow_are_read(folder):
    assert list(rows(folder, "positioning")["contract_code"]) == ["13874A"]


def test_positions_without_dealer_columns_are_fine_and_missing_ones_are_null(folder, load, warehouse):
    write(
        folder / "cftc" / "report.csv",
        '"Report_Date_as_YYYY-MM-DD"," CFTC_Contract_Market_Code",Open_Interest_All,Lev_Money_Positions_Long_All\n'
        "2010-06-15, 13874+    ,  500000 ,.\n",
    )
    assert load(folder, "positioning")["positioning"].new == 1
    stored = ask(warehouse, "select contract_code, open_interest, dealer_long, leveraged_long from raw.positioning")
    assert stored == [("13874+", 500_000.0, None, None)]


def test_every_report_file_of_the_folder_is_read(folder, load):
    write(folder / "cftc" / "FinFut24.txt", f"{POSITIONS}\nE-MINI,2024-12-24,13874A,2000000,1,2,3,4,5,6\n")
    assert load(folder, "positioning")["positioning"].new == 2


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm(folder, load):
    for relative, text in FILES.items():
        write(folder / relative, ("\ufeff" + text).replace("\n", "\r\n"))
    assert {table: result.new for table, result in load(folder).items()} == ROWS


@pytest.mark.parametrize("absent", [*FILES, *sorted({name.split("/")[0] for name in FILES if "/" in name})])
def test_any_file_may_be_absent_and_the_others_are_read(folder, absent):
    path = folder / absent
    for file in sorted(path.glob("*")) if path.is_dir() else [path]:
        file.unlink()
    if path.is_dir():
        path.rmdir()
    came = {table: sum(len(delivery.frame) for delivery in deliveries(folder, table)) for table in TABLES}
    fewer = {table for table in TABLES if came[table] < ROWS[table]}
    of_others = {TABLE_OF[file] for file in FILES if file.startswith(absent) and file in TABLE_OF}
    assert fewer - {"securities", "index_levels"} == of_others - {"securities", "index_levels"}
    assert all(came[table] <= ROWS[table] for table in TABLES)


def test_an_empty_folder_gives_no_rows(tmp_path, load):
    assert sum(result.received for result in load(tmp_path).values()) == 0


def test_each_file_is_accounted_for_by_symbol(folder):
    (prices,) = deliveries(folder, "prices")
    counted = {account.symbol: (account.status, account.rows) for account in prices.accounts}
    assert counted["SPY"] == ("received", 2)
    assert set(counted) == {"SPY", "AAPL", "UUP", "DX-Y.NYB"}


def test_bars_come_in_whole_symbols_however_many_there_are(tmp_path):
    symbols = [f"S{number:03}" for number in range(230)]
    days = ("2025-03-06", "2025-03-05")
    lines = [f"{symbol},{day},1,1,1,1,1,1,," for day in days for symbol in symbols]
    write(tmp_path / "prices.csv", "\n".join([HEADER, *lines]))
    chunks = [delivery.frame for delivery in deliveries(tmp_path, "prices")]
    assert [chunk["symbol"].nunique() for chunk in chunks] == [100, 100, 30]
    for chunk in chunks:
        assert list(chunk.groupby("symbol").size().unique()) == [2]
        assert chunk[["symbol", "obs_date"]].apply(tuple, axis=1).is_monotonic_increasing
        for number, symbol, day in zip(chunk["row_number"], chunk["symbol"], chunk["obs_date"], strict=True):
            assert lines[number - 2].startswith(f"{symbol},{day}")


# The window ---------------------------------------------------------------------------------------------------------


def test_rows_outside_the_window_are_left_out_and_both_ends_belong_to_it(folder, load):
    loaded = load(folder, window=Window(date(2025, 3, 6), date(2025, 3, 6)))
    assert {table: result.received for table, result in loaded.items()} == {
        "securities": 4,
        "prices": 3,
        "index_levels": 2,
        "macro_observations": 1,
        "positioning": 0,
        "exchange_breadth": 1,
        "index_membership": 2,
        "index_weights": 0,
    }


def test_the_last_day_of_the_window_counts_until_midnight(folder):
    write(
        folder / "prices.csv",
        f"{HEADER}\nXOM,2025-03-06 23:59:59,1,1,1,1,1,1,,\nXOM,2025-03-07 00:00:00,1,1,1,1,1,1,,\n",
    )
    kept = rows(folder, "prices", Window(date(2025, 3, 1), date(2025, 3, 6)))
    assert list(kept["obs_date"]) == ["2025-03-06 23:59:59"]


def test_a_row_whose_day_cannot_be_read_stays_to_be_rejected_by_name(folder, load):
    write(folder / "fred" / "DGS10.csv", "observation_date,DGS10\n06.03.2025,4.3\n")
    window = Window(date(2025, 3, 6), date(2025, 3, 6))
    assert load(folder, "macro_observations", window=window)["macro_observations"].rejected == 1


# What it sets aside -------------------------------------------------------------------------------------------------


def test_a_rejected_line_is_named_by_its_number_in_the_file(folder, load, warehouse):
    broken = {
        "prices.csv": (
            f"{HEADER}\nSPY,2025-03-06,1,1,1,1,1,1,,\nAAPL,2025-03-06,1,1,1,-1,1,1,,\n,2025-03-06,1,1,1,1,1,1,,\n",
            [3, 4],
        ),
        "cboe/VIX_History.csv": ("DATE,OPEN,HIGH,LOW,CLOSE\n03/05/2025,1,1,1,1\n\n03/06/2025,1,1,1,201\n", [4]),
        "fred/DGS10.csv": ("observation_date,DGS10\n2025-03-04,4.2\n2025-03-05,four\n", [3]),
        "cftc/report.csv": (FILES["cftc/report.csv"] + "E-MINI,2025-02-25,13874A,-1,1,2,3,4,5,6\n", [4]),
        "membership/index_weights.csv": (FILES["membership/index_weights.csv"] + "SP500,2025-02-07,MSFT,6.2\n", [3]),
        "membership/index_membership.csv": (
            "index_id,symbol,valid_from,valid_to\nSP500,A,2000-06-05,2000-01-01\n",
            [2],
        ),
        "membership/securities.csv": (FILES["membership/securities.csv"] + ",No ticker,Energy,\n", [3]),
        "breadth/exchange_breadth.csv": (FILES["breadth/exchange_breadth.csv"] + "NYSE,2025-03-07,,,\n", [3]),
    }
    for relative, (text, _) in broken.items():
        write(folder / relative, text)
    load(folder)
    named = ask(warehouse, "select origin, list(row_number order by row_number) from raw.rejected_rows group by all")
    assert dict(named) == {relative: lines for relative, (_, lines) in broken.items()}


def test_a_file_whose_only_bar_has_no_symbol_is_not_passed_over(folder, load):
    write(folder / "prices.csv", f"{HEADER}\n,2025-03-06,1,1,1,1,1,1,,\n")
    assert load(folder, "prices")["prices"].rejected == 1


def test_blank_lines_are_no_rows(folder, load):
    write(folder / "fred" / "DGS10.csv", "observation_date,DGS10\n2025-03-04,4.2\n\n\n")
    loaded = load(folder, "macro_observations")["macro_observations"]
    assert (loaded.received, loaded.rejected) == (1, 0)


# What it refuses ----------------------------------------------------------------------------------------------------

TABLE_OF = {
    "prices.csv": "prices",
    "cboe/VIX_History.csv": "index_levels",
    "fred/DGS10.csv": "macro_observations",
    "cftc/report.csv": "positioning",
    "membership/index_membership.csv": "index_membership",
    "membership/securities.csv": "securities",
    "membership/index_weights.csv": "index_weights",
    "breadth/exchange_breadth.csv": "exchange_breadth",
}
PAGE = "<!DOCTYPE html>\n<html><body>Please, verify that you are human</body></html>\n"
KEY_COLUMN = {"prices.csv": "date", "cftc/report.csv": "Open_Interest_All", "cboe/VIX_History.csv": "CLOSE"}


def refusal(folder: Path, relative: str, content: str | bytes) -> str:
    write(folder / relative, content)
    with pytest.raises(SourceRefused) as refused:
        deliveries(folder, TABLE_OF[relative])
    return str(refused.value)


@pytest.mark.parametrize("relative", TABLE_OF)
def test_a_missing_column_is_refused_by_name(folder, relative):
    column = KEY_COLUMN.get(relative) or FILES[relative].splitlines()[0].split(",")[-1]
    said = refusal(folder, relative, FILES[relative].replace(column, "SOMETHING_ELSE", 1))
    assert relative in said
    assert "expected" in said
    assert column in said
    assert "SOMETHING_ELSE" in said


@pytest.mark.parametrize("relative", TABLE_OF)
def test_a_web_page_is_refused(folder, relative):
    said = refusal(folder, relative, PAGE)
    assert relative in said
    assert "expected" in said
    assert "<!DOCTYPE html>" in said


@pytest.mark.parametrize("relative", TABLE_OF)
def test_an_empty_file_is_refused(folder, relative):
    said = refusal(folder, relative, "")
    assert relative in said
    assert "expected" in said
    assert "came an empty answer" in said or "came with none" in said


@pytest.mark.parametrize("relative", TABLE_OF)
@pytest.mark.parametrize(
    "content", [bytes(range(256)) * 20, b"PAR1\x00\xff\xfe", b"\x00" * 100], ids=["noise", "other", "zeros"]
)
def test_a_binary_file_is_refused(folder, relative, content):
    said = refusal(folder, relative, content)
    assert relative in said
    assert "expected" in said
    assert "came" in said


@pytest.mark.parametrize("relative", TABLE_OF)
def test_lines_with_more_cells_than_the_header_are_refused(folder, relative):
    head, *lines = FILES[relative].splitlines()
    said = refusal(folder, relative, "\n".join([head, *[f"{line},1,2" for line in lines]]))
    assert relative in said
    assert "expected" in said


def test_a_broken_parquet_file_is_refused(folder):
    (folder / "prices.csv").unlink()
    for content in (b"", b"PAR1" + bytes(50) + b"PAR1", FILES["prices.csv"].encode()):
        write(folder / "prices.parquet", content)
        for table in ("prices", "securities"):
            with pytest.raises(SourceRefused, match=r"prices\.parquet: expected parquet with columns symbol, date"):
                deliveries(folder, table)


def test_bars_without_a_symbol_column_are_refused_already_when_securities_are_read(folder):
    write(folder / "prices.csv", FILES["prices.csv"].replace("symbol", "isin", 1))
    with pytest.raises(SourceRefused, match=r"prices\.csv: expected columns symbol, .* missing symbol, .* isin"):
        deliveries(folder, "securities")


def test_a_line_that_is_cut_off_in_the_middle_of_a_large_file_is_refused_with_its_number(tmp_path):
    lines = [f"S{number % 50},2025-03-06,1,1,1,1,1,1,," for number in range(60_000)]
    lines[50_000] = "S1,2025-0"
    write(tmp_path / "prices.csv", "\n".join([HEADER, *lines]))
    with pytest.raises(SourceRefused, match="CSV Error on Line: 50002"):
        deliveries(tmp_path, "prices")


def test_a_refused_file_leaves_what_is_stored(folder, load, warehouse):
    load(folder)
    write(folder / "prices.csv", PAGE)
    with pytest.raises(SourceRefused):
        load(folder, "prices")
    assert warehouse.count("prices") == ROWS["prices"]
    assert ask(warehouse, "select status from raw.ingestion_runs where table_name = 'prices' order by batch_id") == [
        ("ok",),
        ("refused",),
    ]


def test_a_folder_that_is_none_is_refused(tmp_path):
    write(tmp_path / "file", "x")
    for path in (tmp_path / "nowhere", tmp_path / "file"):
        with pytest.raises(SourceRefused, match="expected a directory with your files; there is none"):
            FolderSource(path)


def test_columns_of_the_folder_are_those_of_raw():
    assert [{"date": "obs_date"}.get(name, name) for name in PRICE_COLUMNS] == list(COLUMNS["prices"])
