"""From returns to daily bars: closes, dividends, adjusted closes, ranges and volume, rounded as vendors do."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ingestion.sources.simulation import schedule
from ingestion.sources.simulation.indices import FIRST_DAYS, bond_funds, equity_funds, other_funds
from ingestion.sources.simulation.market import Stocks

#: Hundredths of a cent: coarse enough to read, fine enough that an index rebuilt from closes is exact to 1 bp.
DECIMALS = 4
#: A restated close is first reported this much too high.
RESTATED_BY = 1.03
#: Volume of a half session as a part of a whole one.
EARLY_CLOSE_VOLUME = 0.5


@dataclass(frozen=True)
class Bars:
    """Bars of all symbols: arrays (sessions, symbols), nan where no bar exists; prices in split-adjusted USD."""

    sessions: pd.DatetimeIndex
    symbols: list[str]
    asset_types: list[str]
    open: np.ndarray
    high: np.ndarray
    low: np.ndarray
    close: np.ndarray
    adj_close: np.ndarray
    volume: np.ndarray
    dividend: np.ndarray
    split: np.ndarray


def make_bars(stocks: Stocks, rng: np.random.Generator) -> Bars:
    """Bars of stocks, funds and indices, in symbol order."""
    funds, indices = equity_funds(stocks)
    funds |= bond_funds(stocks, rng) | other_funds(stocks, rng)
    built = list(funds.values()) + list(indices.values())
    symbols = stocks.roster.symbols + list(funds) + list(indices)
    types = ["equity"] * len(stocks.roster.symbols) + ["etf"] * len(funds) + ["index"] * len(indices)
    total = np.column_stack([stocks.total, *(fund.total for fund in built)])
    paid = np.column_stack([stocks.dividend_rate, *(fund.dividend_rate for fund in built)])
    opening = np.r_[stocks.roster.price, [fund.opening for fund in built]]
    exists = np.ones(total.shape, dtype=bool)
    exists[:, : len(stocks.roster.symbols)] = stocks.listed
    for symbol, day in FIRST_DAYS.items():
        exists[: schedule.position(stocks.sessions, day), symbols.index(symbol)] = False

    before_first = np.vstack([~exists[0], ~exists[:-1]])
    paid = np.where(exists & ~before_first, paid, 0.0)
    close = np.round(opening * np.cumprod(1 + total - paid, axis=0), DECIMALS)
    before = np.vstack([opening, close[:-1]])
    dividend = np.round(paid * before, DECIMALS)
    factor = np.cumprod((1 - dividend / before)[::-1], axis=0)[::-1]
    later = np.vstack([factor[1:], np.ones(len(symbols))])
    ranges = _ranges(close, before, total, rng)
    volume = _volume(stocks, total, close, np.array(types), rng)
    _plant_stale(stocks, symbols, close, ranges, volume)
    is_index = np.array(types) == "index"
    split = np.full(close.shape, np.nan)
    truth = schedule.truths()["split_4_for_1"]
    split[schedule.position(stocks.sessions, truth.start_date), symbols.index(truth.symbol)] = 4.0
    exists &= ~_without_bars(stocks, symbols)

    def shown(values: np.ndarray, indices_too: bool = True) -> np.ndarray:
        return np.where(exists & (indices_too | ~is_index), values, np.nan)[:, order]

    order = np.argsort(symbols)
    return Bars(
        sessions=stocks.sessions,
        symbols=[symbols[column] for column in order],
        asset_types=[types[column] for column in order],
        open=shown(ranges[0]),
        high=shown(ranges[1]),
        low=shown(ranges[2]),
        close=shown(close),
        adj_close=shown(np.round(close * later, DECIMALS), indices_too=False),
        volume=shown(volume, indices_too=False),
        dividend=shown(dividend, indices_too=False),
        split=shown(split),
    )


def restatement(bars: Bars) -> tuple[int, int, dict[str, float]]:
    """The restated bar: session index, column, and the bar as first reported (close, high, adj_close 3 % too high)."""
    truth = schedule.truths()["restated_close"]
    row, column = schedule.position(bars.sessions, truth.start_date), bars.symbols.index(truth.symbol)
    wrong = {
        name: round(float(getattr(bars, name)[row, column]) * RESTATED_BY, DECIMALS) for name in ("close", "adj_close")
    }
    return row, column, wrong | {"high": max(wrong["close"], float(bars.high[row, column]))}


def _ranges(
    close: np.ndarray, before: np.ndarray, total: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Open, high and low around the way from the prior close to this one."""
    # a quarter of the day's size in either direction: ranges of about 1.3 times the absolute return
    size = 0.25 * np.abs(total).mean(axis=0) + 0.2 * np.abs(total)
    open_ = np.round(before + (close - before) * rng.uniform(0.0, 0.5, close.shape), DECIMALS)
    reach = rng.random((2, *close.shape)) * size
    high = np.maximum(np.maximum(open_, close), np.round(np.maximum(open_, close) * (1 + reach[0]), DECIMALS))
    low = np.minimum(np.minimum(open_, close), np.round(np.minimum(open_, close) * (1 - reach[1]), DECIMALS))
    return open_, high, low


def _volume(
    stocks: Stocks, total: np.ndarray, close: np.ndarray, types: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Whole split-adjusted shares: steady turnover in dollars, more on large moves, half on early closes."""
    usual = np.abs(total).mean(axis=0)
    activity = np.exp(0.22 * rng.standard_normal(total.shape)) * (0.75 + 0.25 * np.minimum(np.abs(total) / usual, 6.0))
    dollars = np.where(types == "etf", 1.2e9, 0.0)
    dollars[: len(stocks.roster.symbols)] = 0.004 * stocks.roster.capitalisation * 1e9
    half = np.where(stocks.sessions.isin(stocks.early_closes), EARLY_CLOSE_VOLUME, 1.0)
    shares: np.ndarray = np.round(dollars * activity * half[:, None] / close)
    return shares


def _plant_stale(
    stocks: Stocks, symbols: list[str], close: np.ndarray, ranges: tuple[np.ndarray, ...], volume: np.ndarray
) -> None:
    """Unchanged bars without volume; the returns are already zero on these days."""
    truth = schedule.truths()["stale_bars"]
    days = slice(
        schedule.position(stocks.sessions, truth.start_date), schedule.position(stocks.sessions, truth.end_date) + 1
    )
    column = symbols.index(truth.symbol)
    for values in ranges:
        values[days, column] = close[days, column]
    volume[days, column] = 0.0


def _without_bars(stocks: Stocks, symbols: list[str]) -> np.ndarray:
    """True where a bar is withheld: the halt and the missing day."""
    withheld = np.zeros((len(stocks.sessions), len(symbols)), dtype=bool)
    for truth_id in ("halt", "missing_day"):
        truth = schedule.truths()[truth_id]
        first, last = (schedule.position(stocks.sessions, day) for day in (truth.start_date, truth.end_date))
        withheld[first : last + 1, symbols.index(truth.symbol)] = True
    return withheld
