"""The law of words: what no sentence of the verdict may say against the numbers of its session, one rule a row.

A rule is an SQL condition over a table of tests.marts.verdict_text that must find no row, and a row that it must find:
a real one in which `planted` replaces some columns.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Rule:
    """What no row of `of` may break, where the row to plant in is found, and what is planted there."""

    name: str
    broken: str
    row: str
    planted: dict[str, str] = field(default_factory=dict)
    of: str = "days"


def day(name: str, broken: str, row: str, **planted: str) -> Rule:
    """A rule over sessions."""
    return Rule(name, broken, row, planted)


def line(name: str, broken: str, row: str, **planted: str) -> Rule:
    """A rule over sentences."""
    return Rule(name, broken, row, planted, "lines")


FALLING = "('heavy_selling', 'broad_selling', 'selling', 'narrow_gain')"
RISING = "('heavy_buying', 'broad_buying', 'buying', 'narrow_loss')"
WORD = "upper(substr(day_state, 1, 1)) || replace(substr(day_state, 2), '_', ' ') || ': '"
STAGED = "coalesce(stage, 'none') <> 'none'"
CAPITULATED = "stage in ('capitulated', 'confirmed')"
ON = "(', ' || rtrim(regexp_extract(states_line, '\\b[Oo]n: ([^;]*)', 1), '.') || ', ')"
OFF = "(', ' || rtrim(regexp_extract(states_line, '\\b[Oo]ff: ([^;]*)', 1), '.') || ', ')"
#: The numbers of a sentence; a comma after one is no part of it.
NUMBERS = r"regexp_extract_all(without_names, '[+−]?\d[\d,]*(?:\.\d+)?(?:-\d\d-\d\d)?')"

RULES = (
    # the headline
    day(
        "the headline begins with the word of the day's state, and with none where there is none",
        f"not starts_with(day, coalesce({WORD}, '')) or (day_state is null and day like '%: %members%')",
        "day_state = 'broad_selling'", day="'Washout: ' || day",
    ),
    day("the headline is the sentence of its section", "headline is distinct from day", "true", headline="'Quiet.'"),
    day(
        "a headline of falling names counts those that fell",
        f"day_state in {FALLING} and not contains(day, format('{{:,}} of {{:,}} members fell', declines, valid))",
        "day_state = 'selling'", declines="declines - 1",
    ),
    day(
        "a headline of rising names counts those that rose",
        f"day_state in {RISING} and not contains(day, format('{{:,}} of {{:,}} members rose', advances, valid))",
        "day_state = 'buying'", day="replace(day, ' rose', ' fell')",
    ),
    day(
        "selling in a headline is of a day on which the index fell or nine in ten fell",
        "regexp_matches(day, '^[A-Z a-z]*[Ss]elling: ') and index_return >= 0 and declines < 0.9 * valid",
        "day_state = 'buying'", day="'Selling: ' || day",
    ),
    day(
        "buying in a headline is of a day on which the index rose or nine in ten rose",
        "regexp_matches(day, '^[A-Z a-z]*[Bb]uying: ') and index_return <= 0 and advances < 0.9 * valid",
        "day_state = 'selling'", day="'Buying: ' || day",
    ),
    day(
        "the sign of the index in the headline is that of its return",
        "(regexp_matches(day, 'S&P 500 (\\+|barely up)') and index_return <= 0)"
        " or (regexp_matches(day, 'S&P 500 (−|barely down)') and index_return >= 0)",
        "index_return > 0.002", index_return="-index_return",
    ),
    day(
        "without a stage the headline says nothing of one",
        f"not ({STAGED}) and regexp_matches(day, 'stress|washout|apitulat|ositioning|stage')",
        "stage = 'none'", day="day || ' Positioning has not capitulated.'",
    ),
    day(
        "a stage is in the headline with its day, or as new",
        f"{STAGED} and not contains(day, 'day ' || stage_day || ',')"
        " and not contains(day, 'new stage: ' || stage) and not contains(day, 'new stage: capitulation')",
        "true", stage="'washout'", stage_day="8", day="'Selling; washout, day 7, positioning is not known.'",
    ),
    day(
        "a new stage is in the headline of its day, and on no other",
        "contains(day, 'new stage') <> (stage_day = 1 and previous_stage is not null and stage <> 'none')",
        "true", stage="'washout'", stage_day="3", day="'Selling; new stage: washout.'",
    ),
    day(
        "a capitulated stage never says that positioning has not capitulated",
        f"{CAPITULATED} and regexp_matches(said, '[Pp]ositioning (has not|is not)')",
        "true", stage="'capitulated'", said="'Positioning has not capitulated.'",
    ),
    day(
        "positioning is said to have capitulated in a capitulated stage alone",
        f"not coalesce({CAPITULATED}, false) and regexp_matches(said, '[Pp]ositioning (has )?capitulated')",
        "true", stage="'washout'", said="'Positioning has capitulated.'",
    ),
    day(
        "positioning is said to have capitulated as long ago as the stage has it",
        f"{CAPITULATED} and capitulation_age > 1"
        " and not contains(day, 'positioning capitulated ' || capitulation_age || ' sessions ago')",
        "true", stage="'capitulated'", capitulation_age="2", day="'Positioning capitulated 3 sessions ago.'",
    ),
    day("no stress is never said", "contains(lower(said), 'no stress')", "true", said="'No stress.'"),
    day(
        "a thrust that fired is in the headline and first among the changes",
        "coalesce(len(thrusts), 0) > 0 and (not contains(day, ' fired') or not contains(lower(events_line), ' fired'))",
        "true", thrusts="['Zweig breadth thrust (NYSE)']", day="'Buying.'",
    ),
    day(
        "nothing is said to have fired that did not",
        "contains(said, ' fired') and coalesce(len(thrusts), 0) = 0 and not (is_zweig_proxy and not has_exchange)",
        "coalesce(len(thrusts), 0) = 0 and not is_zweig_proxy", said="said || ' Break-away momentum fired.'",
    ),
    day(
        "a blow-out that began is in the headline, and no other",
        "(coalesce(len(blowouts), 0) > 0) <> contains(day, 'blows out')",
        "coalesce(len(blowouts), 0) = 0", day="day || ' Volatility blows out.'",
    ),
    # states and legs
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
    # the index and the mega-caps
    day(
        "the index is above its reference where it closed above it, and below where below",
        "(regexp_matches(index_line, ', \\+[0-9.,]+ % from') and index_close <= reference_close)"
        " or (regexp_matches(index_line, ', −[0-9.,]+ % from') and index_close >= reference_close)",
        "index_line like '%from its close%' and index_line not like '%level with%'",
        index_close="reference_close", reference_close="index_close",
    ),
    day(
        "the verdict is wrong above the reference only from below it, and below it only from above",
        "(contains(falsifier, 'closes above') and index_close >= reference_close)"
        " or (contains(falsifier, 'closes below') and index_close < reference_close)",
        "index_close <> reference_close and falsifier like '%closes %'",
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
    # every sentence
    line(
        "every number of a sentence is in its evidence",
        f"len(list_filter({NUMBERS}, lambda number: not list_contains(texts, rtrim(number, ',')))) > 0",
        "section = 'selling' and position = 1", without_names="'999 of 1,000 fell.'",
    ),
    line(
        "no sum is +0 or −0", r"regexp_matches(sentence, '[+−]0(\.0+)?([^\d.]|$)')",
        "section = 'why'", sentence="'Bonds (IEF) moved +0 bp.'",
    ),
    line(
        "no place in a year is 0 or 100 %", "regexp_matches(sentence, 'at or above (0|100) %')",
        "section = 'risk'", sentence="'Implied correlation is at or above 0 % of the past year.'",
    ),
    line(
        "no identifier is in a sentence", "regexp_matches(sentence, '[a-z0-9]_[a-z0-9]')",
        "section = 'changed'", sentence="'On: leg_panic.'",
    ),
    line(
        "a minus is typographic", r"regexp_matches(sentence, '(^|[^\d\w])-\d')",
        "section = 'where'", sentence="'It lost -1 %.'",
    ),
    line(
        "a thousand has its comma", r"regexp_matches(without_names, '(^|[^\d.,-])\d{4,}([^\d-]|$)')",
        "section = 'where'", without_names="'At 5970.84.'",
    ),
    line(
        "nothing is said to be caused", r"regexp_matches(lower(sentence), '\b(because|caused?|due to)\b')",
        "section = 'why'", sentence="'It fell because of rates.'",
    ),
    line(
        "a sentence begins with a capital and ends with one full stop",
        r"not regexp_matches(sentence, '^[A-Z0-9\"].*[^.]\.$') or regexp_matches(sentence, '  | ,|;;|, ;|\.\.')",
        "section = 'regime'", sentence="'regime unknown'",
    ),
    line(
        "a sentence holds no number that is none", r"regexp_matches(sentence, '\b(nan|inf|null|NULL)\b')",
        "section = 'risk'", sentence="'The VIX is nan.'",
    ),
    line(
        "the evidence of a sentence is a list", "not json_valid(evidence) or evidence not like '[%]'",
        "section = 'risk'", evidence="'{'",
    ),
    line(
        "a driver is named only in the direction of the move and with a tenth of it and 5 bp",
        "section = 'why' and contains(sentence, ' moved with ')"
        " and not (sign(first_value) = sign(move_bp) and abs(first_value) >= greatest(0.1 * abs(move_bp), 5) - 1e-6)",
        "section = 'why' and contains(sentence, ' moved with ')", first_value="0.05 * move_bp",
    ),
    line(
        "one news is the larger part throughout only where that is identified",
        "contains(sentence, 'throughout') and not coalesce(is_identified, false)",
        "contains(sentence, 'throughout')", is_identified="false",
    ),
    line(
        "the growth news of a sentence is within the range beside it",
        r"section = 'why' and contains(sentence, 'anything from') and growth not between growth_low and growth_high",
        "contains(sentence, 'anything from')", growth="growth_high + 1",
    ),
    line(
        "a level ends a state that is on and begins one that is off, and is within reach",
        "section = 'levels' and (contains(sentence, ' ends at ') <> is_level_met or not is_level_in_reach)",
        "section = 'levels'", is_level_met="not is_level_met",
    ),
    line(
        "no skill shown is said of the VIX exactly where none is",
        r"(contains(sentence, 'a month came on') and regexp_matches(sentence, 'a month came on[^;]*no skill shown')"
        r" = coalesce(month_skill_low > 0, false)) or (contains(sentence, 'a week came on')"
        r" and regexp_matches(sentence, 'a week came on[^;]*no skill shown') = coalesce(week_skill_low > 0, false))",
        "section = 'odds'", sentence="'A fall within a month came on 36 % of days.'", month_skill_low="-0.1",
    ),
    line(
        "no share that the VIX gives is 0 or 100 %", r"regexp_matches(sentence, '\b(0|100) % of days|day (0|100) %')",
        "section = 'odds'", sentence="'It came on 0 % of days, on any day 1 %.'",
    ),
    line(
        "the odds are of falls, not of direction, and nothing is called likely",
        r"section = 'odds' and regexp_matches(lower(sentence), 'likel|risk of|\bwas (lower|higher)\b')",
        "section = 'odds'", sentence="'A month later the S&P 500 was lower in 8 of 22 cases.'",
    ),
    line(
        "a state is in the odds only while it is on",
        "section = 'odds' and starts_with(sentence, '\"') and not coalesce(is_study_on, false)",
        "section = 'odds' and starts_with(sentence, '\"')", is_study_on="false",
    ),
    line(
        "no studied state is said to be on exactly where none is",
        "section = 'odds' and position = 2 and (sentence = 'No studied state is on.') <> (studies_on = 0)",
        "section = 'odds' and position = 2 and studies_on > 0", sentence="'No studied state is on.'",
    ),
    line(
        "the cases of a state add nothing shown exactly where their skill is not shown",
        "study_n_events > 0 and contains(sentence, 'adds nothing shown') = coalesce(study_skill_low > 0, false)",
        "contains(sentence, 'adds nothing shown')", study_skill_low="0.01",
    ),
    line(
        "the state of the odds is the one on longest, of those with skill shown if there are any",
        "study_age < coalesce(longest_age_with_skill, longest_age)"
        " or (longest_age_with_skill is not null and study_age is not null and coalesce(study_skill_low, 0) <= 0)",
        "study_age is not null", longest_age_with_skill="study_age + 1",
    ),
    line(
        "the cases of a state are its hits and its cases on all days", "study_n_events > 0"
        " and not contains(sentence, format('{} of {} earlier cases on all days', study_hits, study_n_events))",
        "study_n_events > 0", study_hits="study_hits + 1",
    ),
    line(
        "cases are survivor-biased exactly where fewer are on clean days",
        "contains(sentence, 'survivor-biased') <> (study_clean_n_events < study_n_events)",
        "study_n_events > 0", sentence="'On all days.'", study_clean_n_events="study_n_events - 1",
    ),
    line(
        "a date of the calendar has its weekday",
        r"""section = 'calendar' and len(list_filter(
            regexp_extract_all(sentence, '\w+day \d{4}-\d\d-\d\d'),
            lambda found: dayname(right(found, 10)::date) <> split_part(found, ' ', 1)
        )) > 0""",
        "section = 'calendar'", sentence="'Releases: payrolls Monday 2025-01-10.'",
    ),
    line(
        "a date of the calendar is on a weekday after the session",
        r"""section = 'calendar' and len(list_filter(
            regexp_extract_all(sentence, '\d{4}-\d\d-\d\d'),
            lambda found: isodow(found::date) > 5 or found::date <= session_date
        )) > 0""",
        "section = 'calendar'", sentence="'Releases: payrolls Saturday 2025-01-11.'",
    ),
)  # fmt: skip
