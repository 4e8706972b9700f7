"""Attribution, recomputed day by day: weights drift by their own recursion, contributions link window by window."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ingestion.settings import PROJECT_ROOT
from tests.marts.built import read

RECOMPUTED = {
    "index_attribution_daily": (
        "index_return_pct", "index_price_return_pct", "contribution_bp", "ex_bucket_return_pct",
        "indexation_effect_bp", "weight_pct", "horizon_sessions", "names_covered", "names_in_bucket",
        "bucket_kind", "covered_weight_pct", "weights_date", "published_price_return_pct",
        "published_total_return_pct",
    ),
    "event_gap_daily": (
        "gap_pp", "mega_cap_share_pct", "residual_share_pct",
    ),
}  # fmt: skip

SEEDS = PROJECT_ROOT / "dbt_project" / "seeds" / "universe"
MEGA_CAPS = ["AAPL", "MSFT", "NVDA", "AMZN", "GOOGL", "META", "TSLA"]


@pytest.fixture(scope="module")
def folder(request: pytest.FixtureRequest) -> Path:
    request.getfixturevalue("folder_built")
    return request.getfixturevalue("folder_settings").warehouse_path


def drifted(warehouse: Path) -> dict[pd.Timestamp, pd.DataFrame]:
    """Weight, returns and sector of each member for each session, moved on one session at a time."""
    first = "select min(obs_date) from raw.index_weights"
    bars = read(
        warehouse,
        "select security_id, session_date, price_return, total_return, close from intermediate.int_name_days "
        f"where session_date >= ({first})",
    )
    panels = {
        measure: bars.pivot(index="session_date", columns="security_id", values=measure)
        for measure in ("price_return", "total_return", "close")
    }
    sessions = read(
        warehouse,
        f"select session_date, cutoff_at from intermediate.int_sessions where session_date >= ({first}) order by 1",
    )
    members = read(warehouse, "select * from intermediate.int_memberships where universe_id = 'SP500'")
    holdings = read(warehouse, "select * from staging.stg_index_weights where index_id = 'SP500'")
    anchors = [
        (date, rows.set_index("security_id").weight, rows.known_at.min())
        for date, rows in holdings.groupby("weights_date")
    ]
    closes = panels["close"].reindex(sessions.session_date)
    held = closes.ffill()
    result, weights, anchor, entered = {}, pd.Series(dtype=float), None, set()
    for previous, (session, cutoff) in zip(
        sessions.session_date, sessions.iloc[1:].itertuples(index=False), strict=False
    ):
        known = [entry for entry in anchors if entry[0] < session and entry[2] <= cutoff]
        if not known:
            continue
        date, dated, _ = max(known, key=lambda entry: entry[0])
        here = members[(members.valid_from <= session) & (members.valid_to > session)].set_index("security_id")
        if date != anchor:
            # a new anchor: from its own date to the previous session at once, all names it has
            weights = dated * (held.loc[previous] / held.loc[:date].iloc[-1]).reindex(dated.index)
            anchor, entered = date, set()
        weights = weights.drop([name for name in weights.index if name not in here.index])
        survivors = weights.drop([name for name in entered if name in weights.index])
        joining = [
            name for name in here.index[here.valid_from > anchor]
            if name not in weights.index and name in held.columns and pd.notna(held.loc[previous, name])
        ]  # fmt: skip
        for name in joining:
            weights[name] = survivors.median()
            entered.add(name)
        priced = weights.dropna() / weights.sum()
        frame = pd.DataFrame({"weight": priced})
        for measure in ("price_return", "total_return"):
            frame[measure] = panels[measure].loc[session].reindex(frame.index)
        frame["sector"] = here.segment_id.reindex(frame.index).fillna("Unclassified")
        result[session] = frame
        weights = weights * (held.loc[session] / held.loc[previous]).reindex(weights.index)
    return result


@pytest.fixture(scope="module")
def sessions(warehouse: Path) -> dict[pd.Timestamp, pd.DataFrame]:
    return drifted(warehouse)


def test_weights_drift_one_session_at_a_time(warehouse: Path, sessions: dict[pd.Timestamp, pd.DataFrame]) -> None:
    marts = read(warehouse, "select * from intermediate.int_index_weights_daily where index_id = 'SP500'")
    marts = marts.dropna(subset="weight").set_index(["session_date", "security_id"]).weight
    expected = pd.concat(
        {date: frame.weight for date, frame in sessions.items()}, names=["session_date", "security_id"]
    )
    assert len(expected) > 10_000
    pd.testing.assert_series_equal(
        marts.sort_index(), expected.sort_index(), check_index_type=False, rtol=0, atol=1e-12
    )


@pytest.fixture(scope="module")
def buckets(warehouse: Path, sessions: dict[pd.Timestamp, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """By bucket, for each session: its weight and contribution, and the returns of the whole index."""
    symbols = read(warehouse, "select security_id, symbol from staging.stg_securities").set_index("security_id").symbol
    legs = symbols.replace({"GOOG": "GOOGL"})
    frame = pd.concat(sessions, names=["session_date", "security_id"]).dropna().reset_index()
    frame["weight"] /= frame.groupby("session_date").weight.transform("sum")
    frame["contribution"] = frame.weight * frame.total_return
    frame["price"] = frame.weight * frame.price_return
    wholes = frame.groupby("session_date")[["contribution", "price"]].sum()
    wholes = wholes.rename(columns={"contribution": "total"})
    leg = legs.reindex(frame.security_id).to_numpy()
    cuts = {"MAG7": np.isin(leg, MEGA_CAPS), "REST": ~np.isin(leg, MEGA_CAPS)}
    cuts |= {name: leg == name for name in MEGA_CAPS}
    cuts |= {sector: frame.sector == sector for sector in frame.sector.unique()}
    return {
        name: frame[inside].groupby("session_date")[["weight", "contribution"]].sum().join(wholes)
        for name, inside in cuts.items()
    }


def factor(total: float) -> float:
    return 1.0 if abs(total) < 1e-12 else float(np.log1p(total) / total)


def test_contributions_are_linked_window_by_window(warehouse: Path, buckets: dict[str, pd.DataFrame]) -> None:
    marts = read(warehouse, "select * from marts.index_attribution_daily where index_id = 'SP500'")
    events = read(warehouse, "select * from intermediate.int_event_anchors").set_index("event_id").anchor_session
    days = buckets["REST"].index
    generator = np.random.default_rng(11)
    sample = marts.iloc[generator.choice(len(marts), min(2000, len(marts)), replace=False)]
    assert set(sample.horizon) >= {"1", "5", "21", "63"}
    worst = 0.0
    for row in sample.itertuples():
        last = days.get_loc(row.session_date) + 1
        if row.horizon.startswith("event:"):
            start = int((days <= events[row.horizon.removeprefix("event:")]).sum())
        else:
            start = last - int(row.horizon)
        assert start >= 0
        whole = buckets["REST"].iloc[start:last]
        part = buckets[row.bucket_id].reindex(whole.index).fillna({"weight": 0, "contribution": 0})
        total = float(np.prod(1 + whole.total) - 1)
        linked = sum(c * factor(r) for c, r in zip(part.contribution, whole.total, strict=True)) / factor(total)
        rest = float(np.prod(1 + (whole.total - part.contribution) / (1 - part.weight)) - 1)
        worst = max(
            worst,
            abs(row.index_return_pct / 100 - total),
            abs(row.index_price_return_pct / 100 - float(np.prod(1 + whole.price) - 1)),
            abs(row.contribution_bp / 1e4 - linked),
            abs(row.ex_bucket_return_pct / 100 - rest),
            abs(row.indexation_effect_bp / 1e4 - (total - rest)),
            abs(row.weight_pct / 100 - buckets[row.bucket_id].weight[row.session_date]),
        )
        assert row.horizon_sessions == last - start
    print(f"largest difference of {len(sample)} rows: {worst:.1e}")
    assert worst <= 1e-9


def test_a_row_says_what_it_rests_on(warehouse: Path, sessions: dict[pd.Timestamp, pd.DataFrame]) -> None:
    """Names counted, their share of the dated weights, the holdings, and the published index over the same window."""
    marts = read(warehouse, "select * from marts.index_attribution_daily where index_id = 'SP500' and horizon = '1'")
    dated = read(warehouse, "select * from intermediate.int_index_weights_daily where index_id = 'SP500'")
    holdings = read(warehouse, "select distinct weights_date, known_at from staging.stg_index_weights")
    cutoffs = read(warehouse, "select session_date, cutoff_at from intermediate.int_sessions").set_index("session_date")
    index = read(warehouse, "select * from marts.index_daily where index_id = 'SP500'").set_index("session_date")
    symbols = read(warehouse, "select security_id, symbol from staging.stg_securities").set_index("security_id").symbol
    by_session = dict(list(marts.groupby("session_date")))
    weights = {session: rows.set_index("security_id") for session, rows in dated.groupby("session_date")}
    for session in list(by_session)[:: max(1, len(by_session) // 60)]:
        frame, rows = sessions[session].dropna(), by_session[session].set_index("bucket_id")
        assert (rows.names_covered == len(frame)).all()
        leg = symbols.reindex(frame.index).replace({"GOOG": "GOOGL"})
        mega = leg.isin(MEGA_CAPS).sum()
        assert (rows.names_in_bucket["MAG7"], rows.names_in_bucket["REST"]) == (mega, len(frame) - mega)
        for name, row in rows.iterrows():
            if row.bucket_kind == "sector":
                assert row.names_in_bucket == (frame.sector == name).sum(), name
            elif row.bucket_kind == "name":
                assert row.names_in_bucket == (leg == name).sum(), name
        sectors = set(frame.sector)
        kinds = {
            name: "group" if name == "MAG7" else "rest" if name == "REST" else "sector" if name in sectors else "name"
            for name in rows.index
        }
        assert rows.bucket_kind[rows.names_in_bucket > 0].to_dict().items() <= kinds.items()
        total = weights[session].dated_weight
        share = 100 * total.reindex(frame.index).sum() / total.sum()
        assert rows.covered_weight_pct.to_numpy() == pytest.approx(share, abs=1e-9)
        known = holdings[(holdings.weights_date < session) & (holdings.known_at <= cutoffs.cutoff_at[session])]
        assert (rows.weights_date == known.weights_date.max()).all()
        at = index.index.get_loc(session)
        for column, level in (
            ("published_price_return_pct", "price_index"),
            ("published_total_return_pct", "total_return_index"),
        ):
            change = 100 * (index[level].iloc[at] / index[level].iloc[at - 1] - 1)
            assert rows[column].to_numpy() == pytest.approx(change, abs=1e-9), column


def test_every_window_that_is_full_has_a_row(warehouse: Path, buckets: dict[str, pd.DataFrame]) -> None:
    counted = (
        read(
            warehouse,
            "select horizon, count(*) as rows from marts.index_attribution_daily where bucket_id = 'MAG7' group by 1",
        )
        .set_index("horizon")
        .rows
    )
    for sessions in (1, 5, 21, 63):
        assert counted[str(sessions)] == len(buckets["MAG7"]) - sessions + 1


def test_linked_contributions_add_up_to_the_compounded_return(warehouse: Path) -> None:
    rows = read(warehouse, "select * from marts.index_attribution_daily")
    for cut in (
        rows.bucket_id.isin(["MAG7", "REST"]),
        rows.bucket_kind.isin(["name", "rest"]),
        rows.bucket_kind == "sector",
    ):
        parts = rows[cut].groupby(["session_date", "index_id", "horizon"])
        gap = (parts.contribution_bp.sum() / 1e4 - parts.index_return_pct.first() / 100).abs().max()
        assert gap <= 1e-9


def test_weights_are_used_only_when_they_were_known(folder: Path) -> None:
    rows = read(
        folder,
        "select session_date, weights_date, weight_basis from marts.index_attribution_daily "
        "where bucket_id = 'MAG7' and horizon = '1'",
    ).set_index("session_date")
    dated = rows[rows.weight_basis == "holdings"]
    assert {str(day.date()): str(row.weights_date.date()) for day, row in dated.iterrows()} == {
        "2024-03-20": "2024-03-19", "2024-12-09": "2024-12-06", "2025-02-10": "2025-02-07",
    }  # fmt: skip
    assert (rows.weights_date < rows.index).all()


def test_old_weights_are_noted_from_the_64th_session_on(warehouse: Path) -> None:
    rows = read(warehouse, "select * from marts.index_attribution_daily where horizon = '1' and bucket_id = 'MAG7'")
    days = read(warehouse, "select session_date from intermediate.int_sessions order by 1").session_date
    ages = days.searchsorted(rows.session_date) - (days.searchsorted(rows.weights_date, side="right") - 1)
    assert (rows.weights_age_sessions == ages).all()
    assert (rows.weights_note.notna() == (ages > 63)).all()
    assert 0 < (ages > 63).sum() < len(rows)
    oldest = rows.loc[rows.weights_age_sessions.idxmax()]
    assert oldest.weights_note == (
        f"Index weights are {oldest.weights_age_sessions} sessions old: the holdings of {oldest.weights_date.date()}, "
        "which have only drifted with prices since."
    )


def test_the_age_of_the_weights_is_listed_as_a_finding(warehouse: Path) -> None:
    newest = read(
        warehouse,
        "select distinct index_id, weights_date, weights_age_sessions, weights_note from marts.index_attribution_daily "
        "where session_date = (select max(session_date) from marts.index_attribution_daily)",
    ).iloc[0]
    (found,) = read(warehouse, "select * from marts.data_quality where check_id = 'weights'").itertuples()
    assert (found.series_id, found.table_name) == (newest.index_id, "index_weights")
    assert (found.last_obs_date, found.age_sessions) == (newest.weights_date, newest.weights_age_sessions)
    assert pd.isna(found.reason) == pd.isna(newest.weights_note)


def test_the_members_explain_the_published_index(folder: Path) -> None:
    """At most 2.5 bp from ^GSPC's price return on 95 % of sessions; the same against ^SP500TR's total return."""
    rows = read(
        folder,
        "select * from marts.index_attribution_daily where index_id = 'SP500' and bucket_id = 'REST' and horizon = '1' "
        "and session_date between '2024-03-19' and '2025-03-06'",
    )
    assert len(rows) == 241
    for residual in (rows.residual_bp, rows.residual_total_return_bp):
        share = (residual.abs() <= 2.5).mean()
        print(f"{100 * share:.1f} % within 2.5 bp, 95 % within {residual.abs().quantile(0.95):.2f} bp")
        assert share >= 0.95
    published = read(folder, "select * from marts.index_daily where index_id = 'SP500'").set_index("session_date")
    published = published.loc[rows.session_date]
    by_hand = 1e4 * (published.price_return_1d.to_numpy() - rows.index_price_return_pct / 100)
    assert (rows.residual_bp - by_hand).abs().max() < 1e-7


def test_how_much_of_the_gap_is_the_mega_caps(folder: Path) -> None:
    (gap,) = read(
        folder,
        "select * from marts.event_gap_daily where event_id = '2024-11-11' and session_date = '2024-12-27'",
    ).itertuples()
    assert gap.gap_pp == pytest.approx(7.4, abs=0.1)
    assert gap.mega_cap_pp == pytest.approx(2.84, abs=0.1)
    assert gap.mega_cap_contribution_pp == pytest.approx(1.78, abs=0.1)
    assert abs(gap.mega_cap_pp - 2.9) <= 0.4
    assert abs(gap.residual_pp) < 0.15


def test_the_gap_is_the_sum_of_its_parts(warehouse: Path) -> None:
    rows = read(warehouse, "select * from marts.event_gap_daily")
    parts = rows.mega_cap_pp + rows.rest_of_large_caps_pp + rows.residual_pp
    known = parts.notna()
    assert known.any()
    assert (parts - rows.gap_pp)[known].abs().max() <= 1e-9
    index = read(warehouse, "select * from marts.index_daily").pivot(
        index="session_date", columns="index_id", values="total_return_index"
    )
    anchors = read(warehouse, "select * from intermediate.int_event_anchors").set_index("event_id").anchor_session
    for row in rows.itertuples():
        since = 100 * (index.loc[row.session_date] / index.loc[anchors[row.event_id]] - 1)
        assert abs(row.gap_pp - (since.SP500 - since.RUSSELL2000)) <= 1e-9
        if abs(row.gap_pp) >= 0.5 and pd.notna(row.mega_cap_pp):
            assert row.mega_cap_share_pct == pytest.approx(100 * row.mega_cap_pp / row.gap_pp, abs=1e-7)
            assert row.residual_share_pct == pytest.approx(100 * row.residual_pp / row.gap_pp, abs=1e-7)
        else:
            assert pd.isna(row.mega_cap_share_pct)
            assert pd.isna(row.residual_share_pct)
