"""breadth_ladder against next closes put into their windows, real next closes, and markets built with such closes."""

import shutil
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from ingestion.settings import Settings
from tests.conftest import NOW
from tests.laws import law
from tests.marts.built import read
from tests.marts.test_breadth import closes_of

RECOMPUTED = {
    "breadth_ladder": (
        "members", "valid", "coverage", "is_clean", "null_reason", "pct_above_sma20", "eligible_sma20",
        "pct_above_sma50", "eligible_sma50", "pct_above_sma100", "eligible_sma100", "pct_above_sma200",
        "eligible_sma200", "new_highs_252", "new_lows_252", "eligible_252",
    ),
}  # fmt: skip

MOVES = np.arange(-5.0, 5.5, 0.5)
LENGTHS = (20, 50, 100, 200)

#: Prices are in cents and moves in half percents, so that ties are frequent; products that differ by less are ties.
TIE = 1e-11


def windows_of(closes: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """What a next close completes: sums of the last n - 1 closes, highs and lows of the last 251; full or NaN."""
    found = {
        f"sum_{length}": closes.rolling(length - 1, min_periods=length - 1).sum() for length in LENGTHS
    }  # fmt: skip
    year = closes.rolling(251, min_periods=251)
    return found | {"high": year.max(), "low": year.min()}


def next_breadth(windows: dict[str, pd.DataFrame], following: pd.DataFrame, counted: pd.DataFrame) -> pd.DataFrame:
    """Breadth with these next closes of the names that are counted; all three are a row a session before."""
    out = pd.DataFrame(index=following.index)
    for length in LENGTHS:
        mean = (windows[f"sum_{length}"] + following) / length
        eligible = mean.notna() & counted
        out[f"eligible_sma{length}"] = eligible.sum(axis=1)
        out[f"above_sma{length}"] = ((following > mean * (1 + TIE)) & eligible).sum(axis=1)
    eligible = windows["high"].notna() & following.notna() & counted
    out["eligible_252"] = eligible.sum(axis=1)
    out["new_highs_252"] = ((following >= windows["high"] * (1 - TIE)) & eligible).sum(axis=1)
    out["new_lows_252"] = ((following <= windows["low"] * (1 + TIE)) & eligible).sum(axis=1)
    return out


@pytest.fixture(scope="module")
def panels(warehouse: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Closes and membership, a row a session and a column a security."""
    return closes_of(warehouse, "SP500")


def test_every_rung_is_the_breadth_of_that_next_close(
    market: tuple[Path, Path], panels: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    mart = read(market[1], "select * from marts.breadth_ladder where universe_id = 'SP500' order by session_date")
    assert sorted(set(mart.move_pct)) == MOVES.tolist()
    closes, member = panels
    windows = windows_of(closes)
    members = read(
        market[0],
        "select session_date, members from intermediate.int_members_by_session "
        "where universe_id = 'SP500' and segment_id = 'ALL'",
    ).set_index("session_date")["members"]
    for move, rows in mart.groupby("move_pct"):
        rows = rows.set_index("session_date")
        theirs = next_breadth(windows, closes * (1 + move / 100), member).reindex(rows.index)
        theirs["members"] = members.reindex(rows.index)
        theirs["valid"] = (closes.notna() & member).sum(axis=1).reindex(rows.index)
        theirs["coverage"] = theirs["valid"] / theirs["members"]
        few, thin = theirs["valid"] < 50, theirs["coverage"] < 0.5
        reason = np.select([few, thin], ["fewer than 50 members with prices", "coverage below 0.50"], "")
        eligible = [f"eligible_sma{length}" for length in LENGTHS] + ["eligible_252"]
        theirs["is_clean"] = (
            ~few & (theirs["coverage"] >= 0.95) & (theirs[eligible].min(axis=1) >= 0.9 * theirs["members"])
        )
        for length in LENGTHS:
            count = theirs[f"eligible_sma{length}"]
            share = 100 * theirs[f"above_sma{length}"] / count.where(count > 0)
            theirs[f"pct_above_sma{length}"] = share.where(count >= 0.5 * theirs["members"])
        assert rows["null_reason"].fillna("").tolist() == reason.tolist()
        stands = reason == ""
        assert stands.sum() > 1500
        for column in RECOMPUTED["breadth_ladder"]:
            if column in ("null_reason", "members", "valid", "coverage", "is_clean"):
                continue
            ours, again = rows[column].astype(float), theirs[column].astype(float).where(stands)
            assert (ours.isna() == again.isna()).all(), (column, move)
            assert (ours - again).abs().max() <= 1e-9, (column, move)
        for column in ("members", "valid", "coverage", "is_clean"):
            assert (rows[column].astype(float) - theirs[column].astype(float)).abs().max() <= 1e-12, column


def test_real_next_closes_give_the_breadth_that_was_published(
    market: tuple[Path, Path], panels: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    """The formula a name crosses by, fed with the move that each member of the next session really made."""
    closes, member = panels
    windows = {name: panel.shift() for name, panel in windows_of(closes).items()}
    before = closes.shift()
    moves = closes / before - 1
    stale = read(market[0], "select session_date, security_id from intermediate.int_name_days where is_stale")
    counted = member.copy()
    for row in stale.itertuples():
        if row.security_id in counted and row.session_date in counted.index:
            counted.loc[row.session_date, row.security_id] = False
    published = read(
        market[1],
        "select * from marts.breadth_daily where universe_id = 'SP500' and segment_id = 'ALL' and null_reason is null",
    ).set_index("session_date")
    assert len(published) > 1500
    for length in LENGTHS:
        crossing = windows[f"sum_{length}"] / ((length - 1) * before) - 1
        eligible = crossing.notna() & moves.notna() & counted
        above = (((moves - crossing) > TIE) & eligible).sum(axis=1).reindex(published.index)
        count = eligible.sum(axis=1).reindex(published.index)
        assert (count == published[f"eligible_sma{length}"]).all()
        share = (100 * above / count.where(count > 0)).where(published[f"pct_above_sma{length}"].notna())
        assert (share - published[f"pct_above_sma{length}"]).abs().max() <= 1e-9
    eligible = windows["high"].notna() & moves.notna() & counted
    highs = ((moves >= windows["high"] / before - 1 - TIE) & eligible).sum(axis=1).reindex(published.index)
    lows = ((moves <= windows["low"] / before - 1 + TIE) & eligible).sum(axis=1).reindex(published.index)
    assert (highs == published["new_highs_252"]).all()
    assert (lows == published["new_lows_252"]).all()


def test_a_larger_move_never_lowers_a_share(market: tuple[Path, Path]) -> None:
    mart = read(market[1], "select * from marts.breadth_ladder order by session_date, move_pct")
    steps = mart.groupby("session_date")
    for column in [f"pct_above_sma{length}" for length in LENGTHS] + ["new_highs_252"]:
        assert steps[column].diff().min() >= 0, column
    assert steps["new_lows_252"].diff().max() <= 0
    for column in [f"eligible_sma{length}" for length in LENGTHS] + ["eligible_252", "members", "valid"]:
        assert (steps[column].nunique() <= 1).all(), column


def test_the_ladder_of_2024_12_27(folder_built: Path) -> None:
    mart = read(folder_built, "select * from marts.breadth_ladder where session_date = date '2024-12-27'")
    rows = mart.set_index("move_pct")
    assert rows.eligible_sma200[-2] == 500
    assert rows.eligible_sma50[-2] == 503
    assert rows.pct_above_sma200[-2] == pytest.approx(49.4, abs=0.1)
    assert rows.pct_above_sma50[-2] == pytest.approx(14.1, abs=0.1)
    assert rows.pct_above_sma200[0] == pytest.approx(56.2, abs=0.1)
    assert rows.pct_above_sma50[0] == pytest.approx(25.0, abs=0.1)


@pytest.fixture(scope="module")
def ending(sample_settings: Settings, published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse of the sample market that ends a session before its last."""
    target = tmp_path_factory.mktemp("ladder") / "warehouse.duckdb"
    shutil.copy(sample_settings.warehouse_path, target)
    with duckdb.connect(str(target)) as connection:
        connection.execute("delete from raw.prices where obs_date >= ?", [last_session(published)])
    return target


def last_session(published: Path) -> date:
    """The newest session of a published file."""
    return read(published, "select max(session_date) as day from marts.breadth_daily").day[0].date()


@pytest.mark.parametrize("move", [-2.0, 0.0, 3.5])
def test_a_market_in_which_every_member_moves_so_has_the_breadth_of_that_rung(
    move: float, ending: Path, published: Path, tmp_path: Path
) -> None:
    """A build with such a next session publishes what the ladder of the session before it had."""
    warehouse = tmp_path / "warehouse.duckdb"
    shutil.copy(ending, warehouse)
    day = last_session(published)
    with duckdb.connect(str(warehouse)) as connection:
        stored = connection.execute(
            """
            insert into raw.prices
            select bars.* replace (
                ?::date as obs_date, close * (1 + ? / 100) as close, adj_close * (1 + ? / 100) as adj_close,
                1000 as volume, 0 as dividend, 1 as split, known_at + to_days(?::date - obs_date) as known_at,
                ?::integer as batch_id
            )
            from raw.prices as bars
            where obs_date = (select max(obs_date) from raw.prices)
            """,
            [day, move, move, day, 9_000],
        ).fetchone()
    assert stored[0] > 200
    models = ("+int_breadth_measures", "breadth_ladder", "int_ladder_counts")
    law.build("sample", warehouse, warehouse, NOW, select=("--select", *models))
    shown = read(
        warehouse,
        "select * from intermediate.int_breadth_measures "
        "where universe_id = 'SP500' and segment_id = 'ALL' and session_date = ?",
        day,
    ).iloc[0]
    rung = read(
        warehouse,
        "select * from marts.breadth_ladder where move_pct = ? and session_date = "
        "(select max(session_date) from marts.breadth_ladder where session_date < ?)",
        move,
        day,
    ).iloc[0]
    assert shown.valid == rung.valid
    for length in LENGTHS:
        assert shown[f"eligible_sma{length}"] == rung[f"eligible_sma{length}"]
        share = 100 * shown[f"above_sma{length}"] / shown[f"eligible_sma{length}"]
        assert share == pytest.approx(rung[f"pct_above_sma{length}"], abs=1e-9)
    for column in ("eligible_252", "new_highs_252", "new_lows_252"):
        assert shown[column] == rung[column], column
