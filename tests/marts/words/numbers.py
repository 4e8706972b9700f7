"""Rules on numbers: each is its column as rounded."""

from tests.marts.words.rule import Rule

WRITTEN = "try_cast(replace(replace(text, ',', ''), '−', '-') as double)"
DECIMALS = "length(split_part(text, '.', 2))"

RULES = (
    Rule(
        "a number is its column as rounded",
        # the evidence lists the whole value to six decimals
        f"""found_day is null and not coalesce(
            abs(found - value) <= 1e-6
            and abs({WRITTEN} - found * factor) <= 0.5 * pow(10, -{DECIMALS}) + 1e-9,
            false
        )""",
        "found_day is null and mart = 'breadth_daily'", {"text": "'1' || text"}, "numbers",
    ),
    Rule(
        "a level and its distance have two digits, its distance in σ one",
        f"mart = 'levels_next' and {DECIMALS} <> case column_name when 'distance_sigma' then 1 else 2 end",
        "mart = 'levels_next'", {"text": "text || '1'"}, "numbers",
    ),
    Rule(
        "a date is that of its column",
        "found_day is not null and (found_day::varchar <> text or value is not null)",
        "found_day is not null", {"text": "'2001-01-01'"}, "numbers",
    ),
)  # fmt: skip
