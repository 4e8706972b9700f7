"""Rules on the headline."""

from tests.marts.words.rule import CAPITULATED, FALLING, RISING, STAGED, WORD, day

RULES = (
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
)  # fmt: skip
