"""Rules that compare the verdict with the marts it is made from: what is known is said, as it is.

Rules of one form are rows of a table here: a sentence is there where its numbers are, a clause is in its sentence
exactly under its condition, a text or a value is the one that the marts give.
"""

from tests.marts.verdict_known import BODY, LEGS, ago
from tests.marts.words.rule import Rule

#: Sentence -> when it is said.
SAID = {
    "call_1": "true",
    "day_1": "true",
    "selling_1": "breadth.declines is not null and breadth.advances is not null",
    "selling_2": "verdict.selling_pressure is not null",
    "why_1": "drivers.spx_return_bp + drivers.news_growth_bp + drivers.news_discount_bp is not null",
    "why_2": "day_driver is not null",
    "why_3": "abs(day_residual) >= greatest(0.1 * abs(drivers.spx_return_bp), 5)",
    "why_4": "drivers.ief_return_bp is not null",
    "why_5": "drivers.spx_return_5_bp + drivers.news_growth_5_bp + drivers.news_discount_5_bp is not null",
    "why_6": "week_driver is not null",
    "why_7": "abs(week_residual) >= greatest(0.1 * abs(drivers.spx_return_5_bp), 5)",
    "where_1": "index_days.close is not null and verdict.reference_close is not null",
    "where_2": "mega_cap_pp is not null and abs(round(gap_pp, 1)) > 0",
    "where_3": "mega_caps.rs_state is not null and mega_caps.slope_21 is not null",
    "breadth_1": "breadth.participation_state is not null and breadth.participation_score is not null",
    "breadth_2": "breadth.narrowness_state is not null and breadth.narrowness_score is not null",
    "breadth_3": "breadth.pct_above_sma50 is not null and breadth.pct_above_sma200 is not null",
    "risk_1": "volatility.vix is not null",
    "risk_2": "correlation.cor1m is not null",
    "regime_1": "true",
    "when_1": "capitulation.stage is not null",
    "when_2": "capitulation.legs_met is not null",
    "when_3": "capitulation.asset_manager_net_pct_oi is not null",
    "odds_1": "volatility.vix is not null and (is_month_said or is_week_said)",
    "odds_2": "true",
    "changed_2": "true",
    "wrong_if_1": "true",
    "wrong_if_2": "true",
    "missing_2": "weights.weights_note is not null",
}  # fmt: skip

#: A tenth of a per cent that rounds to nothing, and so on.
FLAT = "abs(round({}, {})) = 0"
UNTURNED = (
    "(breadth.{0}_state in ('low_unresolved', 'high_unresolved')"
    " or (breadth.{0}_state in ('extreme_low', 'extreme_high') and breadth.{0}_extreme_date < session_date))"
)


def of_score(score: str) -> list[tuple[str, str, str]]:
    """The clauses of the sentence on a breadth score."""
    state = f"breadth.{score}_state"
    column = "breadth_1" if score == "participation" else "breadth_2"
    today = f"breadth.{score}_extreme_date = session_date"
    return [
        (column, " is at no extreme", f"{state} = 'neutral'"),
        (column, " and bounces", f"{state} = 'low_bouncing'"),
        (column, " and fades", f"{state} = 'high_fading'"),
        (column, "bounced and failed with a new low on", f"{state} = 'low_failed'"),
        (column, "faded and failed with a new high on", f"{state} = 'high_failed'"),
        (column, "has not turned", UNTURNED.format(score)),
        (column, "is at a low extreme", f"{state} = 'extreme_low' and {today}"),
        (column, "is at a high extreme", f"{state} = 'extreme_high' and {today}"),
    ]


def of_move(column: str, infix: str) -> list[tuple[str, str, str]]:
    """The clauses of the sentence on the news of a day or of five."""
    growth, discount = f"drivers.news_growth_{infix}bp", f"drivers.news_discount_{infix}bp"
    low, high, identified = f"{growth}_low", f"{growth}_high", "why_5d" if infix else "why_day"
    larger = f"drivers.{identified}_identified and abs(round({growth})) <> abs(round({discount})) and "
    within = f"{growth} between {low} and {high} and round({low}) "
    return [
        (column, "hardly any move", FLAT.format(f"drivers.spx_return_{infix}bp", 0)),
        (column, " was growth news and ", f"abs({growth}) > abs({discount})"),
        (column, " was discount-rate news and ", f"not abs({growth}) > abs({discount})"),
        (column, "at any split", f"{within} = round({high})"),
        (column, "anything from", f"{within} <> round({high})"),
        (column, "and growth news is the larger part throughout", f"{larger}abs({growth}) > abs({discount})"),
        (
            column,
            "and discount-rate news is the larger part throughout",
            f"{larger}not abs({growth}) > abs({discount})",
        ),
    ]


