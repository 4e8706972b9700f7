"""Rules on the odds."""

from tests.marts.words.rule import line

RULES = (
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
)  # fmt: skip
