"""What truths.csv says is planted is in the raw frames, for two seeds; what marts make of it is tested elsewhere."""

import numpy as np
import pandas as pd
import pytest

from ingestion.sources.simulation import schedule
from tests.ingestion.sources.made_up import (
    ALWAYS,
    DEFAULT,
    OTHER,
    TRUTHS,
    advance_ratio,
    level,
    mean_correlation,
    members_on,
    observed,
    raw,
    rows,
    source,
    span,
    wide,
)

seeds = pytest.mark.parametrize("seed", [DEFAULT, OTHER])


# planted truths ---------------------------------------------------------------------------------------------------


def test_regimes_of_the_file_are_regimes_of_the_schedule():
    starts = {regime.start for regime in schedule.REGIMES}
    assert {str(truth.start_date) for truth in TRUTHS.values() if truth.kind == "regime"} <= starts


@seeds
@pytest.mark.parametrize("truth_id", [name for name, truth in TRUTHS.items() if truth.kind == "regime"])
def test_regimes_show_in_cyclicals_and_breakevens(seed, truth_id):
    adjusted, planted = np.log(wide(seed, "adj_close")), TRUTHS[truth_id].planted
    cyclical = adjusted[["XLY", "XLI", "XLB", "XLF"]].mean(axis=1) - adjusted[["XLP", "XLU", "XLV"]].mean(axis=1)
    growth, inflation = cyclical[span(truth_id)], observed(seed, "T10YIE")[span(truth_id)]
    assert (growth.iloc[-1] > growth.iloc[0]) == ("growth up" in planted)
    assert (inflation.iloc[-1] > inflation.iloc[0]) == ("inflation up" in planted)


@seeds
def test_the_stock_bond_correlation_changes_sign(seed):
    moves = wide(seed, "adj_close")[["SPY", "TLT"]].pct_change()
    assert moves["2019-02-01":"2020-02-19"].corr().iloc[0, 1] < -0.2
    assert moves[span("regime_2022_stagflation")].corr().iloc[0, 1] > 0.3


@seeds
@pytest.mark.parametrize("truth_id", ["correlation_shock_2018", "correlation_shock_2020"])
def test_correlation_shocks(seed, truth_id):
    implied = level(seed, "COR1M")
    moves = wide(seed, "close")[members_on(seed, "2019-01-02")].pct_change()
    start = implied.index.searchsorted(pd.Timestamp(TRUTHS[truth_id].start_date))
    calm = implied.iloc[start - 21 : start]
    assert implied[span(truth_id)].max() > calm.median() + 25
    realised = mean_correlation(moves[span(truth_id)])
    assert realised > mean_correlation(moves.iloc[start - 63 : start]) + 0.2
    if truth_id == "correlation_shock_2020":
        assert realised > 0.6


@seeds
@pytest.mark.parametrize("year", ["2018", "2020"])
def test_washout_and_thrust(seed, year):
    smoothed = advance_ratio(seed).ewm(span=10, adjust=False).mean()
    thrust_id = {"2018": "breadth_thrust_2019", "2020": "breadth_thrust_2020"}[year]
    assert smoothed[span(f"breadth_washout_{year}")].min() < 0.36
    assert (smoothed[span(f"breadth_washout_{year}")] < 0.615).all()
    thrust = smoothed[span(thrust_id)]
    crossed = smoothed.index.get_loc(thrust[thrust > 0.615].index[0])
    below = np.flatnonzero(smoothed.iloc[:crossed] < 0.40)[-1]
    assert crossed - below <= 10


@seeds
def test_exchange_counts_agree_with_members(seed):
    moves = wide(seed, "close")[members_on(seed, "2019-01-02")].pct_change()
    rising = (moves > 0).sum(axis=1) / ((moves > 0).sum(axis=1) + (moves < 0).sum(axis=1))
    assert rising.corr(advance_ratio(seed)) > 0.93
    issues = raw(seed, "exchange_breadth")[["advances", "declines", "unchanged"]].sum(axis=1)
    assert issues.between(2800, 3200).all()


@seeds
def test_positioning_capitulates(seed):
    for code in ("13874+", "13874A"):
        found = rows(seed, "positioning", contract_code=code).set_index("obs_date")
        share = (found["asset_manager_long"] - found["asset_manager_short"]) / found["open_interest"]
        fall = share[span("positioning_capitulation_2020")]
        assert len(fall) == 5
        assert fall.is_monotonic_decreasing
        assert fall.iloc[-1] == share.min()
        assert fall.iloc[0] - fall.iloc[-1] > 0.15


@seeds
def test_consolidated_contract_changes_its_unit(seed):
    found = raw(seed, "positioning").pivot(index="obs_date", columns="contract_code", values="open_interest")
    ratio = found["13874+"] / found["13874A"]
    assert ratio[:"2023-04-25"].between(0.20, 0.22).all()
    assert ratio["2023-05-02":].between(1.0, 1.1).all()


