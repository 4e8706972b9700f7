"""Names, units and digits of columns, states, universes and series; and how a value is formatted."""

from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd


@dataclass(frozen=True)
class Column:
    """How a column is named and formatted."""

    label: str
    unit: str = ""
    digits: int = 0
    signed: bool = False


COLUMNS = {
    "close": Column("Close", "", 2),
    "members": Column("Members"),
    "valid": Column("Counted"),
    "coverage": Column("Coverage", "%", 1),
    "advances": Column("Advances"),
    "declines": Column("Declines"),
    "unchanged": Column("Unchanged"),
    "net_advances": Column("Advances less declines", "", 0, True),
    "ad_pct": Column("Net advances", "%", 1, True),
    "ad_line": Column("Advance-decline line"),
    "neg_breadth_streak": Column("Sessions with more declines"),
    "pos_breadth_streak": Column("Sessions with more advances"),
    "up_volume_pct": Column("Up volume", "%", 1),
    "pct_above_sma20": Column("Above 20-day", "%", 1),
    "pct_above_sma50": Column("Above 50-day", "%", 1),
    "pct_above_sma100": Column("Above 100-day", "%", 1),
    "pct_above_sma200": Column("Above 200-day", "%", 1),
    "eligible_sma200": Column("Eligible, 200-day"),
    "new_highs_252": Column("New 52-week highs"),
    "new_lows_252": Column("New 52-week lows"),
    "eligible_252": Column("Eligible, 52 weeks"),
    "nhnl_pct": Column("Highs less lows", "%", 1, True),
    "rana": Column("Ratio-adjusted net advances", "", 0, True),
    "mcclellan_osc": Column("Oscillator", "", 1, True),
    "mcclellan_sum": Column("Summation", "", 0, True),
    "adv_ratio_ema10": Column("Advances, 10-day EMA", "", 3),
    "zbt_signal": Column("Zweig thrust"),
    "zbt_days": Column("Sessions since below 0.40"),
    "deemer_ratio10": Column("A/D ratio, 10 days", "", 2),
    "bam_signal": Column("Break-away momentum"),
    "whaley_5d": Column("Advances, 5 days", "", 3),
    "lowry_90_down": Column("90 % down day"),
    "lowry_90_up": Column("90 % up day"),
    "pct_outperforming_21d": Column("Ahead of the index, 21 days", "%", 1),
    "eff_n_stocks": Column("Effective number of stocks", "", 1),
    "participation_score": Column("Participation", "z", 2, True),
    "narrowness_score": Column("Narrowness", "z", 2, True),
    "divergence_63d": Column("Divergence"),
    "price_chg_pct": Column("Price", "%", 2, True),
    "index_100": Column("Total return, anchor = 100", "", 2),
    "rel_vs_spx_pp": Column("Against the S&P 500", "pp", 2, True),
    "max_drawdown_since_pct": Column("Deepest drawdown", "%", 2),
    "days_below_anchor": Column("Sessions below the anchor"),
    "large_cap_return_pct": Column("S&P 500", "%", 2, True),
    "small_cap_return_pct": Column("Russell 2000", "%", 2, True),
    "gap_pp": Column("Lead", "pp", 2, True),
    "mega_cap_pp": Column("Mag7", "pp", 2, True),
    "rest_of_large_caps_pp": Column("Other large caps", "pp", 2, True),
    "residual_pp": Column("Unexplained", "pp", 2, True),
    "mega_cap_share_pct": Column("Share of the Mag7", "%", 0),
    "mega_cap_contribution_pp": Column("Plain contribution of the Mag7", "pp", 2, True),
    "weight_pct": Column("Weight", "%", 2),
    "contribution_bp": Column("Contribution", "bp", 1, True),
    "index_return_pct": Column("Index", "%", 2, True),
    "ex_bucket_return_pct": Column("Without the Mag7", "%", 2, True),
    "indexation_effect_bp": Column("What their presence added", "bp", 1, True),
    "residual_bp": Column("Residual to the price index", "bp", 2, True),
    "residual_total_return_bp": Column("Residual to the total-return index", "bp", 2, True),
    "log_ratio": Column("Log ratio", "", 4),
    "slope_21": Column("21-session slope", "bp a session", 1, True),
    "slope_21_chg_5": Column("its change in 5 sessions", "bp a session", 1, True),
    "dist_from_252d_high_pct": Column("From its 252-session high", "%", 2),
    "ratio_bond_corr_63": Column("Correlation with TLT, 63 sessions", "", 2, True),
    "ratio_beta_ief": Column("Beta to IEF", "bp per 1 %", 1, True),
    "value": Column("Value", "", 2),
    "rs_roc_21": Column("Change of the ratio, 21 sessions", "%", 2, True),
    "cor1m": Column("COR1M", "", 2),
    "cor3m": Column("COR3M", "", 2),
    "cor1m_p10_252": Column("10 %", "", 2),
    "cor1m_p90_252": Column("90 %", "", 2),
    "cor3m_p10_252": Column("10 %", "", 2),
    "cor3m_p90_252": Column("90 %", "", 2),
    "cor1m_pctl_252": Column("rank in 252", "", 0),
    "cor3m_pctl_252": Column("rank in 252", "", 0),
    "cor_slope_1m3m": Column("COR1M less COR3M", "points", 2, True),
    "cor1m_chg_1d": Column("COR1M, 1 session", "points", 2, True),
    "cor1m_chg_5d": Column("5 sessions", "points", 2, True),
    "cor3m_chg_5d": Column("5 sessions", "points", 2, True),
    "cor1m_realised_twin": Column("Realised, 21 sessions", "", 2),
    "implied_form_corr_21": Column("Realised, all members", "", 2),
    "corr_risk_premium": Column("Implied less realised", "points", 2, True),
    "avg_pairwise_corr": Column("Average pair", "", 2, True),
    "avg_pairwise_corr_pctl_252": Column("rank in 252", "", 0),
    "pairs_21": Column("Average pair, 21 sessions", "", 2, True),
    "pairs_63": Column("63 sessions", "", 2, True),
    "stock_bond_21": Column("21 sessions", "", 2, True),
    "stock_bond_63": Column("63 sessions", "", 2, True),
    "stock_bond_252": Column("252 sessions", "", 2, True),
    "dispersion_ann": Column("Dispersion", "% a year", 1),
    "avg_stock_vol": Column("volatility of the names", "% a year", 1),
    "index_vol": Column("of their basket", "% a year", 1),
    "names_used": Column("Names"),
    "vix": Column("VIX", "", 2),
    "vix9d": Column("VIX9D", "", 2),
    "vix3m": Column("VIX3M", "", 2),
    "vix6m": Column("VIX6M", "", 2),
    "vvix": Column("VVIX", "", 2),
    "skew": Column("SKEW", "", 2),
    "vix_vix3m": Column("VIX / VIX3M", "", 3),
    "vix9d_vix": Column("VIX9D / VIX", "", 3),
    "rv_5": Column("Realised, 5 sessions", "", 2),
    "rv_21": Column("Realised, 21 sessions", "", 2),
    "vrp": Column("Variance premium, trailing", "points²", 1, True),
    "vrp_expected": Column("Variance premium", "points²", 1, True),
    "vix_chg_1d_pct": Column("VIX, 1 session", "%", 1, True),
    "vix_pctl_252": Column("rank in 252", "", 0),
    "vix_z_252": Column("z of 252 sessions", "", 2, True),
    "vix_p10_252": Column("10 %", "", 2),
    "vix_p90_252": Column("90 %", "", 2),
    "vix_high_10": Column("10-session high", "", 2),
    "stock_return_bp": Column("S&P 500", "bp", 0, True),
    "spx_return_bp": Column("S&P 500", "bp", 0, True),
    "spx_return_5_bp": Column("5 sessions", "bp", 0, True),
    "spx_return_21_bp": Column("21 sessions", "bp", 0, True),
    "ief_return_bp": Column("IEF", "bp", 0, True),
    "r2": Column("with credit", "", 2),
    "r2_ex_credit": Column("r², outside drivers", "", 2),
    "r2_inside": Column("r², inside equities", "", 2),
    "macro_residual_5_bp": Column("Not explained, 5 sessions", "bp", 0, True),
    "inside_residual_5_bp": Column("Not explained inside, 5 sessions", "bp", 0, True),
    "selling_pressure": Column("Selling pressure", "", 0),
    "growth_impulse": Column("Growth impulse", "z", 2, True),
    "inflation_impulse": Column("Inflation impulse", "z", 2, True),
    "liquidity_impulse": Column("Liquidity impulse", "z", 2, True),
    "curve_slope_bp": Column("10- less 2-year yield", "bp", 0, True),
    "yield_10y": Column("10-year yield", "%", 2),
    "yield_2y": Column("2-year yield", "%", 2),
    "duration_premium_chg_63_bp": Column("Duration premium, 63 sessions", "bp", 0, True),
    "credit_premium_chg_63_bp": Column("Credit premium, 63 sessions", "bp", 0, True),
    "stock_bond_corr_63": Column("Stocks with bonds, 63 sessions", "", 2, True),
    "hy_spread": Column("High-yield spread", "%", 2),
    "asset_manager_net_pct_oi": Column("Asset managers, net", "% of OI", 1, True),
    "asset_manager_pctl_156w": Column("Rank in 156 weeks", "", 0),
    "asset_manager_p10_156w": Column("10 % of 156 weeks", "", 1, True),
    "asset_manager_p90_156w": Column("90 %", "", 1, True),
    "asset_manager_chg_4w": Column("4 weeks", "points", 1, True),
    "asset_manager_chg_4w_z": Column("z of it", "", 2, True),
    "leveraged_net_pct_oi": Column("Leveraged funds, net", "% of OI", 1, True),
    "leveraged_pctl_156w": Column("Rank in 156 weeks", "", 0),
    "leveraged_p10_156w": Column("10 % of 156 weeks", "", 1, True),
    "leveraged_p90_156w": Column("90 %", "", 1, True),
    "cta_exposure": Column("Proxy exposure", "", 2, True),
    "cta_flow_5d": Column("5 sessions", "", 2, True),
    "cta_flow_21d": Column("21 sessions", "", 2, True),
}

