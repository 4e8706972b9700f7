"""Golden facts of capitulation_daily: the folder market's, and the capitulation planted in the sample market."""

from pathlib import Path

import pandas as pd
import pytest

from tests.marts.built import read
from tests.marts.test_capitulation import MARKET_LEGS


@pytest.fixture
def folder(folder_built: Path) -> pd.DataFrame:
    return read(folder_built, "select * from marts.capitulation_daily order by session_date").set_index("session_date")


@pytest.mark.folder
def test_december_2024_is_a_washout_without_positioning(folder: pd.DataFrame) -> None:
    december = folder["2024-12-01":"2024-12-31"]
    assert not december.stage.isin(["capitulated", "confirmed"]).any()
    assert december.stage.notna().all()
    assert december.legs_missing.str.contains("positioning").all()
    for day in ("2024-12-18", "2024-12-27"):
        assert folder.stage[day] in ("stress", "washout")
    assert folder.stage["2024-12-27"] == "washout"
    assert (folder.stage_since["2024-12-27"], folder.stage_age_sessions["2024-12-27"]) == (
        pd.Timestamp("2024-12-18"),
        6,
    )


@pytest.mark.folder
def test_positioning_is_unknown_until_september_2012_and_the_stage_where_it_matters(folder: pd.DataFrame) -> None:
    # a report of three years needs 13 + 104 weeks; before that trend followers alone can rule the leg out
    assert folder.asset_manager_pctl_156w.first_valid_index() == pd.Timestamp("2012-08-17")
    assert folder.asset_manager_chg_4w_z.first_valid_index() == pd.Timestamp("2012-09-14")
    assert folder.stage["2012-09-14":].notna().all()
    unknown = folder[folder.stage.isna() & (folder.index > "2011-07-31")]
    assert unknown.legs_unknown.str.contains("positioning").any()


@pytest.mark.folder
def test_what_capitulated_from_2010_to_2025(folder: pd.DataFrame) -> None:
    """About 2.4 % of days, five onsets (runs of sessions that made a claim) in three spells."""
    running = folder.stage.isin(["capitulated", "confirmed"])
    assert 100 * running.mean() == pytest.approx(2.4, abs=0.1)
    made = folder.capitulation_age.eq(0).fillna(False).astype(bool)
    onsets = folder.index[made & ~made.shift(fill_value=False)]
    assert [f"{day:%Y-%m-%d}" for day in onsets] == [
        "2016-01-07",
        "2016-01-15",
        "2016-01-25",
        "2018-10-24",
        "2020-03-06",
    ]


@pytest.mark.folder
def test_a_new_high_of_volatility_ends_the_exhaustion_of_2018(folder: pd.DataFrame) -> None:
    """Exhausted from 1 to 13 November; the lower close of the 23rd, on a new high, only lowers the floor."""
    assert folder.exhaustion_on["2018-11-01":"2018-11-13"].all()
    assert folder.stage["2018-11-13"] == "capitulated"
    assert not folder.exhaustion_on["2018-11-14"]
    assert pd.isna(folder.exhaustion_date["2018-11-14"])
    assert folder.index_close["2018-11-23"] < folder.index_close["2018-10-29"]
    assert folder.stage["2018-11-23"] == "capitulated"
    assert not (folder.stage["2018"] == "confirmed").any()


@pytest.mark.folder
def test_the_trigger_of_the_exchange_is_rarer_than_that_of_its_survivors(folder: pd.DataFrame) -> None:
    counted = folder.zbt_signal_nyse.notna()
    assert counted.mean() > 0.9
    members, exchange = (folder[name][counted].fillna(False).sum() for name in ("zbt_signal", "zbt_signal_nyse"))
    print(f"Zweig on members {members}, on the exchange {exchange}")
    assert members > 3 * exchange
    evidence = folder.trigger_evidence[counted & (folder.trigger_age == 0)].dropna()
    assert not evidence.str.split(", ").map(lambda names: "zbt_signal" in names).any()


@pytest.mark.folder
def test_no_market_leg_is_on_on_more_than_a_fifth_of_days(folder: pd.DataFrame) -> None:
    shares = {leg: folder[f"{leg}_on"].dropna().astype(float).mean() for leg in MARKET_LEGS}
    print({leg: round(100 * share, 1) for leg, share in shares.items()})
    assert max(shares.values()) <= 0.20


def test_the_planted_capitulation_is_found_by_its_date(published: Path) -> None:
    """Planted: reports of 2020-02-18 to 03-17; the first half of it is known from Friday, 2020-02-28 on."""
    mart = read(published, "select * from marts.capitulation_daily").set_index("session_date").sort_index()
    running = mart.index[mart.stage.isin(["capitulated", "confirmed"])]
    assert running[0] == pd.Timestamp("2020-02-28")
    assert running[-1] <= pd.Timestamp("2020-04-21")
    assert (mart.stage["2020-03-17":"2020-03-27"] == "capitulated").all()
    assert mart.stage["2020-03-30"] == "confirmed"
