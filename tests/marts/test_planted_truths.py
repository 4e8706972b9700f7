"""What the marts say of the planted truths of the sample market (truths.csv), each on its planted days.

Tolerances stand beside each number. Truths of positioning, regime and the shock of December stand with their marts.
"""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from ingestion.settings import Settings
from ingestion.sources.simulation.schedule import truths

TRUTHS = truths()

#: Kind of truth -> the module beside this one that tests every truth of that kind.
ELSEWHERE = {
    "regime": "test_regime",
    "capitulation": "test_capitulation_golden",
    "roll": "test_positioning",
    "unit_change": "test_positioning",
    "rate_shock": "test_drivers",
}

HELD: set[str] = set()


def holds(*truth_ids: str) -> Callable[[Callable], Callable]:
    """Say which truths a test holds, so that none is forgotten."""
    HELD.update(truth_ids)
    return lambda test: test


def span(truth_id: str) -> slice:
    return slice(pd.Timestamp(TRUTHS[truth_id].start_date), pd.Timestamp(TRUTHS[truth_id].end_date))


def first(truth_id: str) -> pd.Timestamp:
    return span(truth_id).start


@pytest.fixture(scope="module")
def mart(published: Path) -> Callable[..., pd.DataFrame]:
    """Rows of a mart that have these values, by session."""

    def read(name: str, **wanted: object) -> pd.DataFrame:
        where = " and ".join(["true", *(f"{column} = ?" for column in wanted)])
        with duckdb.connect(str(published), read_only=True) as connection:
            rows = connection.execute(f"select * from marts.{name} where {where}", list(wanted.values())).df()
        return rows.set_index("session_date").sort_index() if "session_date" in rows else rows

    return read


@pytest.fixture(scope="module")
def name_days(sample_settings: Settings, published: Path) -> Callable[[str], pd.DataFrame]:
    """The name-days of the stock in which a fault is planted: what every mart is counted from."""

    def read(truth_id: str) -> pd.DataFrame:
        with duckdb.connect(str(sample_settings.warehouse_path), read_only=True) as connection:
            rows = connection.execute(
                "select name_days.* from intermediate.int_name_days as name_days "
                "inner join raw.securities using (security_id) where securities.symbol = ?",
                [TRUTHS[truth_id].symbol],
            ).df()
        return rows.set_index("session_date").sort_index()

    return read


@pytest.fixture(scope="module")
def members(mart) -> pd.DataFrame:
    return mart("breadth_daily", universe_id="SP500", segment_id="ALL")


@pytest.fixture(scope="module")
def nyse(mart) -> pd.DataFrame:
    return mart("breadth_daily", universe_id="NYSE", segment_id="ALL")


# the market -------------------------------------------------------------------------------------------------------


@holds("correlation_shock_2018", "correlation_shock_2020")
@pytest.mark.parametrize("truth_id", ["correlation_shock_2018", "correlation_shock_2020"])
def test_correlation_jumps_in_the_shock(mart, truth_id: str) -> None:
    """Above the previous session: implied by 25 points or more, a blowout; realised over 21 sessions by 0.2 or more."""
    implied = mart("implied_correlation_daily")
    realised = mart("equity_correlation_daily", universe_id="SP500", window_sessions=21).avg_pairwise_corr
    previous, shock = implied.index[implied.index < first(truth_id)][-1], implied[span(truth_id)]
    assert shock.cor1m.max() > implied.cor1m[previous] + 25
    assert implied.implied_corr_state[previous] != "blowout"
    assert (shock.implied_corr_state == "blowout").any()
    assert shock.cor1m_pctl_252.max() == 100
    assert realised[span(truth_id)].iloc[-1] > realised[previous] + 0.2


