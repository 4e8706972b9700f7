"""Words of the pages that argue: verdict, positioning, drivers, regime, evidence, claims; nothing is computed here."""

import json

import pandas as pd

from app.words.captions import Caption

VERDICT = {
    "page": Caption("Verdict", "Is there selling, why, where do we stand, when is it over, what would prove it wrong?"),
    "words": Caption("The verdict in words", "Every sentence of the day, by section."),
    "index": Caption(
        "S&P 500 and the stage of capitulation",
        "Close; ribbon: the stage of each session; triangles: events that returns are measured from.",
    ),
    "legs": Caption(
        "Legs of capitulation: which are met, which are missing",
        "A leg counts while its newest hit is recent enough; without positioning the stage never says capitulated.",
    ),
    "levels": Caption(
        "Tomorrow: what the next close would have to do",
        "Levels within reach of a month at which a test begins or ends, all else as tonight; σ of a daily change.",
    ),
    "movers": Caption(
        "Who moved the index", "The members that added and took most, in bp of the day's total return of the S&P 500."
    ),
    "sectors": Caption("Which sectors moved it", "Contribution of each sector in bp of the day's total return."),
    "states": Caption(
        "What is on, and how common that is",
        "Share of days on: of all sessions with a reading up to this one; a label that is on often says little.",
    ),
    "evidence": Caption(
        "Where every number of the verdict stands",
        "As said, the value behind it, and the mart, column and row that hold it.",
    ),
}  # fmt: skip

POSITIONING = {
    "page": Caption("Positioning", "Has positioning capitulated, and when is the next that we may know of it?"),
    "asset_manager": Caption(
        "Asset managers, net",
        "% of open interest (13-week median), futures only, from its release on; grey: 10 % to 90 % of 156 weeks.",
    ),
    "leveraged": Caption(
        "Leveraged funds, net",
        "% of open interest (13-week median), futures only, from its release on; grey: 10 % to 90 % of 156 weeks.",
    ),
    "proxy": Caption(
        "Trend followers: a proxy from prices",
        "A trend rule's exposure to the S&P 500 in multiples of capital, −1.5 to 1.5; below: 21-session change.",
    ),
    "stage": Caption(
        "Four-week change of asset managers",
        "Points of open interest in four weeks, as known on the session; the leg needs them to sell and the proxy too.",
    ),
    "contracts": Caption(
        "Every contract, as known on the session",
        "Net, % of open interest; rank and z against 156 weeks; a contract with a short history has no rank.",
    ),
}  # fmt: skip

DRIVERS = {
    "page": Caption("Drivers", "Why: what did stocks move with? Association over 252 sessions, never a cause."),
    "news": Caption(
        "The day's news: discount rate and growth",
        "The return of SPY in bp, split by its signs with bonds; whisker: what growth news could be under the signs.",
    ),
    "macro": Caption(
        "What the S&P 500 moved with: rates, dollar",
        "Contribution a session in bp: beta up to the session before × the factor's move; hatched: not explained.",
    ),
    "inside": Caption(
        "What it moved with inside equities",
        "Contribution a session in bp: mega-caps, small caps, cyclicals; hatched: not explained.",
    ),
    "cumulative": Caption(
        "Cumulative since the anchor",
        "Sums in bp; above: news at the middle of what the signs allow; below: rates, dollar, dashed: not explained.",
    ),
    "shock": Caption(
        "Stocks against bonds, the last 63 sessions",
        "S&P 500 against IEF, bp; lower left: both fall, a discount-rate shock. The ring is the session.",
    ),
    "fit": Caption(
        "How much is explained",
        "r² over 252 sessions, 0 to 1: rates and dollar, the same with credit (an amplifier), inside equities.",
    ),
    "table": Caption(
        "Every driver on the session",
        "News at the middle of what the signs allow; drivers in bp over 1, 5, 21 sessions; amplifiers are never a why.",
    ),
}

REGIME = {
    "page": Caption("Regime", "Where: growth and inflation, the curve, premia, and is risk calm?"),
    "quadrant": Caption(
        "Growth against inflation, the last 63 sessions",
        "Impulses in z; a side changes only beyond its band, so the quadrant may lag. The ring is the session.",
    ),
    "ribbon": Caption(
        "Quadrant and risk state over five years",
        "Upper band: quadrant, lower band: risk state; lines: growth and inflation impulse in z.",
    ),
    "curve": Caption(
        "Curve regime",
        "Ribbon: what the curve did over 21 sessions; 10- less 2-year yield, bp; below: 10-year yield, %.",
    ),
    "premia": Caption(
        "Premia: are duration and credit paid more",
        "Change over 63 sessions, bp; upper: duration, lower: credit; above 0 pays more than a quarter before.",
    ),
    "spells": Caption(
        "Spells that had ended by the session",
        "Returns in % over each spell, total return of the funds; the newest first.",
    ),
    "assets": Caption(
        "What assets did in each quadrant",
        "Each dot one ended spell, return in %; the bar is the median, the number n; spells are few and of any length.",
    ),
    "months": Caption(
        "What assets did in a month that began in each quadrant",
        "Median total return of calendar months that had closed by the session, %; the number is how many months.",
    ),
}  # fmt: skip

