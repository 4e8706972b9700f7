"""One company is one security, however many tickers it has had: renames of the seed and of a market's own sources."""

from datetime import date

import pandas as pd
import pytest

from ingestion import loading, universe
from ingestion.sources.folder import FolderSource
from ingestion.store.stored import Stored
from orchestration.resources import EVERYTHING
from tests.ingestion.sources.test_folder_values import DAYS, bars
from tests.ingestion.tables.contract_rows import check

TABLES = ("securities", "prices", "index_membership")
OLD_UNTIL = DAYS[6]

MEMBERSHIP = f"index_id,symbol,valid_from,valid_to\nSP500,OLD,2015-01-02,{OLD_UNTIL}\nSP500,NEW,{OLD_UNTIL},\n"
NAMES = "symbol,name,gics_sector,gics_sub_industry\nOLD,Old Name,Energy,Oil\nNEW,New Name,Energy,Gas\n"


@pytest.fixture
def load(warehouse, now, tmp_path):
    """load(bars, membership): the three tables of a folder, counts by table."""

    def load_folder(frame: pd.DataFrame, membership: str = MEMBERSHIP, names: str = NAMES) -> dict[str, loading.Loaded]:
        (tmp_path / "membership").mkdir(exist_ok=True)
        frame.to_csv(tmp_path / "prices.csv", index=False)
        (tmp_path / "membership" / "index_membership.csv").write_text(membership)
        (tmp_path / "membership" / "securities.csv").write_text(names)
        source = FolderSource(tmp_path)
        return {table: loading.load(source, table, EVERYTHING, warehouse, now) for table in TABLES}

    return load_folder


@pytest.fixture
def rename(monkeypatch):
    """rename(*pairs): what the seed says."""
    return lambda *pairs: monkeypatch.setattr(universe, "renames", lambda: pairs)


def both_tickers() -> pd.DataFrame:
    """The old ticker up to its last day, the new one with the whole history and another adj_close."""
    old = bars("OLD", [day for day in DAYS if day < OLD_UNTIL])
    new = bars("NEW")
    return pd.concat([old, new.assign(adj_close=new["close"] * 0.99, volume=500.0)])


def ask(warehouse, sql: str) -> list[tuple]:
    with warehouse.reading() as connection:
        return connection.execute(sql).fetchall()


def test_a_rename_of_the_seed_makes_one_security_of_two_tickers(load, rename, warehouse) -> None:
    rename(("OLD", "NEW"))
    load(both_tickers())
    assert ask(warehouse, "select count(distinct security_id) from raw.prices") == [(1,)]
    assert ask(warehouse, "select count(distinct security_id) from raw.index_membership") == [(1,)]
    assert Stored(warehouse).equities() == {"NEW": None}
    assert warehouse.renamed() == {"OLD": "NEW"}
    newest = "select obs_date, arg_max(volume, (known_at, batch_id)) from raw.prices group by all order by 1"
    assert ask(warehouse, newest) == [(day, 500.0) for day in DAYS], "the ticker of today has the word"


def test_a_second_load_of_both_tickers_adds_nothing(load, rename) -> None:
    rename(("OLD", "NEW"))
    load(both_tickers())
    again = load(both_tickers())
    assert {name: (one.new, one.restated) for name, one in again.items()} == dict.fromkeys(TABLES, (0, 0))


def test_a_rename_that_becomes_known_later_joins_what_is_stored(load, rename, warehouse) -> None:
    load(both_tickers())
    assert set(Stored(warehouse).equities()) == {"OLD", "NEW"}
    rename(("OLD", "NEW"))
    load(both_tickers())
    assert set(Stored(warehouse).equities()) == {"NEW"}
    spells = Stored(warehouse).spells("SP500")
    assert list(spells["valid_from"]) == [date(2015, 1, 2), OLD_UNTIL]
    assert set(spells["symbol"]) == {"NEW"}


def test_a_company_may_change_its_ticker_twice(load, rename, warehouse) -> None:
    rename(("OLD", "NEW"), ("OLDEST", "OLD"))
    frame = pd.concat([bars("OLDEST", DAYS[:3]), bars("OLD", DAYS[3:6]), bars("NEW", DAYS[6:])])
    load(frame)
    assert Stored(warehouse).extents() == {"NEW": Stored(warehouse).extents()["NEW"]}
    assert ask(warehouse, "select count(distinct security_id), count(*) from raw.prices") == [(1, len(DAYS))]


def test_spells_of_both_tickers_that_overlap_are_one(load, rename, warehouse) -> None:
    rename(("OLD", "NEW"))
    load(
        both_tickers(),
        f"index_id,symbol,valid_from,valid_to\nSP500,OLD,2015-01-02,{OLD_UNTIL}\nSP500,NEW,2015-01-02,\n",
    )
    assert ask(warehouse, "select valid_from, valid_to from raw.index_membership") == [(date(2015, 1, 2), None)]
    assert ask(warehouse, "select symbol, reason from raw.rejected_rows") == [
        ("OLD", "overlaps another membership of the same name")
    ]


# Overlapping spells of one ticker -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spells", "kept"),
    [
        ([("2015-01-02", None), ("2016-06-01", None)], [0]),
        ([("2015-01-02", "2018-01-02"), ("2016-06-01", "2017-01-03")], [0]),
        ([("2015-01-02", "2018-01-02"), ("2016-06-01", "2020-01-02")], [0]),
        ([("2015-01-02", "2018-01-02"), ("2018-01-02", None)], [0, 1]),
        ([("2015-01-02", "2015-01-02"), ("2014-01-02", None)], [0, 1]),
    ],
    ids=["open twice", "within", "across", "one after the other", "taken back"],
)
def test_a_name_is_a_member_once(spells, kept) -> None:
    checked = check("index_membership", *[{"valid_from": start, "valid_to": end} for start, end in spells])
    assert [row + 1 for row in range(len(spells)) if row not in kept] == list(checked.rejected["row_number"])
    assert set(checked.rejected["reason"]) <= {"overlaps another membership of the same name"}


def test_two_ways_of_writing_one_member_overlap() -> None:
    checked = check(
        "index_membership",
        {"symbol": "BRK.B", "valid_from": "2010-02-16", "valid_to": None},
        {"symbol": "BRK-B", "valid_from": "2012-01-03", "valid_to": None},
    )
    assert list(checked.rejected["row_number"]) == [2]
