"""One contract for every source: what markets.py can make keeps the promises of the protocol, whoever it is."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from ingestion import markets
from ingestion.settings import Settings
from ingestion.sources.base import Delivery, Source, SourceError, SourceRefused, Window
from ingestion.tables import COLUMNS, TABLES, contracts
from ingestion.tables.base import Circumstances
from tests.ingestion.stand_in import StandIn

#: Days that every market of these tests has rows for.
EVERYTHING = Window(date(1990, 1, 1), date(2026, 12, 31))
SHORT = Window(date(2024, 12, 6), date(2024, 12, 20))

#: Tables that no source of a market supplies: nobody gives away the counts of an exchange.
NOT_SUPPLIED = {"live": {"exchange_breadth"}}

FOLDER = {
    "cboe/VIX_History.csv": "DATE,OPEN,HIGH,LOW,CLOSE\n12/05/2024,13,14,12,13.54\n12/17/2024,14,16,14,15.87\n",
    "fred/DGS10.csv": "observation_date,DGS10\n2024-12-05,4.17\n2024-12-17,4.40\n2024-12-23,4.59\n",
    "cftc/report.csv": (
        "CFTC_Contract_Market_Code,Report_Date_as_YYYY-MM-DD,Open_Interest_All\n"
        "13874A,2024-12-03,2000000\n13874A,2024-12-17,2100000\n"
    ),
    "membership/index_membership.csv": "index_id,symbol,valid_from,valid_to\nSP500,AAPL,1982-11-30,\n",
    "membership/securities.csv": "symbol,name,gics_sector,gics_sub_industry\nAAPL,Apple,Technology,Hardware\n",
    "membership/index_weights.csv": (
        "index_id,as_of_date,symbol,weight\nSP500,2024-11-29,AAPL,0.07\nSP500,2024-12-06,AAPL,0.071\n"
    ),
    "breadth/exchange_breadth.csv": (
        "exchange,session_date,advances,declines,unchanged\nNYSE,2024-12-05,9,5,1\nNYSE,2024-12-18,1,9,1\n"
    ),
}


def _folder(root: Path) -> Path:
    for relative, text in FOLDER.items():
        (root / relative).parent.mkdir(parents=True, exist_ok=True)
        (root / relative).write_text(text)
    days = pd.bdate_range("2024-12-02", "2024-12-27")
    bars = [
        f"{symbol},{day.date()},1,1,1,1,1,1,,\n" for day in days[::-1] for symbol in ("SPY", "AAPL") if day.day != 25
    ]
    (root / "prices.csv").write_text(
        "symbol,date,open,high,low,close,adj_close,volume,dividend,split\n" + "".join(bars)
    )
    return root


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return _folder(tmp_path_factory.mktemp("mine"))


@pytest.fixture(scope="module")
def stand_in() -> Iterator[StandIn]:
    with StandIn().running() as server:
        yield server


@pytest.fixture(scope="module", params=sorted(markets.MARKETS))
def market(request, folder, stand_in, tmp_path_factory) -> Settings:
    data = tmp_path_factory.mktemp("data")
    if request.param == "live":
        return stand_in.settings(data, timeout_seconds=10)
    return Settings(market=request.param, folder=folder, data=data)


@pytest.fixture
def table(request, market) -> str:
    """The table of a parametrised test, where the market supplies it."""
    if request.param in NOT_SUPPLIED.get(market.market, ()):
        pytest.skip(f"no source of {market.market} supplies {request.param}")
    return request.param


@pytest.fixture(scope="module")
def sources(market) -> Mapping[str, Source]:
    return markets.sources(market)


@pytest.fixture(scope="module")
def everything(sources) -> dict[str, list[Delivery]]:
    return {table: list(source.fetch(table, EVERYTHING)) for table, source in sources.items()}


def whole(deliveries: list[Delivery], table: str) -> pd.DataFrame:
    frames = [delivery.frame for delivery in deliveries if len(delivery.frame)]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=COLUMNS[table])


def days(frame: pd.DataFrame) -> pd.Series:
    return pd.to_datetime(frame["obs_date"]).dt.normalize()


def test_every_table_has_a_source_that_names_it(market, sources):
    supplied = [table for table in TABLES if table not in NOT_SUPPLIED.get(market.market, ())]
    assert list(sources) == supplied
    for table, source in sources.items():
        assert isinstance(source, Source)
        assert source.name
        assert table in source.tables
        assert source.tables <= set(TABLES)


@pytest.mark.parametrize("table", TABLES, indirect=True)
def test_deliveries_hold_the_columns_of_their_table_and_say_where_they_come_from(everything, table):
    assert everything[table], "every market of these tests has rows of every table"
    for delivery in everything[table]:
        assert delivery.table == table
        assert delivery.origin
        assert set(COLUMNS[table]) <= set(delivery.frame.columns)
        assert set(delivery.frame.columns) - set(COLUMNS[table]) <= {"known_at", "row_number"}
    assert len(whole(everything[table], table)) > 0


@pytest.mark.parametrize("table", TABLES, indirect=True)
def test_everything_that_came_is_accounted_for(everything, table):
    key = COLUMNS[table][0]
    for delivery in everything[table]:
        received = {account.symbol: account.rows for account in delivery.accounts if account.status == "received"}
        assert received == dict(delivery.frame[key].value_counts())


@pytest.mark.parametrize("table", [table for table in TABLES if "obs_date" in COLUMNS[table]], indirect=True)
def test_each_name_comes_whole_and_sorted_by_day(everything, table):
    name = "symbol" if "symbol" in COLUMNS[table] else COLUMNS[table][0]
    for delivery in everything[table]:
        for symbol, rows in delivery.frame.groupby(name, sort=False):
            assert days(rows).is_monotonic_increasing, symbol


@pytest.mark.parametrize("table", TABLES, indirect=True)
def test_a_window_gives_exactly_the_rows_of_its_days(sources, everything, table):
    asked = whole(list(sources[table].fetch(table, SHORT)), table)
    expected = whole(everything[table], table)
    if "obs_date" in COLUMNS[table]:
        expected = expected[days(expected).between(pd.Timestamp(SHORT.start), pd.Timestamp(SHORT.end))]
        assert len(expected) > 0
    assert sorted(map(str, asked.to_dict("records"))) == sorted(map(str, expected.to_dict("records")))


@pytest.mark.parametrize("table", TABLES, indirect=True)
def test_a_day_before_anything_gives_no_dated_row_and_no_error(sources, table):
    long_ago = Window(date(1960, 1, 1), date(1960, 1, 2))
    asked = whole(list(sources[table].fetch(table, long_ago)), table)
    assert asked.empty == ("obs_date" in COLUMNS[table])


@pytest.mark.parametrize("table", TABLES, indirect=True)
def test_asked_twice_it_says_the_same(market, everything, table):
    again = list(markets.sources(market)[table].fetch(table, EVERYTHING))
    assert [(delivery.origin, delivery.accounts) for delivery in again] == [
        (delivery.origin, delivery.accounts) for delivery in everything[table]
    ]
    for first, second in zip(everything[table], again, strict=True):
        pd.testing.assert_frame_equal(first.frame, second.frame)


@pytest.mark.parametrize("table", TABLES, indirect=True)
def test_what_it_delivers_keeps_the_contract_of_the_table(everything, table):
    from ingestion import calendar

    indices = everything["securities"][0].frame.query("asset_type == 'index'")["symbol"]
    circumstances = Circumstances(
        today=EVERYTHING.end,
        sessions=pd.DatetimeIndex(calendar.sessions(EVERYTHING.end.year)["session_date"]),
        indices=frozenset(indices),
    )
    for delivery in everything[table]:
        checked = contracts.check(table, delivery.frame, circumstances, delivery.origin)
        assert list(checked.rejected["reason"]) == []
        assert checked.repeated == 0


def test_neighbouring_windows_hold_every_row_once(sources):
    middle = date(2024, 12, 16)
    parts = [Window(SHORT.start, middle), Window(middle + timedelta(days=1), SHORT.end)]
    counted = [len(whole(list(sources["prices"].fetch("prices", window)), "prices")) for window in parts]
    assert min(counted) > 0
    assert sum(counted) == len(whole(list(sources["prices"].fetch("prices", SHORT)), "prices"))


def test_a_market_nobody_knows_is_refused_by_name():
    with pytest.raises(ValueError, match="there is no market 'tulips'; there are"):
        markets.sources(Settings(market="tulips"))


def test_the_folder_market_without_a_folder_says_what_to_give():
    with pytest.raises(SourceRefused, match="give --folder PATH"):
        markets.sources(Settings(market="folder", folder=None))


def test_a_file_of_the_wrong_shape_raises_a_source_error_and_nothing_else(tmp_path):
    root = _folder(tmp_path)
    for relative in [*FOLDER, "prices.csv"]:
        (root / relative).write_text("<html>no</html>")
    sources = markets.sources(Settings(market="folder", folder=root))
    for table in TABLES:
        with pytest.raises(SourceError):
            list(sources[table].fetch(table, EVERYTHING))


def test_made_up_markets_are_markets():
    assert set(markets.MARKETS) >= markets.MADE_UP
    assert "folder" not in markets.MADE_UP