# stored as fractions, shown in percent
FRACTIONS = frozenset({"coverage", "dispersion_ann", "avg_stock_vol", "index_vol"})

STATES = {
    "extreme_low": "extreme low",
    "low_bouncing": "low, bouncing",
    "low_failed": "low, failed",
    "low_unresolved": "low, not turned",
    "neutral": "neutral",
    "extreme_high": "extreme high",
    "high_fading": "high, fading",
    "high_failed": "high, failed",
    "high_unresolved": "high, not turned",
    "floor": "floor",
    "calm": "low for its year",
    "normal": "normal",
    "elevated": "elevated",
    "stressed": "stressed",
    "blowout": "blow-out",
    "leading": "leading",
    "leading_slowing": "leading, slowing",
    "lagging_improving": "lagging, improving",
    "lagging": "lagging",
}

UNIVERSES = {
    "SP500": "S&P 500 members",
    "SECTOR_ETFS": "Sector SPDRs (proxy)",
    "NYSE": "NYSE issues",
    "OWN": "Your own names",
}


def index_name(universe: str) -> str:
    """The index of a universe as a chart names it; that of a user's own is called like the universe."""
    return "S&P 500" if universe == "SP500" else universe


ALL_MEMBERS = "All members"

UNIVERSE_NOTES = {
    "SECTOR_ETFS": "The sector funds stand in for the market: few, but none has left, so no survivor bias.",
    "NYSE": "The exchange publishes counts of issues only: what needs names or their volume has no value.",
}

