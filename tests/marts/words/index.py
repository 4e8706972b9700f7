"""Rules on the index, the mega-caps and the regime, and on what changed and is missing."""

from tests.marts.words.rule import OFF, ON, day

RULES = (
    day(
        "the index is above its reference where it closed above it, and below where below",
        "(regexp_matches(index_line, ', \\+[0-9.,]+ % from') and index_close <= reference_close)"
        " or (regexp_matches(index_line, ', −[0-9.,]+ % from') and index_close >= reference_close)",
        "index_line like '%from its close%' and index_line not like '%level with%'",
        index_close="reference_close", reference_close="index_close",
    ),
    day(
        "the mega-caps are more than half of a gap only where they are",
        "(contains(gap_line, 'more than half') and mega_cap_share_pct < 50)"
        " or (contains(gap_line, 'less than half') and not mega_cap_share_pct between 0 and 50)",
        "gap_line is not null", gap_line="'More than half: more than half.'", mega_cap_share_pct="40",
    ),
    day(
        "the mega-caps are above their mean only where they lead, below it only where they lag",
        "contains(mega_cap_line, ' above their mean') <> (rs_state in ('leading', 'leading_slowing'))"
        " or contains(mega_cap_line, ' below their mean') <> (rs_state in ('lagging', 'lagging_improving'))",
        "rs_state = 'leading'", rs_state="'lagging'",
    ),
    day(
        "the mega-caps rise only with a rising trend and fall only with a falling one",
        "(contains(mega_cap_line, ' rising') and slope_21 <= 0)"
        " or (contains(mega_cap_line, ' falling') and slope_21 >= 0)",
        "slope_21 > 1", slope_21="-slope_21",
    ),
    day(
        "nothing is ahead with a falling trend",
        "contains(mega_cap_line, 'ahead') and slope_21 < 0",
        "true", slope_21="-1", mega_cap_line="'The mega-caps are ahead.'",
    ),
    day(
        "the quadrant that is named is the quadrant",
        "not contains(regime_line, 'Regime: ' || coalesce(where_quadrant, 'no quadrant'))",
        "where_quadrant is not null", where_quadrant="'none of them'",
    ),
    day(
        "the curve regime that is named is the curve regime",
        "not contains(regime_line, ', curve ' || replace(where_curve, '_', ' '))",
        "where_curve is not null", where_curve="'none_of_them'",
    ),
    day(
        "the risk state that is named is the risk state",
        "contains(regime_line, ', risk ') and not contains(regime_line, ', risk ' || risk_state)",
        "regime_line like '%risk %'", risk_state="'none of them'",
    ),
    day(
        "a state that came on is on",
        f"len(list_filter(names_off, lambda name: contains({ON}, ', ' || name || ', '))) > 0",
        "names_off is not null", states_line="'On: ' || names_off[1]",
    ),
    day(
        "a state that went off is off",
        f"len(list_filter(names_on, lambda name: contains({OFF}, ', ' || name || ', '))) > 0",
        "len(names_on) > 0", states_line="'Off: ' || names_on[1]",
    ),
    day(
        "what is missing is said where something is, and only there",
        "(missing <> '') <> (missing_line is not null) or complete <> (missing = '')",
        "complete", missing="'drivers'",
    ),
    day(
        "old index weights are said where the mart notes them, and only there",
        "(weights_note is not null) <> (weights_line is not null)", "weights_note is null", weights_note="'Old.'",
    ),
)  # fmt: skip