@seeds
@pytest.mark.parametrize("code", ["13874A", "13874+"])
def test_a_roll_inflates_one_open_interest(seed, code):
    found = rows(seed, "positioning", contract_code=code).set_index("obs_date")
    day = str(TRUTHS["futures_roll_2024"].start_date)
    interest, net = found["open_interest"], found["asset_manager_long"] - found["asset_manager_short"]
    at = interest.index.get_loc(day)
    assert interest.iloc[at] > 1.12 * max(interest.iloc[at - 1], interest.iloc[at + 1])
    assert abs(net.iloc[at] / net.iloc[at - 1] - 1) < 0.12
    usual = interest.iloc[at - 12 : at + 1].median()
    assert abs(net.iloc[at] - net.iloc[at - 1]) / usual < 0.05


@seeds
def test_the_last_weeks(seed):
    close = wide(seed, "close")
    since = close.loc["2024-12-27"] / close.loc["2024-11-11"] - 1
    assert -0.011 < since["^GSPC"] < 0.0
    assert -0.085 < since["^RUT"] < -0.055
    assert 0.07 < since["MAGS"] < 0.095
    moves = close[members_on(seed, "2024-12-02")].pct_change()
    falling = (moves < 0).sum(axis=1) > (moves > 0).sum(axis=1)
    assert len(falling[span("negative_breadth_2024")]) == 14
    assert falling[span("negative_breadth_2024")].all()
    assert not falling["2024-12-20"]
    assert (advance_ratio(seed)[span("negative_breadth_2024")] < 0.5).all()
    assert advance_ratio(seed)["2024-12-20"] > 0.5


@seeds
def test_the_discount_rate_shock(seed):
    day = str(TRUTHS["discount_rate_shock_2024"].start_date)
    assert -0.034 < wide(seed, "close")["^GSPC"].pct_change()[day] < -0.026
    assert observed(seed, "DGS10").diff()[day] > 0.08
    assert wide(seed, "adj_close")["IEF"].pct_change()[day] < -0.006
    vix, correlation = level(seed, "VIX"), level(seed, "COR1M")
    assert 0.65 < vix.pct_change()[day] < 0.80
    assert vix[day] > level(seed, "VIX3M")[day]
    assert level(seed, "VIX9D")[day] > vix[day]
    assert correlation["2024-12-17"] < 10.5 < 25 < correlation[day]
    assert correlation["2024-12-26"] < 11


@seeds
def test_volatility_levels_are_sane(seed):
    family = pd.concat(
        {name: level(seed, name) for name in ("VIX9D", "VIX", "VIX3M", "VIX6M")}, axis=1, sort=True
    ).dropna()
    assert (family["VIX"] < family["VIX3M"]).mean() > 0.7
    assert (family["VIX9D"] > family["VIX3M"])["2020-03-01":"2020-03-23"].all()
    assert family.min().min() > 8
    assert family.max().max() < 90
    for name in ("COR1M", "COR3M"):
        assert level(seed, name).between(2, 96).all()
    moves = wide(seed, "close")["^GSPC"].pct_change()
    assert 0.145 < moves.std() * np.sqrt(252) < 0.185
    assert (moves.abs() > 0.03).sum() < 60
    calm = mean_correlation(wide(seed, "close")[members_on(seed, "2019-01-02")].pct_change()["2019-02-01":"2019-11-19"])
    assert 0.1 < calm < 0.35


@seeds
def test_breadth_moves_through_its_range(seed):
    close = wide(seed, "close")[members_on(seed, "2021-01-04")]
    average = close.rolling(200).mean()
    share = ((close > average).sum(axis=1) / average.notna().sum(axis=1)).iloc[200:]
    assert share.min() < 0.12
    assert share.max() > 0.80


# faults -----------------------------------------------------------------------------------------------------------


@seeds
def test_split_leaves_no_seam(seed):
    truth = TRUTHS["split_4_for_1"]
    found = rows(seed, "prices", symbol=truth.symbol).set_index("obs_date")
    assert found["split"].dropna().to_dict() == {pd.Timestamp(truth.start_date): 4.0}
    assert raw(seed, "prices")["split"].notna().sum() == 1
    assert found["close"].pct_change().abs()[str(truth.start_date)] < 0.2
    around = found["volume"][f"{truth.start_date.year}-06-20" : f"{truth.start_date.year}-08-20"]
    assert around.max() / around.min() < 12


@seeds
def test_special_dividend(seed):
    truth = TRUTHS["special_dividend"]
    close, dividend = wide(seed, "close")[truth.symbol], wide(seed, "dividend")[truth.symbol]
    day = str(truth.start_date)
    assert dividend[day] / close.shift()[day] > 0.11
    assert close.pct_change()[day] < -0.05
    assert abs(wide(seed, "adj_close")[truth.symbol].pct_change()[day]) < 0.12


