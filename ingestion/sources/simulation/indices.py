"""Indices and funds of the made-up market, each built from its own names or from the simulated yields and spreads.

A fund here is a total return and a dividend rate a day; bars.py turns both into prices.
"""

from dataclasses import dataclass

import numpy as np

from ingestion.sources.simulation import schedule
from ingestion.sources.simulation.factors import change
from ingestion.sources.simulation.market import Stocks

SECTOR_FUNDS = {
    "XLB": "Materials",
    "XLC": "Communication Services",
    "XLE": "Energy",
    "XLF": "Financials",
    "XLI": "Industrials",
    "XLK": "Information Technology",
    "XLP": "Consumer Staples",
    "XLRE": "Real Estate",
    "XLU": "Utilities",
    "XLV": "Health Care",
    "XLY": "Consumer Discretionary",
}
GROWTH_SECTORS = ("Communication Services", "Consumer Discretionary", "Information Technology")
MEGA_SEVEN = ("AAPL", "MSFT", "NVDA", "AMZN", "GOOGL", "META", "TSLA")
FIRST_DAYS = {"XLC": "2018-06-19", "MAGS": "2023-04-11"}

#: Years of duration and convexity of the bond funds, near those of the real funds of the same names.
TLT_DURATION, TLT_CONVEXITY = 16.5, 350.0
IEF_DURATION, IEF_CONVEXITY = 7.5, 65.0
LQD_DURATION, LQD_CONVEXITY = 8.4, 100.0
TIP_DURATION = 6.8
HYG_DURATION, HYG_SPREAD_DURATION = 2.6, 3.4
#: Investment-grade spread as a part of the high-yield spread.
INVESTMENT_GRADE_PART = 0.3
#: A bond fund's own noise a day (fraction): prices agree with yields to about a basis point.
BOND_NOISE = 0.0001


@dataclass(frozen=True)
class Fund:
    """total and dividend_rate: (sessions,) fractions of the prior close; opening: price before them, USD."""

    total: np.ndarray
    dividend_rate: np.ndarray
    opening: float


def weighted(weights: np.ndarray, returns: np.ndarray) -> np.ndarray:
    """Sum over names of weight times return: (sessions,)."""
    weighted_returns: np.ndarray = np.einsum("ij,ij->i", weights, returns)
    return weighted_returns


def rebalanced(stocks: Stocks, eligible: np.ndarray, returns: np.ndarray) -> np.ndarray:
    """Return of a portfolio set equal at the first session's close of each quarter and left to drift in between."""
    quarters = stocks.sessions.to_period("Q")
    resets = np.flatnonzero(np.r_[True, quarters[1:] != quarters[:-1]])
    result = np.zeros(len(returns))
    for start, stop in zip(np.r_[0, resets[1:] + 1], np.r_[resets[1:] + 1, len(returns)], strict=True):
        growth = np.cumprod(1 + returns[start:stop], axis=0)
        # the first block starts before the first session; a name that enters later waits for the next reset
        held = np.vstack([np.ones(growth.shape[1]), growth[:-1]]) * (eligible[start:stop] & eligible[start])
        result[start:stop] = weighted(held, returns[start:stop]) / held.sum(axis=1)
    return result


def equity_funds(stocks: Stocks) -> tuple[dict[str, Fund], dict[str, Fund]]:
    """Funds by symbol, and the four indices by symbol (dividend_rate zero: their closes follow `total`)."""
    member, sectors, total = stocks.member, stocks.roster.sectors, stocks.total
    small = ~member & stocks.listed & stocks.roster.is_small
    growth = member & np.isin(sectors, GROWTH_SECTORS)
    openings = {"SPY": 226.0, "IWM": 135.0, "QQQ": 123.0}
    funds: dict[str, Fund] = {}
    groups = {"SPY": member, "IWM": small, "QQQ": growth} | {
        fund: member & (sectors == sector) for fund, sector in SECTOR_FUNDS.items()
    }
    price: dict[str, np.ndarray] = {}
    for symbol, group in groups.items():
        weights = stocks.opening_weights(group)
        income = weighted(weights, stocks.dividend_rate)
        price[symbol] = weighted(weights, stocks.price_return)
        returns = price[symbol] + income
        funds[symbol] = Fund(returns, paid_out(stocks, income, months=3), openings.get(symbol, 48.0))
    equal = rebalanced(stocks, member, total)
    funds["RSP"] = Fund(equal, paid_out(stocks, rebalanced(stocks, member, stocks.dividend_rate), months=3), 88.0)
    seven = np.isin(stocks.roster.symbols, MEGA_SEVEN) & np.ones_like(member)
    funds["MAGS"] = Fund(rebalanced(stocks, seven, total), np.zeros(len(total)), 25.0 / _growth_to(stocks, seven))
    nothing = np.zeros(len(total))
    indices = {
        "^GSPC": Fund(price["SPY"], nothing, 2268.0),
        "^SP500TR": Fund(funds["SPY"].total, nothing, 4345.0),
        "^RUT": Fund(price["IWM"], nothing, 1352.0),
        "^NDX": Fund(price["QQQ"], nothing, 5044.0),
    }
    return funds, indices


