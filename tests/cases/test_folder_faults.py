"""Files that a user brings and that say something impossible: what the whole run publishes from them, and what it says.

One folder has three faults far from each other, so that one run is enough: a session that most names lack, a member
written twice, and a split that the closes before it do not show.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from ingestion import universe
from ingestion.settings import Settings
from orchestration.cli import main
from orchestration.exits import SOURCE
from tests.cases.own_files import bars, sessions, write_members
from tests.conftest import Turn, failures

#: The index: most of its members lack one session, thirty before the last. The fund of health care splits.
MEMBERS = [f"Z{number:03d}" for number in range(60)]
LACKING = 50
FUNDS = ("XLB", "XLC", "XLE", "XLF", "XLI", "XLK", "XLP", "XLRE", "XLU", "XLV", "XLY")
SPLIT, RATIO = "XLV", 10

DAYS = sessions(300)
HOLE, SPLIT_DAY = DAYS[-30], DAYS[-10]


@dataclass(frozen=True)
class Published:
    """What a run published and stored of a folder, and the bars it came from as they should be."""

    settings: Settings
    true_bars: pd.DataFrame

    def breadth(self, universe: str, *columns: str) -> pd.DataFrame:
        """Columns of the universe's breadth, a row a session."""
        sql = f"""
            select session_date, {", ".join(columns)}
            from marts.breadth_daily
            where universe_id = ? and segment_id = 'ALL'
        """
        with duckdb.connect(str(self.settings.published_path), read_only=True) as connection:
            rows = connection.execute(sql, [universe]).df()
        return rows.assign(session_date=rows["session_date"].dt.date).set_index("session_date").sort_index()

    def reasons(self, table: str) -> str:
        """Why rows of a raw table were set aside."""
        with duckdb.connect(str(self.settings.warehouse_path), read_only=True) as connection:
            rows = connection.execute("select reason from raw.rejected_rows where table_name = ?", [table]).fetchall()
        return "; ".join(reason for (reason,) in rows)


@pytest.fixture(scope="module")
def faulty(turn: Turn, tmp_path_factory: pytest.TempPathFactory) -> Published:
    """The published market of the folder with three faults."""
    root = tmp_path_factory.mktemp("faulty")
    true_bars = bars(["SPY", "IWM", *FUNDS, *MEMBERS], DAYS)
    sent = true_bars.copy()
    splits = sent["symbol"] == SPLIT
    prices = ["open", "high", "low", "close"]
    sent.loc[splits & (sent["date"] < SPLIT_DAY), prices] *= RATIO
    sent.loc[splits & (sent["date"] == SPLIT_DAY), "split"] = str(RATIO)
    sent = sent[~((sent["date"] == HOLE) & sent["symbol"].isin(MEMBERS[:LACKING]))]
    write_members(root / "files", MEMBERS)
    with (root / "files" / "membership" / "index_membership.csv").open("a") as file:
        file.write("SP500,Z002,2016-06-01,\n")
    sent.to_csv(root / "files" / "prices.csv", index=False)
    settings = Settings(data=root / "data", market="folder", folder=root / "files")
    result = turn(settings)
    assert result.success, failures(result)
    return Published(settings, true_bars)


def test_a_share_of_few_is_empty_and_its_day_is_not_clean(faulty: Published) -> None:
    rows = faulty.breadth("SP500", "is_clean", "pct_above_sma20", "eligible_sma200", "pct_above_sma200")
    before, last = rows.loc[DAYS[-31]], rows.loc[DAYS[-1]]
    assert before["is_clean"]
    assert before["pct_above_sma200"] >= 0
    assert last["eligible_sma200"] == len(MEMBERS) - LACKING
    assert last["pct_above_sma20"] >= 0
    assert pd.isna(last["pct_above_sma200"])
    assert not last["is_clean"]


def test_a_member_written_twice_counts_once(faulty: Published) -> None:
    rows = faulty.breadth("SP500", "members", "valid", "advances + declines + unchanged as moved").iloc[-5:]
    assert rows.to_numpy().tolist() == [[len(MEMBERS)] * 3] * 5
    assert "overlap" in faulty.reasons("index_membership")


