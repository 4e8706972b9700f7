"""breadth_daily against pandas on the whole of both markets, and the facts of the report of December 2024."""

from datetime import date

import duckdb
import numpy as np
import pandas as pd
import pytest

RECOMPUTED = {
    "breadth_daily": (
        "advances", "declines", "unchanged", "valid", "rana", "eligible_sma20", "pct_above_sma20",
        "eligible_sma50", "pct_above_sma50", "eligible_sma100", "pct_above_sma100", "eligible_sma200",
        "pct_above_sma200", "new_highs_21", "new_lows_21", "eligible_21", "new_highs_63", "new_lows_63",
        "eligible_63", "new_highs_252", "new_lows_252", "eligible_252", "mcclellan_osc", "mcclellan_sum",
        "adv_ratio_ema10", "ad_line", "deemer_ratio10", "whaley_5d",
    ),
}  # fmt: skip

LENGTHS = (20, 50, 100, 200)


def closes_of(warehouse, universe: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split-adjusted closes (session x security, newest vintages) and membership flags of the same shape."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        bars = connection.execute(
            """
            select security_id, obs_date, close from (
                select *, row_number() over (
                    partition by security_id, obs_date order by known_at desc, batch_id desc
                ) as age
                from raw.prices
            ) where age = 1 and close is not null
            """
        ).df()
        sessions = connection.execute("select session_date from intermediate.int_sessions order by 1").df()[
            "session_date"
        ]
        spells = connection.execute(
            "select security_id, valid_from, coalesce(valid_to, date '2199-01-01') as valid_to "
            "from raw.index_membership where index_id = ?",
            [universe],
        ).df()
    closes = bars.pivot(index="obs_date", columns="security_id", values="close")
    closes = closes.reindex(index=pd.DatetimeIndex(sessions))
    closes = closes.loc[closes.notna().any(axis=1).idxmax() :]
    held = [security for security in closes.columns if security in set(spells["security_id"])]
    closes = closes[held]
    member = pd.DataFrame(False, index=closes.index, columns=closes.columns)
    for spell in spells.itertuples():
        if spell.security_id in member:
            inside = (member.index >= pd.Timestamp(spell.valid_from)) & (member.index < pd.Timestamp(spell.valid_to))
            member.loc[inside, spell.security_id] = True
    return closes, member


def recomputed(warehouse, universe: str) -> pd.DataFrame:
    """The counts and measures of a universe as a whole, by pandas on a matrix of closes."""
    closes, member = closes_of(warehouse, universe)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        stale = connection.execute(
            "select session_date, security_id from intermediate.int_name_days where is_stale"
        ).df()
    fresh = pd.DataFrame(True, index=closes.index, columns=closes.columns)
    for row in stale.itertuples():
        if row.security_id in fresh and pd.Timestamp(row.session_date) in fresh.index:
            fresh.loc[pd.Timestamp(row.session_date), row.security_id] = False
    change = closes.diff()
    counted = member & fresh
    out = pd.DataFrame(index=closes.index)
    out["advances"] = ((change > 0) & counted).sum(axis=1)
    out["declines"] = ((change < 0) & counted).sum(axis=1)
    out["unchanged"] = ((change == 0) & counted).sum(axis=1)
    out["valid"] = (change.notna() & counted).sum(axis=1)
    out["rana"] = 1000 * (out["advances"] - out["declines"]) / (out["advances"] + out["declines"])
    for length in LENGTHS:
        average = closes.rolling(length, min_periods=length).mean()
        eligible = average.notna() & closes.notna() & counted
        out[f"eligible_sma{length}"] = eligible.sum(axis=1)
        above = (closes > average * (1 + 1e-12)) & eligible
        out[f"pct_above_sma{length}"] = 100 * above.sum(axis=1) / eligible.sum(axis=1)
    for length in (21, 63, 252):
        high = closes.rolling(length, min_periods=length).max()
        low = closes.rolling(length, min_periods=length).min()
        eligible = high.notna() & counted
        out[f"new_highs_{length}"] = ((closes >= high) & eligible).sum(axis=1)
        out[f"new_lows_{length}"] = ((closes <= low) & eligible).sum(axis=1)
        out[f"eligible_{length}"] = eligible.sum(axis=1)
    return out


