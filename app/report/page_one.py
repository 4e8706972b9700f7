"""What page one of the report says, apart from its charts: the four answers, the chain, odds, levels and the record."""

import json
from datetime import date

import pandas as pd

from app.published import any_mart
from app.published.answer import Answer as FoundRows
from app.published.answer import Value
from app.published.file import Published
from app.report.sheet import Answer, Chain, Number, Table
from app.words import argument, labels, the_day

NUMBERS = ("answer_id", "value", "previous", "pctl_252", "counted")
#: The two odds that are given for every session: target, horizon, words.
ODDS = (
    ("drawdown_over_3pct", 21, "Drawdown over 3 % in a month"),
    ("fall_over_3pct", 5, "Close over 3 % lower in a week"),
)
VIX = ("target", "horizon", "vix", "base_share", "base_share_vix", "finding")
CASES = (
    "study_id", "state_id", "target", "horizon", "n_events", "hits", "share_said", "ci_low", "ci_high", "base_share",
    "skill_known_low",
)  # fmt: skip


def answers(published: Published, session: date, verdict: pd.Series) -> tuple[Answer, ...]:
    """Selling, why, where and when, from answers_daily and the row of verdict_daily."""
    found = any_mart.on_session(published, "answers_daily", NUMBERS, session, universe_id=published.universe)
    by_id = found.rows.set_index("answer_id") if found.has(*NUMBERS) else pd.DataFrame(columns=NUMBERS[1:])
    index = labels.index_name(published.universe)
    words = {
        "selling": argument.named(the_day.DAY_STATES, verdict["day_state"], "Not known"),
        "why": argument.named(argument.DRIVER_NAMES, verdict["why_day"], "not known").capitalize(),
        "where": argument.named({}, verdict["where_quadrant"], "between the sides").capitalize(),
        "when": _stage(verdict),
    }
    notes = {
        "why": "News at the middle of what the signs allow.",
        "where": f"Price since {verdict['reference_date']:%Y-%m-%d}. Risk: "
        f"{argument.named(argument.RISKS, verdict['risk_state'], 'not known')}."
        if pd.notna(verdict["reference_date"])
        else "",
        "when": f"Legs met: {the_day.legs(verdict['legs_met'])}; missing: {the_day.legs(verdict['legs_missing'])}.",
    }
    return tuple(
        Answer(
            name,
            words[answer],
            tuple(
                _number(by_id.loc[number], index if number == "index_from_anchor" else label, unit, digits, signed)
                for number, (label, unit, digits, signed) in numbers.items()
                if number in by_id.index
            ),
            notes.get(answer, ""),
        )
        for answer, (name, numbers) in the_day.ANSWERS.items()
    )


def _stage(verdict: pd.Series) -> str:
    stage = argument.named(argument.STAGES, verdict["when_stage"], "stage not known").capitalize()
    has_day = verdict["when_stage"] not in (None, "none") and pd.notna(verdict["stage_day"])
    return f"{stage}, day {labels.number(verdict['stage_day'])}" if has_day else stage


def _number(row: pd.Series, name: str, unit: str, digits: int, signed: bool) -> Number:
    value, before = (labels.number(row[column], digits, signed) for column in ("value", "previous"))
    if value == "–":
        now = f"{name} –"
    elif pd.notna(row["counted"]):
        now = f"{value} of {labels.number(row['counted'])} {name}"
    else:
        now = f"{name} {value} {unit}".strip()
    return Number(now, before, labels.place_in_a_year(row["pctl_252"]))


