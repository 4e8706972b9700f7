"""Values as readers see them: digits, sign, unit, and a dash where there is none."""

import numpy as np
import pytest

from app.words import labels


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("coverage", 0.9984, "99.8 %"),
        ("net_advances", -403, "−403"),
        ("mcclellan_sum", 85.98, "+86"),
        ("pct_above_sma200", np.nan, "–"),
        ("ad_line", 63474, "63,474"),
        ("participation_score", None, "–"),
    ],
)
def test_values_are_written_with_their_digits_sign_and_unit(column, value, text):
    assert labels.formatted(column, value) == text
