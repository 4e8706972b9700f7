"""Which symbols a source has restated, so that their whole history must be requested again. Pure: frames in, names out.

Prices are adjusted for splits, so one split rewrites every earlier close; new bars beside old ones would then show a
false move at the seam. Dividends rewrite nothing: closes are not adjusted for them.
"""

import pandas as pd

#: Relative difference up to which two closes are one (as store.vintages.SAME_VALUE): float noise of the source is 1e-7.
SAME_CLOSE = 1e-6


def restated(stored: pd.DataFrame, arriving: pd.DataFrame) -> dict[str, str]:
    """Symbol -> why its whole history is needed, for symbols of which something is stored.

    `stored` and `arriving` hold symbol, obs_date (datetime64) and close; `arriving` also split (NULL or 1: none).
    `stored` must reach from the first arriving day to the newest stored one. A symbol is named when a split lies after
    its newest stored bar, when a close of a day in both differs, or when the two have no day in common (then nothing
    shows that they are on one basis). A close missing on either side is not compared.
    """
    newest = stored.groupby("symbol")["obs_date"].max()
    known = arriving[arriving["symbol"].isin(newest.index)]
    both = known.merge(stored, on=["symbol", "obs_date"], suffixes=("", "_stored"))
    both = both[both["close"].notna() & both["close_stored"].notna()]
    differs = both[(both["close"] - both["close_stored"]).abs() > SAME_CLOSE * both["close_stored"].abs()]
    split = known["split"].notna() & (known["split"] != 1) & (known["obs_date"] > known["symbol"].map(newest))

    reasons: dict[str, str] = {}
    for row in known[split].itertuples():
        reasons[row.symbol] = f"a split of {row.split:g} on {row.obs_date.date()}"
    for row in differs.sort_values("obs_date").itertuples():
        reason = f"the close of {row.obs_date.date()} was {row.close_stored:g} and is now {row.close:g}"
        reasons.setdefault(row.symbol, reason)
    comparable = set(both["symbol"])
    for symbol in known["symbol"].unique():
        if symbol not in comparable:
            reasons.setdefault(symbol, "no day in common with what is stored")
    return reasons