def bond_funds(stocks: Stocks, rng: np.random.Generator) -> dict[str, Fund]:
    """Funds priced from the simulated yields: carry less duration times the change plus half the convexity."""
    factors, opening = stocks.factors, schedule.OPENING_LEVELS
    short, ten = opening["yield_2y"], opening["yield_10y"]
    moves = {
        "10": change(factors.yield_10y, ten) / 100,
        "2": change(factors.yield_2y, short) / 100,
        "30": change(factors.yield_30y, ten + 0.22 + 0.25 * (ten - short)) / 100,
        "breakeven": change(factors.breakeven, opening["breakeven"]) / 100,
        "spread": change(factors.high_yield, opening["high_yield"]) / 100,
    }

    def carry(level: np.ndarray) -> np.ndarray:
        carry: np.ndarray = np.r_[level[0], level[:-1]] / 100 / 252
        return carry

    def priced(income: np.ndarray, rate_part: np.ndarray, start: float) -> Fund:
        noise = BOND_NOISE * rng.standard_normal(len(income))
        return Fund(income + rate_part + noise, paid_out(stocks, income, months=1), start)

    def curve(move: np.ndarray, duration: float, convexity: float) -> np.ndarray:
        return -duration * move + 0.5 * convexity * move**2

    grade = INVESTMENT_GRADE_PART
    middle = (moves["2"] + moves["10"]) / 2
    real = moves["10"] - moves["breakeven"]
    return {
        "TLT": priced(carry(factors.yield_30y), curve(moves["30"], TLT_DURATION, TLT_CONVEXITY), 121.0),
        "IEF": priced(carry(factors.yield_10y), curve(moves["10"], IEF_DURATION, IEF_CONVEXITY), 105.0),
        "LQD": priced(
            carry(factors.yield_10y + grade * factors.high_yield),
            curve(moves["10"] + grade * moves["spread"], LQD_DURATION, LQD_CONVEXITY),
            118.0,
        ),
        "HYG": priced(
            carry((factors.yield_2y + factors.yield_10y) / 2 + 0.7 * factors.high_yield),
            -HYG_DURATION * middle - HYG_SPREAD_DURATION * moves["spread"],
            87.0,
        ),
        "TIP": priced(carry(factors.yield_10y), curve(real, TIP_DURATION, 55.0), 113.0),
    }


def other_funds(stocks: Stocks, rng: np.random.Generator) -> dict[str, Fund]:
    """Gold falls with real yields and the dollar; UUP follows the dollar index."""
    factors, opening = stocks.factors, schedule.OPENING_LEVELS
    dollar = factors.dollar / np.r_[opening["dollar"], factors.dollar[:-1]] - 1
    real = change(factors.yield_10y - factors.breakeven, opening["yield_10y"] - opening["breakeven"])
    gold = 0.00025 - 0.035 * (real - real.mean()) - 0.6 * dollar + 0.0065 * rng.standard_normal(len(real))
    year_end = np.r_[np.diff(stocks.sessions.year) != 0, False]
    bills = np.r_[factors.yield_2y[0], factors.yield_2y[:-1]] / 100 / 252 * 0.8
    paid = np.zeros(len(real))
    paid[year_end] = 0.01
    return {
        "GLD": Fund(gold, np.zeros(len(real)), 115.0),
        "UUP": Fund(1.05 * dollar + bills + 0.0003 * rng.standard_normal(len(real)), paid, 26.0),
    }


def paid_out(stocks: Stocks, income: np.ndarray, months: int) -> np.ndarray:
    """Gather daily income (sessions,) and pay it on the first session of every month, or of March, June and so on."""
    month = stocks.sessions.month.to_numpy()
    ex_day = np.r_[False, month[1:] != month[:-1]] & (month % months == 0)
    earned = np.cumsum(income)
    paid = np.zeros(len(income))
    paid[ex_day] = np.diff(earned[ex_day], prepend=0.0)
    return paid


def _growth_to(stocks: Stocks, eligible: np.ndarray) -> float:
    first = schedule.position(stocks.sessions, FIRST_DAYS["MAGS"])
    return float(np.prod(1 + rebalanced(stocks, eligible, stocks.total)[: first + 1]))
