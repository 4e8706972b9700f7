"""A small made-up market in which everything that a verdict reads is missing, late or extreme on some sessions.

The sample market of another seed, cut down to some sixty names, each fault in sessions of its own. Not a test itself.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from ingestion.sources.sample import SampleSource
from ingestion.tables import COLUMNS
from tests.crash import small_market

#: Another market than the sample's.
SEED = 19
#: The positioning of trend followers is known after two years.
SESSIONS = 660
#: Sixty names: a few more than the fifty members below which the breadth of the S&P 500 is not counted.
EVERY = 4

#: Fault -> its first session and the one after its last, counted from the first session of the market.
FAULTS: Mapping[str, tuple[int, int]] = {
    "nothing before": (0, 5),
    "no ten-year yield": (300, 340),
    "no positioning report": (300, 340),
    "no VIX": (345, 365),
    "a VIX every other session": (365, 375),
    "no COR1M": (370, 385),
    "no VIX3M": (390, 400),
    "no bonds": (402, 407),
    "no credit spread": (407, 427),
    "a crash": (540, 552),
    "nine in ten rise, day after day": (552, 562),
    "no members": (590, 594),
    "forty members": (596, 602),
    "one member": (604, 608),
    "prices of a third of the members": (610, 613),
    "no close of the index": (615, 617),
    "no close of SPY": (617, 619),
    "no close of the Russell 2000": (619, 622),
    "all members unchanged": (624, 625),
    "the index unchanged": (626, 627),
    "all members fall": (628, 629),
    "all members rise": (630, 631),
    "no bars but of the index": (640, 641),
}  # fmt: skip

#: A source that the folder does not have at all: exchange breadth, so that its thrust is never known.
ABSENT = "exchange_breadth"

FUNDS = ("SPY", "QQQ", "IWM", "RSP")
INDICES = ("^GSPC", "^NDX", "^RUT")
BARS = ["open", "high", "low", "close", "adj_close"]


def frames() -> dict[str, pd.DataFrame]:
    """Raw table -> rows of the market, each fault in its sessions; ABSENT is empty."""
    made = small_market.cut_down(seed=SEED, sessions=SESSIONS, every=EVERY)
    whole = SampleSource(SEED).market
    days = pd.DatetimeIndex(sorted(made["prices"]["obs_date"].unique()))
    first_day = made["securities"]["valid_from"].min()
    members = made["index_membership"]["symbol"].unique()
    made["prices"] = _without_bars(_moved(made["prices"], days, members), days, members)
    made["index_levels"] = _levels(made["index_levels"], days)
    made["macro_observations"] = _macro(whole.macro_observations[[*COLUMNS["macro_observations"]]], days)
    made["positioning"] = _positions(whole.positioning[[*COLUMNS["positioning"]]], days)
    made["index_membership"] = _memberships(members, days, first_day)
    made[ABSENT] = made[ABSENT].iloc[:0]
    return made


def write(folder: Path) -> None:
    """Write the market as a folder of files without the file of the absent source."""
    made = frames()
    small_market.write(made, folder, small_market.sessions(made)[-1])
    (folder / "breadth" / f"{ABSENT}.csv").unlink()


def _days(days: pd.DatetimeIndex, fault: str) -> pd.DatetimeIndex:
    first, after = FAULTS[fault]
    return days[first:after]


def _moved(prices: pd.DataFrame, days: pd.DatetimeIndex, members: np.ndarray) -> pd.DataFrame:
    """Prices with the returns of some sessions replaced, of members and of funds and indices of stocks."""
    rng = np.random.default_rng(SEED)
    closes = prices.pivot(index="obs_date", columns="symbol", values="close").reindex(days)
    wanted = closes.pct_change(fill_method=None)
    of_index = [name for name in (*FUNDS, *INDICES) if name in wanted]
    stocks = [*members, *of_index]

    def set_returns(fault: str, low: float, high: float, names: list[str]) -> None:
        chosen = _days(days, fault)
        wanted.loc[chosen, names] = rng.uniform(low, high, (len(chosen), len(names)))

    set_returns("all members fall", -0.04, -0.02, stocks)
    set_returns("all members rise", 0.02, 0.04, stocks)
    set_returns("a crash", -0.05, -0.01, stocks)
    set_returns("nine in ten rise, day after day", 0.005, 0.03, stocks)
    wanted.loc[_days(days, "all members unchanged"), stocks] = 0.0
    wanted.loc[_days(days, "the index unchanged"), of_index] = 0.0
    factors = ((1 + wanted) / (1 + closes.pct_change(fill_method=None))).fillna(1.0).cumprod()
    factor = factors.stack().rename("factor").reset_index().set_axis(["obs_date", "symbol", "factor"], axis="columns")
    moved = prices.merge(factor, on=["obs_date", "symbol"], how="left")
    moved[BARS] = moved[BARS].mul(moved["factor"].fillna(1.0), axis="index").round(4)
    moved["high"] = moved[["open", "high", "low", "close"]].max(axis="columns")
    moved["low"] = moved[["open", "high", "low", "close"]].min(axis="columns")
    unchanged = moved["obs_date"].isin(_days(days, "all members unchanged")) & moved["symbol"].isin(stocks)
    before = moved.sort_values(["symbol", "obs_date"]).groupby("symbol")["close"].shift().reindex(moved.index)
    for column in ("open", "high", "low", "close"):
        moved.loc[unchanged, column] = before[unchanged]
    heavy = moved["obs_date"].isin(_days(days, "a crash"))
    moved.loc[heavy, "volume"] = (moved.loc[heavy, "volume"] * 3).round()
    return moved.drop(columns="factor")


def _without_bars(prices: pd.DataFrame, days: pd.DatetimeIndex, members: np.ndarray) -> pd.DataFrame:
    """Prices without the bars that are missing."""
    missing = {
        "prices of a third of the members": members[: 2 * len(members) // 3],
        "no close of the index": ["^GSPC"],
        "no close of SPY": ["SPY"],
        "no close of the Russell 2000": ["^RUT", "IWM"],
        "no bonds": ["TLT", "IEF"],
        "no bars but of the index": prices["symbol"].unique()[prices["symbol"].unique() != "^GSPC"],
    }
    for fault, names in missing.items():
        prices = prices[~(prices["obs_date"].isin(_days(days, fault)) & prices["symbol"].isin(names))]
    return prices.reset_index(drop=True)


def _levels(levels: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Levels without those that are missing; volatility and correlation as they are in a crash."""
    columns = ["open", "high", "low", "close"]
    for fault, height in (("a crash", 3.0), ("nine in ten rise, day after day", 1.7)):
        high = levels["obs_date"].isin(_days(days, fault)) & levels["series_id"].str.match("VIX|COR")
        levels.loc[high, columns] = (levels.loc[high, columns] * height).clip(upper=95).round(2)
    every_other = _days(days, "a VIX every other session")[::2]
    missing = {
        ("VIX",): _days(days, "no VIX").union(every_other),
        ("COR1M",): _days(days, "no COR1M"),
        ("VIX3M",): _days(days, "no VIX3M"),
    }
    for series, without in missing.items():
        levels = levels[~(levels["obs_date"].isin(without) & levels["series_id"].isin(series))]
    return levels.reset_index(drop=True)


