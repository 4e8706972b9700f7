"""Exchange breadth of the made-up market: advances and declines among about 3,000 notional issues.

Each listed stock stands for several issues that share its common moves and differ in their own.
"""

import numpy as np
import pandas as pd

from ingestion.sources.simulation.market import Stocks

#: Issues per large and per small stock: about 3,000 in all, as on the exchange, leaning to small ones.
ISSUES_PER_LARGE, ISSUES_PER_SMALL = 8, 22
#: Part of issues that close unchanged on a usual day.
UNCHANGED_PART = 0.022


def make_breadth(stocks: Stocks, rng: np.random.Generator) -> pd.DataFrame:
    """Counts by session: columns advances, declines, unchanged."""
    common = stocks.price_return - stocks.own * stocks.listed
    spread = 1.1 * stocks.own_volatility / np.sqrt(252)
    issues = np.where(stocks.roster.is_small, ISSUES_PER_SMALL, ISSUES_PER_LARGE) * stocks.listed
    # a logistic of 1.702 z is within 0.01 of the normal distribution function
    rising = 1 / (1 + np.exp(-1.702 * np.clip(common / spread, -12, 12)))
    # steered days shift the common part: a name with nothing but noise rises half of the time
    unchanged = rng.binomial(issues, UNCHANGED_PART)
    advances = rng.binomial(issues - unchanged, rising).sum(axis=1)
    counts = pd.DataFrame({"advances": advances, "unchanged": unchanged.sum(axis=1)}, index=stocks.sessions)
    counts["declines"] = issues.sum(axis=1) - counts["advances"] - counts["unchanged"]
    return counts[["advances", "declines", "unchanged"]]
