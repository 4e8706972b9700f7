"""Titles of the pictures, each with the one sentence under it; those of the pages that argue are in
app.words.argument."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Caption:
    """Title and the one sentence under it."""

    title: str
    sentence: str

    def of_index(self, name: str) -> "Caption":
        """The same of the index of another universe: `name` in place of the S&P 500."""
        return Caption(self.title.replace("S&P 500", name), self.sentence.replace("S&P 500", name))


BREADTH = {
    "page": Caption("Breadth", "Is there selling, how broad is it, is it extreme, and is it turning or failing?"),
    "shares": Caption(
        "Share of members above their own average",
        "Strictly above the 20-, 50- and 200-session mean of split-adjusted closes; percent of eligible members.",
    ),
    "advances": Caption(
        "Advances less declines, and how long one side has led",
        "Members that closed higher less those that closed lower; streak in sessions, down when declines led.",
    ),
    "mcclellan": Caption(
        "McClellan oscillator and summation",
        "19- less 39-session EMA of ratio-adjusted net advances, and its running sum; rana points.",
    ),
    "highs": Caption(
        "New 52-week highs and lows",
        "Members whose close is the highest (lowest) of 252 sessions, today included; counts back to back.",
    ),
    "thrust": Caption(
        "Thrust gauge",
        "From below 0.40 to above 0.615 within ten sessions: Zweig thrust. Five days above 0.735: thrust; below 0.25: "
        "capitulation.",
    ),
    "volume": Caption(
        "Up volume and 90 % days",
        "Volume in members that rose, % of all that moved; triangles: 90 % of volume and of points on one side.",
    ),
    "participation": Caption(
        "Participation: how many take part",
        "Mean z (252 sessions) of shares above 50 and 200, thrust EMA and highs less lows; extreme beyond ±2.",
    ),
    "narrowness": Caption(
        "Narrowness: how few carry the index",
        "Mean z (252 sessions) of few names ahead, equal weight behind, mega-caps ahead; extreme beyond ±2.",
    ),
    "sectors": Caption(
        "Sectors on the session", "Shares in percent of eligible members; a sector is covered no better than the whole."
    ),
    "ladder": Caption(
        "The ladder of tomorrow",
        "Breadth of the next session if every member moved by the same, from members' closes; below: highs, lows.",
    ),
    "coverage": Caption(
        "Coverage",
        "Members that could be counted as a share of all members; clean from 0.95, below 0.50 nothing is shown.",
    ),
}

HEALTH = {
    "page": Caption("Data health", "What came, when, what is missing, what was changed and what was refused?"),
    "coverage": Caption(
        "Coverage by year",
        "Members that could be counted as a share of all members, mean of the year's sessions; clean from 95 %.",
    ),
    "clock": Caption(
        "Freshness of levels at the cutoff",
        "Sessions between the day a value describes and the session that used it; red: too old to be used.",
    ),
    "releases": Caption(
        "Release calendar",
        "What was known at the cutoff of the session, and when the next value is due as announced by then; the nearest "
        "first, empty without a date.",
    ),
    "ahead": Caption(
        "Coming",
        "The next date of every calendar, as announced by the cutoff of the session.",
    ),
    "freshness": Caption(
        "Freshness by series",
        "The newest day each series describes, when it could be known and when it was stored; the oldest first. The "
        "whole file, not only what was known on the session.",
    ),
    "gaps": Caption("Gaps", "Series with fewer days than their own calendar has between their first and last."),
    "restatements": Caption("Restatements", "Stored values that a later vintage changed: before and after."),
    "comparisons": Caption(
        "Two sources of one number",
        "Sessions of which both have a value; before and after: the first and the second where they differ most.",
    ),
    "rejected": Caption("Rejected rows", "Rows that broke their contract: kept with their reason, never used."),
    "flags": Caption("Flagged rows", "Kept although they look wrong, and how they are treated; return as a fraction."),
}

NONE = {
    "releases": "No level was known on this session.",
    "ahead": "No date was announced.",
    "freshness": "No series has come.",
    "gaps": "No series has a gap.",
    "restatements": "Nothing stored was changed by a later vintage.",
    "comparisons": "No number has come from two sources.",
    "rejected": "No row was rejected.",
    "flags": "No row is flagged.",
}

SINCE = {
    "page": Caption("Since the event", "Who is up, who is down, who is below where it stood, and who makes the gap?"),
    "lines": Caption(
        "Total return since the anchor",
        "Close of the anchor session = 100, dividends included; the Russell 2000 by a fund where it must be.",
    ),
    "strip": Caption(
        "Below the anchor",
        "Orange: the session closed below the anchor's price; blue: at or above it; empty: no price. Weakest first.",
    ),
    "table": Caption(
        "Return, relative points, drawdown and days below",
        "Price change against total return since the anchor; relative: total return less that of the S&P 500, points.",
    ),
    "split": Caption(
        "Lead of the S&P 500 over the Russell 2000: who makes it",
        "Points since the anchor. Mag7: the index less the index without them; unexplained: members against index.",
    ),
    "gap": Caption(
        "The same split, session by session",
        "Points since the anchor; the grey line is the whole lead, of which the Mag7 and the others are parts.",
    ),
}

INDEXATION = {
    "page": Caption("Indexation", "Is the index hiding it: what did seven names carry, and does the lead slow?"),
    "movers": Caption(
        "Who moved the index in the session",
        "The members that added and took most, in bp of the day's total return; the pointer tells weight and return.",
    ),
    "waterfall": Caption(
        "Where the return of the S&P 500 came from",
        "Linked contributions in basis points of total return; drifted holdings: dated ones moved on with prices.",
    ),
    "names": Caption(
        "What each of the seven gave",
        "Linked contribution in basis points; both Alphabet classes in GOOGL. The pointer tells weight and effect.",
    ),
    "sectors": Caption(
        "What each sector gave",
        "Linked contribution in basis points; sectors hold the seven names too. The pointer tells weight and effect.",
    ),
    "cumulative": Caption(
        "The S&P 500 against itself without the Mag7",
        "Total return since the anchor, %, both built from members; below: what the seven's presence added, bp.",
    ),
    "weight": Caption(
        "Weight of the Mag7 and the residual of the weights",
        "Weight at the close before, %; below: published return less that of members at these weights, bp a session.",
    ),
    "ratio": Caption(
        "Mag7 against the S&P 500: log ratio, its slope, and bonds",
        "Seven equal at each quarter's first close; slope in bp a session; 10-year yield, %; correlation with TLT.",
    ),
}

CORRELATION = {
    "page": Caption("Correlation", "What do options charge for stocks moving together, and do they?"),
    "cor1m": Caption(
        "Implied correlation, 1 month (COR1M)",
        "0–100; grey: 10 % to 90 % of the last 252 sessions; ribbon: its state; below: change over 5 sessions, points.",
    ),
    "cor3m": Caption(
        "Implied correlation, 3 months (COR3M)",
        "0–100; grey: 10 % to 90 % of the last 252 sessions; ribbon: state of COR1M; below: COR1M less COR3M, points.",
    ),
    "premium": Caption(
        "Implied against realised",
        "COR1M and its twin from the 50 largest names over 21 sessions, 0–100; below: implied less realised, points.",
    ),
    "pairs": Caption(
        "Do members move together",
        "Mean correlation of all pairs of members, −1 to 1, daily total returns; a gap where fewer than half count.",
    ),
    "dispersion": Caption(
        "Dispersion",
        "Spread of members' returns around the basket's, mean of 21 sessions, % a year; below: volatility, % a year.",
    ),
    "bonds": Caption(
        "Stocks against bonds",
        "Correlation of SPY with TLT, daily total returns; above 0 bonds fall with stocks and cushion nothing.",
    ),
    "matrix": Caption(
        "Correlation across assets",
        "Daily total returns over the sessions chosen; blue: together, orange: against each other; full beyond 0.6.",
    ),
    "states": Caption(
        "States, and how common they are",
        "Share of days on: of all sessions with a reading up to this one; it is no forecast.",
    ),
}

VOLATILITY = {
    "page": Caption("Volatility", "What does protection cost, for which horizon, and would it blow out?"),
    "vix": Caption(
        "VIX and its state",
        "Volatility points; grey: between the 10 % and 90 % quantile of 252 sessions; below: change of the session, %.",
    ),
    "family": Caption(
        "The family: 9 days, 30 days, 3 and 6 months",
        "Implied volatility of the S&P 500, volatility points; a gap where the exchange published no value that day.",
    ),
    "slope": Caption(
        "Term structure: VIX against VIX3M",
        "Ratios; VIX / VIX3M at 1 and above is backwardation: the near month costs more; VIX9D / VIX: the very front.",
    ),
    "curve": Caption(
        "Term curve today, 5 and 21 sessions ago",
        "Volatility points by tenor; a missing tenor leaves a gap. Falling to the right is stress.",
    ),
    "realised": Caption(
        "Implied against realised",
        "VIX and realised volatility of SPY, points a year; below: trailing premium, VIX² less 21-session realised².",
    ),
    "tails": Caption(
        "Volatility of volatility, and the price of tails",
        "VVIX in volatility points; SKEW index, 100 is no skew.",
    ),
    "states": CORRELATION["states"],
    "odds": Caption(
        "Odds of a volatility jump, as counted that night",
        "How often the VIX closed 30 % higher within the horizon after such a state; 90 % interval; the newest first.",
    ),
}
