"""The sample market cut down to a few dozen names and a year of sessions, written as the folder that a user would give.

Small, so that a whole run takes seconds; every raw table has rows. Not a test itself.
"""

from datetime import date
from pathlib import Path

import pandas as pd

from ingestion.sources.sample import SampleSource
from ingestion.tables import COLUMNS

#: 252-session windows fill in the last weeks; fewer would leave them empty, more cost time.
SESSIONS = 300

#: Every n-th stock is kept beside the mega-caps: 275 stocks become about 40.
EVERY = 8

#: The sample market's own seed.
SEED = SampleSource().seed

#: Where the folder holds the files that are one a series, and the names of their columns.
LEVEL_COLUMNS = {"obs_date": "DATE", "open": "OPEN", "high": "HIGH", "low": "LOW", "close": "CLOSE"}
POSITIONING_COLUMNS = {
    "contract_code": "CFTC_Contract_Market_Code",
    "obs_date": "Report_Date_as_YYYY-MM-DD",
    "open_interest": "Open_Interest_All",
    "dealer_long": "Dealer_Positions_Long_All",
    "dealer_short": "Dealer_Positions_Short_All",
    "asset_manager_long": "Asset_Mgr_Positions_Long_All",
    "asset_manager_short": "Asset_Mgr_Positions_Short_All",
    "leveraged_long": "Lev_Money_Positions_Long_All",
    "leveraged_short": "Lev_Money_Positions_Short_All",
}


def cut_down(seed: int = SEED, sessions: int = SESSIONS, every: int = EVERY) -> dict[str, pd.DataFrame]:
    """Raw table -> rows of the small market, without known_at: a folder does not say when it was known.

    `seed` draws another sample market; of its made-up stocks every n-th is kept, and its last `sessions`.
    """
    market = SampleSource(seed).market
    securities = market.securities
    stocks = securities.loc[securities["asset_type"] == "equity", "symbol"]
    made_up = stocks[stocks.str.match(r"Z..\d\d$")]
    dropped = set(made_up).difference(made_up.iloc[::every])
    first = sorted(market.prices["obs_date"].unique())[-sessions]
    frames = {}
    for table, columns in COLUMNS.items():
        rows = getattr(market, table)[list(columns)]
        if "symbol" in rows:
            rows = rows[~rows["symbol"].isin(dropped)]
        if table == "macro_observations":  # a year-on-year change needs a year more
            rows = rows[rows["obs_date"] >= first - pd.DateOffset(months=15)]
        elif table == "index_weights":
            rows = rows[rows["obs_date"] >= first]
            rows = rows.assign(weight=rows["weight"] / rows.groupby("obs_date")["weight"].transform("sum"))
        elif "obs_date" in rows:
            rows = rows[rows["obs_date"] >= first]
        frames[table] = rows.reset_index(drop=True)
    return frames


def sessions(frames: dict[str, pd.DataFrame]) -> list[date]:
    """The sessions of the small market, oldest first."""
    return [day.date() for day in sorted(frames["prices"]["obs_date"].unique())]


def write(frames: dict[str, pd.DataFrame], folder: Path, last: date) -> None:
    """Write the folder as its owner has it on the evening of `last`: nothing described later is in it."""
    for name in ("cboe", "fred", "cftc", "membership", "breadth"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    known = {
        table: rows[rows["obs_date"] <= pd.Timestamp(last)] if "obs_date" in rows else rows
        for table, rows in frames.items()
    }
    known["prices"].rename(columns={"obs_date": "date"}).to_parquet(folder / "prices.parquet", index=False)
    for series_id, rows in known["index_levels"].groupby("series_id"):
        rows = rows[list(LEVEL_COLUMNS)].rename(columns=LEVEL_COLUMNS)
        rows.to_csv(folder / "cboe" / f"{series_id}_History.csv", index=False, date_format="%m/%d/%Y")
    for series_id, rows in known["macro_observations"].groupby("series_id"):
        rows = rows[["obs_date", "value"]].set_axis(["observation_date", series_id], axis="columns")
        rows.to_csv(folder / "fred" / f"{series_id}.csv", index=False)
    positions = known["positioning"].rename(columns=POSITIONING_COLUMNS)
    positions.to_csv(folder / "cftc" / "tff_futures_only.csv", index=False)
    known["securities"].drop(columns=["valid_from", "asset_type"]).loc[
        known["securities"]["asset_type"] == "equity"
    ].to_csv(folder / "membership" / "securities.csv", index=False)
    known["index_membership"].to_csv(folder / "membership" / "index_membership.csv", index=False)
    weights = known["index_weights"].rename(columns={"obs_date": "as_of_date"})
    weights.to_csv(folder / "membership" / "index_weights.csv", index=False)
    breadth = known["exchange_breadth"].rename(columns={"obs_date": "session_date"})
    breadth.to_csv(folder / "breadth" / "exchange_breadth.csv", index=False)
