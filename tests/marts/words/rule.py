"""What a rule of the law of words is, and conditions that several rules share.

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


#: What no text of a screen or a report may have: name -> SQL condition on the column `text`, and a text that breaks it.
OF_ANY_TEXT = {
    "no identifier is in a text": ("regexp_matches(text, '[a-z0-9]_[a-z0-9]')", "'On: leg_panic.'"),
    "a minus is typographic": (r"regexp_matches(text, '(^|[^\d\w])-\d')", "'It lost -1 %.'"),
    "a thousand has its comma": (
        r"regexp_matches(regexp_replace(text, 'Russell 2000|FOMC of \w+ \d+', '', 'g'),"
        r" '(^|[^\d.,-])\d{4,}([^\d-]|$)')",
        "'At 5970.84.'",
    ),
    "no sum is +0 or −0": (r"regexp_matches(text, '[+−]0(\.0+)?([^\d.]|$)')", "'Bonds (IEF) moved +0 bp.'"),
    "no place in a year is 0 or 100 %": (
        "regexp_matches(text, '(at or above|rank) (0|100) %')", "'It is at or above 0 % of the past year.'",
    ),
    "nothing is said to be caused": (
        r"regexp_matches(lower(text), '\b(because|caused|due to)\b')", "'It fell because of rates.'",
    ),
    "no number is none": (r"regexp_matches(text, '\b(nan|NaN|NaT|None|inf|null|NULL)\b')", "'The VIX is nan.'"),
}  # fmt: skip

FALLING = "('heavy_selling', 'broad_selling', 'selling', 'narrow_gain')"
RISING = "('heavy_buying', 'broad_buying', 'buying', 'narrow_loss')"
WORD = "upper(substr(day_state, 1, 1)) || replace(substr(day_state, 2), '_', ' ') || ': '"
STAGED = "coalesce(stage, 'none') <> 'none'"
CAPITULATED = "stage in ('capitulated', 'confirmed')"
ON = "(', ' || rtrim(regexp_extract(states_line, '\\b[Oo]n: ([^;]*)', 1), '.') || ', ')"
OFF = "(', ' || rtrim(regexp_extract(states_line, '\\b[Oo]ff: ([^;]*)', 1), '.') || ', ')"
#: The numbers of a sentence; a comma after one is no part of it.
NUMBERS = r"regexp_extract_all(without_names, '[+−]?\d[\d,]*(?:\.\d+)?(?:-\d\d-\d\d)?')"
