"""Columns of breadth_daily that follow from names and counts: members, points, volume, shares, streaks and thrusts."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.marts.built import read

RECOMPUTED = {
    "breadth_daily": (
        "members", "coverage", "is_clean", "is_proxy", "null_reason", "net_advances", "ad_pct", "nhnl_pct",
        "nhnl_63_pct", "nhnl_21_pct", "pos_breadth_streak", "neg_breadth_streak", "points_gained", "points_lost",
        "up_volume_pct", "lowry_90_down", "lowry_90_up", "pct_outperforming_21d", "eligible_outperforming_21d",
        "eff_n_stocks", "zbt_signal", "zbt_days", "bam_signal", "divergence_63d",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def mart(market: tuple[Path, Path]) -> pd.DataFrame:
    """breadth_daily by universe, segment and session."""
    frame = read(market[1], "select * from marts.breadth_daily order by universe_id, segment_id, session_date")
    counts = frame.select_dtypes("integer").columns
    return frame.astype(dict.fromkeys(counts, float)).set_index(["universe_id", "segment_id", "session_date"])


@pytest.fixture(scope="module")
def names(warehouse: Path) -> dict[str, pd.DataFrame]:
    """Session x security, for all who were ever in the S&P 500: membership, points, volume as traded, log growth."""
    bars = read(
        warehouse,
        """
        select security_id, obs_date as session_date, close, volume, coalesce(later_splits, 1) as later_splits from (
            select *, row_number() over (
                partition by security_id, obs_date order by known_at desc, batch_id desc
            ) as age
            from raw.prices
            where security_id in (select security_id from raw.index_membership where index_id = 'SP500')
        ) where age = 1
        """,
    )
    days = read(
        warehouse,
        "select security_id, session_date, is_stale, total_return from intermediate.int_name_days "
        "where security_id in (select security_id from raw.index_membership where index_id = 'SP500')",
    )
    sessions = read(warehouse, "select session_date from intermediate.int_sessions order by 1").session_date
    spells = read(warehouse, "select * from intermediate.int_memberships where universe_id = 'SP500'")

    def panel(frame: pd.DataFrame, column: str) -> pd.DataFrame:
        return frame.pivot(index="session_date", columns="security_id", values=column).reindex(sessions)

    close = panel(bars, "close")
    member = pd.DataFrame(False, index=close.index, columns=close.columns)
    for spell in spells.itertuples():
        if spell.security_id in member:
            first, last = np.datetime64(spell.valid_from), str(spell.valid_to)[:10]
            inside = (member.index >= first) & (member.index.astype(str) < last)
            member.loc[inside, spell.security_id] = True
    factor = panel(bars, "later_splits")
    stale = panel(days, "is_stale").reindex(columns=close.columns).eq(True)
    return {
        "member": member,
        "points": (close.diff() * factor).where(member & ~stale),
        "volume": panel(bars, "volume") / factor,
        "growth": np.log1p(panel(days, "total_return").reindex(columns=close.columns)),
    }


def hold(ours: pd.Series, theirs: pd.Series, tolerance: float = 1e-9) -> None:
    """The same NULLs, and no difference beyond the tolerance (of 1, or of the value where it is larger)."""
    ours, theirs = ours.astype(float), theirs.reindex(ours.index).astype(float)
    assert ours.isna().equals(theirs.isna()), ours.name
    assert ours.notna().any(), ours.name
    assert not ((ours - theirs).abs() / theirs.abs().clip(lower=1)).max() > tolerance, ours.name


def segments(mart: pd.DataFrame) -> list[tuple[tuple[str, str], pd.DataFrame]]:
    """(universe, segment) and its rows by session."""
    return [(key, rows.droplevel([0, 1])) for key, rows in mart.groupby(level=[0, 1])]


def test_members_are_those_of_the_spells_with_prices_or_without(warehouse: Path, mart: pd.DataFrame) -> None:
    spells = read(warehouse, "select * from intermediate.int_memberships")
    spells["valid_from"], spells["valid_to"] = (
        spells[name].astype(str).str[:10] for name in ("valid_from", "valid_to")
    )
    for (universe, segment), rows in segments(mart):
        counted = spells[(spells.universe_id == universe) & ((segment == "ALL") | (spells.segment_id == segment))]
        if counted.empty:
            assert universe == "NYSE"
            hold(rows.members, rows.advances + rows.declines + rows.unchanged.fillna(0))
            continue
        for session in rows.index[:: max(1, len(rows) // 40)]:
            day = str(session.date())
            inside = (counted.valid_from <= day) & (day < counted.valid_to)
            assert rows.members[session] == inside.sum(), (universe, segment, day)


def test_coverage_and_its_words_follow_from_members_and_valid(warehouse: Path, mart: pd.DataFrame) -> None:
    universes = read(warehouse, "select * from seeds.universes").set_index("universe_id")
    own = mart.valid / mart.members
    for (universe, segment), rows in segments(mart):
        seed = universes.loc[universe]
        coverage = np.fmin(own.loc[universe, segment], own.loc[universe, "ALL"].reindex(rows.index))
        hold(rows.coverage, coverage)
        least = seed.min_members if segment == "ALL" else seed.min_members_sector
        few = rows.valid < (0 if pd.isna(least) else least)
        missing = (rows.valid == 0) & (seed.basis == "exchange")
        words = pd.Series(
            np.select(
                [missing, few, ~(coverage >= 0.5)],
                [
                    "the exchange's advances or declines are missing",
                    f"fewer than {0 if pd.isna(least) else int(least)} members with prices",
                    "coverage below 0.50",
                ],
                "",
            ),
            rows.index,
        )
        assert (rows.null_reason.fillna("") == words).all(), (universe, segment)
        counts = [name for name in rows if name.startswith("eligible_") and name != "eligible_outperforming_21d"]
        # an exchange's counts have no eligible names, and without the index no name is compared with it
        full = (rows[counts].isna() | rows[counts].ge(0.9 * rows.members, axis=0)).all(axis=1)
        compared = rows.eligible_outperforming_21d
        full &= compared.isna() | (compared == 0) | (compared >= 0.9 * rows.members)
        assert (rows.is_clean == ((coverage >= 0.95) & (words == "") & full)).all(), (universe, segment)
        assert (rows.is_proxy == seed.is_proxy).all()


def test_differences_and_streaks_follow_from_the_counts(mart: pd.DataFrame) -> None:
    hold(mart.net_advances, mart.advances - mart.declines)
    moved = (mart.advances + mart.declines).replace(0, np.nan)
    hold(mart.ad_pct, 100 * (mart.advances - mart.declines) / moved)
    for column, length in (("nhnl_pct", 252), ("nhnl_63_pct", 63), ("nhnl_21_pct", 21)):
        spread = mart[f"new_highs_{length}"] - mart[f"new_lows_{length}"]
        hold(mart[column], 100 * spread / mart[f"eligible_{length}"].replace(0, np.nan))
    for _, rows in segments(mart):
        for column, leading in (
            ("pos_breadth_streak", rows.advances > rows.declines),
            ("neg_breadth_streak", rows.declines > rows.advances),
        ):
            run, runs = 0, []
            for leads in leading:
                run = run + 1 if leads else 0
                runs.append(run)
            streak = pd.Series(runs, rows.index).where(rows.advances.notna())
            assert rows[column].astype(float).equals(streak.astype(float)), column


def test_points_and_volume_are_sums_over_the_members_as_traded(warehouse: Path, mart: pd.DataFrame, names) -> None:
    rows, points = mart.loc["SP500", "ALL"], names["points"]
    there = rows.null_reason.isna()
    counted = points.notna()
    gained, lost = points.clip(lower=0).sum(axis=1), (-points).clip(lower=0).sum(axis=1)
    hold(rows.points_gained, gained.reindex(rows.index).where(there))
    hold(rows.points_lost, lost.reindex(rows.index).where(there))
    volume = names["volume"].where(counted)
    up, down = (volume.where(side).sum(axis=1) for side in (points > 0, points < 0))
    hold(rows.up_volume_pct, (100 * up / (up + down)).reindex(rows.index).where(there))
    early = read(warehouse, "select session_date, is_early_close from intermediate.int_sessions")
    whole = ~early.set_index("session_date").is_early_close.reindex(rows.index)
    known = there & whole & ((gained + lost).reindex(rows.index) > 0)
    for column, volume_side, points_side in (("lowry_90_down", down, lost), ("lowry_90_up", up, gained)):
        is_90 = (volume_side >= 0.9 * (up + down)) & (points_side >= 0.9 * (gained + lost))
        hold(rows[column], is_90.reindex(rows.index).where(known))
    assert rows.lowry_90_down.eq(True).any()


def test_members_are_compared_with_spy_over_21_sessions(warehouse: Path, mart: pd.DataFrame, names) -> None:
    spy = read(
        warehouse,
        "select session_date, log_total_return_index from intermediate.int_asset_days "
        "where asset_id = 'SPY' order by 1",
    ).set_index("session_date").log_total_return_index.diff(21)  # fmt: skip
    rows = mart.loc["SP500", "ALL"]
    growth = names["growth"].rolling(21, min_periods=21).sum().where(names["member"])
    ahead = growth.sub(spy.reindex(growth.index), axis=0)
    eligible = ahead.notna().sum(axis=1).reindex(rows.index).where(rows.null_reason.isna())
    hold(rows.eligible_outperforming_21d, eligible)
    share = 100 * (ahead > 0).sum(axis=1).reindex(rows.index) / eligible.replace(0, np.nan)
    hold(rows.pct_outperforming_21d, share)


def test_the_effective_number_of_stocks_is_the_inverse_of_the_sum_of_squared_weights(
    warehouse: Path, mart: pd.DataFrame
) -> None:
    weights = read(warehouse, "select * from intermediate.int_index_weights_daily where index_id = 'SP500'")
    expected = 1 / (weights.weight**2).groupby(weights.session_date).sum(min_count=1)
    rows = mart.loc["SP500", "ALL"]
    hold(rows.eff_n_stocks, expected.reindex(rows.index).where(rows.null_reason.isna()))
    assert mart.eff_n_stocks.drop(("SP500", "ALL")).isna().all()


def test_thrusts_are_those_of_a_plain_loop(mart: pd.DataFrame) -> None:
    fired = 0
    for key, rows in segments(mart):
        dip, crossed, before, signals, ages = None, None, np.nan, [], []
        for at, value in enumerate(rows.adv_ratio_ema10):
            dip = at if value < 0.40 else dip
            crosses = value > 0.615 and before <= 0.615
            fresh = dip is not None and at - dip <= 10
            signals.append(crosses and fresh and (crossed is None or crossed <= dip))
            ages.append(np.nan if dip is None else at - dip)
            crossed, before = at if crosses else crossed, value
        assert rows.zbt_signal.astype(bool).tolist() == signals, key
        assert rows.zbt_days.astype(float).equals(pd.Series(ages, rows.index, dtype=float)), key
        ratio, earlier = rows.deemer_ratio10, rows.deemer_ratio10.shift()
        above, below = (ratio > 1.97), (earlier <= 1.97)
        unknown = (ratio.isna() & (earlier.isna() | below)) | (earlier.isna() & above)
        hold(rows.bam_signal, (above & below).where(~unknown))
        fired += sum(signals)
    assert fired


def test_a_divergence_is_a_high_of_the_index_that_the_line_does_not_share(warehouse: Path, mart: pd.DataFrame) -> None:
    index = read(
        warehouse, "select session_date, close from intermediate.int_asset_days where asset_id = '^GSPC' order by 1"
    ).set_index("session_date").close  # fmt: skip
    at_high = (index >= index.rolling(63, min_periods=1).max()).astype(object)
    for (universe, segment), rows in segments(mart):
        if segment != "ALL":
            assert rows.divergence_63d.isna().all()
            continue
        line = rows.ad_line.astype(float)
        bound = line.rolling(63, min_periods=1).max() - line.rolling(63, min_periods=50).std()
        expected = []
        for high, value, limit in zip(at_high.reindex(rows.index), line, bound, strict=True):
            behind = None if pd.isna(value) or pd.isna(limit) else value < limit
            expected.append(
                False if False in (high, behind) else None if None in (high, behind) or pd.isna(high) else True
            )
        ours = [None if pd.isna(value) else bool(value) for value in rows.divergence_63d]
        assert ours == expected, universe
