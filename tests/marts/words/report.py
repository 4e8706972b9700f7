"""Rules on the daily report of every tenth session: what it adds to the sentences, and that these are all in it."""

from app.words.argument import LEGS
from app.words.the_day import LEG_NAMES
from tests.marts.words.rule import OF_ANY_TEXT, Rule

#: Words of the report for the states that a tile names.
DAY = "coalesce(upper(substr(day_state, 1, 1)) || replace(substr(day_state, 2), '_', ' '), 'Not known')"
SLOWING = "coalesce(rs_state, '') in ('leading_slowing', 'lagging')"
CHAIN_CALL = "coalesce(call_id, '') = 'weakness_until_positioning_goes'"
PLAIN = "place not in ('markdown', 'data')"
#: Whether a leg is met, as tables and the picture of the legs say it.
MET = {
    leg: f"case when contains(coalesce(legs_met, ''), '{leg}') then 'met'"
    f" when contains(coalesce(legs_missing, ''), '{leg}') then 'missing' else 'not known' end"
    for leg in LEGS
}


def report(name: str, broken: str, row: str, **planted: str) -> Rule:
    """A rule over texts of the report."""
    return Rule(f"report: {name}", broken, row, planted, "reports")


RULES = (
    report(
        "every sentence but those of odds and levels, which are tables, is in the Markdown",
        "place = 'markdown' and unsaid > 0", "place = 'markdown'", unsaid="1",
    ),
    *(
        report(name, f"{PLAIN} and {broken}", "place = 'number'", text=planted)
        for name, (broken, planted) in OF_ANY_TEXT.items()
    ),
    report(
        "calm is never said with a VIX of 25 or in a washout",
        f"{PLAIN} and contains(lower(text), 'calm') and (vix >= 25 or stage not in ('none', 'stress'))",
        "place = 'note' and item = 'Where'", vix="26", text="'Risk: calm.'",
    ),
    report(
        "the call and the headline are those of the verdict",
        "(place = 'call' and text <> argument) or (place = 'headline' and text <> headline)",
        "place = 'call'", text="'All is well.'",
    ),
    report(
        "the first answer is the state of the day", f"place = 'answer' and item = 'Selling' and text <> {DAY}",
        "place = 'answer' and item = 'Selling' and day_state = 'selling'", text="'Broad buying'",
    ),
    report(
        "the last answer is the stage",
        "place = 'answer' and item = 'When' and not contains(lower(text), "
        "case coalesce(when_stage, '') when 'none' then 'no stage' when '' then 'stage not known' else when_stage end)",
        "place = 'answer' and item = 'When'", text="'Over'",
    ),
    report(
        "a leg is met only where the verdict has it met",
        "place = 'note' and item = 'When' and regexp_extract(text, 'Legs met: ([^;]*)', 1) "
        "<> coalesce(nullif(legs_met, ''), 'none')",
        "place = 'note' and item = 'When'", text="'Legs met: everything; missing: none.'",
    ),
    report(
        "the table of the legs has them met, missing or not known as the verdict does",
        "place = 'table' and case item "
        + " ".join(f"when '{name}' then split_part(text, ' | ', 2) <> {MET[leg]}" for leg, name in LEGS.items())
        + " else false end",
        f"place = 'table' and item = '{LEGS['positioning']}' and contains(legs_met, 'positioning')",
        text=f"'{LEGS['positioning']} | missing | today | –'",
    ),
    report(
        "and so does their picture",
        "place = 'picture' and starts_with(text, 'stage ') and ("
        + " or ".join(f"not contains(text, '{LEG_NAMES[leg].lower()} ' || {MET[leg]})" for leg in LEGS)
        + ")",
        "place = 'picture' and starts_with(text, 'stage ') and contains(legs_met, 'volatility')",
        legs_met="''", legs_missing="'volatility'",
    ),
    report(
        "exhaustion is never met with the VIX or COR1M at its ten-session high",
        "place = 'note' and regexp_matches(text, 'Legs met: [^;]*exhaustion')"
        " and (vix >= vix_high_10 or cor1m >= cor1m_high_10)",
        "place = 'note' and item = 'When'", vix="20", vix_high_10="20", text="'Legs met: exhaustion; missing: none.'",
    ),
    report(
        "a number of an answer is that of the mart as rounded",
        "place = 'number' and (abs(now - value) > 0.5 * 10.0 ** -digits + 1e-9 or (now is null) <> (value is null))",
        "place = 'number' and value is not null", now="value + 1",
    ),
    report(
        "the number before is that of the session before",
        "place = 'number'"
        " and (abs(before - previous) > 0.5 * 10.0 ** -digits + 1e-9 or (before is null) <> (previous is null))",
        "place = 'number' and previous is not null", before="previous - 1",
    ),
    report(
        "a rank is that of the mart",
        "place = 'number'"
        # the highest of a year is written out, and only that: the second highest is rank 99
        " and (abs(rank - least(pctl_252, 99.0)) > 0.5 + 1e-9 or (rank is null and pctl_252 between 0.51 and 99.89))",
        "place = 'number' and pctl_252 is not null", rank="pctl_252 - 2",
    ),
    report(
        "odds with such a VIX, and on any day, are those of the mart",
        "place = 'odds' and item <> ''"
        " and (abs(now - 100 * base_share_vix) > 0.5 + 1e-9 or abs(before - 100 * base_share) > 0.5 + 1e-9)",
        "place = 'odds' and item <> '' and base_share_vix is not null", now="100 * base_share_vix + 3",
    ),
    report(
        "odds after a state are those that the verdict says",
        "place = 'odds' and starts_with(item, 'state ')"
        " and (abs(now - 100 * share_said) > 0.5 + 1e-9 or (now is null) <> (share_said is null))",
        "place = 'odds' and starts_with(item, 'state ') and share_said is not null", now="100 * share_said + 3",
    ),
    report("odds have at most four rows", "place = 'odds' and texts_there > 4", "place = 'odds'", texts_there="5"),
    report(
        "a level is that of a sentence",
        "place = 'level' and not (contains(level_lines, item) and contains(level_lines, split_part(text, ' | ', 1))"
        " and contains(level_lines, split_part(text, ' | ', 2)))",
        "place = 'level'", text="'begins at 1.00 | +0.01, +0.1 σ'",
    ),
    report(
        "the chain is drawn for its call and for no other", f"place = 'chain' and not {CHAIN_CALL}",
        "place = 'chain'", call_id="'nothing_unusual'",
    ),
    report(
        "the call of the chain has it", f"place = 'call' and {CHAIN_CALL} and not contains(said_chain, '→')",
        f"place = 'call' and {CHAIN_CALL}", said_chain="''",
    ),
    report(
        "where the mega-caps do not slow, the chain is said to lack that link",
        f"place = 'chain' and not {SLOWING} and not contains(doubts, 'less support from the mega-caps')",
        "place = 'chain'", rs_state="'leading'", doubts="''",
    ),
    report(
        "where the mega-caps slow, the chain does not lack that link",
        f"place = 'doubt' and {SLOWING} and contains(text, 'less support from the mega-caps')",
        "place = 'doubt'", rs_state="'lagging'", text="'less support from the mega-caps (they are leading)'",
    ),
    report(
        "where the odds are not higher, the chain is said to lack them",
        "place = 'chain' and coalesce(call_finding, '') <> 'higher'"
        " and not contains(doubts, 'more than the usual odds')",
        "place = 'chain'", call_finding="'lower'", doubts="''",
    ),
    report(
        "the last value of COR1M is that of the mart",
        r"place = 'picture' and contains(text, 'COR1M ') and "
        r"abs(try_cast(regexp_extract(text, 'COR1M ([\d.]+)', 1) as double) - cor1m) > 0.05 + 1e-9",
        "place = 'picture' and contains(text, 'COR1M ') and cor1m is not null", cor1m="cor1m + 1",
    ),
    report(
        "the last shares above averages are those of the mart",
        "place = 'picture' and (" + " or ".join(
            rf"abs(try_cast(regexp_extract(text, '\b{days}-day (\d+)', 1) as double) - pct_above_sma{days})"
            " > 0.5 + 1e-9"
            for days in (20, 50, 200)
        ) + ")",
        "place = 'picture' and contains(text, '200-day ') and pct_above_sma200 is not null",
        pct_above_sma200="pct_above_sma200 + 2",
    ),
)  # fmt: skip
