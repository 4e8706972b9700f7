"""Titles of the pictures of four pages, each with the one sentence under it; labels and units stand in app.wording."""

from app.words.wording import Picture

SINCE = {
    "page": Picture("Since the event", "Who is up, who is down, who is below where it stood, and who makes the gap?"),
    "lines": Picture(
        "Total return since the anchor",
        "Close of the anchor session = 100, dividends included; the Russell 2000 by a fund where it must be.",
    ),
    "strip": Picture(
        "Below the anchor",
        "Orange: the session closed below the anchor's price; blue: at or above it; empty: no price. Weakest first.",
    ),
    "table": Picture(
        "Return, relative points, drawdown and days below",
        "Price change against total return since the anchor; relative: total return less that of the S&P 500, points.",
    ),
    "split": Picture(
        "Lead of the S&P 500 over the Russell 2000: who makes it",
        "Points since the anchor. Mag7: the index less the index without them; unexplained: members against index.",
    ),
    "gap": Picture(
        "The same split, session by session",
        "Points since the anchor; the grey line is the whole lead, of which the Mag7 and the others are parts.",
    ),
}

INDEXATION = {
    "page": Picture("Indexation", "Is the index hiding it: what did seven names carry, and does the lead slow?"),
    "waterfall": Picture(
        "Where the return of the S&P 500 came from",
        "Linked contributions in basis points of total return; drifted holdings: dated ones moved on with prices.",
    ),
    "names": Picture(
        "What each of the seven gave",
        "Linked contribution in basis points; both Alphabet classes in GOOGL. The pointer tells weight and effect.",
    ),
    "sectors": Picture(
        "What each sector gave",
        "Linked contribution in basis points; sectors hold the seven names too. The pointer tells weight and effect.",
    ),
    "cumulative": Picture(
        "The S&P 500 against itself without the Mag7",
        "Total return since the anchor, %, both built from members; below: what the seven's presence added, bp.",
    ),
    "weight": Picture(
        "Weight of the Mag7 and the residual of the weights",
        "Weight at the close before, %; below: published return less that of members at these weights, bp a session.",
    ),
    "ratio": Picture(
        "Mag7 against the S&P 500: log ratio, its slope, and bonds",
        "Seven equal at each quarter's first close; slope in bp a session; 10-year yield, %; correlation with TLT.",
    ),
}

CORRELATION = {
    "page": Picture("Correlation", "What do options charge for stocks moving together, and do they?"),
    "cor1m": Picture(
        "Implied correlation, 1 month (COR1M)",
        "0–100; grey: 10 % to 90 % of the last 252 sessions; ribbon: its state; below: change over 5 sessions, points.",
    ),
    "cor3m": Picture(
        "Implied correlation, 3 months (COR3M)",
        "0–100; grey: 10 % to 90 % of the last 252 sessions; ribbon: state of COR1M; below: COR1M less COR3M, points.",
    ),
    "premium": Picture(
        "Implied against realised",
        "COR1M and its realised twin from the members over 21 sessions, 0–100; below: implied less realised, points.",
    ),
    "pairs": Picture(
        "Do members move together",
        "Mean correlation of all pairs of members, −1 to 1, daily total returns; a gap where fewer than half count.",
    ),
    "dispersion": Picture(
        "Dispersion",
        "Spread of members' returns around the basket's, mean of 21 sessions, % a year; below: volatility, % a year.",
    ),
    "bonds": Picture(
        "Stocks against bonds",
        "Correlation of SPY with TLT, daily total returns; above 0 bonds fall with stocks and cushion nothing.",
    ),
    "matrix": Picture(
        "Correlation across assets",
        "Daily total returns over the sessions chosen; blue: together, orange: against each other; full beyond 0.6.",
    ),
    "states": Picture(
        "States, and how common they are",
        "Share of days on: of all sessions with a reading up to this one; it is no forecast.",
    ),
}

VOLATILITY = {
    "page": Picture("Volatility", "What does protection cost, for which horizon, and would it blow out?"),
    "vix": Picture(
        "VIX and its state",
        "Volatility points; grey: between the 10 % and 90 % quantile of 252 sessions; below: change of the session, %.",
    ),
    "family": Picture(
        "The family: 9 days, 30 days, 3 and 6 months",
        "Implied volatility of the S&P 500, volatility points; a gap where the exchange published no value that day.",
    ),
    "slope": Picture(
        "Term structure: VIX against VIX3M",
        "Ratios; VIX / VIX3M at 1 and above is backwardation: the near month costs more; VIX9D / VIX: the very front.",
    ),
    "curve": Picture(
        "Term curve today, 5 and 21 sessions ago",
        "Volatility points by tenor; a missing tenor leaves a gap. Falling to the right is stress.",
    ),
    "realised": Picture(
        "Implied against realised",
        "VIX and realised volatility of SPY, points a year; below: variance premium, VIX² less 21-session realised².",
    ),
    "tails": Picture(
        "Volatility of volatility, and the price of tails",
        "VVIX in volatility points; SKEW index, 100 is no skew.",
    ),
    "states": CORRELATION["states"],
    "odds": Picture(
        "Odds of a volatility jump, as counted that night",
        "How often the VIX closed 30 % higher within the horizon after such a state; 90 % interval; the newest first.",
    ),
}

SERIES = {
    "^GSPC": "S&P 500", "^RUT": "Russell 2000", "RSP": "Equal weight", "MAG7": "Mag7", "MAG7_EX_TSLA": "Mag7 ex Tesla",
    "QQQ": "Nasdaq-100", "TLT": "Bonds 20y+", "IEF": "Bonds 7–10y", "TIP": "Linkers", "LQD": "IG credit",
    "HYG": "HY credit", "GLD": "Gold", "UUP": "Dollar", "SPY": "S&P 500 fund", "IWM": "Russell fund",
    "XLB": "Materials", "XLC": "Communication", "XLE": "Energy", "XLF": "Financials", "XLI": "Industrials",
    "XLK": "Technology", "XLP": "Staples", "XLRE": "Real estate", "XLU": "Utilities", "XLV": "Health care",
    "XLY": "Discretionary",
}  # fmt: skip

BASES = {
    "holdings": "dated holdings",
    "drifted": "drifted holdings",
    "full_cap": "market capitalisation",
    "equal": "equal weights",
}

TENORS = {"vix9d": "9 days", "vix": "30 days", "vix3m": "3 months", "vix6m": "6 months"}

NO_EVENT = "This file names no event to measure from."
BEFORE_EVENT = "The event {event} ({anchor}) lies after the session: choose another event or a later session."
BEFORE_WEIGHTS = (
    "The first dated weights of this file are of {first}: before that session nobody can say what the seven carried, "
    "so only their ratio to the index is drawn."
)
WEIGHTS_FROM = "Weights are dated from {first} on: the part of the window before it has no attribution."
NO_WEIGHTS = "This file holds no dated weights: nobody can say what the seven carried; only their ratio is drawn."
HORIZONS = {"Since the event": "event", "1 session": "1", "5 sessions": "5", "21 sessions": "21", "63 sessions": "63"}


def series(name: str) -> str:
    """A series by its symbol and what it is."""
    return f"{SERIES[name]} · {name}" if name in SERIES and SERIES[name] != "Mag7" else name
