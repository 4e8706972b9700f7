"""Rules on every sentence, on why, on levels and on dates."""

from tests.marts.words.rule import NUMBERS, OF_ANY_TEXT, line

RULES = (
    *(line(name, broken, "true", text=planted) for name, (broken, planted) in OF_ANY_TEXT.items()),
    line(
        "every number of a sentence is in its evidence",
        f"len(list_filter({NUMBERS}, lambda number: not list_contains(texts, rtrim(number, ',')))) > 0",
        "section = 'selling' and position = 1", without_names="'999 of 1,000 fell.'",
    ),
    line(
        "a sentence begins with a capital and ends with one full stop",
        r"not regexp_matches(sentence, '^[A-Z0-9\"].*[^.]\.$') or regexp_matches(sentence, '  | ,|;;|, ;|\.\.')",
        "section = 'regime'", sentence="'regime unknown'",
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
