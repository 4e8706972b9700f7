"""What the option market of the made-up market charges: the VIX family, implied correlation, skew and dispersion.

Everything follows from two variances: that of the index, fed by its own returns, and those of its largest names.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ingestion.sources.simulation import schedule
from ingestion.sources.simulation.factors import slow_noise
from ingestion.sources.simulation.indices import weighted
from ingestion.sources.simulation.market import Stocks

#: GJR variance of the index: yesterday's variance, the squared return, and the squared return of falling days.
#: Chosen so that a fall of 3 % out of calm lifts VIX by about 70 %; their sum (falls count half) stays under 1.
PERSISTENCE, REACTION, FALL_REACTION = 0.84, 0.02, 0.20
#: Annual variance that options ever price for the next day; keeps VIX under 85 in the crash, as in 2020.
LARGEST_VARIANCE = 0.80**2
#: Part of the variance that a day keeps beyond the regime's own level: half-life about a month.
MEMORY = 0.965
#: Sessions that each tenor looks ahead.
TENORS = {"VIX9D": 6, "VIX": 21, "VIX3M": 63, "VIX6M": 126}
#: Option prices carry a premium over expected volatility: points that do not shrink in calm.
RISK_PREMIUM = 2.2
#: VIX counts the wings; the at-the-money volatility that enters implied correlation is lower.
AT_THE_MONEY = 0.80
#: Cboe takes the largest names of the index for its implied correlation.
NAMES_IN_CORRELATION = 50
#: Options price a name's own moves above their standard deviation (earnings, jumps), within a multiple of it.
NAME_PREMIUM = 1.22
LARGEST_OWN_MULTIPLE = 1.3
CLOSE_DECIMALS = 2


def make_levels(stocks: Stocks, rng: np.random.Generator) -> pd.DataFrame:
    """Closes by session: columns VIX9D VIX VIX3M VIX6M VVIX SKEW DSPX COR1M COR3M, in the units of Cboe."""
    weights = stocks.opening_weights(stocks.member)
    index_return = weighted(weights, stocks.price_return)
    family = _vix_family(stocks, index_return, rng)
    count = len(stocks.sessions)
    stress = np.log(family["VIX"] / family["VIX3M"])
    levels = dict(family)
    levels["VVIX"] = np.clip(88 + 1.6 * (family["VIX"] - 16) + 45 * stress + slow_noise(rng, count, 4.0, 0.9), 70, 210)
    levels["SKEW"] = np.clip(134 - 0.7 * (family["VIX"] - 16) + slow_noise(rng, count, 6.0, 0.93), 105, 170)
    prices = _NameOptions.over(stocks, weights)
    planned = np.full(count, np.nan)
    planned[schedule.position(stocks.sessions, schedule.TAIL_START) :] = schedule.TAIL_COR1M
    scale = prices.scale_for(planned, family["VIX"])
    levels["COR1M"] = prices.correlation(family["VIX"], scale) + np.isnan(planned) * slow_noise(rng, count, 0.7, 0.8)
    levels["COR3M"] = prices.correlation(family["VIX3M"], 0.97 * scale) + slow_noise(rng, count, 0.6, 0.9)
    levels["COR1M"] = np.clip(levels["COR1M"], 2.5, 96)
    levels["COR3M"] = np.clip(levels["COR3M"], 4.0, 94)
    dispersion = prices.dispersion(family["VIX"], scale)
    levels["DSPX"] = np.clip(dispersion + slow_noise(rng, count, 0.4, 0.9), 8, 80)
    return pd.DataFrame(levels, index=stocks.sessions).round(CLOSE_DECIMALS)


def _vix_family(stocks: Stocks, index_return: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """VIX by tenor (points): mean reversion orders the tenors upward in calm and downward in stress."""
    usual = 0.55 * schedule.per_session(stocks.sessions, "volatility") + 0.45 * 0.15
    usual = np.minimum(usual, 0.36)
    variance = np.empty(len(index_return))
    held = usual[0] ** 2
    for day, move in enumerate(index_return):
        annual = 252 * move**2
        reaction = REACTION + FALL_REACTION * (move < 0)
        rest = 1 - PERSISTENCE - REACTION - FALL_REACTION / 2
        held = rest * usual[day] ** 2 + PERSISTENCE * held + reaction * annual
        held = min(held, LARGEST_VARIANCE)
        variance[day] = held
    # options look past the regime: what they revert to moves slowly
    anchor = 0.6 * 0.165**2 + 0.4 * _smooth(variance, 126)
    common = 1 + slow_noise(rng, len(variance), 0.025, 0.8)
    tilt = slow_noise(rng, len(variance), 0.008, 0.7)
    decay = {name: (1 - MEMORY**days) / (days * (1 - MEMORY)) for name, days in TENORS.items()}
    planned = _planned_variance(stocks, anchor, decay["VIX"])
    points = {}
    for place, (name, _) in enumerate(TENORS.items()):
        expected = np.sqrt(anchor + (variance - anchor) * decay[name])
        level = (100 * expected + RISK_PREMIUM) * common * (1 + tilt * (1.5 - place))
        steered = 100 * np.sqrt(np.maximum(anchor + (planned - anchor) * decay[name], 0.005)) + RISK_PREMIUM
        points[name] = np.clip(np.where(np.isnan(planned), level, steered), 8.8, 85)
    return points


def _planned_variance(stocks: Stocks, anchor: np.ndarray, decay: float) -> np.ndarray:
    """The instantaneous variance that gives the planned VIX of the last sessions; nan elsewhere."""
    planned = np.full(len(anchor), np.nan)
    first = schedule.position(stocks.sessions, schedule.TAIL_START)
    target = ((np.array(schedule.TAIL_VIX) - RISK_PREMIUM) / 100) ** 2
    planned[first:] = anchor[first:] + (target - anchor[first:]) / decay
    return planned


@dataclass(frozen=True)
class _NameOptions:
    """The largest names: weights, betas and own volatilities that options price, arrays (sessions, names in use)."""

    held: np.ndarray
    beta: np.ndarray
    own: np.ndarray

    @classmethod
    def over(cls, stocks: Stocks, weights: np.ndarray) -> "_NameOptions":
        days = np.arange(len(weights))[:, None]
        largest = np.argpartition(-weights, NAMES_IN_CORRELATION, axis=1)[:, :NAMES_IN_CORRELATION]
        held = weights[days, largest]
        # a regime's step in the names' own volatility reaches option prices over some days
        priced = np.minimum(stocks.own_volatility, LARGEST_OWN_MULTIPLE * stocks.roster.volatility)
        own = NAME_PREMIUM * _smooth(priced, 15)[days, largest]
        return cls(held / held.sum(axis=1, keepdims=True), stocks.roster.beta[largest], own)

    def _volatilities(self, index_points: np.ndarray, scale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        index = AT_THE_MONEY * index_points / 100
        # names get dearer too when the index does, by less
        heat = scale * np.clip((index / 0.12) ** 0.12, 0.95, 1.3)
        return index, np.sqrt(0.88 * (self.beta * index[:, None]) ** 2 + (self.own * heat[:, None]) ** 2)

    def correlation(self, index_points: np.ndarray, scale: np.ndarray) -> np.ndarray:
        """Cboe's form, 0 to 100; every input is an ex-ante volatility."""
        index, name = self._volatilities(index_points, scale)
        of_parts = ((self.held * name) ** 2).sum(axis=1)
        of_whole = (self.held * name).sum(axis=1) ** 2
        implied: np.ndarray = 100 * (index**2 - of_parts) / (of_whole - of_parts)
        return implied

    def dispersion(self, index_points: np.ndarray, scale: np.ndarray) -> np.ndarray:
        """Volatility points of the names that the index does not share."""
        index, name = self._volatilities(index_points, scale)
        dispersion: np.ndarray = 100 * np.sqrt(np.maximum((self.held * name**2).sum(axis=1) - index**2, 0.001))
        return dispersion

    def scale_for(self, planned: np.ndarray, index_points: np.ndarray) -> np.ndarray:
        """Multiple of the own volatilities that gives the planned correlation (bisection); 1 where none is planned."""
        low, high = np.full(len(planned), 0.3), np.full(len(planned), 3.0)
        for _ in range(30):
            middle = (low + high) / 2
            too_high = self.correlation(index_points, middle) > np.nan_to_num(planned)
            low, high = np.where(too_high, middle, low), np.where(too_high, high, middle)
        return np.where(np.isnan(planned), 1.0, middle)


def _smooth(values: np.ndarray, span: int) -> np.ndarray:
    """Exponential average along the sessions, same shape."""
    smoothed: np.ndarray = pd.DataFrame(values).ewm(span=span, adjust=False).mean().to_numpy().reshape(values.shape)
    return smoothed