#: Sentence, a clause of it, and when it is there.
CLAUSES = (
    ("day_1", "barely up", f"{FLAT.format('100 * index_days.price_return_1d', 1)} and index_days.price_return_1d > 0"
     " and index_days.close is not null"),
    ("day_1", "barely down", f"{FLAT.format('100 * index_days.price_return_1d', 1)} and index_days.price_return_1d < 0"
     " and index_days.close is not null"),
    ("day_1", "unchanged at", "index_days.price_return_1d = 0 and index_days.close is not null"),
    ("day_1", " fired", "fired_due is not null"),
    ("day_1", "; capitulation confirmed, ",
     "capitulation.stage = 'confirmed' and not (stage_age = 0 and is_start_known)"),
    ("day_1", "at least day", "stage_is_said and not is_start_known"),
    ("day_1", ", after ", "stage_is_said and stage_age = 0 and is_start_known and stage_before_run <> 'none'"),
    ("selling_1", " of their volume was in rising names", "breadth.up_volume_pct is not null"),
    ("selling_1", "declines have led", "breadth.neg_breadth_streak > 1"),
    *of_move("why_1", ""),
    *of_move("why_5", "5_"),
    ("why_4", "hardly moved", FLAT.format("drivers.ief_return_bp", 0)),
    ("where_1", "a month of sessions before", "event_due is null"),
    ("where_1", "level with", FLAT.format("index_change", 2)),
    ("where_1", "the Russell 2000", "small_cap_change is not null"),
    ("where_1", "long bonds", "bonds_100 is not null"),
    ("where_2", "more than half", "mega_cap_share_pct >= 50"),
    ("where_2", "less than half", "mega_cap_share_pct < 50 and mega_cap_share_pct >= 0"),
    ("where_3", " flat (", FLAT.format("mega_caps.slope_21", 1)),
    ("where_3", " rising (", f"mega_caps.slope_21 > 0 and not {FLAT.format('mega_caps.slope_21', 1)}"),
    ("where_3", "against five sessions ago", f"not {FLAT.format('mega_caps.slope_21_chg_5', 1)}"),
    ("where_3", ", as five sessions ago", FLAT.format("mega_caps.slope_21_chg_5", 1)),
    ("where_3", "do not bear out", "mega_caps.low_corr and mega_caps.ratio_bond_corr_63 is not null"),
    ("where_3", "that moved with bonds",
     "not coalesce(mega_caps.low_corr, false) and mega_caps.ratio_bond_corr_63 is not null"),
    *of_score("participation"),
    *of_score("narrowness"),
    ("risk_1", " of VIX3M", "volatility.vix_vix3m is not null"),
    ("risk_1", ", low for its year", "volatility.vol_state = 'calm'"),
    ("risk_1", ", in the middle of its year", "volatility.vol_state = 'normal'"),
    ("risk_1", ", off its high", "volatility.vix_rollover and volatility.vix < volatility.vix_high_10"),
    ("risk_2", " points in five sessions", f"not {FLAT.format('correlation.cor1m_chg_5d', 1)}"),
    ("risk_2", ", as five sessions ago", FLAT.format("correlation.cor1m_chg_5d", 1)),
    ("risk_2", "the lowest of the past year", FLAT.format("correlation.cor1m_pctl_252", 0)),
    ("risk_2", "the highest of the past year", "round(correlation.cor1m_pctl_252) = 100"),
    ("risk_2", " % of the past year", "round(correlation.cor1m_pctl_252) between 1 and 99"),
    ("risk_2", ", elevated", "correlation.implied_corr_state = 'elevated'"),
    ("regime_1", "goldilocks (growth up, inflation down)", "regime.quadrant = 'goldilocks'"),
    ("regime_1", "reflation (growth and inflation up)", "regime.quadrant = 'reflation'"),
    ("regime_1", "stagflation (growth down, inflation up)", "regime.quadrant = 'stagflation'"),
    ("regime_1", "deflation (growth and inflation down)", "regime.quadrant = 'deflation'"),
    ("regime_1", "no quadrant", "regime.quadrant is null"),
    ("regime_1", ", curve ", "regime.curve_regime is not null"),
    ("regime_1", ", ten-year yield ", "regime.yield_10y is not null and regime.yield_obs_date is not null"),
    ("regime_1", ", risk ", "regime.risk_state is not null"),
    ("when_1", "No stage of capitulation.", "capitulation.stage = 'none'"),
    ("when_1", "at least day", "stage_is_said and not is_start_known"),
    ("when_1", "positioning has not capitulated",
     "stage_is_said and not is_capitulated and not capitulation.positioning_on"),
    ("when_1", "positioning has sold", "stage_is_said and not is_capitulated and capitulation.positioning_on"),
    ("when_1", "positioning is not known",
     "stage_is_said and not is_capitulated and capitulation.positioning_on is null"),
    ("when_1", "capitulated again today",
     "is_capitulated and capitulation.capitulation_age = 0 and not (stage_age = 0)"),
    ("when_3", " of the past three years", "capitulation.asset_manager_pctl_156w is not null"),
    ("when_3", "the lowest of the past", FLAT.format("capitulation.asset_manager_pctl_156w", 0)),
    ("when_3", "the highest of the past", "round(capitulation.asset_manager_pctl_156w) = 100"),
    ("when_3", "the proxy of trend followers", "capitulation.cta_exposure is not null"),
    ("odds_1", "a drawdown of more than 3 % within a month came on", "is_month_said"),
    ("odds_1", "a close more than 3 % lower within a week came on", "is_week_said"),
    ("odds_2", "No studied state is on.", "verdict.odds_study_id is null"),
    ("odds_2", "came on this session", "study_since = session_date"),
    ("odds_2", "has been on since", "study_since < session_date"),
    ("odds_2", "no earlier case is a month old", "study.n_events = 0"),
    ("odds_2", ", no case on clean days", "clean_study.n_events = 0 and study.n_events > 0"),
    ("odds_2", ", on clean days ", "clean_study.n_events > 0 and clean_study.n_events < study.n_events"),
    ("odds_2", "together with the VIX that makes",
     "study.skill_known_low > 0 and study.share_said is not null and study.n_events > 0"),
    ("changed_2", "No session before this one.", "place = 1 and changed_1 is null and changed_3 is null"),
    ("changed_2", "No number moved more than on an ordinary day.",
     "moves_due is null and not contains(changed_2, 'No session before')"),
)  # fmt: skip