def chain(published: Published, session: date, verdict: pd.Series, claims: pd.DataFrame) -> Chain | None:
    """The chain of the call that has one, with the day's numbers; its links, the odds and the session's claims say what
    the data do not support."""
    if verdict["call_id"] != the_day.CHAIN_CALL:
        return None
    ratio = ("rs_state", "slope_21_chg_5")
    mega_caps = _row(published, "relative_performance_daily", ratio, session, pair_id="MAG7/SPY")
    correlation = _row(published, "implied_correlation_daily", ("cor1m", "cor1m_pctl_252"), session)
    holders = _row(published, "capitulation_daily", ("asset_manager_net_pct_oi",), session)
    month = _row(
        published, "vix_odds_daily", VIX, session, target=ODDS[0][0], horizon=ODDS[0][1], universe_id=published.universe
    )
    slope = labels.number(mega_caps["slope_21_chg_5"], 1, True)
    place = labels.place_in_a_year(correlation["cor1m_pctl_252"])
    sentence = the_day.CHAIN.format(
        mega_caps=f" (trend {slope} bp a day against five sessions ago)" if slope != "–" else "",
        correlation=f" (COR1M {labels.number(correlation['cor1m'], 2)}, {place})"
        if pd.notna(correlation["cor1m"])
        else "",
        positioning=f" (asset managers: {labels.number(holders['asset_manager_net_pct_oi'], 1)} % of open interest net)"
        if pd.notna(holders["asset_manager_net_pct_oi"])
        else "",
    )
    doubts = []
    if mega_caps["rs_state"] not in the_day.SLOWING:
        known = isinstance(mega_caps["rs_state"], str)
        state = labels.STATES.get(mega_caps["rs_state"], "") if known else ""
        doubts.append(the_day.NOT_SLOWING.format(state=state) if known else the_day.NO_STATE)
    if month["finding"] != "higher":
        doubts.append(the_day.NOT_LIKELIER)
    if not claims.empty:
        doubts += [f"“{claim.rstrip('.')}”" for claim in claims.loc[claims["finding"] == "not_supported", "paraphrase"]]
    return Chain(sentence, tuple(doubts))


def odds(published: Published, session: date, study_id: Value) -> Table:
    """What the level of the VIX says, then what is said after the state that the verdict counts: at most four rows."""
    vix = any_mart.on_session(published, "vix_odds_daily", VIX, session, universe_id=published.universe)
    cases = any_mart.on_session(
        published, "odds_daily", CASES, session, universe_id=published.universe, track="all", study_id=study_id
    )
    rows = [_by_the_vix(words, row) for words, row in _each(vix)]
    for words, row in _each(cases):
        key = {"universe_id": published.universe, "state_id": row["state_id"]}
        state = _row(published, "states_daily", ("state_name",), session, **key)["state_name"]
        rows.append(_by_cases(words, str(state), row))
    heads = ("Event", "Given", "Odds", "Any day", "Cases, 90 % interval; skill")
    return Table("Odds", heads, tuple(rows))


def _each(found: FoundRows) -> list[tuple[str, pd.Series]]:
    """The rows of the two odds, each with its words."""
    if found.rows.empty:
        return []
    by_target = found.rows.set_index(["target", "horizon"])
    return [(words, by_target.loc[key]) for *key_parts, words in ODDS if (key := tuple(key_parts)) in by_target.index]


def _by_the_vix(words: str, row: pd.Series) -> tuple[str, ...]:
    skill = argument.named({**argument.FINDINGS, **the_day.AGAINST_ANY_DAY}, row["finding"])
    given = f"VIX at {labels.number(row['vix'], 2)}"
    return words, given, the_day.odds(row["base_share_vix"]), the_day.odds(row["base_share"]), skill


def _by_cases(words: str, state: str, row: pd.Series) -> tuple[str, ...]:
    interval = f"{labels.number(100 * row['ci_low'])} to {the_day.odds(row['ci_high'])}"
    skill = "adds to the VIX" if row["skill_known_low"] > 0 else "adds nothing shown"
    cases = f"{row['hits']:.0f} of {row['n_events']:.0f}, {interval}" if row["n_events"] else "no case closed yet"
    counted = f"{cases}; {skill}"
    return words, state, the_day.odds(row["share_said"]), the_day.odds(row["base_share"]), counted


def levels(lines: pd.DataFrame) -> Table:
    """Tomorrow's levels as the sentences of the verdict have them: what, where it begins or ends, how far away."""
    rows = []
    for line in lines[lines["section"] == "levels"].sort_values("position").itertuples():
        texts = {number["id"]: number["text"] for number in json.loads(line.evidence)}
        name, _, rest = line.sentence.removeprefix('"').partition('" ')
        verb = " ".join(rest.split(" ")[:2])
        away = f"{texts['distance']}, {texts['distance_sigma']} σ" if texts["distance"] != "0.00" else "where it is"
        rows.append((name, f"{verb} {texts['level']}", away))
    return Table("Tomorrow", ("State", "From", "Away"), tuple(rows))


def _row(published: Published, mart: str, columns: tuple[str, ...], session: date, **keys: Value) -> pd.Series:
    """The row of a mart on the session; every column NULL where there is none."""
    answer = any_mart.on_session(published, mart, columns, session, (), **keys)
    return answer.rows.iloc[0] if answer.has(*columns) else pd.Series(None, index=list(columns), dtype=object)
