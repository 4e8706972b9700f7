"""The forms in which spreadsheets and yfinance write bars: each is read as the same bars as our own form."""

from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest

from ingestion import loading
from ingestion.sources.base import SourceRefused, Window
from ingestion.sources.folder import FolderSource

EVER = Window(date(1900, 1, 1), date(2100, 1, 1))

PLAIN = "symbol,date,close\nAAA,2024-12-26,1234.5\nAAA,2024-12-27,2\n"

FORMS = {
    "a byte order mark, other columns": "\ufeffsymbol,venue,date,close\nAAA,X,2024-12-26,1234.5\nAAA,X,2024-12-27,2\n",
    "yfinance, stacked": (
        "Date,Ticker,Adj Close,Close,High,Low,Open,Volume,Dividends,Stock Splits\n"
        "2024-12-26 00:00:00-05:00,AAA,1234.5,1234.5,,,,,0.0,0.0\n2024-12-27 00:00:00-05:00,AAA,2,2,,,,,0.0,0.0\n"
    ),
    "a German spreadsheet": "Symbol;Date;Close\r\nAAA;26.12.2024;1.234,5\r\nAAA;27.12.2024;2,0\r\n",
    "an American spreadsheet": 'Ticker,Date,Close,,\nAAA,12/26/2024,"1,234.50",,\nAAA,12/27/2024,2,,\n',
    "tabs and days of eight digits": "TICKER\tDATE\tCLOSE\nAAA\t20241226\t1234.5\nAAA\t20241227\t2\n",
}


@pytest.fixture
def stored(warehouse):
    """The bars that are stored of a file, once its folder has passed the door."""

    def store(folder: Path, text: str) -> list[tuple]:
        folder.mkdir(exist_ok=True)
        (folder / "prices.csv").write_text(text, encoding="utf-8")
        FolderSource(folder).check()
        for table in ("securities", "prices"):
            loading.load(FolderSource(folder), table, EVER, warehouse, datetime(2025, 1, 2, 23, 30))
        with warehouse.reading() as connection:
            return connection.execute(
                "select symbol, obs_date, close, coalesce(dividend, 0), split from raw.prices "
                "inner join raw.securities using (security_id) order by all"
            ).fetchall()

    return store


@pytest.mark.parametrize("form", FORMS)
def test_another_form_of_the_same_bars_is_read_as_ours(stored, tmp_path: Path, form: str) -> None:
    assert stored(tmp_path / "mine", FORMS[form]) == [
        ("AAA", date(2024, 12, 26), 1234.5, 0.0, 1.0),
        ("AAA", date(2024, 12, 27), 2.0, 0.0, 1.0),
    ]


def refusal(folder: Path, text: str) -> str:
    (folder / "prices.csv").write_text(text)
    with pytest.raises(SourceRefused) as refused:
        FolderSource(folder).check()
    return str(refused.value)


def test_days_that_are_day_month_are_refused_with_one_of_them(tmp_path: Path) -> None:
    text = "symbol,date,close\nAAA,05/06/2024,1\nAAA,27/06/2024,1\n"
    assert "expected days as YYYY-MM-DD or month/day/year; came '27/06/2024'" in refusal(tmp_path, text)


def test_the_wide_table_of_yfinance_is_refused_with_the_way_to_write_it(tmp_path: Path) -> None:
    said = refusal(tmp_path, "Price,Close,Close\nTicker,AAA,BBB\nDate,,\n2024-12-27,1,2\n")
    assert "yfinance's wide table" in said
    assert "stack" in said


def test_two_columns_of_one_meaning_are_refused(tmp_path: Path) -> None:
    assert "expected one column symbol; came with Symbol and Ticker" in refusal(tmp_path, "Symbol,Ticker,date,close\n")


def test_most_rows_at_the_start_have_to_be_bars_and_a_single_one_need_not(tmp_path: Path) -> None:
    lines = PLAIN + "AAA,yesterday,1\n"
    (tmp_path / "prices.csv").write_text(lines)
    FolderSource(tmp_path).check()
    said = refusal(tmp_path, "symbol,date,close\nAAA,2024-12-26,1\nAAA,27 Dec,1\nAAA,28 Dec,1\n")
    assert said == "prices.csv, row 3: expected a day as YYYY-MM-DD in date; came '27 Dec'"


def members(folder: Path, symbols: list[str]) -> list[tuple[str, str, str | None]]:
    days = pd.DataFrame({"date": ["2024-12-26", "2024-12-27"]})
    frame = pd.DataFrame({"symbol": symbols}).merge(days, how="cross").assign(close=1.0)
    # the last name has no bar on the last day
    frame.iloc[:-1].to_csv(folder / "prices.csv", index=False)
    (delivery,) = FolderSource(folder).fetch("index_membership", EVER)
    spells = delivery.frame.drop(columns="index_id").astype(object)
    return [tuple(row) for row in spells.where(spells.notna(), None).itertuples(index=False)]


def test_members_of_own_are_the_names_that_are_no_index_and_no_known_fund(tmp_path: Path) -> None:
    assert members(tmp_path, ["^GSPC", "EURUSD=X", "SPY", "BRK.B", "ZZZ"]) == [
        ("BRK-B", "2024-12-26", None),
        ("ZZZ", "2024-12-26", "2024-12-27"),
    ]


def test_a_file_of_funds_alone_is_a_universe_of_funds(tmp_path: Path) -> None:
    assert [symbol for symbol, _, _ in members(tmp_path, ["^GSPC", "GLD", "SPY"])] == ["GLD", "SPY"]


def test_what_is_empty_is_said_with_the_file_that_is_wanted(tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text(PLAIN)
    said = FolderSource(tmp_path).absent()
    assert "OWN" in said[0]
    assert "survivorship" in said[0]
    assert any("cboe/VIX_History.csv" in sentence and "volatility" in sentence for sentence in said)
    (tmp_path / "cboe").mkdir()
    (tmp_path / "cboe" / "VIX_History.csv").write_text("DATE,OPEN,HIGH,LOW,CLOSE\n")
    assert not any("cboe/" in sentence for sentence in FolderSource(tmp_path).absent())
