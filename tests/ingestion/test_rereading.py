"""A file that was read before is not read again, and of a changed one only what can be new: raw has the same rows."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from ingestion import markets, rereading
from ingestion.loading import Loaded, load_calendar
from ingestion.settings import Settings
from ingestion.sources.base import Window
from ingestion.sources.folder import FolderSource
from ingestion.store import contents
from ingestion.store.warehouse import Warehouse
from ingestion.tables import TABLES
from orchestration.resources import EVERYTHING
from tests.crash import small_market

EVENING = datetime(2025, 3, 7, 23, 30)

#: A dozen names are enough for every kind of change.
NAMES = ("AAPL", "MSFT", "NVDA", "SPY", "TLT", "^GSPC", "^VIX", "UUP", "XLE", "XLK", "AMZN", "META")


@pytest.fixture(scope="module")
def bars() -> pd.DataFrame:
    frame = small_market.cut_down()["prices"].rename(columns={"obs_date": "date"})
    chosen = frame[frame["symbol"].isin(NAMES)].reset_index(drop=True)
    assert chosen["symbol"].nunique() > 8
    return chosen


class Market:
    """A folder market whose prices come from `files`; with `always` every file is read whole on each evening."""

    def __init__(self, data: Path, files: Path, always: bool) -> None:
        self.settings = Settings(data=data, market="folder", folder=files)
        self.warehouse = Warehouse(self.settings)
        self.warehouse.create()
        load_calendar(self.warehouse, EVENING)
        self._always = always

    def evening(self, number: int, tables: tuple[str, ...] = ("securities", "prices")) -> dict[str, Loaded]:
        sources = markets.sources(self.settings)
        window = replace(EVERYTHING, again=self._always)
        now = EVENING + timedelta(days=number)
        return {name: rereading.load_changed(sources[name], name, window, self.warehouse, now) for name in tables}

    def rows(self, table: str) -> pd.DataFrame:
        query = {
            "prices": "select * exclude (batch_id) from raw.prices order by all",
            "rejected_rows": "select * exclude (batch_id, row_number) from raw.rejected_rows order by all",
        }[table]
        with self.warehouse.reading() as connection:
            return connection.execute(query).df()


def new_session(bars: pd.DataFrame, days: int = 1) -> pd.DataFrame:
    """The bars with one more session of every name, the newest one moved on."""
    newest = bars[bars["date"] == bars["date"].max()]
    following = newest.assign(date=newest["date"] + pd.offsets.BDay(days), close=newest["close"] * 1.001, split=1.0)
    following["high"] = following[["high", "close"]].max(axis=1)
    return pd.concat([bars, following], ignore_index=True)


def changed(bars: pd.DataFrame, symbol: str, place: int, **values: object) -> pd.DataFrame:
    """The bars with other values on the day `place` of a symbol."""
    edited = bars.copy()
    row = edited[edited["symbol"] == symbol].sort_values("date").index[place]
    for column, value in values.items():
        edited[column] = edited[column].astype(object) if isinstance(value, str) else edited[column]
        edited.loc[row, column] = value
    return edited


def adjusted_split(bars: pd.DataFrame) -> pd.DataFrame:
    """A split of two for one on the newest day, with the whole history adjusted."""
    edited = new_session(bars)
    own = edited["symbol"] == "NVDA"
    edited.loc[own, ["open", "high", "low", "close", "adj_close"]] /= 2
    return changed(edited, "NVDA", -1, split=2.0)


def unadjusted_split(bars: pd.DataFrame) -> pd.DataFrame:
    """A split on the newest day that the closes before it do not show."""
    edited = new_session(bars)
    own = edited[(edited["symbol"] == "AAPL") & (edited["date"] == edited["date"].max())].index
    edited.loc[own, ["open", "high", "low", "close"]] /= 3
    edited.loc[own, ["split", "dividend"]] = [3.0, 0.0]
    return edited


def spike(bars: pd.DataFrame) -> pd.DataFrame:
    """A bad print on the newest day, and the next day back at the old price."""
    before = bars[(bars["symbol"] == "MSFT") & (bars["date"] == bars["date"].max())]["close"].iloc[0]
    return changed(new_session(bars), "MSFT", -1, close=before * 1.6, high=before * 1.7, dividend=0.0)


def shown_as_bad(bars: pd.DataFrame) -> pd.DataFrame:
    """The day after a bad print, at the price before it."""
    price = float(bars[bars["symbol"] == "MSFT"].sort_values("date")["close"].iloc[-2])
    return changed(new_session(bars), "MSFT", -1, close=price, low=1.0)


def one_bar_twice(bars: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([bars, bars[bars["symbol"] == "XLE"].tail(2)], ignore_index=True)


def two_closes_of_one_bar(bars: pd.DataFrame) -> pd.DataFrame:
    other = bars[bars["symbol"] == "XLE"].iloc[[3]].assign(close=1.0, low=0.5)
    return pd.concat([bars, other], ignore_index=True)


def new_name(bars: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([bars, bars[bars["symbol"] == "SPY"].assign(symbol="NEW")], ignore_index=True)


def nobodys_bar(bars: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([bars, bars[bars["symbol"] == "SPY"].iloc[[7]].assign(symbol=None)], ignore_index=True)


#: What changes before each evening; changes of one evening touch different names.
EVENINGS: tuple[tuple[Callable[[pd.DataFrame], pd.DataFrame], ...], ...] = (
    (),
    (),
    (new_session,),
    (new_session, lambda bars: changed(bars, "SPY", 100, volume=7.0), one_bar_twice),
    (adjusted_split, lambda bars: changed(bars, "XLK", 40, close=101.0, high=110.0, low=90.0), two_closes_of_one_bar),
    (unadjusted_split, lambda bars: changed(bars, "TLT", -1, close=-1.0)),
    (spike, lambda bars: bars.drop(bars[bars["symbol"] == "META"].index[10])),
    (shown_as_bad, lambda bars: changed(bars, "AMZN", 5, close=np.nan, adj_close=np.nan), nobodys_bar),
    (new_name, lambda bars: bars[bars["symbol"] != "UUP"]),
    (lambda bars: bars.assign(adj_close=bars["adj_close"] * 0.99),),
)


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_reading_what_can_be_new_stores_what_reading_all_stores(
    ending: str, bars: pd.DataFrame, tmp_path: Path
) -> None:
    files = tmp_path / "files"
    files.mkdir()
    partly, always = (Market(tmp_path / name, files, name == "always") for name in ("partly", "always"))
    current = bars
    for number, changes in enumerate(EVENINGS):
        for change in changes:
            current = change(current).reset_index(drop=True)
        if ending == "csv":
            current.to_csv(files / "prices.csv", index=False, date_format="%Y-%m-%d")
        else:
            current.assign(date=current["date"].dt.date).to_parquet(files / "prices.parquet", index=False)
        one, other = partly.evening(number)["prices"], always.evening(number)["prices"]
        for table in ("prices", "rejected_rows"):
            pd.testing.assert_frame_equal(partly.rows(table), always.rows(table), obj=f"{table}, evening {number}")
        assert (one.received, one.new, one.restated) == (other.received, other.new, other.restated), number
        assert one.read is (number != 1), number


def prices_written(bars: pd.DataFrame, files: Path) -> None:
    files.mkdir(exist_ok=True)
    bars.to_parquet(files / "prices.parquet", index=False)


@pytest.fixture
def read_once(bars: pd.DataFrame, tmp_path: Path) -> Market:
    prices_written(bars, tmp_path / "files")
    market = Market(tmp_path / "data", tmp_path / "files", False)
    assert market.evening(0)["prices"].read
    return market


def test_a_file_that_has_not_changed_is_not_read_and_gives_the_same_account(
    read_once: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = read_once.evening(1)["prices"]
    monkeypatch.setattr(FolderSource, "fetch", None)
    again = read_once.evening(2)["prices"]
    assert not again.read
    assert (again.received, again.new, again.rejected, again.reasons) == (
        before.received,
        0,
        before.rejected,
        before.reasons,
    )
    assert again.accounts == before.accounts
    assert again.unchanged == again.received - again.rejected


def stored_row_lost(market: Market) -> None:
    with market.warehouse.writing() as connection:
        connection.execute("delete from raw.prices where obs_date = (select max(obs_date) from raw.prices)")


def other_code(market: Market) -> None:
    with market.warehouse.writing() as connection:
        connection.execute("update raw.read_sources set identity = 'of other code', code = 'other'")


def another_file(market: Market) -> None:
    path = market.settings.folder / "prices.parquet"
    prices_written(new_session(pd.read_parquet(path)), path.parent)


@pytest.mark.parametrize("change", [stored_row_lost, other_code, another_file])
def test_anything_that_could_change_the_outcome_has_the_file_read(read_once: Market, change: Callable) -> None:
    assert not read_once.evening(1)["prices"].read
    change(read_once)
    assert read_once.evening(2)["prices"].read


def test_a_row_of_tomorrow_is_read_again_tomorrow(read_once: Market) -> None:
    path = read_once.settings.folder / "prices.parquet"
    bars = pd.read_parquet(path)
    early = (
        bars[bars["date"] == bars["date"].max()].head(1).assign(date=pd.Timestamp(EVENING.date()) + timedelta(days=3))
    )
    prices_written(pd.concat([bars, early], ignore_index=True), path.parent)
    first = read_once.evening(0)["prices"]
    assert first.rejected >= 1
    later = read_once.evening(3)["prices"]
    assert later.read
    assert later.new == 1


def test_every_table_of_a_folder_has_a_fingerprint_that_follows_its_files(tmp_path: Path) -> None:
    frames = small_market.cut_down()
    days = small_market.sessions(frames)
    small_market.write(frames, tmp_path, days[-2])
    source = FolderSource(tmp_path)
    before = {table: source.fingerprint(table) for table in TABLES}
    assert before == {table: FolderSource(tmp_path).fingerprint(table) for table in TABLES}
    for path in [path for path in tmp_path.rglob("*") if path.is_file()]:
        path.write_bytes(path.read_bytes() + b"\n")
    assert all(before[table] != source.fingerprint(table) for table in TABLES)


def test_a_request_for_the_whole_history_is_read(read_once: Market) -> None:
    source = markets.sources(read_once.settings)["prices"]
    window = Window(EVERYTHING.start, EVERYTHING.end, again=True)
    assert rereading.load_changed(source, "prices", window, read_once.warehouse, EVENING).read
    assert contents.checked_by(read_once.warehouse, "prices") == rereading.code_digest()


def test_two_stored_rows_that_swap_a_value_are_noticed(read_once: Market) -> None:
    before = contents_of(read_once)
    with duckdb.connect(str(read_once.settings.warehouse_path)) as connection:
        connection.execute("update raw.prices set volume = volume + 1 where security_id = 1")
    assert contents_of(read_once) != before


def contents_of(market: Market) -> str:
    with market.warehouse.reading() as connection:
        return contents.checksums(connection, ("prices",))