@seeds
def test_delisting_ends_bars_and_membership(seed):
    truth = TRUTHS["delisting"]
    closes = wide(seed, "close")[truth.symbol].dropna()
    spell = rows(seed, "index_membership", symbol=truth.symbol).iloc[0]
    assert closes.index[-1] == pd.Timestamp(truth.start_date)
    assert spell["valid_to"] == pd.Timestamp(truth.end_date)


@seeds
def test_late_listing_becomes_a_member(seed):
    truth = TRUTHS["late_listing"]
    assert wide(seed, "close")[truth.symbol].dropna().index[0] == pd.Timestamp(truth.start_date)
    spell = rows(seed, "index_membership", symbol=truth.symbol).iloc[0]
    assert spell["valid_from"] == pd.Timestamp("2021-04-15")
    assert pd.isna(spell["valid_to"])
    listed = rows(seed, "securities", symbol=truth.symbol)["valid_from"].item()
    assert listed == pd.Timestamp(truth.start_date)


@seeds
@pytest.mark.parametrize(("truth_id", "lacking"), [("halt", 3), ("missing_day", 1)])
def test_bars_that_lack(seed, truth_id, lacking):
    truth = TRUTHS[truth_id]
    closes = wide(seed, "close")[truth.symbol]
    assert closes.isna().sum() == lacking == closes[span(truth_id)].isna().sum()
    assert truth.symbol in members_on(seed, str(truth.start_date))


@seeds
def test_stale_bars(seed):
    truth = TRUTHS["stale_bars"]
    found = rows(seed, "prices", symbol=truth.symbol).set_index("obs_date")[span("stale_bars")]
    assert len(found) == 3
    assert found["close"].nunique() == 1
    assert (found["volume"] == 0).all()


@seeds
def test_restated_close_has_two_vintages(seed):
    truth = TRUTHS["restated_close"]
    deliveries = list(source(seed).fetch("prices", ALWAYS))
    both = rows(seed, "prices", symbol=truth.symbol, obs_date=pd.Timestamp(truth.start_date))
    assert len(both) == 2
    assert deliveries[-1].frame["symbol"].tolist() == [truth.symbol]
    first, second = both.iloc[0], both.iloc[1]
    assert first["close"] / second["close"] == pytest.approx(1.03, abs=1e-4)
    assert second["known_at"] == pd.Timestamp("2023-06-20 12:00") > first["known_at"]
    elsewhere = raw(seed, "prices").duplicated(["symbol", "obs_date"], keep=False)
    assert elsewhere.sum() == 2


@seeds
def test_index_changes(seed):
    spells = raw(seed, "index_membership")
    assert (spells["valid_to"].dropna() > spells.loc[spells["valid_to"].notna(), "valid_from"]).all()
    assert spells["valid_to"].notna().sum() >= 8
    for day in ("2017-01-18", "2020-06-22", "2024-12-27"):
        assert 195 <= len(members_on(seed, day)) <= 225
    assert set(members_on(seed, "2024-12-23")) ^ set(members_on(seed, "2024-12-20")) == {"ZHC25", "ZID52"}
    assert {"AAPL", "MSFT", "NVDA", "AMZN", "GOOGL", "GOOG", "META", "TSLA"} <= set(members_on(seed, "2017-01-18"))


@seeds
def test_calendars_differ(seed):
    sessions, yields, vix = wide(seed, "close").index, observed(seed, "DGS10").index, level(seed, "VIX").index
    for truth_id in ("bond_holiday_columbus", "bond_holiday_veterans"):
        day = pd.Timestamp(TRUTHS[truth_id].start_date)
        assert day in sessions
        assert day not in yields
    day = pd.Timestamp(TRUTHS["bond_day_without_equities"].start_date)
    assert day in yields
    assert day not in sessions
    day = pd.Timestamp(TRUTHS["cboe_holiday_row"].start_date)
    assert day in vix
    assert day not in sessions
    assert pd.Timestamp(TRUTHS["skew_missing"].start_date) not in level(seed, "SKEW").index


@seeds
def test_a_bad_high_and_a_half_session(seed):
    truth = TRUTHS["cboe_bad_high"]
    found = rows(seed, "index_levels", series_id=truth.symbol).set_index("obs_date")
    assert found.loc[str(truth.start_date), "high"] > 500
    assert found.loc[str(truth.start_date), "close"] < 100
    shares = wide(seed, "volume")[members_on(seed, "2024-11-29")]
    dollars = (shares * wide(seed, "close")[shares.columns]).sum(axis=1)
    day = str(TRUTHS["early_close"].start_date)
    assert dollars[day] < 0.75 * dollars["2024-11-01":"2024-12-27"].median()


def test_funds_start_when_they_did():
    assert wide(DEFAULT, "close")["XLC"].dropna().index[0] == pd.Timestamp("2018-06-19")
    assert wide(DEFAULT, "close")["MAGS"].dropna().index[0] == pd.Timestamp("2023-04-11")
