"""Rules on the four answers of the first screen of every tenth session: they say what the verdict has."""

from tests.marts.words.report import DAY
from tests.marts.words.rule import Rule

LEGS = ("washout", "panic", "volatility", "correlation", "positioning", "exhaustion", "trigger")
STAGE = "case coalesce(when_stage, '') when 'none' then 'no stage' when '' then 'not known' else when_stage end"


def screen(name: str, broken: str, card: str, row: str = "true", **planted: str) -> Rule:
    """A rule over the card of one answer."""
    of_card = f"place = 'card' and item = '{card}'"
    return Rule(f"first screen: {name}", f"{of_card} and ({broken})", f"{of_card} and {row}", planted, "reports")


RULES = (
    screen(
        "Selling begins with the state of the day", f"day_state is not null and not starts_with(text, {DAY} || '. ')",
        "Selling", "day_state is not null", text="'All is well. 1 of 2 fell'",
    ),
    screen(
        "those that fell are counted as in the headline",
        "declines is not null and not contains(text, format('{:,} of {:,} fell', declines, valid))",
        "Selling", "declines is not null", declines="declines + 1",
    ),
    screen(
        "When begins with the stage", f"not starts_with(lower(text), {STAGE})",
        "When", text="'Over. panic today'",
    ),
    screen(
        "a leg is missing exactly where the verdict has it missing",
        " or ".join(
            f"contains(text, '{leg} missing') <> contains(coalesce(legs_missing, ''), '{leg}')" for leg in LEGS
        ),
        "When", "contains(legs_missing, 'panic')", legs_missing="'none'",
    ),
    screen(
        "a leg is not known exactly where the verdict has it neither met nor missing",
        " or ".join(
            f"contains(text, '{leg} not known')"
            f" = contains(coalesce(legs_met, '') || coalesce(legs_missing, ''), '{leg}')"
            for leg in LEGS
        ),
        "When", "contains(legs_met, 'volatility')", legs_met="''", legs_missing="''",
    ),
    screen(
        "Where has the change of the index since the reference day",
        "not regexp_matches(text, '^([+−]\\d+\\.\\d+ %|0\\.0+ %) since \\d|^no anchor before this session')",
        "Where", text="'Up. a little'",
    ),
)  # fmt: skip
