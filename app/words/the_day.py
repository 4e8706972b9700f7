"""Words of a day, for the first screen and the daily report: its state, its answers, legs, the chain and claims."""

import re

import pandas as pd

from app.words import argument, labels

DAY_STATES = {
    "heavy_selling": "Heavy selling", "broad_selling": "Broad selling", "selling": "Selling",
    "heavy_buying": "Heavy buying", "broad_buying": "Broad buying", "buying": "Buying",
    "narrow_loss": "Narrow loss", "narrow_gain": "Narrow gain", "mixed": "Mixed",
}  # fmt: skip

#: The four answers of the day: the name of each with its numbers (answer_id -> name, unit, digits, signed).
ANSWERS = {
    "selling": ("Selling", {
        "declines": ("fell", "", 0, False), "selling_pressure": ("pressure", "of 100", 0, False),
    }),
    "why": ("Why", {
        "stock_return": ("SPY", "bp", 0, True), "news_discount": ("discount rate", "bp", 0, True),
        "news_growth": ("growth", "bp", 0, True),
    }),
    "where": ("Where", {
        "index_from_anchor": ("S&P 500", "%", 1, True), "small_caps_from_anchor": ("Russell", "%", 1, True),
        "mega_caps_from_anchor": ("Mag7", "%", 1, True),
    }),
    "when": ("When", {"asset_manager_positioning": ("asset managers net", "% of OI", 1, False)}),
}  # fmt: skip

LEG_NAMES = {leg: name.partition(":")[0] for leg, name in argument.LEGS.items()}

#: What a leg of capitulation rests on, by the name that its evidence has in the mart.
LEG_READINGS = {
    "pct_above_sma50": "above 50-day average %", "participation_score": "participation z",
    "new_lows_21_pct": "new 21-session lows %", "lowry_90_down": "90 % down day", "declines_pct": "members down %",
    "whaley_5d": "share of advances in 5 days", "vix_vix3m": "VIX / VIX3M", "vix_pctl_252": "VIX rank in a year",
    "cor1m_pctl_252": "COR1M rank in a year", "asset_manager_pctl_156w": "asset managers rank in 3 years",
    "asset_manager_chg_4w_z": "their change in 4 weeks z", "cta_exposure": "trend followers times capital",
    "cta_flow_5d_z_252": "their flow in 5 sessions z", "cta_flow_21d_z_252": "their flow in 21 sessions z",
    "zbt_signal_nyse": "Zweig thrust, exchange", "zbt_signal": "Zweig thrust", "bam_signal": "break-away momentum",
    "lowry_90_up": "90 % up day",
}  # fmt: skip

CHAIN_CALL = "weakness_until_positioning_goes"
CHAIN = (
    "Less support from the mega-caps{mega_caps} → implied correlation can blow out{correlation} → "
    "marginal weakness is likelier until positioning goes{positioning}."
)
SLOWING = ("leading_slowing", "lagging")  # states in which the mega-caps carry less than before
NOT_SLOWING = "less support from the mega-caps (they are {state})"
NO_STATE = "less support from the mega-caps (their state is not known)"
NOT_LIKELIER = "more than the usual odds with such a VIX"

#: What the odds that the VIX alone gives are against those of any day.
AGAINST_ANY_DAY = {"higher": "higher than on any day", "lower": "lower than on any day"}
COMPARATORS = {
    "<": "below", "<=": "at most", ">": "above", ">=": "at least", "within": "within ±", "beyond": "beyond ±",
    "in": "", "=": "", "!=": "other than",
}  # fmt: skip
#: Columns that claims are about and that no page names.
CLAIM_COLUMNS = {
    "rs_state": "Mag7 against SPY", "ratio_bond_corr_63": "Correlation with TLT", "below_anchor": "Below the anchor",
    "finding": "Odds against any day", "positioning_on": "Positioning has gone", "stage": "Stage",
    "participation_state": "Participation", "cor1m_pctl_252": "COR1M rank in a year", "index_100": "Anchor = 100",
}  # fmt: skip
YES_NO = {"true": "yes", "false": "no"}


def met(leg: str, legs_met: object, legs_missing: object) -> str:
    """Whether a leg is met, by the lists of the mart: what a capitulation rests on is met as long as that stands."""
    if leg in _listed(legs_met):
        return "met"
    return "missing" if leg in _listed(legs_missing) else "not known"


def flip(is_met: object) -> str:
    """What the test of a level does there, as the sentences say it: one that is not known to be met begins."""
    return "ends" if pd.notna(is_met) and is_met else "begins"


def _listed(ids: object) -> list[str]:
    return ids.split(", ") if isinstance(ids, str) else []


def legs(ids: object) -> str:
    """The names of legs, from the list of a mart."""
    return (
        ", ".join(LEG_NAMES.get(leg, leg).lower() for leg in ids.split(", "))
        if isinstance(ids, str) and ids
        else "none"
    )


def leg_evidence(evidence: object) -> str:
    """What a leg rests on, its readings by their names."""
    if not isinstance(evidence, str) or not evidence:
        return "–"
    named = re.sub(
        r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b", lambda found: LEG_READINGS.get(found[0], spaced(found[0])), evidence
    )
    return re.sub(r"(?<![\w)])-(?=\d)", "−", named)


def odds(share: object) -> str:
    """A share as odds in percent."""
    return "–" if share is None or pd.isna(share) else f"{labels.number(100 * share)} %"  # type: ignore[operator]


def claim_evidence(claim: pd.Series) -> str:
    """The reading of a claim by its name, with its unit."""
    column = str(claim["column_name"])
    name = CLAIM_COLUMNS.get(column) or (labels.label(column) if column in labels.COLUMNS else spaced(column))
    return f"{name}: {_value(column, claim['evidence_value'])}"


def claim_needed(claim: pd.Series) -> str:
    """What the reading of a claim was required to be."""
    column, words = str(claim["column_name"]), COMPARATORS.get(claim["comparator"], str(claim["comparator"]))
    required = "; ".join(_required(column, value) for value in str(claim["threshold"]).split("|"))
    return f"{words}{required}" if words.endswith("±") else f"{words} {required}".strip()


def spaced(name: str) -> str:
    """An identifier as words."""
    return name.replace("_", " ")


def _value(column: str, value: object) -> str:
    """A value that a mart keeps as text: a number with its unit, a state or a finding in words."""
    if not isinstance(value, str):
        return "–"
    try:
        amount = float(value)
    except ValueError:
        return _in_words(value)
    return labels.formatted(column, amount) if column in labels.COLUMNS else labels.number(amount, 2)


def _required(column: str, value: str) -> str:
    """As `_value`, a number with only the digits that it was given."""
    try:
        amount = float(value)
    except ValueError:
        return _in_words(value)
    unit = labels.COLUMNS[column].unit if column in labels.COLUMNS else ""
    return f"{amount:,g} {unit}".replace("-", "−").strip()


def _in_words(value: str) -> str:
    return {**labels.STATES, **argument.STAGES, **argument.FINDINGS, **YES_NO}.get(value, spaced(value))