EVIDENCE = {
    "page": Caption("Evidence", "What did such a state do before, in how many cases, and can it be told from chance?"),
    "odds": Caption(
        "Odds as counted that night: after each state, against any day",
        "States that are on; 90 % interval; tick: any day; hollow: below 20 cases, INSUFFICIENT.",
    ),
    "paths": Caption(
        "What followed each case",
        "S&P 500, 100 at the close of the case; only what was known by the session; orange: 3 % below the close.",
    ),
    "reliability": Caption(
        "Were our odds any good: reliability",
        "Odds given against what came, a dot a tenth of the odds; on the dashed line they are right. Whole file.",
    ),
    "skill": Caption(
        "Were our odds any good: skill",
        "Brier skill of the odds given against any day, with its 90 % interval; above 0 they add to it. Whole file.",
    ),
    "fan": Caption(
        "Forward return after the state, against the base",
        "Mean price return of the S&P 500, % by horizon; band: 90 % block-bootstrap interval of the difference.",
    ),
    "events": Caption(
        "Every event and what followed",
        "Price return over the horizon, %; a dot a case whose horizon had closed by the session.",
    ),
    "open": Caption("Open events", "Cases whose horizon had not closed by the session: listed, counted nowhere."),
    "score": Caption(
        "Were the calls any good",
        "How often what each call argues for came, and what the VIX alone said; whole file, 90 % interval by blocks.",
    ),
    "study": Caption(
        "The whole family: means, difference, interval, q",
        "Over the whole file, not only up to the session; q: false-discovery rate over the family; verdict in words.",
    ),
}  # fmt: skip

CLAIMS = {
    "page": Caption("Claims", "Does the evidence bear the argument out, and what followed?"),
    "ledger": Caption(
        "Claim, evidence, finding, outcome",
        "Evidence as known on the session of the claim; the outcome only where its horizon had closed by the session.",
    ),
}

#: The sections of a verdict in reading order, each with its name on screen; call and headline (day) come above them.
SECTIONS = {
    "call": "Call", "selling": "Selling", "why": "Why", "where": "Where: index", "breadth": "Breadth", "risk": "Risk",
    "regime": "Where: regime", "when": "When", "odds": "Odds", "changed": "Changed", "levels": "Tomorrow",
    "calendar": "Next", "missing": "Missing", "wrong_if": "What would prove it wrong",
}  # fmt: skip
CALL, HEADLINE, WRONG_IF = "call", "day", "wrong_if"
#: The columns of a sentence that pages and the report read.
LINE = ("section", "position", "sentence", "evidence")

DRIVER_NAMES = {
    "news_growth": "growth news", "news_discount": "discount-rate news",
    "rates": "rates", "credit": "credit beyond rates", "dollar": "the dollar", "macro_residual": "not explained",
    "mega_cap": "mega-caps", "small_cap": "small caps", "cyclical": "cyclicals", "volatility": "volatility",
    "amplifier_residual": "not in step", "inside_residual": "not explained", "none": "nothing large enough",
    "not_explained": "not explained",
}  # fmt: skip

SHOCKS = {
    "discount_rate": "discount rate: both fall", "growth_scare": "growth scare: stocks fall, bonds rise",
    "easing": "easing: both rise", "growth": "growth: stocks rise, bonds fall", "mixed": "mixed",
}  # fmt: skip

#: Places in the section "why" of what stocks moved with and what bonds did on the day.
MOVED_WITH = (2, 4)
BESIDE_THE_INDEX = {"^RUT": "Russell", "MAG7": "Mag7"}

STAGES = {
    "none": "no stage", "stress": "stress", "washout": "washout", "capitulated": "capitulated",
    "confirmed": "confirmed",
}  # fmt: skip
LEGS = {
    "washout": "Washout: few names hold", "panic": "Panic: everything is sold",
    "volatility": "Volatility: near month costs most", "correlation": "Correlation: all priced to fall",
    "positioning": "Positioning: large holders sold", "exhaustion": "Exhaustion: the blow-out is over",
    "trigger": "Trigger: buyers thrust after it",
}  # fmt: skip

