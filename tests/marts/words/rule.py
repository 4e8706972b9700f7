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


FALLING = "('heavy_selling', 'broad_selling', 'selling', 'narrow_gain')"
RISING = "('heavy_buying', 'broad_buying', 'buying', 'narrow_loss')"
WORD = "upper(substr(day_state, 1, 1)) || replace(substr(day_state, 2), '_', ' ') || ': '"
STAGED = "coalesce(stage, 'none') <> 'none'"
CAPITULATED = "stage in ('capitulated', 'confirmed')"
ON = "(', ' || rtrim(regexp_extract(states_line, '\\b[Oo]n: ([^;]*)', 1), '.') || ', ')"
OFF = "(', ' || rtrim(regexp_extract(states_line, '\\b[Oo]ff: ([^;]*)', 1), '.') || ', ')"
#: The numbers of a sentence; a comma after one is no part of it.
NUMBERS = r"regexp_extract_all(without_names, '[+−]?\d[\d,]*(?:\.\d+)?(?:-\d\d-\d\d)?')"
