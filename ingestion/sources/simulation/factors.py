"""The common movers of the made-up market: market, yields, credit, dollar, and the style factors, regime by regime.

Noise is drawn freely and then pinned: within a regime every factor reaches its scheduled total, whatever the seed.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ingestion.sources.simulation import schedule

#: Degrees of freedom of market and factor noise: daily equity returns fit 4 to 7.
NOISE_FREEDOM = 6
#: Largest unplanned market day in standard deviations: shocks that tests look for are planned, not drawn.
LARGEST_SHOCK = 3.0


@dataclass(frozen=True)
class Factors:
    """Arrays (sessions,). Returns are fractions a day, levels in percent (dollar: index).

    market_volatility is the planned daily standard deviation of the market, stress its ratio to a 12 % year.
    """

    market: np.ndarray
    mega: np.ndarray
    size: np.ndarray
    cyclical: np.ndarray
    market_volatility: np.ndarray
    stress: np.ndarray
    yield_2y: np.ndarray
    yield_10y: np.ndarray
    yield_30y: np.ndarray
    breakeven: np.ndarray
    high_yield: np.ndarray
    dollar: np.ndarray


def student(rng: np.random.Generator, freedom: float, shape: tuple[int, ...] | int) -> np.ndarray:
    """Student t noise scaled to unit variance, cut at six standard deviations."""
    draws: np.ndarray = np.clip(rng.standard_t(freedom, shape) * np.sqrt((freedom - 2) / freedom), -6, 6)
    return draws


def slow_noise(rng: np.random.Generator, count: int, deviation: float, memory: float) -> np.ndarray:
    """Noise that remembers: an AR(1) of the given standard deviation, (count,)."""
    steps = rng.standard_normal(count) * deviation * np.sqrt(1 - memory**2)
    steps[0] *= (1 - memory) / np.sqrt(1 - memory**2)
    noise: np.ndarray = pd.Series(steps).ewm(alpha=1 - memory, adjust=False).mean().to_numpy() / (1 - memory)
    return noise


def change(levels: np.ndarray, opening: float) -> np.ndarray:
    """Daily change of a level whose value before the first session is `opening`."""
    return np.diff(levels, prepend=opening)


def pin(noise: np.ndarray, totals: np.ndarray, planned: np.ndarray, slices: list[slice]) -> np.ndarray:
    """Shift noise (sessions,) so that each slice sums to its total; days with a plan (not nan) keep it exactly."""
    pinned = np.where(np.isnan(planned), noise, planned)
    for total, where in zip(totals, slices, strict=True):
        free = np.isnan(planned[where])
        if free.any():
            pinned[where] += free * (total - pinned[where].sum()) / free.sum()
    return pinned


def make_factors(sessions: pd.DatetimeIndex, rng: np.random.Generator) -> Factors:
    """Draw every factor of the market over `sessions`."""
    count = len(sessions)
    spans = schedule.regime_slices(sessions)
    slices = [where for _, where in spans]
    nothing = np.full(count, np.nan)
    volatility, link = schedule.per_session(sessions, "volatility"), schedule.per_session(sessions, "stock_bond")
    rate_bp = schedule.per_session(sessions, "rate_bp")

    planned = schedule.planned_market(sessions)
    shock = np.clip(student(rng, NOISE_FREEDOM, count), -LARGEST_SHOCK, LARGEST_SHOCK)
    daily = volatility / np.sqrt(252) * np.sqrt(_clustering(shock))
    shock = np.where(np.isnan(planned), shock, np.clip(planned / daily, -3, 3))
    market = pin(daily * shock, np.array([regime.market for regime, _ in spans]), planned, slices)

    # bonds: price shock correlated with the market's by the regime's sign, so yields move the other way
    price_shock = link * shock + np.sqrt(1 - link**2) * student(rng, NOISE_FREEDOM, count)
    yield_noise = -rate_bp / 100 * price_shock
    inflation_noise = 0.45 * yield_noise + 0.018 * shock + 0.018 * rng.standard_normal(count)
    front_noise = 0.8 * yield_noise + 0.022 * rng.standard_normal(count)
    credit_noise = -2.2 * market + 0.007 * rng.standard_normal(count)
    dollar_noise = 0.0030 * (0.35 * -price_shock - 0.30 * shock + 0.88 * student(rng, NOISE_FREEDOM, count))

    yield_plan = nothing.copy()
    for day, basis_points in schedule.PLANNED_YIELD_BP.items():
        at = schedule.position(sessions, day)
        yield_plan[at] = basis_points / 100
    stress = volatility / 0.12
    style = np.sqrt(np.clip(stress, 0.7, 3.0))
    totals = {name: np.array([getattr(regime, name) for regime, _ in spans]) for name in ("mega", "size", "cyclical")}
    cyclical_noise = 0.0034 * style * student(rng, NOISE_FREEDOM, count) + 0.12 * (market - market.mean())
    yield_10y = _level("yield_10y", yield_noise, spans, yield_plan)
    yield_2y = _level("yield_2y", front_noise, spans, nothing)
    return Factors(
        market=market,
        mega=pin(0.0042 * style * student(rng, NOISE_FREEDOM, count), totals["mega"], nothing, slices),
        size=pin(0.0040 * style * student(rng, NOISE_FREEDOM, count), totals["size"], nothing, slices),
        cyclical=pin(cyclical_noise, totals["cyclical"], nothing, slices),
        market_volatility=daily,
        stress=stress,
        yield_2y=yield_2y,
        yield_10y=yield_10y,
        yield_30y=yield_10y + 0.22 + 0.25 * (yield_10y - yield_2y),
        breakeven=_level("breakeven", inflation_noise, spans, nothing),
        high_yield=_level("high_yield", credit_noise, spans, nothing, relative=True),
        dollar=_level("dollar", dollar_noise, spans, nothing, relative=True),
    )


def _clustering(shock: np.ndarray) -> np.ndarray:
    """Volatility clusters inside a regime: a GARCH(1,1) of unit mean, bounded so that the regime stays in charge."""
    variance = np.ones(len(shock))
    for day in range(1, len(shock)):
        variance[day] = 0.07 + 0.83 * variance[day - 1] + 0.10 * variance[day - 1] * min(shock[day - 1] ** 2, 9.0)
    return np.clip(variance, 0.5, 2.0)


def _level(
    name: str,
    noise: np.ndarray,
    spans: list[tuple[schedule.Regime, slice]],
    planned: np.ndarray,
    relative: bool = False,
) -> np.ndarray:
    """Integrate noise into a positive level that meets the schedule at each regime's end.

    Integrated as a logarithm, so the level stays positive; `noise` and `planned` are in points unless `relative`.
    """
    ends = np.array([getattr(regime, name) for regime, _ in spans])
    starts = np.r_[schedule.OPENING_LEVELS[name], ends[:-1]]
    steps, plan = noise.copy(), planned.copy()
    for (_, where), start, end in zip(spans, starts, ends, strict=True):
        if not relative:
            # a point is a larger part of a low level: 0.25 bounds it where the 2-year yield is near zero
            scale = np.maximum(np.linspace(start, end, where.stop - where.start), 0.25)
            steps[where] = noise[where] / scale
            plan[where] = planned[where] / scale
    pinned = pin(steps, np.log(ends / starts), plan, [where for _, where in spans])
    level: np.ndarray = schedule.OPENING_LEVELS[name] * np.exp(np.cumsum(pinned))
    return level