def _macro(values: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Observations without those that are missing."""
    missing = {"no ten-year yield": ("DGS10",), "no credit spread": ("BAMLH0A0HYM2",)}
    for fault, series in missing.items():
        without = values["obs_date"].between(*_days(days, fault)[[0, -1]]) & values["series_id"].isin(series)
        values = values[~without]
    return values.reset_index(drop=True)


def _positions(reports: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Reports without those that are missing; asset managers sell in the crash."""
    reports = reports[~reports["obs_date"].between(*_days(days, "no positioning report")[[0, -1]])]
    sold = reports["obs_date"].between(days[FAULTS["a crash"][0]], days[FAULTS["a crash"][1] + 5])
    reports = reports.reset_index(drop=True)
    reports.loc[sold.to_numpy(), "asset_manager_long"] = (reports["asset_manager_long"] * 0.4).round()
    return reports


def _memberships(members: np.ndarray, days: pd.DatetimeIndex, first_day: pd.Timestamp) -> pd.DataFrame:
    """Spells of the members: all of them, but on the sessions that have few."""
    spells, begin = [], first_day
    for fault, count in (("no members", 0), ("forty members", 40), ("one member", 1)):
        first, after = FAULTS[fault]
        spells += [(name, begin, days[first]) for name in members]
        spells += [(name, days[first], days[after]) for name in members[:count]]
        begin = days[after]
    spells += [(name, begin, pd.NaT) for name in members]
    frame = pd.DataFrame(spells, columns=["symbol", "valid_from", "valid_to"])
    return frame.assign(index_id="SP500")[["index_id", "symbol", "valid_from", "valid_to"]]