SECTOR_TABLE = {
    "members": "Members",
    "coverage": "Coverage",
    "advances": "Adv.",
    "declines": "Decl.",
    "ad_pct": "Net, %",
    "pct_above_sma20": "Above 20-day, %",
    "pct_above_sma50": "Above 50-day, %",
    "pct_above_sma200": "Above 200-day, %",
    "new_highs_252": "Highs",
    "new_lows_252": "Lows",
    "up_volume_pct": "Up vol., %",
    "mcclellan_osc": "McClellan",
}

SERIES = {
    "^GSPC": "S&P 500", "^RUT": "Russell 2000", "RSP": "Equal weight", "MAG7": "Mag7", "MAG7_EX_TSLA": "Mag7 ex Tesla",
    "QQQ": "Nasdaq-100", "TLT": "Bonds 20y+", "IEF": "Bonds 7–10y", "TIP": "Linkers", "LQD": "IG credit",
    "HYG": "HY credit", "GLD": "Gold", "UUP": "Dollar", "SPY": "S&P 500 fund", "IWM": "Russell fund",
    "XLB": "Materials", "XLC": "Communication", "XLE": "Energy", "XLF": "Financials", "XLI": "Industrials",
    "XLK": "Technology", "XLP": "Staples", "XLRE": "Real estate", "XLU": "Utilities", "XLV": "Health care",
    "XLY": "Discretionary",
}  # fmt: skip

