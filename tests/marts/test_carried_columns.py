"""Columns that a mart takes from a seed or another table, joined again: the same value in the row where it belongs."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.marts.built import read


@dataclass(frozen=True)
class Carried:
    """Columns of a mart and the SQL of each, over tables that are joined to it by its own key columns."""

    mart: str
    columns: dict[str, str]
    joins: str
    where: str = "true"


def same(alias: str, *columns: str) -> dict[str, str]:
    return {column: f"{alias}.{column}" for column in columns}


BREADTH = "(from marts.breadth_daily where universe_id = '{}' and segment_id = 'ALL')"
INDEX = "(from marts.index_daily where index_id = 'SP500')"
LEVEL = "left join (from marts.macro_levels_daily where series_id = '{0}') as {0} using (session_date)"

CARRIED = (
    Carried(
        "capitulation_daily",
        same(
            "breadth",
            "coverage",
            "pct_above_sma50",
            "participation_score",
            "lowry_90_down",
            "lowry_90_up",
            "whaley_5d",
            "zbt_signal",
            "bam_signal",
        )
        | same("volatility", "vix_vix3m", "vix_pctl_252")
        | same(
            "positioning",
            "report_date",
            "asset_manager_net_pct_oi",
            "asset_manager_pctl_156w",
            "asset_manager_chg_4w_z",
        )
        | same("cta", "cta_exposure", "cta_flow_5d", "cta_flow_21d", "cta_flow_5d_z_252", "cta_flow_21d_z_252")
        | {
            "new_lows_21_pct": "100 * breadth.new_lows_21 / nullif(breadth.eligible_21, 0)",
            "declines_pct": "100 * breadth.declines / nullif(breadth.valid, 0)",
            "zbt_signal_nyse": "case when exchange.adv_ratio_ema10 is not null then exchange.zbt_signal end",
            "cor1m_pctl_252": "implied.cor1m_pctl_252",
            "vix_to_high_10": "volatility.vix / volatility.vix_high_10",
            "cor1m_to_high_10": "implied.cor1m / implied.cor1m_high_10",
            "index_close": "spx.close",
        },
        f"""
        left join {BREADTH.format("SP500")} as breadth using (session_date)
        left join {BREADTH.format("NYSE")} as exchange using (session_date)
        left join marts.volatility_daily as volatility using (session_date)
        left join marts.implied_correlation_daily as implied using (session_date)
        left join (from marts.positioning_daily where contract_code = '13874+') as positioning using (session_date)
        left join intermediate.int_cta_proxy as cta using (session_date)
        left join {INDEX} as spx using (session_date)
        """,
    ),
    Carried(
        "verdict_daily",
        same("drivers", "why_day", "why_5d", "why_primary", "why_secondary", "shock_class")
        | same("breadth", "participation_state", "narrowness_state")
        | same("capitulation", "legs_met", "legs_missing")
        | {
            "where_quadrant": "regime.quadrant",
            "where_curve": "regime.curve_regime",
            "risk_state": "regime.risk_state",
            "vol_state": "volatility.vol_state",
            "implied_corr_state": "implied.implied_corr_state",
            "when_stage": "capitulation.stage",
            "reference_close": "reference.close",
            "is_final": "sessions.cutoff_at <= as_of",
        },
        f"""
        left join marts.drivers_summary_daily as drivers using (session_date)
        left join {BREADTH.format("SP500")} as breadth using (session_date)
        left join marts.capitulation_daily as capitulation using (session_date)
        left join marts.regime_daily as regime using (session_date)
        left join marts.volatility_daily as volatility using (session_date)
        left join marts.implied_correlation_daily as implied using (session_date)
        left join {INDEX} as reference on mart.reference_date = reference.session_date
        left join intermediate.int_sessions as sessions using (session_date)
        """,
    ),
    Carried(
        "positioning_daily", {"contract_name": "seed.name"}, "left join seeds.contracts as seed using (contract_code)"
    ),
    Carried(
        "positioning_weekly", {"contract_name": "seed.name"}, "left join seeds.contracts as seed using (contract_code)"
    ),
    Carried(
        "drivers_daily",
        {"block": "seed.block", "driver_name": "seed.name"},
        "left join seeds.drivers as seed using (driver_id)",
    ),
    Carried(
        "event_drivers_daily",
        {"block": "seed.block", "anchor_session": "anchors.anchor_session"},
        "left join seeds.drivers as seed using (driver_id) "
        "left join intermediate.int_event_anchors as anchors using (event_id)",
    ),
    Carried(
        "drivers_summary_daily",
        {
            "ief_return_bp": "1e4 * ief.total_return",
            "macro_residual_5_bp": "macro.contribution_5_bp",
            "inside_residual_5_bp": "inside.contribution_5_bp",
            "credit_5_bp": "credit.contribution_5_bp",
            "volatility_5_bp": "volatility.contribution_5_bp",
        },
        """
        left join (from intermediate.int_asset_days where asset_id = 'IEF') as ief using (session_date)
        left join (from marts.drivers_daily where driver_id = 'macro_residual') as macro using (session_date)
        left join (from marts.drivers_daily where driver_id = 'inside_residual') as inside using (session_date)
        left join (from marts.drivers_daily where driver_id = 'credit') as credit using (session_date)
        left join (from marts.drivers_daily where driver_id = 'volatility') as volatility using (session_date)
        """,
    ),
    Carried(
        "regime_daily",
        {
            "yield_2y": "DGS2.value",
            "yield_10y": "DGS10.value",
            "yield_obs_date": "DGS10.obs_date",
            "hy_spread": "BAMLH0A0HYM2.value",
            "hy_spread_obs_date": "BAMLH0A0HYM2.obs_date",
        },
        "\n".join(LEVEL.format(series) for series in ("DGS2", "DGS10", "BAMLH0A0HYM2")),
    ),
    Carried(
        "equity_correlation_daily",
        {"members": "breadth.members"},
        f"left join {BREADTH.format('SP500')} as breadth using (session_date)",
        "mart.universe_id = 'SP500'",
    ),
    Carried(
        "implied_correlation_daily",
        {"implied_form_weight_basis": "realised.weight_basis"},
        "left join (from marts.equity_correlation_daily where universe_id = 'SP500' and window_sessions = 21) "
        "as realised using (session_date)",
    ),
    Carried(
        "event_gap_daily",
        {
            "large_cap_return_pct": "100 * (large.total_return_index / large_anchor.total_return_index - 1)",
            "small_cap_return_pct": "100 * (small.total_return_index / small_anchor.total_return_index - 1)",
        },
        """
        left join intermediate.int_event_anchors as anchors using (event_id)
        left join (from marts.index_daily where index_id = 'SP500') as large using (session_date)
        left join (from marts.index_daily where index_id = 'RUSSELL2000') as small using (session_date)
        left join (from marts.index_daily where index_id = 'SP500') as large_anchor
            on anchors.anchor_session = large_anchor.session_date
        left join (from marts.index_daily where index_id = 'RUSSELL2000') as small_anchor
            on anchors.anchor_session = small_anchor.session_date
        """,
    ),
    Carried(
        "event_study",
        {
            "unit": "case when mart.target in ('forward_return', 'forward_max_drawdown') then '%' else 'share' end",
            "study_name": "studies.name",
            "state_id": "studies.state_id",
            "is_survivor_biased": "mart.track = 'all' and coalesce(biased.days > 0, false)",
        },
        """
        left join seeds.studies as studies using (study_id)
        left join (
            select study_id, count(*) as days from intermediate.int_study_days
            where track = 'all' and not is_clean group by study_id
        ) as biased using (study_id)
        """,
    ),
    Carried(
        "claim_ledger",
        same("seed", "made_on", "author", "paraphrase", "comparator", "threshold", "partly_threshold", "horizon")
        | {
            "outcome_measure": "coalesce(seed.outcome_mart, seed.mart) || '.' "
            "|| coalesce(seed.outcome_column, seed.column_name)",
            "outcome_test": "concat_ws(' ', coalesce(seed.outcome_reading, 'last'), "
            "coalesce(seed.outcome_comparator, seed.comparator), coalesce(seed.outcome_threshold, seed.threshold))",
        },
        "left join seeds.claims as seed using (claim_id)",
    ),
    Carried(
        "event_study_events",
        {
            "state_id": "if(mart.track = 'exchange', studies.exchange_state_id, studies.state_id)",
            "state_value": "states.value",
            "entry_level": "spx.price_index",
            "closes_on": "ends.session_date",
        },
        f"""
        left join seeds.studies as studies using (study_id)
        left join marts.states_daily as states
            on mart.state_id = states.state_id and mart.session_date = states.session_date
        left join {INDEX} as spx on mart.session_date = spx.session_date
        left join intermediate.int_sessions as sessions on mart.session_date = sessions.session_date
        left join staging.stg_sessions as ends on sessions.session_number + mart.horizon = ends.session_number
        """,
    ),
)

RECOMPUTED = {carried.mart: tuple(carried.columns) for carried in CARRIED}


@pytest.mark.parametrize("carried", CARRIED, ids=lambda carried: carried.mart)
def test_the_value_is_the_one_of_its_own_row(market: tuple[Path, Path], carried: Carried) -> None:
    ours = [f"mart.{column} as {column}" for column in carried.columns]
    theirs = [f"{expression} as expected_{column}" for column, expression in carried.columns.items()]
    as_of = read(market[1], "select as_of from marts.publication").as_of[0]
    rows = read(
        market[0],
        f"select {', '.join(ours + theirs)} from marts.{carried.mart} as mart "
        f"cross join (select timestamp '{as_of}' as as_of) {carried.joins} where {carried.where}",
    )
    count = read(market[1], f"select count(*) as n from marts.{carried.mart} as mart where {carried.where}").n[0]
    assert len(rows) == count > 0
    for column in carried.columns:
        mine, expected = rows[column], rows[f"expected_{column}"]
        assert mine.isna().equals(expected.isna()), column
        if mine.dtype.kind == "f" and expected.dtype.kind in "fi":
            assert not ((mine - expected).abs() / expected.abs().clip(lower=1)).max() > 1e-9, column
        else:
            assert mine.dropna().tolist() == expected.dropna().tolist(), column