@holds("breadth_washout_2018", "breadth_thrust_2019", "breadth_washout_2020", "breadth_thrust_2020")
@pytest.mark.parametrize(
    ("washout", "thrust"),
    [("breadth_washout_2018", "breadth_thrust_2019"), ("breadth_washout_2020", "breadth_thrust_2020")],
)
def test_the_thrust_follows_the_washout(nyse: pd.DataFrame, washout: str, thrust: str) -> None:
    """The thrust is signalled once, by the tenth session after the last below 0.40, and not during the washout."""
    assert nyse.adv_ratio_ema10[span(washout)].min() < 0.36
    assert not nyse.zbt_signal[span(washout)].any()
    signalled = nyse[span(thrust)].query("zbt_signal")
    assert len(signalled) == 1
    assert signalled.zbt_days.item() <= 10
    assert signalled.adv_ratio_ema10.item() > 0.615


@holds("narrow_advance_2024")
def test_the_mega_caps_lead_an_advance_of_few(mart) -> None:
    """Over the planted weeks: mega-caps +8 % ± 1, equal-weighted index and small caps down, both readings of width."""
    days = span("narrow_advance_2024")
    levels = mart("mega_cap_index_daily", weighting="cw").level
    assert 100 * (levels[days.stop] / levels[days.start] - 1) == pytest.approx(8, abs=1)
    since = mart("event_performance_daily", event_id=str(days.start.date())).loc[days.stop].set_index("series_id")
    assert since.price_chg_pct["^GSPC"] == pytest.approx(-0.5, abs=0.5)
    assert since.price_chg_pct["^RUT"] == pytest.approx(-7, abs=1.5)
    assert since.price_chg_pct["RSP"] < -2
    pairs = mart("relative_performance_daily").loc[days.stop].set_index("pair_id").rs_state
    assert pairs["MAG7/SPY"] == "leading_slowing", "it narrows and then breaks"
    assert pairs["IWM/SPY"] == "lagging"


@holds("negative_breadth_2024")
def test_decliners_lead_for_fourteen_sessions(members: pd.DataFrame, nyse: pd.DataFrame) -> None:
    days = span("negative_breadth_2024")
    for breadth in (members, nyse):
        streak = breadth.neg_breadth_streak
        assert streak[days].tolist() == list(range(1, 15))
        assert streak[streak.index > days.stop].iloc[0] == 0


@holds("correlation_spike_2024")
def test_implied_correlation_spikes_and_comes_back(mart) -> None:
    """COR1M 9 → 27 → 9, each ± 1, and its state: floor, blowout, floor within six sessions."""
    implied = mart("implied_correlation_daily")
    spike = first("correlation_spike_2024")
    previous = implied.index[implied.index < spike][-1]
    back = pd.Timestamp("2024-12-26")
    assert implied.cor1m[[previous, spike, back]].tolist() == pytest.approx([9, 27, 9], abs=1)
    assert implied.implied_corr_state[[previous, spike, back]].tolist() == ["floor", "blowout", "floor"]


# faults -----------------------------------------------------------------------------------------------------------


@holds("split_4_for_1")
def test_a_split_moves_neither_return_nor_volume(name_days) -> None:
    day = name_days("split_4_for_1").loc[first("split_4_for_1")]
    assert abs(day.price_return) < 0.2
    assert day.price_return == day.total_return
    assert not day.is_extreme_move


@holds("special_dividend")
def test_a_special_dividend_is_part_of_the_total_return(name_days) -> None:
    """12 % of the price, ± 0.5 points."""
    day = name_days("special_dividend").loc[first("special_dividend")]
    assert 100 * (day.total_return - day.price_return) == pytest.approx(12, abs=0.5)


@holds("delisting")
def test_a_delisted_name_is_counted_to_its_last_bar(name_days, members: pd.DataFrame) -> None:
    days = span("delisting")
    assert name_days("delisting").index[-1] == days.start
    around = members[days]
    assert around.valid.tolist() == around.members.tolist(), "it is no member once it has no bar"


@holds("late_listing")
def test_a_name_counts_from_its_second_bar(name_days) -> None:
    history = name_days("late_listing")
    assert history.index[0] == first("late_listing")
    assert history.points.isna().tolist()[:2] == [True, False]


