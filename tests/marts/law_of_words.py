"""The law of words: what no sentence of the verdict may say against the numbers of its session, one rule a row.

The rules of each subject are in tests.marts.words; this is the one list of them. A new rule is an entry of its subject.
"""

from tests.marts.words import call, due, gaps, headline, index, numbers, odds, report, screen, sentences, states
from tests.marts.words.rule import Rule

RULES: tuple[Rule, ...] = (
    *call.RULES, *headline.RULES, *states.RULES, *index.RULES, *sentences.RULES, *odds.RULES,
    *gaps.RULES, *due.RULES, *numbers.RULES, *report.RULES, *screen.RULES,
)  # fmt: skip