EVENTS = """concat_ws('; ', fired_due, blown_out_due, case
    when capitulation.stage is not distinct from stage_yesterday then null
    when capitulation.stage is null then 'the stage is no longer known'
    when stage_yesterday is null then 'the stage is known again: ' || capitulation.stage
    when capitulation.stage = 'none' then 'the stage ' || stage_yesterday || ' ended'
    when stage_yesterday = 'none' then 'new stage: ' || capitulation.stage
    else 'new stage: ' || capitulation.stage || ', after ' || stage_yesterday
end)"""
STATES = """concat_ws('; ',
    case when regime.quadrant is distinct from quadrant_yesterday
        then 'quadrant now ' || coalesce(regime.quadrant, 'none') end,
    case when regime.risk_state is distinct from risk_yesterday
        then 'risk now ' || coalesce(regime.risk_state, 'not known') end,
    'on: ' || begun, 'off: ' || ended)"""
LEGS_MET = ", ".join(
    f"case when contains(capitulation.legs_met, '{leg}')"
    f" then '{leg}' || coalesce(' (' || ({ago(f'capitulation.{leg}_age')}) || ')', '') end"
    for leg in LEGS
)
INPUTS = {
    "final levels (provisional)": "not verdict.is_final",
    "index close": "index_days.close is null",
    "advances and declines": "breadth.declines is null",
    "participation score": "breadth.participation_score is null",
    "narrowness score": "breadth.narrowness_score is null",
    "selling pressure": "verdict.selling_pressure is null",
    "drivers": "drivers.why_primary is null",
    "mega-caps": "mega_caps.rs_state is null",
    "volatility state": "volatility.vol_state is null",
    "VIX of the session": "volatility.vix_obs_date < session_date",
    "implied correlation state": "correlation.implied_corr_state is null",
    "COR1M of the session": "correlation.cor1m_obs_date < session_date",
    "regime impulses": "regime.growth_impulse is null or regime.inflation_impulse is null",
    "risk state": "regime.risk_state is null",
    "capitulation stage": "capitulation.stage is null",
    "positioning": "capitulation.asset_manager_net_pct_oi is null",
}
MISSING = ", ".join(f"case when {condition} then '{words}' end" for words, condition in INPUTS.items())
DRIVER = "replace(lower(split_part({}, ' (', 1)), 'dollar', 'the dollar')"
DAY_STATE = """case
    when breadth.declines is null then null
    when breadth.declines >= 0.9 * breadth.valid then 'heavy_selling'
    when breadth.advances >= 0.9 * breadth.valid then 'heavy_buying'
    when index_days.price_return_1d < 0 then case
        when breadth.declines >= 0.7 * breadth.valid then 'broad_selling'
        when 2 * breadth.advances > breadth.valid then 'narrow_loss' else 'selling' end
    when index_days.price_return_1d > 0 then case
        when breadth.advances >= 0.7 * breadth.valid then 'broad_buying'
        when 2 * breadth.declines > breadth.valid then 'narrow_gain' else 'buying' end
    when index_days.price_return_1d = 0 then 'mixed'
end"""