@holds("halt", "missing_day", "stale_bars")
@pytest.mark.parametrize(
    ("truth_id", "more_days", "shift"),
    [
        pytest.param("halt", 1, 0, id="halt: and the day after, which has no close to be measured from"),
        pytest.param("missing_day", 1, 0, id="missing day: and the day after"),
        pytest.param("stale_bars", 0, 1, id="stale bars: from the second unchanged close on"),
    ],
)
def test_a_name_without_a_price_is_not_counted(
    members: pd.DataFrame, truth_id: str, more_days: int, shift: int
) -> None:
    start, end = (members.index.get_loc(day) for day in (span(truth_id).start, span(truth_id).stop))
    lacking = members.members - members.valid
    assert (lacking.iloc[start + shift : end + 1 + more_days] == 1).all()
    assert lacking.iloc[start + shift - 1] == 0
    assert lacking.iloc[end + 1 + more_days] == 0


@holds("stale_bars", "restated_close")
@pytest.mark.parametrize(("truth_id", "check_id"), [("stale_bars", "flag"), ("restated_close", "restatement")])
def test_data_quality_names_the_fault(mart, truth_id: str, check_id: str) -> None:
    """One row, of the symbol and within its days; the restated close was 3 % too high, ± 0.01."""
    row = mart("data_quality", check_id=check_id, table_name="prices").squeeze(axis="index")
    assert row.series_id == TRUTHS[truth_id].symbol
    days = span(truth_id)
    assert days.start <= row.first_obs_date <= row.last_obs_date <= days.stop
    if check_id == "restatement":
        assert 100 * (row.value_before / row.value_after - 1) == pytest.approx(3, abs=0.01)


@holds("bond_holiday_columbus", "bond_holiday_veterans", "bond_day_without_equities")
def test_a_yield_is_that_of_a_day_that_had_one(mart) -> None:
    """It is published on the evening of the next business day; a day without equities has no row of its own."""
    described = mart("macro_levels_daily", series_id="DGS10").obs_date
    for truth_id in ("bond_holiday_columbus", "bond_holiday_veterans"):
        assert first(truth_id) in described.index
        assert first(truth_id) not in set(described)
    mourning = first("bond_day_without_equities")
    assert mourning not in described.index
    assert described[mourning + pd.Timedelta(days=1)] == mourning


@holds("cboe_holiday_row")
def test_a_level_of_no_session_has_no_row(mart) -> None:
    volatility = mart("volatility_daily")
    assert first("cboe_holiday_row") not in volatility.index
    assert first("cboe_holiday_row") not in set(volatility.vix_obs_date)


@holds("cboe_bad_high")
def test_an_impossible_high_costs_nothing_of_the_close(mart) -> None:
    row = mart("implied_correlation_daily").loc[first("cboe_bad_high")]
    assert row.cor1m_obs_date == first("cboe_bad_high")
    assert 5 < row.cor1m < 95
    assert row.cor1m_high_10 < 100


@holds("skew_missing")
def test_a_missing_level_is_the_one_of_the_day_before_and_says_so(mart) -> None:
    volatility = mart("volatility_daily")
    day = volatility.index.get_loc(first("skew_missing"))
    assert volatility["skew"].iloc[day] == volatility["skew"].iloc[day - 1]
    assert volatility.skew_obs_date.iloc[day] == volatility.index[day - 1]


@holds("early_close")
def test_half_a_session_is_a_session(members: pd.DataFrame, name_days) -> None:
    """Every member is counted; the fund trades half of what it does on the days around, ± 0.2."""
    day = first("early_close")
    assert members.valid[day] == members.members[day]
    volume = name_days("early_close").volume_traded
    assert volume[day] / volume["2024-11-20":"2024-12-10"].median() == pytest.approx(0.5, abs=0.2)


def test_every_planted_truth_is_held() -> None:
    beside = Path(__file__).parent
    assert all((beside / f"{module}.py").exists() for module in ELSEWHERE.values())
    assert HELD | {name for name, truth in TRUTHS.items() if truth.kind in ELSEWHERE} == set(TRUTHS)
