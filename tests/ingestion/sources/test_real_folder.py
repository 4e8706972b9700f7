"""Real input through the folder source: the shared market reconciles, and files with known faults come out right."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from ingestion import loading
from ingestion.settings import Settings
from ingestion.sources.base import Window
from ingestion.sources.folder import PRICE_COLUMNS, FolderSource
from ingestion.store.warehouse import Warehouse
from ingestion.tables import COLUMNS, TABLES
from tests.ingestion.sources.test_folder import WINDOW, ask, rows, write

pytestmark = pytest.mark.folder


@pytest.fixture(scope="module")
def real(market_folder, tmp_path_factory, now) -> tuple[Path, Warehouse, dict[str, loading.Loaded]]:
    """The real folder, loaded once."""
    warehouse = Warehouse(Settings(data=tmp_path_factory.mktemp("real"), market="folder"))
    warehouse.create()
    source = FolderSource(market_folder)
    loaded = {table: loading.load(source, table, WINDOW, warehouse, now) for table in TABLES}
    return market_folder, warehouse, loaded


def lines_of(path: Path) -> int:
    return len(pd.read_csv(path))


def test_every_table_of_the_real_folder_reconciles_with_what_pandas_counts_in_its_files(real):
    market, warehouse, loaded = real
    positions = pd.read_csv(market / "cftc" / "tff_futures_only.csv", dtype=str)
    followed = {"13874+", "13874A", "209742", "239742", "1170E1", "043602"}
    bars = pd.read_parquet(market / "prices.parquet", columns=["symbol"])
    named, *held = (
        pd.read_csv(market / "membership" / f"{file}.csv", keep_default_na=False)["symbol"]
        for file in ("securities", "index_membership", "index_weights")
    )
    members = {symbol for symbols in held for symbol in symbols}
    counted = {
        "securities": len(set(bars["symbol"]) | set(named)),
        "prices": len(bars),
        "index_levels": sum(map(lines_of, (market / "cboe").glob("*.csv"))),
        "macro_observations": sum(map(lines_of, (market / "fred").glob("*.csv"))),
        "positioning": int(positions["CFTC_Contract_Market_Code"].str.strip().isin(followed).sum()),
        "exchange_breadth": lines_of(market / "breadth" / "exchange_breadth.csv"),
        "index_membership": lines_of(market / "membership" / "index_membership.csv"),
        "index_weights": lines_of(market / "membership" / "index_weights.csv"),
    }
    assert {table: result.received for table, result in loaded.items()} == counted
    assert counted["prices"] == 2_042_032
    for table, result in loaded.items():
        assert result.received == result.new + result.unchanged + result.restated + result.rejected, table
        assert (result.unchanged, result.restated) == (0, 0), table
        # raw.securities also gives an identity to members that left and have neither bars nor a name
        extra = len(members - set(bars["symbol"]) - set(named)) if table == "securities" else 0
        assert warehouse.count(table) == result.new + extra, table


def test_the_only_rejected_row_of_the_real_folder_is_the_nonsense_of_1999_05_25(real):
    market, warehouse, _ = real
    ((table, origin, line, symbol, day, reason),) = ask(
        warehouse, "select table_name, origin, row_number, symbol, obs_date, reason from raw.rejected_rows"
    )
    assert (table, origin, symbol, day) == (
        "exchange_breadth",
        "breadth/exchange_breadth.csv",
        "NYSE",
        date(1999, 5, 25),
    )
    assert reason == "issues counted are under 50% of the median around it"
    assert (market / origin).read_text().splitlines()[line - 1] == "NYSE,1999-05-25,108,19,551"


def test_known_faults_of_the_real_folder_are_stored_as_they_came(real):
    _, warehouse, _ = real
    named = "inner join (select distinct symbol, security_id from raw.securities) using (security_id)"
    only_adjusted = f"select count(*) = count(adj_close), count(close) from raw.prices {named} where symbol = 'UUP'"
    assert ask(warehouse, only_adjusted) == [(True, 0)]
    off_session = f"""
        select count(*) > 0 from raw.prices {named}
        where symbol = 'DX-Y.NYB' and obs_date = '2025-01-09'
    """
    assert ask(warehouse, off_session) == [(True,)]
    assert ask(warehouse, "select count(*) from raw.exchange_breadth where declines is null") == [(103,)]
    assert ask(warehouse, "select count(dealer_long) from raw.positioning where contract_code = '13874+'") == [(0,)]


def test_the_golden_facts_of_raw_are_those_of_the_report(real):
    _, warehouse, _ = real
    newest_yield = "select obs_date, value from raw.macro_observations where series_id = 'DGS10' and known_at <= "
    assert ask(warehouse, f"{newest_yield} '2024-11-12 13:10' order by obs_date desc limit 1") == [
        (date(2024, 11, 7), 4.31)
    ]
    newest_report = """
        select obs_date, leveraged_long - leveraged_short, asset_manager_long - asset_manager_short from raw.positioning
        where contract_code = '13874A' and known_at <= '{}' order by obs_date desc limit 1
    """
    assert ask(warehouse, newest_report.format("2024-12-30 13:10")) == [(date(2024, 12, 17), -256_167.0, 1_040_912.0)]
    ((report, leveraged, _),) = ask(warehouse, newest_report.format("2024-12-30 20:30"))
    assert (report, leveraged) == (date(2024, 12, 24), -331_703.0)
    members = (
        "select count(*) from raw.index_membership where valid_from <= '{0}' and (valid_to > '{0}' or valid_to is null)"
    )
    assert ask(warehouse, members.format("2024-12-20")) == ask(warehouse, members.format("2024-12-23")) == [(503,)]


def test_a_file_that_repeats_every_row_gives_one_bar_a_day_and_of_the_snapshots_of_a_day_the_last(
    market_folder, tmp_path, warehouse, now
):
    sent = pd.read_csv(market_folder.parent / "wire" / "prices_with_faults" / "XOM_every_row_repeated.csv", dtype=str)
    bars = sent.rename(columns=str.lower).assign(symbol="XOM").reindex(columns=PRICE_COLUMNS)
    bars.to_csv(tmp_path / "prices.csv", index=False)
    later = now.replace(month=4)
    window = Window(date(1990, 1, 1), later.date())
    loaded = loading.load(FolderSource(tmp_path), "prices", window, warehouse, later)
    days = sent["Date"].str[:10]
    assert loaded.received == len(sent)
    assert loaded.new == warehouse.count("prices") == days.nunique()
    last = sent.loc[sent["Date"][days == "2025-03-10"].idxmax(), "Close"]
    assert ask(warehouse, "select close from raw.prices where obs_date = '2025-03-10'") == [(float(last),)]
    assert (days == "2025-03-10").sum() == loaded.rejected + 1
    reasons = ask(warehouse, "select distinct reason from raw.rejected_rows")
    assert reasons == [("an earlier snapshot of the same day",)]


def test_the_report_as_the_cftc_sends_it_says_the_same_as_the_reduced_one(market_folder, tmp_path):
    sent = market_folder.parent / "wire" / "cftc" / "FinFutYY_2025_jan_apr.txt"
    write(tmp_path / "cftc" / sent.name, sent.read_bytes())
    keys, values = list(COLUMNS["positioning"][:2]), list(COLUMNS["positioning"][2:])
    whole, reduced = (rows(path, "positioning").set_index(keys)[values] for path in (tmp_path, market_folder))
    both = whole.index.intersection(reduced.index)
    assert len(both) >= 40
    whole, reduced = whole.loc[both].astype("float64"), reduced.loc[both].astype("float64")
    pd.testing.assert_frame_equal(whole.where(reduced.notna()), reduced)