def published_breadth(path, universe: str = "SP500", segment: str = "ALL") -> pd.DataFrame:
    with duckdb.connect(str(path), read_only=True) as connection:
        frame = connection.execute(
            "select * from marts.breadth_daily where universe_id = ? and segment_id = ? order by session_date",
            [universe, segment],
        ).df()
    return frame.set_index(pd.DatetimeIndex(frame["session_date"]))


def hold_against_pandas(warehouse, path) -> None:
    ours = published_breadth(path)
    theirs = recomputed(warehouse, "SP500").reindex(ours.index)
    stands = ours["null_reason"].isna()
    assert stands.sum() > 1500
    for column in theirs:
        mine = ours.loc[stands, column].astype(float)
        difference = (mine - theirs.loc[stands, column].astype(float)).abs().max()
        assert difference <= 1e-9, f"{column}: {difference}"
        assert (mine.isna() == theirs.loc[stands, column].isna()).all(), column


def test_counts_and_shares_of_the_sample_market_are_those_of_pandas(sample_settings, published):
    hold_against_pandas(sample_settings.warehouse_path, published)


def test_counts_and_shares_of_the_real_market_are_those_of_pandas(folder_settings, folder_built):
    hold_against_pandas(folder_settings.warehouse_path, folder_built)


def hold_the_recursions(path) -> None:
    ours = published_breadth(path)
    ratio = ours["advances"] / (ours["advances"] + ours["declines"])
    rana = ours["rana"]
    oscillator = rana.ewm(span=19, adjust=False).mean() - rana.ewm(span=39, adjust=False).mean()
    shown = ours["mcclellan_osc"].notna()
    assert shown.iloc[117:].all()
    assert not shown.iloc[:117].any()
    assert (ours["mcclellan_osc"] - oscillator)[shown].abs().max() <= 1e-6
    assert (ours["mcclellan_sum"] - oscillator[shown].cumsum())[shown].abs().max() <= 1e-6
    smooth = ratio.ewm(span=10, adjust=False).mean()
    assert (ours["adv_ratio_ema10"] - smooth).abs().max() <= 1e-9
    assert (ours["ad_line"] - (ours["advances"] - ours["declines"]).cumsum()).abs().max() == 0
    ten = ours[["advances", "declines"]].rolling(10, min_periods=8).sum()
    assert (ours["deemer_ratio10"] - ten["advances"] / ten["declines"]).abs().max() <= 1e-9
    five = ours[["advances", "declines"]].rolling(5, min_periods=4).sum()
    assert (ours["whaley_5d"] - five["advances"] / five.sum(axis=1)).abs().max() <= 1e-9
    losing = (ours["declines"] > ours["advances"]).astype(int)
    streak = losing.groupby((losing == 0).cumsum()).cumsum()
    assert (ours["neg_breadth_streak"] == streak).all()


def test_lines_oscillators_and_streaks_are_those_of_pandas(published):
    hold_the_recursions(published)


def test_lines_oscillators_and_streaks_of_the_real_market_are_those_of_pandas(folder_built):
    hold_the_recursions(folder_built)


def test_the_scores_are_means_of_yearly_z_scores(published):
    ours = published_breadth(published)
    parts = []
    for column in ("pct_above_sma50", "pct_above_sma200", "adv_ratio_ema10", "nhnl_pct"):
        rolling = ours[column].rolling(252, min_periods=126)
        parts.append((ours[column] - rolling.mean()) / rolling.std())
    expected = sum(parts) / 4
    both = expected.notna()
    assert (both == ours["participation_score"].notna()).all()
    assert (ours["participation_score"] - expected)[both].abs().max() <= 1e-9