BASES = {
    "holdings": "dated holdings",
    "drifted": "drifted holdings",
    "full_cap": "market capitalisation",
    "equal": "equal weights",
}

TENORS = {"vix9d": "9 days", "vix": "30 days", "vix3m": "3 months", "vix6m": "6 months"}

WINDOWS = {"3 months": 63, "6 months": 126, "1 year": 252, "2 years": 504, "5 years": 1260, "All": None}

HORIZONS = {"Since the event": "event", "1 session": "1", "5 sessions": "5", "21 sessions": "21", "63 sessions": "63"}


def formatted(column: str, value: object) -> str:
    """A value with its digits and unit; an en dash where there is none."""
    if value is None or pd.isna(value):
        return "–"
    how = COLUMNS.get(column, Column(column))
    if isinstance(value, (datetime, date)):
        return f"{value:%Y-%m-%d}"
    scaled = float(value) * (100 if column in FRACTIONS else 1)  # type: ignore[arg-type]
    return f"{number(scaled, how.digits, how.signed)} {how.unit}".strip()


def number(value: object, digits: int = 0, signed: bool = False) -> str:
    """A number with its digits and a typographic minus; none has a sign that rounds to zero, an en dash is none."""
    if value is None or pd.isna(value):
        return "–"
    text = f"{float(value):{'+' if signed else ''},.{digits}f}"  # type: ignore[arg-type]
    return text.lstrip("+-") if float(text.replace(",", "")) == 0 else text.replace("-", "−")


def label(column: str) -> str:
    """The name of a column for readers."""
    return COLUMNS.get(column, Column(column)).label


def state(row: pd.Series, name: str) -> str:
    """The state of one reading of breadth, and how long ago the extreme was that it refers to."""
    value, age = row[f"{name}_state"], row.get(f"{name}_extreme_age")
    if value is None or pd.isna(value):
        return "no state"
    named = STATES.get(value, value)
    return named if age is None or pd.isna(age) else f"{named}, extreme {sessions(age)} ago"


def sessions(count: object) -> str:
    """A number of sessions, in words."""
    return "–" if count is None or pd.isna(count) else f"{int(count):,} session{'' if int(count) == 1 else 's'}"  # type: ignore[call-overload]


def series(name: str) -> str:
    """A series by its symbol and what it is."""
    return f"{SERIES[name]} · {name}" if name in SERIES and SERIES[name] != "Mag7" else name


def place_in_a_year(pctl: float) -> str:
    """Where a number is among those of 252 sessions, from the share of them (%) that were at most as large."""
    if pd.isna(pctl):
        return "no rank yet"
    if pctl >= 99.9:
        return "highest of a year"
    if pctl < 0.5:
        return "lowest of a year"
    return f"rank {min(99, max(1, round(pctl)))} % of a year"
