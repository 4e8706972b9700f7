"""The frames of the made-up market: columns, determinism, possible bars, indices and funds, known_at."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from ingestion import universe
from ingestion.calendar import cutoff, federal_holidays
from ingestion.sources.base import Source, Window
from ingestion.sources.sample import SampleSource
from ingestion.sources.simulation.indices import IEF_CONVEXITY, IEF_DURATION, TLT_CONVEXITY, TLT_DURATION
from ingestion.tables import COLUMNS, TABLES
from tests.ingestion.sources.made_up import ALWAYS, DEFAULT, OTHER, members_on, observed, raw, rows, source, wide

seeds = pytest.mark.parametrize("seed", [DEFAULT, OTHER])


# frames -----------------------------------------------------------------------------------------------------------


def test_the_source_fulfils_the_protocol():
    assert isinstance(source(DEFAULT), Source)
    assert source(DEFAULT).tables == set(TABLES)


@pytest.mark.parametrize("table", TABLES)
def test_frames_hold_the_columns_of_their_table_and_known_at(table):
    frame = raw(DEFAULT, table)
    assert tuple(frame.columns) == (*COLUMNS[table], "known_at")
    assert len(frame) > 0
    assert frame["known_at"].notna().all()
    assert frame["known_at"].dt.tz is None


def test_accounts_count_the_rows_of_every_name():
    for table in TABLES:
        for delivery in source(DEFAULT).fetch(table, ALWAYS):
            assert sum(account.rows for account in delivery.accounts) == len(delivery.frame)
    few = Window(date(2017, 2, 1), date(2017, 2, 28))
    status = {a.symbol: a.status for delivery in source(DEFAULT).fetch("prices", few) for a in delivery.accounts}
    assert status["MAGS"] == "empty"
    assert status["SPY"] == "received"


def test_the_same_seed_gives_the_same_frames_whatever_the_window():
    twin = SampleSource(DEFAULT)
    window = Window(date(2024, 3, 1), date(2024, 3, 31))
    for table in TABLES:
        again = pd.concat([delivery.frame for delivery in twin.fetch(table, window)], ignore_index=True)
        whole = raw(DEFAULT, table)
        if "obs_date" in whole:
            whole = whole[whole["obs_date"].between("2024-03-01", "2024-03-31")].reset_index(drop=True)
        pd.testing.assert_frame_equal(again, whole)


def test_another_seed_gives_another_market():
    assert not np.allclose(wide(DEFAULT, "close")["SPY"], wide(OTHER, "close")["SPY"])


def test_an_unknown_table_is_refused():
    with pytest.raises(ValueError, match="no table 'trades'"):
        list(source(DEFAULT).fetch("trades", ALWAYS))


def test_everything_that_the_seeds_name_is_supplied():
    named = set(universe.instruments()) | {row["member_symbol"] for row in universe.seed("groups")}
    assert named <= set(raw(DEFAULT, "prices")["symbol"]) == set(raw(DEFAULT, "securities")["symbol"])
    assert set(universe.series("cboe")) == set(raw(DEFAULT, "index_levels")["series_id"])
    assert set(universe.series("fred")) == set(raw(DEFAULT, "macro_observations")["series_id"])
    assert set(universe.contracts()) == set(raw(DEFAULT, "positioning")["contract_code"])


def test_sessions_and_names():
    days = raw(DEFAULT, "exchange_breadth")["obs_date"]
    assert len(days) == 2000
    assert days.iloc[-1] == pd.Timestamp("2024-12-27")
    securities = raw(DEFAULT, "securities")
    stocks = securities[securities["asset_type"] == "equity"]
    assert len(stocks) >= 220
    assert stocks["gics_sector"].nunique() == 11
    assert securities["name"].str.contains("made up|Invented").all()
    invented = stocks[~stocks["symbol"].isin(universe.instruments())]
    assert invented["symbol"].str.contains(r"^Z[A-Z]{2}\d\d$").all()


# bars -------------------------------------------------------------------------------------------------------------


@seeds
def test_bars_are_possible(seed):
    bars = raw(seed, "prices")
    assert not bars.duplicated(["symbol", "obs_date", "known_at"]).any()
    assert (bars["low"] <= bars[["open", "close"]].min(axis=1)).all()
    assert (bars["high"] >= bars[["open", "close"]].max(axis=1)).all()
    assert (bars["low"] > 0).all()
    shares = bars["volume"].dropna()
    assert (shares >= 0).all()
    assert (shares == shares.round()).all()
    # a name that pauses is compared with its last close
    moves = wide(seed, "close").apply(lambda closes: closes.dropna().pct_change())
    assert moves.abs().max().max() < 0.40


@seeds
def test_adjusted_closes_follow_from_dividends(seed):
    close, adjusted, dividend = (wide(seed, name) for name in ("close", "adj_close", "dividend"))
    for symbol in ("AAPL", "SPY", "TLT", "ZEN04"):
        expected = close[symbol] / (close[symbol].shift() - dividend[symbol])
        assert np.allclose((adjusted[symbol] / adjusted[symbol].shift())[1:], expected[1:], atol=2e-5)
    assert (dividend["SPY"] > 0).sum() == 32
    assert (dividend["TLT"] > 0).sum() == 95


@seeds
@pytest.mark.parametrize(
    ("start", "end"), [("2018-01-02", "2018-03-16"), ("2024-03-19", "2024-09-20"), ("2024-12-06", "2024-12-20")]
)
def test_index_return_equals_weighted_member_returns(seed, start, end):
    weights = rows(seed, "index_weights", obs_date=pd.Timestamp(start)).set_index("symbol")["weight"]
    assert sorted(weights.index) == sorted(members_on(seed, start))
    assert weights.sum() == pytest.approx(1.0)
    close = wide(seed, "close").loc[start:end]
    portfolio = (close[weights.index] / close[weights.index].iloc[0]) @ weights
    gap = portfolio.pct_change() - close["^GSPC"].pct_change()
    assert gap.abs().max() < 1e-4


@seeds
@pytest.mark.parametrize(
    ("fund", "series_id", "duration", "convexity"),
    [("TLT", "DGS30", TLT_DURATION, TLT_CONVEXITY), ("IEF", "DGS10", IEF_DURATION, IEF_CONVEXITY)],
)
def test_bond_funds_agree_with_yields(seed, fund, series_id, duration, convexity):
    yields = observed(seed, series_id).reindex(wide(seed, "close").index)
    move = yields.diff() / 100
    expected = yields.shift() / 100 / 252 - duration * move + convexity / 2 * move**2
    error = (wide(seed, "adj_close")[fund].pct_change() - expected).dropna()
    # yields are published to the basis point: half of one at either end of the day
    assert len(error) > 1900
    assert error.abs().max() < duration * 1.2e-4 + 6e-4


# known_at ---------------------------------------------------------------------------------------------------------


def test_known_at_of_the_awkward_days():
    bars = raw(DEFAULT, "prices").set_index(["symbol", "obs_date"])["known_at"]
    assert bars["SPY", pd.Timestamp("2024-07-01")] == pd.Timestamp("2024-07-01 22:00")
    assert bars["SPY", pd.Timestamp("2024-12-27")] == pd.Timestamp("2024-12-27 23:00")
    yields = rows(DEFAULT, "macro_observations", series_id="DGS10").set_index("obs_date")["known_at"]
    known = yields[yields <= cutoff(date(2024, 11, 11))]
    assert known.index[-1] == pd.Timestamp("2024-11-07")
    reports = rows(DEFAULT, "positioning", contract_code="13874A").set_index("obs_date")["known_at"]
    assert reports["2024-12-17"] == pd.Timestamp("2024-12-20 20:30")
    assert reports["2024-12-24"] == pd.Timestamp("2024-12-30 20:30")
    assert reports["2018-12-24"] == pd.Timestamp("2019-02-01 20:30")


def test_series_keep_their_own_calendars():
    weekday = {"WALCL": 2, "WTREGEN": 2, "ICSA": 5, "NFCI": 4}
    for series_id, day in weekday.items():
        assert set(observed(DEFAULT, series_id).index.day_of_week) == {day}
    assert set(observed(DEFAULT, "CPIAUCSL").index.day) == {1}
    reports = raw(DEFAULT, "positioning")["obs_date"]
    assert set(reports.dt.day_of_week) == {0, 1}
    assert not reports.isin(pd.DatetimeIndex(federal_holidays())).any()
