"""Reads the made-up market as its tests need it: raw frames, wide panels, single series. No assertions here."""

from datetime import date
from functools import lru_cache

import numpy as np
import pandas as pd

from ingestion.sources.base import Window
from ingestion.sources.sample import SampleSource
from ingestion.sources.simulation import schedule

ALWAYS = Window(date(2000, 1, 1), date(2030, 1, 1))
#: The default market, and another one that must hold the same truths.
DEFAULT, OTHER = 20241227, 7
TRUTHS = schedule.truths()


@lru_cache(maxsize=2)
def source(seed: int) -> SampleSource:
    return SampleSource(seed)


@lru_cache(maxsize=32)
def raw(seed: int, table: str) -> pd.DataFrame:
    return pd.concat([delivery.frame for delivery in source(seed).fetch(table, ALWAYS)], ignore_index=True)


def rows(seed: int, table: str, **wanted: object) -> pd.DataFrame:
    """Rows of a raw table whose columns equal the wanted values."""
    frame = raw(seed, table)
    for column, value in wanted.items():
        frame = frame[frame[column] == value]
    return frame


@lru_cache(maxsize=8)
def wide(seed: int, column: str) -> pd.DataFrame:
    """Bars with corrections applied: sessions by symbols."""
    bars = raw(seed, "prices").drop_duplicates(["symbol", "obs_date"], keep="last")
    return bars.pivot(index="obs_date", columns="symbol", values=column)


def level(seed: int, series_id: str) -> pd.Series:
    return rows(seed, "index_levels", series_id=series_id).set_index("obs_date")["close"]


def observed(seed: int, series_id: str) -> pd.Series:
    return rows(seed, "macro_observations", series_id=series_id).set_index("obs_date")["value"]


def span(truth_id: str) -> slice:
    truth = TRUTHS[truth_id]
    return slice(str(truth.start_date), str(truth.end_date))


def members_on(seed: int, day: str) -> list[str]:
    spells, at = raw(seed, "index_membership"), pd.Timestamp(day)
    inside = (spells["valid_from"] <= at) & ~(spells["valid_to"] <= at)
    return spells.loc[inside, "symbol"].tolist()


def advance_ratio(seed: int) -> pd.Series:
    counts = raw(seed, "exchange_breadth").set_index("obs_date")
    return counts["advances"] / (counts["advances"] + counts["declines"])


def mean_correlation(returns: pd.DataFrame) -> float:
    matrix = np.corrcoef(returns.dropna(axis=1).to_numpy().T)
    names = len(matrix)
    return (matrix.sum() - names) / (names * (names - 1))
