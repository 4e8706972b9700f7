"""How much the missing members flatter, recomputed by pandas from name-days."""

from pathlib import Path

import numpy as np
import pandas as pd

from tests.marts.built import read

RECOMPUTED = {"breadth_daily": ("survivor_gap_252d_pp",)}


def test_the_gap_is_the_chained_mean_of_the_counted_members_less_rsp(market: tuple[Path, Path]) -> None:
    warehouse, published = market
    mart = read(published, "select * from marts.breadth_daily order by session_date")
    whole = (mart.universe_id == "SP500") & (mart.segment_id == "ALL")
    assert mart.loc[~whole, "survivor_gap_252d_pp"].isna().all()
    mart = mart[whole].set_index("session_date")
    days = read(
        warehouse,
        """
        select days.session_date, days.total_return, days.points, days.is_stale
        from intermediate.int_name_days as days
        inner join intermediate.int_memberships as members
            on days.security_id = members.security_id
            and days.session_date >= members.valid_from and days.session_date < members.valid_to
        where members.universe_id = 'SP500'
        """,
    )
    counted = days[days.points.notna() & ~days.is_stale]
    means = counted.groupby("session_date").total_return.mean().reindex(mart.index).where(mart.null_reason.isna())
    members = (1 + means).rolling(252).apply(np.prod, raw=True)
    rsp = read(
        warehouse, "select session_date, total_return from intermediate.int_asset_days where asset_id = 'RSP'"
    ).set_index("session_date")
    everyone = (1 + rsp.total_return.reindex(mart.index)).rolling(252).apply(np.prod, raw=True)
    expected = 100 * (members - everyone)
    assert mart.survivor_gap_252d_pp.isna().equals(expected.isna())
    difference = (mart.survivor_gap_252d_pp - expected).abs().max()
    print(f"{expected.notna().sum()} sessions, max difference {difference:.1e}")
    assert expected.notna().sum() > 1000
    assert difference <= 1e-9


def test_survivors_flatter_most_where_most_members_are_missing(folder_built: Path) -> None:
    mart = read(
        folder_built,
        "select session_date, survivor_gap_252d_pp as gap from marts.breadth_daily "
        "where universe_id = 'SP500' and segment_id = 'ALL' and survivor_gap_252d_pp is not null order by 1",
    )
    ends = mart.groupby(pd.to_datetime(mart.session_date).dt.year).gap.last()
    print(ends.round(2).to_dict())
    assert ends.loc[2011:2023].between(0.3, 5).all()