QUADRANTS = {
    "goldilocks": "goldilocks: growth up, inflation down", "reflation": "reflation: both up",
    "stagflation": "stagflation: growth down, inflation up", "deflation": "deflation: both down",
}  # fmt: skip
RISKS = {"calm": "calm", "fragile": "fragile", "stress": "stress"}
CURVES = {
    "bull_steepening": "bull steepening", "bull_flattening": "bull flattening", "bear_steepening": "bear steepening",
    "bear_flattening": "bear flattening", "unchanged": "unchanged",
}  # fmt: skip

ASSETS = {
    "spy_return_pct": "S&P 500", "iwm_return_pct": "Russell 2000", "rsp_return_pct": "Equal weight",
    "qqq_return_pct": "Nasdaq-100", "mag7_return_pct": "Mag7", "tlt_return_pct": "Bonds 20y+",
    "ief_return_pct": "Bonds 7–10y", "hyg_return_pct": "HY credit", "lqd_return_pct": "IG credit",
    "tip_return_pct": "Linkers", "gld_return_pct": "Gold", "uup_return_pct": "Dollar",
}  # fmt: skip

#: The assets of the months, in the same order.
ASSET_IDS = tuple(column.removesuffix("_return_pct").upper() for column in ASSETS)

FINDINGS = {
    "supported": "supported", "partly": "partly", "not_supported": "not supported",
    "insufficient_data": "insufficient data", "insufficient": "INSUFFICIENT",
    "not_distinguishable": "not distinguishable", "higher": "higher", "lower": "lower",
    "no_skill_shown": "no skill shown",
}  # fmt: skip
TARGETS = {
    "down": "Lower at the horizon", "drawdown_over_3pct": "Fall of over 3 % from a high on the way",
    "fall_over_3pct": "Close over 3 % lower on the way",
    "vix_up_30pct": "VIX closed 30 % higher on the way",
}  # fmt: skip
#: Falls that the first screen gives the odds of, and the readings whose next level it names.
FALLS = {"drawdown_over_3pct": "drawdown over 3 %", "fall_over_3pct": "close 3 % lower"}
WATCHED = ("{index} close", "VIX", "COR1M")
ARGUES_FOR = {"more": "more than usual", "less": "less than usual", "usual": "neither"}
TRACKS = {
    "all": "All days (some survivor-biased)", "clean": "Clean days only",
    "exchange": "Exchange counts",
}  # fmt: skip

NO_VERDICT = "This file holds no verdict for {session}: {mart} has no row of it."
HINDSIGHT = (
    "You look back at {session}: odds, events and open events are as of that night, but means, intervals and q of the "
    "family are estimated over the whole file up to {newest}."
)
NO_CLAIM = "No claim had been made by {session}."
INCOMPLETE = "This verdict is incomplete: {missing}."
TAGLINE = "Drawn from the moment it could be known: as a rule a report of Tuesday on Friday, 15:30 in New York."


def named(words: dict[str, str], value: object, otherwise: str = "–") -> str:
    """The words for a value of a mart; itself where it has none, `otherwise` where there is no value."""
    return words.get(value, value.replace("_", " ")) if isinstance(value, str) and value else otherwise


def call(lines: pd.DataFrame) -> tuple[str, str]:
    """The argument of the day, and what it joins with its odds, from the sentences of a verdict (rows of LINE).

    Both are empty in a file from before the call.
    """
    of_call = lines[lines["section"] == CALL].sort_values("position")["sentence"].tolist()
    return (of_call[0], " ".join(of_call[1:])) if of_call else ("", "")


def sections(lines: pd.DataFrame) -> dict[str, str]:
    """The text of each section of a verdict in reading order, from its sentences (rows of LINE) without what is above.

    A section without a name on screen comes last.
    """
    texts = lines.sort_values("position").groupby("section")["sentence"].agg(" ".join)
    texts = texts.drop([CALL, HEADLINE], errors="ignore")
    ordered = [section for section in SECTIONS if section in texts.index]
    return {section: texts[section] for section in [*ordered, *texts.index.drop(ordered)]}


def sources(lines: pd.DataFrame) -> pd.DataFrame:
    """The evidence of these sentences, one row a number: section, text, value, mart, column_name, filter, session."""
    rows = [
        {"section": named(SECTIONS, line.section), **number}
        for line in lines.itertuples()
        for number in json.loads(line.evidence)
    ]
    columns = ["section", "text", "value", "mart", "column_name", "filter", "session"]
    return pd.DataFrame(rows, columns=columns).drop_duplicates(ignore_index=True)


def figure(value: object) -> str:
    """A value that a mart keeps as text, a number in readable digits; a dash where there is none."""
    if not isinstance(value, str):
        return "–"
    try:
        return f"{float(value):,.2f}".replace("-", "−")
    except ValueError:
        return value.replace("_", " ")