def sentence(text: str) -> str:
    """SQL for a text with a capital first letter and a full stop."""
    return f"(select upper(substr(one, 1, 1)) || substr(one, 2) || '.' from (select nullif({text}, '') as one))"


#: What a sentence or part of one is -> the column, and what it is by the marts.
GIVEN = {
    "the headline names what fired and blew out": (
        "contains(day_1, concat_ws('; ', fired_due, blown_out_due))",
        "true",
    ),
    # the first session of a market is compared with none
    "events that changed": ("changed_1", f"case when place > 1 or changed_1 is not null then {sentence(EVENTS)} end"),
    "states that changed": ("changed_3", f"case when place > 1 or changed_3 is not null then {sentence(STATES)} end"),
    "numbers that moved": ("moves_said", "coalesce(moves_due, [])"),
    "legs": ("when_2", f"""case when capitulation.legs_met is not null then concat_ws('; ',
        'Legs met: ' || coalesce(nullif(concat_ws(', ', {LEGS_MET}), ''), 'none'),
        'missing: ' || nullif(capitulation.legs_missing, ''),
        'not known: ' || nullif(capitulation.legs_unknown, '')) || '.' end"""),
    "what is missing": ("regexp_replace(verdict.missing, ',? ?the newest .*$', '')", f"concat_ws(', ', {MISSING})"),
    "releases": ("calendar_1", "releases_due"),
    "dates": ("calendar_2", "dates_due"),
    "level of the index": ("regexp_extract(levels_1, '^\"([^\"]*)\" (ends|begins) at', 1)", "level_1"),
    "level of the VIX": ("regexp_extract(levels_2, '^\"([^\"]*)\" (ends|begins) at', 1)", "level_2"),
    "level of COR1M": ("regexp_extract(levels_3, '^\"([^\"]*)\" (ends|begins) at', 1)", "level_3"),
    "driver of the day": ("regexp_extract(why_2, 'moved with (.*) \\(', 1)", DRIVER.format("day_driver")),
    "driver of five sessions": ("regexp_extract(why_6, 'moved with (.*) \\(', 1)", DRIVER.format("week_driver")),
    "state of the day": ("verdict.day_state", DAY_STATE),
    "selling pressure": ("round(verdict.selling_pressure, 6)", "round(pressure_due, 6)"),
    "reference event": ("verdict.reference_event_id", "event_due"),
    "reference date": ("verdict.reference_date", "coalesce(anchor_due, month_ago, verdict.reference_date)"),
    "first date of a stage": ("verdict.stage_since", "capitulation.stage_since"),
    "day of a stage": ("verdict.stage_day", "capitulation.stage_age_sessions + 1"),
    "age of a stage": ("verdict.stage_age_sessions", "capitulation.stage_age_sessions"),
    "states": (
        "[verdict.participation_state, verdict.narrowness_state, verdict.vol_state, verdict.implied_corr_state,"
        " verdict.where_quadrant, verdict.where_curve, verdict.risk_state, verdict.when_stage, verdict.legs_met,"
        " verdict.legs_missing, verdict.why_day, verdict.why_5d, verdict.why_primary, verdict.why_secondary,"
        " verdict.shock_class]",
        "[breadth.participation_state, breadth.narrowness_state, volatility.vol_state, correlation.implied_corr_state,"
        " regime.quadrant, regime.curve_regime, regime.risk_state, capitulation.stage, capitulation.legs_met,"
        " capitulation.legs_missing, drivers.why_day, drivers.why_5d, drivers.why_primary, drivers.why_secondary,"
        " drivers.shock_class]",
    ),
    "texts": (
        "[verdict.call, verdict.headline, verdict.odds_line, verdict.changed_since_yesterday, verdict.falsifier,"
        " verdict.next_releases]",
        "[text_call, text_day, text_odds, text_changed, text_wrong_if, text_calendar]",
    ),
    "body": ("verdict.body", f"concat_ws(chr(10), {', '.join(f'text_{section}' for section in BODY)})"),
    "evidence": ("verdict.evidence::json ->> '$[*].text'", "texts_of_evidence"),
    "session": ("verdict.session_date", "session_date"),
}  # fmt: skip


