"""raw.prices: daily bars of equities, ETFs and indices."""

import numpy as np
import pandas as pd
import pandera.pandas as pa

from ingestion.tables import known_at
from ingestion.tables.base import Circumstances, Column, NeighbourRule, RawTable
from ingestion.tables.rules import ABOVE_ZERO, day, number, possible, present, rule

#: A move this large without a corporate action is stored and flagged (2020-03-09 had real ones), but rejected when the
#: next close is again within RETURN_OF_SPIKE of the price before it: then it was a bad print.
SPIKE = 0.40
RETURN_OF_SPIKE = 0.05

#: A price beyond these is no bar (Berkshire stands at 1e6 dollars, a share after its reverse splits began at 1e-3).
SMALLEST_PRICE, LARGEST_PRICE = 1e-6, 1e9

#: A close is not adjusted for a split on its day where it moves by the ratio of the split more than adj_close does, to
#: within a share of the ratio (logarithms; a dividend on the same day moves them apart too, and is left out).
MOST_OFF, SHARE_OFF = 0.02, 0.1

#: Without adj_close only a ratio of at least this is told from a real move, and to within so much of its logarithm.
PLAIN_RATIO, OFF_ALONE = 1.5, 0.1

#: A close may lie this far outside [low, high]: closing-auction prints of real bars do, by up to about 0.3 %.
OUTSIDE_RANGE = 0.005


def contract(circumstances: Circumstances) -> pa.DataFrameSchema:
    """Positive prices, a consistent range, and for equities and ETFs a day that is a session."""
    today = pd.Timestamp(circumstances.today)

    def in_range(bars: pd.DataFrame) -> pd.Series:
        above = bars["close"] > bars["high"] * (1 + OUTSIDE_RANGE)
        below = bars["close"] < bars["low"] * (1 - OUTSIDE_RANGE)
        return ~(above | below)

    def on_a_session(bars: pd.DataFrame) -> pd.Series:
        return (
            bars["obs_date"].isna()
            | (bars["obs_date"] > today)
            | bars["symbol"].isin(circumstances.indices)
            | bars["obs_date"].isin(circumstances.sessions)
        )

    return pa.DataFrameSchema(
        {
            "symbol": present("symbol"),
            "obs_date": day(circumstances),
            **{
                name: number(
                    f"{name} is not above zero", ABOVE_ZERO, size=possible(name, SMALLEST_PRICE, LARGEST_PRICE)
                )
                for name in ("open", "high", "low", "close", "adj_close", "split")
            },
            "volume": number("volume is negative", 0, size=possible("volume")),
            "dividend": number("dividend is negative", 0, size=possible("dividend", most=LARGEST_PRICE)),
        },
        checks=[
            rule(lambda bars: bars["close"].notna() | bars["adj_close"].notna(), "no price"),
            rule(lambda bars: ~(bars["high"] < bars["low"]), "high below low"),
            rule(in_range, f"close outside low and high by more than {OUTSIDE_RANGE:.1%}"),
            rule(on_a_session, "not a session of the New York Stock Exchange"),
        ],
    )


def unadjusted(bars: pd.DataFrame, circumstances: Circumstances) -> pd.Index:
    """Rows on the other side of a split that the closes before it do not show.

    Those before the split, since every close is to be on the basis of today; where bars from before it are stored,
    those from its day on, until the source has adjusted the history: else a false move would appear at the seam.
    """
    has_split = bars["split"].notna() & (bars["split"] != 1)
    good = bars[bars["symbol"].isin(bars.loc[has_split, "symbol"]) & bars["close"].notna()]
    order = ["symbol", "obs_date", *(["known_at"] if "known_at" in good else [])]
    good = good.sort_values(order, kind="stable").drop_duplicates(["symbol", "obs_date"], keep="last")
    by_symbol = good.groupby("symbol", sort=False)
    moved = np.log(good["close"] / by_symbol["close"].shift(1))
    moved_adjusted = np.log(good["adj_close"] / by_symbol["adj_close"].shift(1))
    ratio = np.log(good["split"].fillna(1))
    of_adjusted = (moved + ratio - moved_adjusted).abs() < np.minimum(MOST_OFF, SHARE_OFF * ratio.abs())
    alone = (ratio.abs() >= np.log(PLAIN_RATIO)) & ((moved + ratio).abs() < OFF_ALONE)
    seams = good[(ratio != 0) & ((of_adjusted & good["dividend"].fillna(0).eq(0)) | alone)]
    broken = bars.index[:0]
    for symbol, days in seams.groupby("symbol")["obs_date"]:
        own = bars[bars["symbol"] == symbol]
        first = circumstances.first_bars.get(str(symbol))
        later = days[days > pd.Timestamp(first)] if first else days[:0]
        side = own["obs_date"] >= later.min() if len(later) else own["obs_date"] < days.max()
        broken = broken.union(own.index[side])
    return broken


def spikes(bars: pd.DataFrame, circumstances: Circumstances) -> pd.Index:
    """Rows of bad prints: a jump that no corporate action explains and that the next close undoes."""
    good = bars[bars["close"].notna()].sort_values(["symbol", "obs_date"], kind="stable")
    by_symbol = good.groupby("symbol", sort=False)["close"]
    before, after = by_symbol.shift(1), by_symbol.shift(-1)
    no_action = good["split"].fillna(1).eq(1) & good["dividend"].fillna(0).eq(0)
    jumped = ((good["close"] / before - 1).abs() > SPIKE) & no_action
    return good.index[jumped & ((after / before - 1).abs() <= RETURN_OF_SPIKE)]


PRICES = RawTable(
    name="prices",
    meaning="Daily bars of equities, ETFs and indices, adjusted for splits only.",
    key={
        "security_id": Column("integer", "Security that carried the symbol on the day."),
        "obs_date": Column("date", "Session of the bar."),
    },
    values={
        "open": Column("double", "First price of the session, split-adjusted."),
        "high": Column("double", "Highest price of the session, split-adjusted."),
        "low": Column("double", "Lowest price of the session, split-adjusted."),
        "close": Column("double", "Last price of the session, split-adjusted, not adjusted for dividends."),
        "adj_close": Column("double", "Close adjusted for splits and dividends, where the source has it."),
        "volume": Column("double", "Shares traded, split-adjusted."),
        "dividend": Column("double", "Cash dividend per share whose ex-date is the session."),
        "split": Column("double", "New shares per old share effective on the session."),
        "later_splits": Column(
            "double", "Product of the splits after the session in the same answer: prices were divided by it.", True
        ),
    },
    known_at=known_at.by_rule("same_day 18:00"),
    rules=contract,
    neighbours=(
        NeighbourRule(unadjusted, "not adjusted for a split: that day the close moves by its ratio, adj_close not"),
        NeighbourRule(spikes, f"moved over {SPIKE:.0%} without a corporate action and came back"),
    ),
    fallback=(("adj_close", "close"), ("later_splits", "close")),
)
