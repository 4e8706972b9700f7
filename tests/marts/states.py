"""Every state recomputed by pandas from the columns of its mart. Not a test itself.

The conditions are written here a second time on purpose: nothing is read from states_daily, from the declarations in
the marts' yml or from the boolean columns that declare a state where its measures are published.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from tests.marts.built import read

Mart = pd.DataFrame
Thresholds = Mapping[str, float]
Condition = Callable[[Mart, Thresholds], "pd.Series[bool]"]
Known = Callable[[Mart], "pd.Series[bool]"]
Value = Callable[[Mart], "pd.Series[float]"]


@dataclass(frozen=True)
class State:
    """One state: on(mart, thresholds) where known(mart); value(mart) and bound(thresholds) are published beside it."""

    mart: str
    on: Condition
    known: Known
    value: Value | None = None
    bound: Callable[[Thresholds], float] | None = None
    rows: Mapping[str, object] | None = None
    reads_breadth: bool = False


BREADTH = {"universe_id": "SP500", "segment_id": "ALL"}
NYSE = {"universe_id": "NYSE", "segment_id": "ALL"}


def high(column: str, name: str, sign: int = 1, strict: bool = False) -> dict:
    """On where a column is at or above (strict: above) a threshold."""
    return _bounded(column, lambda t: sign * t[name], "gt" if strict else "ge")


def low(column: str, name: str, sign: int = 1, strict: bool = False) -> dict:
    """On where a column is at or below (strict: below) a threshold."""
    return _bounded(column, lambda t: sign * t[name], "lt" if strict else "le")


def _bounded(column: str, bound: Callable[[Thresholds], float], comparison: str) -> dict:
    return {
        "on": lambda mart, t: getattr(mart[column], comparison)(bound(t)),
        "known": lambda mart: mart[column].notna(),
        "value": lambda mart: mart[column],
        "bound": bound,
    }


def one_of(column: str, *values: str, value: str | None = None, bound: str | None = None, known: tuple = ()) -> dict:
    """On where a column has one of the values; `known` are the columns it depends on, the column itself by default."""
    return {
        "on": lambda mart, _: mart[column].isin(values),
        "known": lambda mart: mart[list(known or (column,))].notna().all(axis=1),
        "value": (lambda mart: mart[value]) if value else None,
        "bound": (lambda t: t[bound]) if bound else None,
    }


def flag(column: str, value: str, bound: str | None = None, known: str | None = None) -> dict:
    """On where a boolean column is true; known where `known`, by default the column itself, is."""
    return {
        "on": lambda mart, _: mart[column].fillna(False).astype(bool),
        "known": lambda mart: mart[known or column].notna(),
        "value": lambda mart: mart[value],
        "bound": (lambda t: t[bound]) if bound else None,
    }


def _highest_close(mart: Mart) -> "pd.Series[float]":
    return mart.close.rolling(252, min_periods=1).max()


def breadth(parts: dict, rows: Mapping[str, object] = BREADTH) -> State:
    return State("breadth_daily", rows=rows, reads_breadth=True, **parts)


def volatility(parts: dict) -> State:
    return State("volatility_daily", **parts)


def implied(parts: dict) -> State:
    return State("implied_correlation_daily", **parts)


def leg(name: str, value: str, bound: str | None = None, reads_breadth: bool = False) -> State:
    return State("capitulation_daily", reads_breadth=reads_breadth, **flag(f"{name}_on", value, bound))


def stage(*stages: str, value: str | None = None) -> State:
    return State("capitulation_daily", reads_breadth=True, **one_of("stage", *stages, value=value))


def shock(kind: str) -> State:
    return State("drivers_summary_daily", **one_of("shock_class", kind, value="spx_return_bp"))


def regime(parts: dict) -> State:
    return State("regime_daily", **parts)


def quadrant(name: str) -> State:
    return regime(one_of("quadrant", name, value="quadrant_conf", known=("growth_impulse", "inflation_impulse")))


def curve(name: str) -> State:
    return regime(one_of("curve_regime", name, value="yield_10y_chg_21_bp"))


def rising(measure: str) -> State:
    """On where a change is above 0; differences of quotes in hundredths are exact to a millionth of a point only."""
    return regime(
        {
            "on": lambda mart, _: mart[measure] > 1e-6,
            "known": lambda mart: mart[measure].notna(),
            "value": lambda mart: mart[measure],
            "bound": lambda _: 0.0,
        }
    )


STATES: dict[str, State] = {
    "participation_extreme_low": breadth(low("participation_score", "extreme_score", sign=-1)),
    "participation_extreme_high": breadth(high("participation_score", "extreme_score")),
    "participation_low_bouncing": breadth(one_of("participation_state", "low_bouncing", value="participation_score")),
    "participation_low_failed": breadth(one_of("participation_state", "low_failed", value="participation_score")),
    "participation_low_unresolved": breadth(
        one_of("participation_state", "low_unresolved", value="participation_score")
    ),
    "narrowness_extreme_high": breadth(high("narrowness_score", "extreme_score")),
    "narrowness_high_fading": breadth(one_of("narrowness_state", "high_fading", value="narrowness_score")),
    "narrowness_high_unresolved": breadth(one_of("narrowness_state", "high_unresolved", value="narrowness_score")),
    "declines_streak_10": breadth(high("neg_breadth_streak", "declines_streak")),
    "pct_above_sma50_low": breadth(low("pct_above_sma50", "washout_pct_above_sma50")),
    "pct_above_sma200_low": breadth(low("pct_above_sma200", "low_pct_above_sma200")),
    "lowry_90_down": breadth(
        flag("lowry_90_down", "up_volume_pct", "lowry_pct") | {"value": lambda mart: 100 - mart.up_volume_pct}
    ),
    "lowry_90_up": breadth(flag("lowry_90_up", "up_volume_pct", "lowry_pct")),
    "zweig_thrust": breadth(flag("zbt_signal", "adv_ratio_ema10", "zweig_high", known="adv_ratio_ema10")),
    "zweig_thrust_nyse": breadth(flag("zbt_signal", "adv_ratio_ema10", "zweig_high", known="adv_ratio_ema10"), NYSE),
    "breakaway_momentum": breadth(flag("bam_signal", "deemer_ratio10", "breakaway_ratio", known="deemer_ratio10")),
    "whaley_thrust": breadth(high("whaley_5d", "trigger_whaley", strict=True)),
    "whaley_capitulation": breadth(low("whaley_5d", "panic_whaley", strict=True)),
    "breadth_divergence": breadth(flag("divergence_63d", "ad_line")),
    "volatility_blowout": volatility(flag("blowout_flag", "vix_chg_1d_pct", "vix_blowout_1d_pct", known="vix")),
    "volatility_stressed": volatility(
        one_of("vol_state", "stressed", "blowout", value="vix_pctl_252", bound="vix_stressed_pctl")
    ),
    "vix_backwardation": volatility(high("vix_vix3m", "vix_backwardation")),
    "vix_rollover": volatility(flag("vix_rollover", "vix")),
    "volatility_calm": volatility(one_of("vol_state", "calm", value="vix_pctl_252", bound="vix_calm_pctl")),
    "correlation_floor": implied(
        one_of("implied_corr_state", "floor", value="cor1m_pctl_252", bound="cor1m_floor_pctl")
    ),
    "correlation_elevated": implied(
        one_of("implied_corr_state", "elevated", "blowout", value="cor1m_pctl_252", bound="cor1m_elevated_pctl")
    ),
    "correlation_blowout": implied(
        one_of("implied_corr_state", "blowout", value="cor1m_chg_5d", bound="cor1m_blowout_chg_5d")
    ),
    "correlation_inverted": implied(high("cor_slope_1m3m", "correlation_inverted", strict=True)),
    "pairwise_correlation_high": State(
        "equity_correlation_daily",
        rows={"universe_id": "SP500", "window_sessions": 21},
        reads_breadth=True,
        **high("avg_pairwise_corr_pctl_252", "correlation_stress_pctl"),
    ),
    "index_near_high": State(
        "index_daily",
        rows={"index_id": "SP500"},
        on=lambda mart, t: mart.close >= t["near_high_share"] * _highest_close(mart),
        known=lambda mart: mart.close.notna() & (mart.close.rolling(252, min_periods=0).count() >= 202),
        value=lambda mart: mart.close / _highest_close(mart),
        bound=lambda t: t["near_high_share"],
    ),
    "leg_washout": leg("washout", "washout_age", "leg_memory", reads_breadth=True),
    "leg_panic": leg("panic", "panic_age", "panic_memory", reads_breadth=True),
    "leg_volatility": leg("volatility", "volatility_age", "leg_memory"),
    "leg_correlation": leg("correlation", "correlation_age", "leg_memory"),
    "leg_positioning": leg("positioning", "asset_manager_pctl_156w"),
    "leg_exhaustion": leg("exhaustion", "exhaustion_age", "exhaustion_memory"),
    "leg_trigger": leg("trigger", "trigger_age", "exhaustion_memory", reads_breadth=True),
    "stage_stress": stage("stress", "washout", "capitulated", "confirmed"),
    "stage_washout": stage("washout", "capitulated", "confirmed"),
    "stage_capitulated": stage("capitulated", "confirmed", value="capitulation_age"),
    "stage_confirmed": stage("confirmed", value="capitulation_age"),
    "shock_discount_rate": shock("discount_rate"),
    "shock_growth_scare": shock("growth_scare"),
    "shock_easing": shock("easing"),
    "shock_growth": shock("growth"),
    "macro_not_explained": State(
        "drivers_summary_daily", **one_of("why_5d", "not_explained", value="macro_residual_5_bp")
    ),
    "quadrant_goldilocks": quadrant("goldilocks"),
    "quadrant_reflation": quadrant("reflation"),
    "quadrant_stagflation": quadrant("stagflation"),
    "quadrant_deflation": quadrant("deflation"),
    "curve_bear_steepening": curve("bear_steepening"),
    "curve_bear_flattening": curve("bear_flattening"),
    "curve_bull_steepening": curve("bull_steepening"),
    "curve_bull_flattening": curve("bull_flattening"),
    "duration_premium_rising": rising("duration_premium_chg_63_bp"),
    "credit_premium_rising": rising("credit_premium_chg_63_bp"),
    "stock_bond_corr_positive": regime(high("stock_bond_corr_63", "stock_bond_corr_positive", strict=True)),
    "hy_spread_wide": regime(high("hy_spread_z_756", "hy_spread_stress_z")),
    "risk_fragile": regime(one_of("risk_state", "fragile", value="risk_legs_on", bound="risk_fragile_legs")),
    "risk_stress": regime(one_of("risk_state", "stress", value="risk_legs_on", bound="risk_stress_legs")),
}


@cache
def recomputed_states(warehouse: Path, published: Path) -> dict[str, pd.DataFrame]:
    """State -> by session what states_daily should publish, walked through session by session.

    Columns: is_on (None where unknown), is_onset, since, age_sessions, share_of_days_on, value, threshold, is_clean.
    """
    thresholds = read(warehouse, "select threshold_id, value from seeds.thresholds").set_index("threshold_id").value
    sessions = read(warehouse, "select session_date from intermediate.int_sessions order by 1").session_date
    place = pd.Series(np.arange(len(sessions)), sessions)
    marts = {
        name: read(published, f"select * from marts.{name} order by session_date")
        for name in {state.mart for state in STATES.values()}
    }
    found = {}
    for state_id, state in STATES.items():
        mart = marts[state.mart]
        for column, wanted in (state.rows or {}).items():
            mart = mart[mart[column] == wanted]
        mart = mart.set_index("session_date")
        if mart.empty:
            continue
        days = _walk(mart.index, state.on(mart, thresholds), state.known(mart), place)
        days["value"] = state.value(mart).astype(float) if state.value else np.nan
        days["threshold"] = state.bound(thresholds) if state.bound else np.nan
        days["is_clean"] = mart.is_clean.astype(bool) if state.reads_breadth else True
        found[state_id] = days
    return found


def _walk(dates: pd.DatetimeIndex, on: pd.Series, known: pd.Series, place: pd.Series) -> pd.DataFrame:
    rows = []
    since, was_on, days_on, days_known = None, False, 0, 0
    for date in dates:
        is_on = bool(on[date]) if known[date] else None
        if is_on is not None:
            days_known += 1
            days_on += is_on
        is_onset = bool(is_on) and not was_on
        if is_onset:
            since = date
        rows.append(
            {
                "is_on": is_on,
                "is_onset": is_onset,
                "since": since if is_on else pd.NaT,
                "age_sessions": place[date] - place[since] if is_on else np.nan,
                "share_of_days_on": days_on / days_known if days_known else np.nan,
            }
        )
        was_on = bool(is_on)
    return pd.DataFrame(rows, index=dates).astype({"is_on": object})