def test_a_split_that_the_closes_do_not_show_is_no_fall(faulty: Published) -> None:
    closes = faulty.true_bars.pivot(index="date", columns="symbol", values="close")[list(FUNDS)]
    moves, lows = closes.diff().loc[SPLIT_DAY], closes == closes.rolling(21).min()
    rows = faulty.breadth("SECTOR_ETFS", "declines", "points_lost", "new_lows_21").loc[SPLIT_DAY:]
    assert moves[SPLIT] > 0
    assert not lows.loc[SPLIT_DAY:, SPLIT].any()
    assert rows.loc[SPLIT_DAY, "declines"] == (moves < 0).sum()
    assert rows.loc[SPLIT_DAY, "points_lost"] == pytest.approx(-moves[moves < 0].sum())
    assert rows["new_lows_21"].tolist() == lows.loc[SPLIT_DAY:].sum(axis="columns").tolist()
    assert "split" in faulty.reasons("prices")


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What main() sets for its children is taken back."""
    for name in ("DAGSTER_HOME", "DAGSTER_DISABLE_TELEMETRY", "DO_NOT_TRACK"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def test_two_files_of_bars_are_refused_by_name(
    tmp_path: Path, environment: None, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = bars(["SPY", *MEMBERS[:3]], sessions(40))
    write_members(tmp_path / "files", MEMBERS[:3])
    frame.to_csv(tmp_path / "files" / "prices.csv", index=False)
    frame.to_parquet(tmp_path / "files" / "prices.parquet", index=False)
    code = main(["run", "--folder", str(tmp_path / "files"), "--data", str(tmp_path / "data")])
    assert code == SOURCE
    said = capsys.readouterr().err
    assert said.startswith("market-internals: prices.parquet and prices.csv: expected one file of bars; came both")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("written", "came"),
    [
        ("old,new,day\nAAA,BBB,2024-01-02\n", "renames.csv: expected the header {header}; came old,new,day"),
        ("", "renames.csv: expected the header {header}; came none"),
        (
            "symbol_old,symbol_new,changed_on,source\nAAA,BBB,1/2/2024,mine\n",
            "renames.csv, line 2: expected {header}; came AAA,BBB,1/2/2024,mine",
        ),
        (
            "symbol_old,symbol_new,changed_on,source\nAAA,BBB\n",
            "renames.csv, line 2: expected {header}; came AAA,BBB",
        ),
    ],
)
def test_renames_of_another_form_are_refused_in_one_sentence(
    tmp_path: Path,
    environment: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    written: str,
    came: str,
) -> None:
    shutil.copytree(universe.SEEDS, tmp_path / "seeds")
    (tmp_path / "seeds" / "renames.csv").write_text(written)
    monkeypatch.setattr(universe, "SEEDS", tmp_path / "seeds")
    universe.seed.cache_clear()
    try:
        code = main(["run", "--market", "sample", "--data", str(tmp_path / "data")])
    finally:
        universe.seed.cache_clear()
    assert code == SOURCE
    sentence = came.format(header="symbol_old,symbol_new,changed_on,source")
    assert capsys.readouterr().err == f"market-internals: {sentence}\n"


def test_days_in_another_order_are_refused_in_one_sentence(
    tmp_path: Path, environment: None, capsys: pytest.CaptureFixture[str]
) -> None:
    days = [day for day in sessions(40) if day.day > 12]
    frame = bars(["SPY", *MEMBERS[:3]], days)
    write_members(tmp_path / "files", MEMBERS[:3])
    frame["date"] = [f"{day.day}/{day.month}/{day.year}" for day in frame["date"]]
    frame.to_csv(tmp_path / "files" / "prices.csv", index=False)
    code = main(["run", "--folder", str(tmp_path / "files"), "--data", str(tmp_path / "data")])
    said = capsys.readouterr().err
    assert code == SOURCE
    assert said.count("\n") == 1
    for words in ("prices.csv", "YYYY-MM-DD", repr(frame["date"][0])):
        assert words in said
