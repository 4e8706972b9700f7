"""movers_daily and asset_index_daily, recomputed from weights and bars member by member and session by session."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.marts.built import read
from tests.marts.test_attribution import drifted

RECOMPUTED = {
    "movers_daily": (
        "mover", "mover_name", "sector", "names", "weight_pct", "return_pct", "contribution_bp", "index_return_pct",
        "weights_date", "weight_basis",
    ),
    "asset_index_daily": ("series_name", "close", "total_return_index", "total_return_symbol"),
}  # fmt: skip


@pytest.fixture(scope="module")
def movers(market: tuple[Path, Path]) -> pd.DataFrame:
    return read(market[1], "select * from marts.movers_daily order by session_date, side, rank")


@pytest.fixture(scope="module")
def members(warehouse: Path) -> pd.DataFrame:
    """Every member of a session with a weight and a return: weight (adds up to 1), return, contribution and sector."""
    frame = pd.concat(drifted(warehouse), names=["session_date", "security_id"]).reset_index()
    frame = frame.dropna(subset=["weight", "total_return", "price_return"])
    frame["weight"] /= frame.groupby("session_date").weight.transform("sum")
    frame["contribution"] = frame.weight * frame.total_return
    securities = read(warehouse, "select security_id, symbol, security_name from staging.stg_securities")
    return frame.merge(securities, on="security_id")


def same_numbers(ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    """Weight, return and contribution of rows in one order."""
    np.testing.assert_allclose(ours.weight_pct, 100 * theirs.weight, rtol=0, atol=1e-8)
    np.testing.assert_allclose(ours.contribution_bp, 1e4 * theirs.contribution, rtol=0, atol=1e-7)
    np.testing.assert_allclose(ours.return_pct, 100 * theirs.contribution / theirs.weight, rtol=0, atol=1e-7)


def test_the_ten_of_each_side_are_those_of_a_sort(movers: pd.DataFrame, members: pd.DataFrame) -> None:
    moved = members[members.contribution != 0].copy()
    moved["side"] = np.where(moved.contribution < 0, "took", "added")
    moved["size"] = -moved.contribution.abs()
    moved = moved.sort_values(["session_date", "side", "size"])
    moved["rank"] = moved.groupby(["session_date", "side"]).cumcount() + 1
    theirs = moved[moved["rank"] <= 10]
    ours = movers[movers.side.isin(["added", "took"])]
    assert ours.session_date.nunique() > 200
    for column in ("session_date", "side", "rank"):
        assert ours[column].tolist() == theirs[column].tolist(), column
    assert ours.mover.tolist() == theirs.symbol.tolist()
    assert ours.mover_name.tolist() == theirs.security_name.tolist()
    assert ours.sector.tolist() == theirs.sector.tolist()
    assert (ours.names == 1).all()
    same_numbers(ours, theirs)

    others = members.drop(theirs.index).groupby("session_date")[["weight", "contribution"]].agg(["sum", "size"])
    rest = movers[movers.side == "rest"]
    assert rest.session_date.tolist() == others.index.tolist()
    assert set(rest.mover) == {"REST"}
    assert set(rest.mover_name) == {"All other members"}
    assert (rest["rank"] == 1).all()
    assert rest.sector.isna().all()
    assert rest.names.tolist() == others["weight"]["size"].tolist()
    same_numbers(rest, pd.DataFrame({name: others[name]["sum"] for name in ("weight", "contribution")}))


def test_sectors_are_their_members(movers: pd.DataFrame, members: pd.DataFrame) -> None:
    sums = members.groupby(["session_date", "sector"])[["weight", "contribution"]].sum()
    sums["names"] = members.groupby(["session_date", "sector"]).size()
    theirs = sums.reset_index().sort_values(["session_date", "contribution"], ascending=[True, False])
    theirs["rank"] = theirs.groupby("session_date").cumcount() + 1
    ours = movers[movers.side == "sector"]
    for column in ("session_date", "rank", "sector", "names"):
        assert ours[column].tolist() == theirs[column].tolist(), column
    assert ours.mover.tolist() == ours.mover_name.tolist() == ours.sector.tolist()
    same_numbers(ours, theirs)


def test_members_and_the_rest_add_up_to_the_index_and_so_do_sectors(
    market: tuple[Path, Path], movers: pd.DataFrame
) -> None:
    attribution = read(
        market[1],
        "select session_date, index_return_pct, weights_date, weight_basis from marts.index_attribution_daily "
        "where index_id = 'SP500' and bucket_id = 'MAG7' and horizon = '1'",
    ).set_index("session_date")
    for sectors, rows in movers.groupby(movers.side == "sector"):
        sums = rows.groupby("session_date")[["contribution_bp", "weight_pct", "names"]].sum()
        index = attribution.index_return_pct.reindex(sums.index)
        np.testing.assert_allclose(sums.contribution_bp, 100 * index, rtol=0, atol=1e-7, err_msg=str(sectors))
        np.testing.assert_allclose(sums.weight_pct, 100, rtol=0, atol=1e-8)
    joined = movers.join(attribution, on="session_date", rsuffix="_theirs")
    np.testing.assert_allclose(joined.index_return_pct, joined.index_return_pct_theirs, rtol=0, atol=1e-9)
    assert (joined.weights_date == joined.weights_date_theirs).all()
    assert (joined.weight_basis == joined.weight_basis_theirs).all()


@pytest.fixture(scope="module")
def indices(market: tuple[Path, Path]) -> pd.DataFrame:
    return read(market[1], "select * from marts.asset_index_daily order by series_id, session_date")


def test_the_return_between_any_two_sessions_is_one_division(indices: pd.DataFrame, warehouse: Path) -> None:
    """Against the product of single returns from the bars, for every instrument and basket."""
    assets = read(warehouse, "select * from intermediate.int_asset_days order by asset_id, session_number")
    bars = read(
        warehouse,
        "select securities.symbol, days.session_number, days.total_return, days.gap_return "
        "from intermediate.int_name_days as days inner join staging.stg_securities as securities using (security_id)",
    )
    gaps = bars.set_index(["symbol", "session_number"]).gap_return
    seed = read(warehouse, "select * from seeds.event_series").set_index("series_id")
    names = read(warehouse, "select * from seeds.instruments").set_index("symbol")["name"]
    rows = dict(list(indices.groupby("series_id")))
    own = {asset: days.set_index("session_date") for asset, days in assets.groupby("asset_id")}
    assert set(rows) - set(own) == {"MAG7_EW_Q", "MAG7_CW", "SPX_EX_MAG7"}
    for asset, days in own.items():
        ours = rows[asset].set_index("session_date")
        assert ours.index.equals(days.index)
        assert ours.close.equals(days.close)
        total = seed.total_return_symbol.get(asset, asset)
        assert set(ours.total_return_symbol) == {total}
        expected = seed["name"].get(asset, names.get(asset))
        baskets = {"CYCLICALS": "Cyclical sectors", "DEFENSIVES": "Defensive sectors"}
        assert set(ours.series_name) == {expected or baskets[asset]}
        measured = own[total]
        keys = pd.MultiIndex.from_arrays([[total] * len(measured), measured.session_number])
        bridged = pd.Series(gaps.reindex(keys).to_numpy(), index=measured.index)
        growth = (1 + measured.total_return.fillna(bridged).fillna(0)).cumprod()
        theirs = 100 * growth.reindex(days.index)
        np.testing.assert_allclose(ours.total_return_index, theirs, rtol=1e-9, err_msg=asset)


def test_the_mega_caps_in_each_weighting_and_the_index_without_them(
    indices: pd.DataFrame, market: tuple[Path, Path]
) -> None:
    rows = {series: days.set_index("session_date") for series, days in indices.groupby("series_id")}
    mega_caps = read(market[1], "select * from marts.mega_cap_index_daily where level is not null")
    for weighting, series in (("ew_q", "MAG7_EW_Q"), ("cw", "MAG7_CW"), ("ew_d", "MAG7")):
        level = mega_caps[mega_caps.weighting == weighting].set_index("session_date").level
        # ew_d begins at the close before its first return
        ours = rows[series].total_return_index.reindex(level.index).dropna()
        assert len(ours) >= len(level) - 1
        ratio = ours / level.reindex(ours.index)
        np.testing.assert_allclose(ratio, ratio.iloc[0], rtol=1e-9, err_msg=series)
        assert rows[series].close.isna().all()
    assert rows["MAG7_EW_Q"].series_name.iloc[0] == "Seven mega-caps, equal weight each quarter"
    assert rows["MAG7_CW"].series_name.iloc[0] == "Seven mega-caps, weights of the S&P 500"
    without = rows["SPX_EX_MAG7"]
    assert set(without.series_name) == {"S&P 500 without the seven mega-caps"}
    assert without.close.isna().all()
    for series in ("MAG7_EW_Q", "MAG7_CW", "SPX_EX_MAG7"):
        assert set(rows[series].total_return_symbol) == {series}
    assert without.total_return_index.iloc[0] == 100
    returns = read(
        market[1],
        "select * from marts.index_attribution_daily where index_id = 'SP500' and bucket_id = 'MAG7' "
        "order by session_date",
    )
    day = returns[returns.horizon == "1"].set_index("session_date").ex_bucket_return_pct
    theirs = 100 * without.total_return_index.pct_change().dropna()
    np.testing.assert_allclose(theirs, day.reindex(theirs.index), rtol=0, atol=1e-9)
    # what the attribution links over a month and since an event is one division here
    month = returns[returns.horizon == "21"].set_index("session_date").ex_bucket_return_pct
    ours = 100 * (without.total_return_index / without.total_return_index.shift(21) - 1)
    np.testing.assert_allclose(ours.reindex(month.index), month, rtol=0, atol=1e-8)