#: Rule of GIVEN -> the row that is planted in, and what is planted there.
PLANTED: dict[str, tuple[str, dict[str, str]]] = {
    "the headline names what fired and blew out": ("true", {"fired_due": "'A thrust fired'"}),
    "events that changed": ("true", {"changed_1": "'The stage ended.'"}),
    "states that changed": ("true", {"changed_3": "'On: nothing.'"}),
    "numbers that moved": ("true", {"moves_said": "['moved_nothing']"}),
    "legs": ("true", {"when_2": "'Legs met: all.'"}),
    "what is missing": ("mega_caps.rs_state is not null", {"mega_caps": "null"}),
    "releases": ("true", {"releases_due": "'Releases: none.'"}),
    "dates": ("true", {"dates_due": "'Dates: none.'"}),
    "level of the index": ("true", {"level_1": "'Another'"}),
    "level of the VIX": ("true", {"level_2": "'Another'"}),
    "level of COR1M": ("true", {"level_3": "'Another'"}),
    "driver of the day": ("true", {"day_driver": "'Another'"}),
    "driver of five sessions": ("true", {"week_driver": "'Another'"}),
    "state of the day": ("verdict.day_state is not null", {"breadth": "null"}),
    "selling pressure": ("true", {"pressure_due": "101"}),
    "reference event": ("true", {"event_due": "'another'"}),
    "reference date": ("true", {"anchor_due": "date '2001-01-02'"}),
    "first date of a stage": ("capitulation.stage is not null", {"capitulation": "null"}),
    "day of a stage": ("capitulation.stage is not null", {"capitulation": "null"}),
    "age of a stage": ("capitulation.stage is not null", {"capitulation": "null"}),
    "states": ("capitulation.stage is not null", {"capitulation": "null"}),
    "texts": ("true", {"text_odds": "'No odds.'"}),
    "body": ("true", {"text_why": "'No reason.'"}),
    "evidence": ("true", {"texts_of_evidence": "['1']"}),
    "session": ("true", {"verdict": "null"}),
}


RULES: tuple[Rule, ...] = (
    *(
        Rule(
            f"a sentence is said where it can be: {column}",
            f"({column} is not null) <> coalesce({condition}, false)",
            f"{column} is not null", {column: "null"}, "known",
        )
        for column, condition in SAID.items()
    ),
    *(
        Rule(
            f"a clause is said exactly where it holds: {column}, {words.strip(' ,;.(')}",
            f"{column} is not null and contains({column}, '{words}') <> coalesce({condition}, false)",
            f"{column} is not null",
            {column: f"case when contains({column}, '{words}') then replace({column}, '{words}', '')"
                     f" else {column} || '{words}' end"},
            "known",
        )
        for column, words, condition in CLAUSES
    ),
    *(
        Rule(
            f"the verdict has it as its marts do: {name}",
            f"nullif({said}, {'[]' if said == 'moves_said' else 'null'}) is distinct from "
            f"nullif({due}, {'[]' if said == 'moves_said' else 'null'})",
            *PLANTED[name], "known",
        )
        for name, (said, due) in GIVEN.items()
    ),
    Rule(
        "a calendar is in the order of its events, each with its weekday",
        "place <> position or weekday <> dayname(event_date) or event_date <> event_at::date"
        " or days_ahead <> event_date - session_date or days_ahead < 1 or same_calendar > 1",
        "true", {"position": "position + 1"}, "dates",
    ),
    Rule(
        "a level is where the reading is only where the distance rounds to nothing",
        "section = 'levels' and contains(sentence, ', where it is.') <> (abs(round(level_distance, 2)) = 0)",
        "section = 'levels'", {"level_distance": "case when round(level_distance, 2) = 0 then 1 else 0 end"}, "lines",
    ),
    Rule(
        "a session with sentences has a headline", "headline is null", "section = 'calendar'", {"headline": "null"},
        "lines",
    ),
    Rule(
        "a section has one sentence at a place", "sentences_there > 1", "true", {"sentences_there": "2"}, "lines",
    ),
)  # fmt: skip
