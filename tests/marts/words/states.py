"""Rules on states and legs."""

from tests.marts.words.rule import day

RULES = (
    day(
        "calm is never said with a VIX of 25 or in a washout",
        "contains(lower(said), 'calm') and (vix >= 25 or stage not in ('none', 'stress'))",
        "true", vix="26", said="'Risk calm.'",
    ),
    day(
        "the VIX is low for its year only in the lower two fifths of it and under 25",
        "contains(vix_line, 'low for its year') and (vix_pctl_252 > 40 or vix >= 25)",
        "true", vix="26", vix_line="'The VIX is 26.00, low for its year.'",
    ),
    day(
        "the VIX is in a blow-out or stressed exactly where its state is",
        "contains(vix_line, 'in a blow-out') <> coalesce(vol_state = 'blowout', false)"
        " or contains(vix_line, 'stressed') <> coalesce(vol_state = 'stressed', false)",
        "vol_state = 'stressed'", vol_state="'normal'",
    ),
    day(
        "the VIX is off its high only below it",
        "contains(vix_line, 'off its high') and vix >= vix_high_10",
        "contains(vix_line, 'off its high')", vix="vix_high_10",
    ),
    day(
        "COR1M is the highest of ten sessions exactly where it is",
        "contains(cor1m_line, ', the highest of ten sessions') <> (cor1m >= cor1m_high_10)",
        "cor1m = cor1m_high_10", cor1m="cor1m_high_10 - 1",
    ),
    day(
        "COR1M is at its floor or in a blow-out exactly where its state is",
        "contains(cor1m_line, 'at its floor') <> coalesce(implied_corr_state = 'floor', false)"
        " or contains(cor1m_line, 'in a blow-out') <> coalesce(implied_corr_state = 'blowout', false)",
        "implied_corr_state = 'floor'", implied_corr_state="'normal'",
    ),
    day(
        "exhaustion is never met with the VIX or COR1M at its ten-session high",
        "regexp_matches(legs_line, 'Legs met: [^;]*exhaustion') and (vix >= vix_high_10 or cor1m >= cor1m_high_10)",
        "true", vix="20", vix_high_10="20", legs_line="'Legs met: exhaustion (today).'",
    ),
    day(
        "a leg that is said to be met is met, and one that is said to be missing is missing",
        """len(list_filter(
            ['washout', 'panic', 'volatility', 'correlation', 'positioning', 'exhaustion', 'trigger'],
            lambda leg: (regexp_matches(legs_line, 'Legs met: [^;]*' || leg) and not contains(legs_met, leg))
                or (regexp_matches(legs_line, 'missing: [^;]*' || leg) and not contains(legs_missing, leg))
        )) > 0""",
        "legs_missing like '%trigger%'", legs_line="'Legs met: trigger (today).'",
    ),
    day(
        "participation never bounces in its extreme zone or on a session that fell more than 1 %",
        "contains(participation_line, ' bounces') and (abs(participation_score) >= 2 or index_return < -0.01)",
        "true", index_return="-0.02", participation_line="'Participation bounces.'",
    ),
    day(
        "participation bounces only where its state does",
        "contains(participation_line, ' bounces') and participation_state <> 'low_bouncing'",
        "participation_state = 'neutral'", participation_line="'Participation bounces.'",
    ),
    day(
        "few names take part at a low of participation and nearly all at a high, and nowhere else",
        "contains(participation_line, 'few names take part') <> coalesce(participation_state like '%low%', false)"
        " or contains(participation_line, 'nearly all names') <> coalesce(participation_state like '%high%', false)",
        "participation_state = 'neutral'", participation_line="'Participation: few names take part.'",
    ),
    day(
        "few names carry the index at a high of narrowness, and nowhere else",
        "contains(narrowness_line, 'few names carry') <> coalesce(narrowness_state like '%high%', false)"
        " or contains(narrowness_line, 'unusually broad') <> coalesce(narrowness_state like '%low%', false)",
        "narrowness_state = 'neutral'", narrowness_line="'Narrowness: few names carry the index.'",
    ),
    day(
        "declines have led only where more names fell than rose",
        "contains(selling_line, 'declines have led') and declines <= advances",
        "true", declines="10", advances="20", selling_line="'10 fell; declines have led for 3 sessions running.'",
    ),
    day(
        "no more names fell and rose than are counted",
        "declines + advances > valid", "valid > 0", declines="valid", advances="1",
    ),
)  # fmt: skip
