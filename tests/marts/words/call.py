"""Rules on the call: the argument, what it joins, its odds, what would prove it wrong, and its track record."""

from tests.marts.words.rule import CAPITULATED, day, line

HIT = "case argues_for when 'more' then 'higher' when 'less' then 'lower' end"

RULES = (
    # the argument
    day(
        "every session has a call with its argument",
        "call_id is null or argument is null or argues_for is null", "true", call_id="null",
    ),
    day(
        "the call is the sentences of its section",
        "call is distinct from concat_ws(' ', argument, grounds_line, call_odds_line)", "true",
        call="argument || ' And more.'",
    ),
    day(
        "nothing is called unusual on no heavy day, no new stage and no thrust",
        "call_id = 'nothing_unusual' and (day_state like 'heavy%' or (stage <> 'none' and stage_day = 1)"
        " or coalesce(len(thrusts), 0) > 0 or is_zweig_proxy)",
        "call_id = 'nothing_unusual'", day_state="'heavy_buying'",
    ),
    day(
        "the argument of nothing unusual is that of its call",
        "contains(argument, 'Nothing here argues') <> (call_id = 'nothing_unusual')",
        "call_id = 'nothing_unusual'", call_id="'one_shock'",
    ),
    day(
        "the odds bear a call out exactly where the level of the VIX is shown to say what it argues for",
        f"contains(argument, '; the odds bear it out') <> coalesce(call_finding = {HIT}, false)",
        "true", argument="'The case stands; the odds bear it out.'", argues_for="'more'", call_finding="'lower'",
    ),
    day(
        "the odds do not show it exactly where they are known and do not say what is argued",
        "contains(argument, '; the odds do not show it')"
        f" <> (argues_for <> 'usual' and call_finding is not null and call_finding is distinct from {HIT})",
        "argues_for <> 'usual' and call_finding is not null", argument="'The case stands.'",
        call_finding="'no_skill_shown'",
    ),
    day(
        "the odds of a call are not known exactly where there are none",
        "contains(argument, '; the odds are not known') <> (argues_for <> 'usual' and call_finding is null)",
        "argues_for <> 'usual' and call_finding is not null", argument="'The case stands; the odds are not known.'",
    ),
    day(
        "the level of the VIX alone argues only where it is shown to",
        "contains(argument, '; only the level of the VIX does')"
        " <> (argues_for = 'usual' and coalesce(call_finding = 'higher', false))",
        "argues_for = 'usual'", argument="'Nothing argues; only the level of the VIX does.'", call_finding="'lower'",
    ),
    day(
        "a call that argues for nothing says when not every input is known, and only then",
        "contains(argument, 'not every input is known') <> (argues_for = 'usual' and not complete)",
        "argues_for = 'usual' and complete", complete="false",
    ),
    day(
        "a call says no odds in words",
        r"regexp_matches(lower(argument), 'likel|probab|chance|seldom|often|rarely|usually|will ')",
        "true", argument="'Another fall is likely.'",
    ),
    day(
        "a fall of nine in ten is said where nine in ten fell, a rise where nine in ten rose",
        "(contains(argument, 'Nine in ten members fell') and not declines >= 0.9 * valid)"
        " or (contains(argument, 'Nine in ten members rose') and not advances >= 0.9 * valid)",
        "true", argument="'Nine in ten members fell.'", declines="1",
    ),
    day(
        "everything is sold together on days of selling alone",
        "contains(argument, 'sold together') and coalesce(index_return >= 0, false) and declines < 0.9 * valid",
        "true", argument="'Everything is sold together.'", index_return="0.01", declines="1",
    ),
    day(
        "a thrust is called only where one fired",
        "contains(argument, 'thrust') and coalesce(len(thrusts), 0) = 0 and not is_zweig_proxy",
        "coalesce(len(thrusts), 0) = 0 and not is_zweig_proxy", argument="'A thrust of buying.'",
    ),
    day(
        "a broad day of buying is one",
        "contains(argument, 'broad day of buying') and day_state not in ('heavy_buying', 'broad_buying')",
        "day_state = 'selling'", argument="'One broad day of buying does not end it.'",
    ),
    day(
        "positioning has not gone where its leg is off, and has gone in a capitulated stage alone",
        "(contains(argument, 'positioning has not gone') and positioning_on is distinct from false)"
        f" or (contains(argument, 'Positioning has gone') and not coalesce({CAPITULATED}, false))",
        "positioning_on = false", argument="'It is not done: positioning has not gone.'", positioning_on="true",
    ),
    day(
        "no call argues from positioning, stress or selling that goes on without a stage",
        "regexp_matches(argument, 'until positioning goes|selling is not done|under stress|does not end it')"
        " and coalesce(stage not in ('stress', 'washout'), true)",
        "stage = 'none'", argument="'The case for marginal weakness stands until positioning goes.'",
    ),
    day(
        "stocks and bonds fall together in a discount-rate shock alone",
        "contains(argument, 'Stocks and bonds fall together') and shock_class is distinct from 'discount_rate'",
        "true", argument="'Stocks and bonds fall together.'", shock_class="'growth'",
    ),
    day(
        "few names take part or carry the index in an argument only where a state of breadth has it",
        "(contains(argument, 'Few names take part') and coalesce(participation_state not like '%low%', true))"
        " or (contains(argument, 'hangs on few names') and coalesce(narrowness_state not like '%high%', true)"
        " and not list_contains(names_on, 'index high without the advance-decline line'))",
        "participation_state = 'neutral'", argument="'Few names take part.'",
    ),
    # what it joins
    day(
        "breadth bounces, has not repaired or is at its low where its state says so",
        "(contains(grounds_line, 'readth bounces') and participation_state <> 'low_bouncing')"
        " or (contains(grounds_line, 'not repaired') and participation_state not in ('extreme_low', 'low_unresolved'))"
        " or (contains(grounds_line, 'bounce of breadth failed') and participation_state <> 'low_failed')",
        "participation_state = 'neutral'", grounds_line="'Breadth bounces from its low.'",
    ),
    day(
        "few names carry the index in a call at a high of narrowness alone",
        "contains(lower(grounds_line), 'few names carry') and coalesce(narrowness_state not like '%high%', true)",
        "narrowness_state = 'neutral'", grounds_line="'Few names carry the index.'",
    ),
    day(
        "the mega-caps of a call lead, lag and slow as their state does",
        "(contains(grounds_line, 'mega-caps lead') and rs_state not like 'leading%')"
        " or (contains(grounds_line, 'mega-caps lag') and rs_state not like 'lagging%')"
        " or contains(grounds_line, 'carry less')"
        " <> (contains(grounds_line, 'mega-caps lead') and rs_state = 'leading_slowing')",
        "rs_state = 'leading'", grounds_line="'The mega-caps lead but carry less.'",
    ),
    day(
        "implied correlation of a call is at its floor, elevated or in a blow-out where its state is",
        "contains(grounds_line, 'mplied correlation is at its floor')"
        " <> (contains(grounds_line, 'mplied correlation') and implied_corr_state = 'floor')"
        " or contains(grounds_line, 'is in a blow-out')"
        " <> (contains(grounds_line, 'mplied correlation') and implied_corr_state = 'blowout')"
        " or contains(grounds_line, 'is elevated')"
        " <> (contains(grounds_line, 'mplied correlation') and implied_corr_state = 'elevated')",
        "implied_corr_state = 'normal'", grounds_line="'Implied correlation is at its floor (COR1M 9.00).'",
    ),
    day(
        "what a call joins is not the count of names that the headline gives",
        "regexp_matches(grounds_line, ' (fell|rose)')",
        "true", grounds_line="'12 of 20 members fell.'",
    ),
    day(
        "implied correlation of a call is off its floor below the middle of its year, and above it in the upper half",
        "(contains(grounds_line, 'off its floor') and (implied_corr_state <> 'normal' or not cor1m_pctl_252 < 50))"
        " or (contains(grounds_line, 'upper half of its year') and not coalesce(cor1m_pctl_252 >= 50, false))",
        "implied_corr_state = 'normal'", grounds_line="'Implied correlation is off its floor.'", cor1m_pctl_252="60",
    ),
    # its odds
    day(
        "the odds of a call are those of the VIX and of any day, as rounded",
        "call_odds_line is not null"
        " and not contains(call_odds_line, printf('%.0f %% with such a VIX, on any day %.0f %%',"
        " round(100 * call_share_vix), round(100 * call_share)))",
        "call_odds_line is not null", call_share_vix="call_share_vix + 0.02",
    ),
    day(
        "the odds of a call are there unless a share rounds to 0 or 100 %",
        "(call_odds_line is not null) <> coalesce("
        "least(call_share_vix, call_share) >= 0.005 and greatest(call_share_vix, call_share) < 0.995, false)",
        "call_odds_line is not null", call_odds_line="null",
    ),
    day(
        "the odds of a call have no skill shown exactly where none is",
        "contains(call_odds_line, 'no skill shown') = coalesce(call_skill_low > 0, false)",
        "call_skill_low > 0", call_skill_low="-0.1",
    ),
    day(
        "a week is said of a call over five sessions, a month of one over twenty-one",
        "len(list_filter([call_odds_line, record_line, wrong_line], lambda said: contains(said, 'within a week'))) > 0"
        " and call_horizon <> 5 or len(list_filter([call_odds_line, record_line, wrong_line],"
        " lambda said: contains(said, 'within a month '))) > 0 and call_horizon <> 21",
        "call_horizon = 21", wrong_line="'Wrong if within a week it rises.'",
    ),
    # what would prove it wrong, and the track record
    day(
        "what would prove a call wrong and its track record are what the falsifier holds",
        "falsifier is distinct from concat_ws(' ', wrong_line, record_line)", "true", falsifier="wrong_line",
    ),
    line(
        "a level that would prove a call wrong is within a month's sigma and not met",
        "section = 'wrong_if' and level_distance is not null"
        " and not coalesce(is_level_in_reach and not is_level_met, false)",
        "section = 'wrong_if' and level_distance is not null", is_level_in_reach="false",
    ),
    line(
        "a call is wrong above a level only from below it, and below one only from above",
        "section = 'wrong_if' and ((contains(sentence, ' or above') and level_distance < 0)"
        " or (contains(sentence, ' or below') and level_distance > 0))",
        "section = 'wrong_if' and level_distance > 0", level_distance="-1",
    ),
    line(
        "a call is wrong at a level only where one is in the evidence",
        "section = 'wrong_if' and contains(sentence, ' closes at ') and level_distance is null",
        "section = 'wrong_if' and level_distance > 0", level_distance="null",
    ),
    day(
        "the track record is that of the sessions whose horizon had closed",
        "call_times_known > 0 and not contains(record_line,"
        " format('followed {:,} of {:,} earlier sessions with this call', call_hits_known, call_times_known))",
        "call_times_known > 0", call_hits_known="call_hits_known + 1",
    ),
    day(
        "the share of the VIX in the track record is that of the same sessions",
        "call_times_known > 0 and not contains(record_line, printf('said %.0f %%', round(100 * call_vix_known)))",
        "call_times_known > 0", call_vix_known="call_vix_known + 0.02",
    ),
    day(
        "no track record is said exactly where there is none",
        "contains(record_line, 'No earlier session') <> (call_times_known = 0)",
        "call_times_known > 0", call_times_known="0",
    ),
    day(
        "the track record of a call that argues for less counts what did not come",
        "call_times_known > 0 and starts_with(record_line, 'No ') <> (argues_for = 'less')",
        "call_times_known > 0 and argues_for = 'less'", argues_for="'more'",
    ),
)  # fmt: skip
