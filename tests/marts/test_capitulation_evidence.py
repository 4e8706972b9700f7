"""The evidence of each leg of capitulation_daily, written again from the readings of the session that met its test."""

from pathlib import Path

import pandas as pd
import pytest

from tests.marts.built import read
from tests.marts.test_capitulation import LEGS

RECOMPUTED = {
    "capitulation_daily": (
        "washout_evidence", "panic_evidence", "volatility_evidence", "correlation_evidence", "positioning_evidence",
        "exhaustion_evidence", "trigger_evidence",
    ),
}  # fmt: skip

#: Leg -> its tests in order: name, whether it is met by a value, and the column that is read.
TESTS = {
    "washout": [
        ("pct_above_sma50", lambda value: value <= 20),
        ("participation_score", lambda value: value <= -2),
        ("new_lows_21_pct", lambda value: value >= 50),
    ],
    "panic": [
        ("lowry_90_down", None),
        ("declines_pct", lambda value: value >= 90),
        ("whaley_5d", lambda value: value < 0.25),
    ],
    "volatility": [("vix_vix3m", lambda value: value >= 1), ("vix_pctl_252", lambda value: value >= 95)],
    "correlation": [("cor1m_pctl_252", lambda value: value >= 95)],
    "positioning": [
        ("asset_manager_pctl_156w", lambda value: value <= 10),
        ("asset_manager_chg_4w_z", lambda value: value <= -2),
        ("cta_exposure", lambda value: True),
        ("cta_flow_21d_z_252", lambda value: True),
    ],
    "trigger": [
        ("zbt_signal_nyse", None),
        ("zbt_signal", None),
        ("whaley_5d", lambda value: value > 0.735),
        ("bam_signal", None),
        ("lowry_90_up", None),
    ],
}


def evidence(leg: str, day: pd.Series) -> list[tuple[str, float | None]]:
    """Name and reading of each test of a leg that is met on a day; None where the name says all."""
    if leg == "exhaustion":
        return [("VIX", 100 * day.vix_to_high_10), ("COR1M", 100 * day.cor1m_to_high_10)]
    met: list[tuple[str, float | None]] = []
    for name, is_met in TESTS[leg]:
        value = day[name]
        if pd.isna(value) or (name == "zbt_signal" and pd.notna(day["zbt_signal_nyse"])):
            continue
        if is_met is None and value:
            met.append((name, None))
        elif is_met is not None and is_met(value):
            met.append((name, value))
    return met


def parsed(leg: str, text: str) -> list[tuple[str, float | None]]:
    """The text of the mart as names and readings."""
    if leg == "exhaustion":
        assert text.endswith(" % of the 10-session high")
        text = text.removesuffix(" % of the 10-session high").replace(" %", "")
    parts = [part.split(" ") for part in text.split(", ")]
    return [(part[0], float(part[1]) if len(part) > 1 else None) for part in parts]


@pytest.mark.parametrize("leg", LEGS)
def test_evidence_is_what_was_read_when_the_test_held(market: tuple[Path, Path], leg: str) -> None:
    days = read(market[1], "select * from marts.capitulation_daily order by session_date")
    compared = 0
    for at, (text, age) in enumerate(zip(days[f"{leg}_evidence"], days[f"{leg}_age"], strict=True)):
        if pd.isna(text):
            continue
        ours, expected = parsed(leg, text), evidence(leg, days.iloc[at - int(age)])
        assert [name for name, _ in ours] == [name for name, _ in expected], (leg, days.session_date[at])
        for (_, mine), (_, theirs) in zip(ours, expected, strict=True):
            digits = 0.05 if leg == "exhaustion" else 0.005
            assert mine == theirs or abs(mine - theirs) <= digits + 1e-9, (leg, days.session_date[at])
        compared += 1
    assert compared
