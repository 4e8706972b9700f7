"""From one file with symbol, date and close to a verdict about its names: one, three and thirty of them."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from ingestion.settings import PROJECT_ROOT
from ingestion.store.audit import headline
from orchestration.exits import SOURCE
from tests.built_market import BuiltMarket
from tests.orchestration import own_bars

#: A smaller universe has no kind of day and no words about members (spec of the verdict).
FEWEST = 30


@pytest.fixture
def rows(own_built: BuiltMarket):
    """The rows of a query on the published file, and the closes it was made from: one column a name."""
    bars = pd.read_csv(own_built.settings.folder / "prices.csv", parse_dates=["date"])
    with duckdb.connect(str(own_built.settings.published_path), read_only=True) as connection:
        yield lambda query: connection.execute(query).df(), bars.pivot(index="date", columns="symbol", values="close")


def test_every_check_is_green_and_the_day_is_about_own(own_built: BuiltMarket) -> None:
    assert [name for name, check in own_built.run.checks.items() if not check.passed] == []
    numbers = headline(own_built.settings.published_path)
    assert (numbers["universe_id"], numbers["market"]) == ("OWN", "folder")
    assert "OWN" in str(numbers["headline"])


def test_breadth_counts_every_name_from_its_first_bar(rows) -> None:
    ask, closes = rows
    published = ask("select * from marts.breadth_daily where universe_id = 'OWN' order by session_date").set_index(
        "session_date"
    )
    assert set(published.segment_id) == {"ALL"}
    assert published.is_proxy.all()
    days = closes.iloc[1:]
    assert published.index.equals(days.index)
    assert published.members.tolist() == days.notna().sum(axis=1).tolist()
    steps = closes.diff().iloc[1:]
    assert published.advances.tolist() == (steps > 0).sum(axis=1).tolist()
    assert published.declines.tolist() == (steps < 0).sum(axis=1).tolist()
    averages = closes.rolling(200).mean()
    eligible = averages.notna().sum(axis=1).iloc[1:]
    share = (100 * (closes > averages).sum(axis=1).iloc[1:] / eligible).where(2 * eligible >= published.members)
    pd.testing.assert_series_equal(published.pct_above_sma200, share, check_names=False, rtol=1e-9)


def test_its_index_is_the_equal_weight_basket(rows) -> None:
    ask, closes = rows
    published = ask("select * from marts.index_daily where index_id = 'OWN' order by session_date").set_index(
        "session_date"
    )
    returns = closes.pct_change(fill_method=None).mean(axis=1)
    pd.testing.assert_series_equal(
        published.close, 100 * (1 + returns.fillna(0)).cumprod(), check_names=False, rtol=1e-9
    )
    pd.testing.assert_series_equal(published.price_return_1d, returns, check_names=False, rtol=1e-9)
    highest = published.close.rolling(252, min_periods=202).max()
    near = ask("select session_date, is_on from marts.states_daily where state_id = 'index_near_high'").set_index(
        "session_date"
    )
    known = highest.dropna().index
    assert near.is_on.loc[known].astype(bool).tolist() == (published.close >= 0.95 * highest).loc[known].tolist()


def test_few_names_get_no_kind_of_day_and_no_word_of_members(rows) -> None:
    ask, closes = rows
    days = ask("select session_date, day_state, participation_state from marts.verdict_daily order by session_date")
    sentences = ask("select session_date, string_agg(sentence, ' ') as words from marts.verdict_lines group by 1")
    words = sentences.set_index("session_date").words.reindex(days.session_date)
    is_few = closes.diff().notna().sum(axis=1).reindex(days.session_date).to_numpy() < FEWEST
    assert days.day_state[is_few].isna().all()
    assert days.participation_state[is_few].isna().all()
    assert not words[is_few].str.contains(r"\d (?:members|names)|name carries|S&P", regex=True).any()
    assert days.day_state[~is_few].notna().all()
    assert words[~is_few].str.contains("members").all()
    assert is_few.any()


def test_evidence_names_rows_that_exist(rows) -> None:
    ask, _ = rows
    for mart in ("states_daily", "levels_next", "verdict_lines", "verdict_daily"):
        assert set(ask(f"select universe_id from marts.{mart}").universe_id) == {"OWN"}
    assert ask("select count(*) as n from marts.states_daily where is_on").n[0] > 0
    assert ask("select count(*) as n from marts.levels_next where level_name like '%S&P%'").n[0] == 0


# At the door ---------------------------------------------------------------------------------------------------------


def run(folder: Path, data: Path) -> tuple[int, str]:
    """The exit code and the last line on the standard error of a run of a folder."""
    done = subprocess.run(
        [sys.executable, "-m", "orchestration.cli", "run", "--folder", str(folder), "--data", str(data)],
        capture_output=True, text=True, cwd=PROJECT_ROOT, check=False,
    )  # fmt: skip
    return done.returncode, done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("isin,date,close\nA,2024-12-27,1\n", "prices.csv: expected columns symbol, date, close; missing symbol"),
        (
            "symbol,date,close\nA,2024-12-27,dear\n",
            "prices.csv, row 2: expected a number above zero in close",
        ),
        (None, "expected prices.csv or prices.parquet with columns symbol, date, close; there is neither"),
    ],
    ids=["another column", "no number", "no file"],
)
def test_a_wrong_folder_is_refused_before_anything_is_built(tmp_path: Path, text: str | None, sentence: str) -> None:
    (tmp_path / "mine").mkdir()
    if text:
        (tmp_path / "mine" / "prices.csv").write_text(text)
    code, words = run(tmp_path / "mine", tmp_path / "data")
    assert code == SOURCE
    assert sentence in words
    assert not (tmp_path / "data" / "folder" / "warehouse.duckdb").exists()


def test_a_file_with_a_membership_is_checked_to_its_header(tmp_path: Path) -> None:
    own_bars.write(tmp_path / "mine", 1)
    (tmp_path / "mine" / "membership").mkdir()
    (tmp_path / "mine" / "membership" / "index_membership.csv").write_text("index,symbol,from\n")
    code, words = run(tmp_path / "mine", tmp_path / "data")
    assert code == SOURCE
    assert "membership/index_membership.csv, row 1: expected columns index_id, symbol, valid_from, valid_to" in words