def test_volume_and_points_are_as_traded(sample_settings, published):
    """The split name counts with the volume and points of the day, before its prices were divided by four."""
    with duckdb.connect(str(sample_settings.warehouse_path), read_only=True) as connection:
        rows = connection.execute(
            """
            select name_days.volume_traded * 4 - prices.volume, name_days.session_date < split.obs_date
            from intermediate.int_name_days as name_days
            inner join (select security_id, obs_date from raw.prices where split = 4) as split using (security_id)
            inner join raw.prices
                on prices.security_id = name_days.security_id and prices.obs_date = name_days.session_date
            where name_days.session_date between split.obs_date - 30 and split.obs_date + 30
            """
        ).fetchall()
    before = [difference for difference, is_before in rows if is_before]
    after = [difference for difference, is_before in rows if not is_before]
    assert len(before) > 10
    assert max(map(abs, before)) < 1e-6
    assert min(map(abs, after)) > 1


@pytest.fixture(scope="module")
def december(folder_built) -> pd.DataFrame:
    return published_breadth(folder_built)


@pytest.mark.parametrize(
    ("day", "published_value"),
    [("2024-12-02", 75.94), ("2024-12-18", 53.87), ("2024-12-19", 52.39), ("2024-12-27", 56.46)],
)
def test_the_share_above_the_200_day_average_tracks_the_published_series(december, day, published_value):
    assert december.loc[day, "pct_above_sma200"] == pytest.approx(published_value, abs=0.8)


def test_the_19th_is_the_low_of_the_year(december):
    year = december.loc["2024", "pct_above_sma200"]
    assert year.idxmin() == pd.Timestamp("2024-12-19")


def test_decliners_lead_for_fourteen_sessions(december):
    run = december.loc["2024-12-02":"2024-12-19"]
    assert run["neg_breadth_streak"].tolist() == list(range(1, 15))
    assert december.loc["2024-12-20", "neg_breadth_streak"] == 0


def test_the_eighteenth_had_19_advances_and_483_declines(december):
    day = december.loc["2024-12-18"]
    assert (day["advances"], day["declines"], day["lowry_90_down"]) == (19, 483, True)


def test_both_readings_are_at_their_extremes(december):
    assert december.loc["2024-12-18", "participation_score"] == pytest.approx(-3.3, abs=0.5)
    assert december.loc["2024-12-26", "narrowness_score"] == pytest.approx(2.3, abs=0.5)
    assert december.loc["2024-12-18", "participation_state"] == "extreme_low"
    assert december.loc["2024-12-27", "participation_state"] == "low_unresolved"


def test_extremes_are_rare(december):
    for reading in ("participation", "narrowness"):
        score = december[f"{reading}_score"].dropna()
        near = (score.abs() >= 2).rolling(16, min_periods=1).max()
        assert near.mean() <= 0.20, reading


def test_membership_changes_on_its_day(december, folder_settings, folder_built):
    assert december.loc["2024-12-20", "members"] == 503
    assert december.loc["2024-12-23", "members"] == 503
    with duckdb.connect(str(folder_settings.warehouse_path), read_only=True) as connection:
        counted = connection.execute(
            """
            select session_date
            from intermediate.int_memberships as memberships
            inner join raw.securities using (security_id)
            inner join intermediate.int_sessions
                on session_date >= memberships.valid_from and session_date < memberships.valid_to
            where symbol = 'APO' and session_date between date '2024-12-20' and date '2024-12-23'
            """
        ).fetchall()
    assert counted == [(date(2024, 12, 23),)]


def test_coverage_is_published_and_clean_only_when_departed_names_matter_little(december):
    assert december.loc[:"2023-09-15", "is_clean"].sum() == 0
    assert december.loc["2023-09-18":, "is_clean"].all()
    assert np.isclose(december.loc["2024-12-18", "coverage"], 502 / 503)
