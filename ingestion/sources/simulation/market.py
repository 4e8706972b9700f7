"""The stocks of the made-up market: factor returns, idiosyncratic noise, planted faults in the returns, and members.

Index and fund construction is in indices.py, what a bar looks like in bars.py.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ingestion.sources.simulation import schedule
from ingestion.sources.simulation.factors import Factors, change, make_factors, student
from ingestion.sources.simulation.names import (
    CYCLICAL_LOAD,
    INDEX_CHANGES,
    MEGA_CAPS,
    RATE_LOAD,
    SECTORS,
    WAITING,
    Roster,
    make_roster,
)

#: Fat tails of single names, and the largest own move of a day: 25 % keeps every |return| under the 40 % of contracts.
NAME_FREEDOM = 4.5
LARGEST_OWN_MOVE = 0.25

#: Sector moves in the steered last weeks: small, so that the count of rising names follows the planned path.
TAIL_SECTOR_PART = 0.35

#: Special dividend as a share of the price.
SPECIAL_DIVIDEND = 0.12


@dataclass(frozen=True)
class Stocks:
    """Arrays (sessions, names). total: total return; own: its idiosyncratic part; dividend_rate: of the prior close.

    listed, member: bool, on that session. capitalisation: USD bn at the close. own_volatility: annual, as planned.
    """

    sessions: pd.DatetimeIndex
    early_closes: pd.DatetimeIndex
    roster: Roster
    factors: Factors
    total: np.ndarray
    own: np.ndarray
    own_volatility: np.ndarray
    dividend_rate: np.ndarray
    listed: np.ndarray
    member: np.ndarray
    capitalisation: np.ndarray

    @property
    def price_return(self) -> np.ndarray:
        """Return without dividends (sessions, names)."""
        price: np.ndarray = self.total - self.dividend_rate
        return price

    def opening_weights(self, eligible: np.ndarray) -> np.ndarray:
        """Capitalisation weights at the prior close of the names eligible today; rows sum to 1."""
        before = np.vstack([self.roster.capitalisation, self.capitalisation[:-1]]) * eligible
        shares: np.ndarray = before / before.sum(axis=1, keepdims=True)
        return shares


def make_stocks(rng: np.random.Generator) -> Stocks:
    """Draw the whole cross-section."""
    sessions, early_closes = schedule.exchange_sessions()
    roster = make_roster(rng)
    factors = make_factors(sessions, rng)
    listed = _listed(sessions, roster)
    member = _member(sessions, roster)
    own_volatility = (
        roster.volatility * schedule.per_session(sessions, "idiosyncratic")[:, None] * np.ones_like(listed, dtype=float)
    )
    own = _own_returns(sessions, roster, own_volatility, rng)
    dividend_rate = _dividend_rates(sessions, roster)
    total = _common_returns(sessions, roster, factors, rng) + own
    total = _steer_planned_days(sessions, roster, total, member)
    total, dividend_rate = _plant_faults(sessions, roster, total, dividend_rate)
    total, dividend_rate = total * listed, dividend_rate * listed
    capitalisation = roster.capitalisation * np.cumprod(1 + total - dividend_rate, axis=0)
    return Stocks(
        sessions, early_closes, roster, factors,
        total, own, own_volatility, dividend_rate, listed, member, capitalisation,
    )  # fmt: skip


def _own_returns(
    sessions: pd.DatetimeIndex, roster: Roster, own_volatility: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Idiosyncratic returns; those of mega-caps sum to nothing within a regime, so that their weight stays planned."""
    count, names = own_volatility.shape
    shock = student(rng, NAME_FREEDOM, (count, names))
    tail = schedule.position(sessions, schedule.TAIL_START)
    # stratified in the last weeks: the share of rising names then depends on the plan, not on the luck of the seed
    ranks = np.argsort(rng.random((count - tail, names)), axis=1)
    shock[tail:] = np.quantile(shock[:tail].ravel()[::97], (ranks + 0.5) / names)
    own: np.ndarray = np.clip(own_volatility / np.sqrt(252) * shock, -LARGEST_OWN_MOVE, LARGEST_OWN_MOVE)
    for _, where in schedule.regime_slices(sessions):
        own[where, roster.is_mega] -= own[where][:, roster.is_mega].mean(axis=0)
    google = [roster.column("GOOGL"), roster.column("GOOG")]
    own[:, google[1]] = own[:, google[0]] + 0.0008 * shock[:, google[1]]
    return own


def _common_returns(
    sessions: pd.DatetimeIndex, roster: Roster, factors: Factors, rng: np.random.Generator
) -> np.ndarray:
    """What moves many names at once: (sessions, names)."""
    style = np.sqrt(np.clip(factors.stress, 0.7, 3.0))
    style[schedule.position(sessions, schedule.TAIL_START) :] *= TAIL_SECTOR_PART
    sector_moves = {name: 0.0040 * style * student(rng, 5, len(style)) for name in SECTORS}
    sector = np.column_stack([sector_moves[name] for name in roster.sectors])
    sector -= sector.mean(axis=0)
    cyclical = np.array([CYCLICAL_LOAD[name] for name in roster.sectors])
    rates = np.array([RATE_LOAD.get(name, 0.0) for name in roster.sectors]) / 100
    fall_in_yield = -change(factors.yield_10y, schedule.OPENING_LEVELS["yield_10y"])
    inflation = change(factors.breakeven, schedule.OPENING_LEVELS["breakeven"])
    energy = (roster.sectors == "Energy") * 0.06
    common: np.ndarray = (
        factors.market[:, None] * roster.beta
        + factors.mega[:, None] * roster.is_mega
        + factors.size[:, None] * roster.is_small
        + factors.cyclical[:, None] * cyclical
        + fall_in_yield[:, None] * rates
        + inflation[:, None] * energy
        + sector
    )
    return common


def _steer_planned_days(
    sessions: pd.DatetimeIndex, roster: Roster, total: np.ndarray, member: np.ndarray
) -> np.ndarray:
    """Shift whole groups so that planned days come out as planned; shifts are one number per group and day."""
    steered = total.copy()

    def weights(group: np.ndarray, day: int) -> np.ndarray:
        held = roster.capitalisation * np.exp(np.log1p(steered[:day]).sum(axis=0)) * group
        shares: np.ndarray = held / held.sum()
        return shares

    planned = schedule.planned_market(sessions)
    for day in np.flatnonzero(~np.isnan(planned)).tolist():
        shift = planned[day] - weights(member[day], day) @ steered[day]
        steered[day] += shift * roster.beta
    first = schedule.position(sessions, schedule.TAIL_START)
    mega = weights(roster.is_mega, first)
    _steer_names(roster, steered, first, mega)
    small = roster.is_small & ~member[first]
    # who sets the weights of a path, and who moves with it
    groups = (
        (roster.is_mega, roster.is_mega, schedule.TAIL_MEGA),
        (member[first] & ~roster.is_mega, ~small & ~roster.is_mega, schedule.TAIL_REST),
        (small, small, schedule.TAIL_SMALL),
    )
    for day in range(first, len(sessions)):
        for weighed, moved, path in groups:
            held = weights(weighed, day)
            _level_heavy_names(steered[day], held, weighed)
            shift = path[day - first] / 100 - held @ steered[day]
            steered[day, moved] += shift * roster.beta[moved] / (held @ roster.beta)
    return steered


def _level_heavy_names(returns: np.ndarray, weights: np.ndarray, group: np.ndarray) -> None:
    """Make the weighted mean of a group equal its plain mean, so that the index follows the usual name.

    Each name gives way by its weight above the average one; the mega-caps keep their own paths.
    """
    if group.sum() > len(MEGA_CAPS):
        excess = weights[group] - weights[group].mean()
        gap = weights[group] @ returns[group] - returns[group].mean()
        returns[group] -= gap * excess / (weights[group] @ excess)


def _steer_names(roster: Roster, total: np.ndarray, first: int, weights: np.ndarray) -> None:
    """Give each mega-cap its own total over the last weeks; relative moves only, the group's path comes after."""
    columns = [roster.column(symbol) for symbol in MEGA_CAPS]
    targets = np.log1p(np.array([schedule.TAIL_NAMES[symbol] for symbol in MEGA_CAPS]) / 100)
    reached = np.log1p(total[first:, columns]).sum(axis=0)
    gap = (targets - weights[columns] @ targets) - (reached - weights[columns] @ reached)
    total[first:, columns] += gap / (len(total) - first)


def _dividend_rates(sessions: pd.DatetimeIndex, roster: Roster) -> np.ndarray:
    """Quarterly dividends as a fraction of the prior close; ex-days are spread over the quarter by column."""
    rates = np.zeros((len(sessions), len(roster.symbols)))
    columns = np.arange(len(roster.symbols))
    for start in range(12, len(sessions), 63):
        days = start + (columns * 7) % 55
        inside = days < len(sessions)
        rates[days[inside], columns[inside]] = roster.dividend_yield[inside] / 4
    return rates


def _plant_faults(
    sessions: pd.DatetimeIndex, roster: Roster, total: np.ndarray, dividend_rate: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Faults that are part of the returns: a halt, unchanged closes, a special dividend."""
    truths = schedule.truths()
    total, dividend_rate = total.copy(), dividend_rate.copy()
    for truth_id in ("halt", "stale_bars"):
        truth = truths[truth_id]
        first, after = schedule.position(sessions, truth.start_date), schedule.position(sessions, truth.end_date) + 1
        column = roster.column(truth.symbol)
        dividend_rate[first : after + 1, column] = 0.0
        if truth_id == "halt":
            total[after, column] = np.prod(1 + total[first : after + 1, column]) - 1
        total[first:after, column] = 0.0
    special = truths["special_dividend"]
    dividend_rate[schedule.position(sessions, special.start_date), roster.column(special.symbol)] += SPECIAL_DIVIDEND
    return total, dividend_rate


def _listed(sessions: pd.DatetimeIndex, roster: Roster) -> np.ndarray:
    truths = schedule.truths()
    listed = np.ones((len(sessions), len(roster.symbols)), dtype=bool)
    late, gone = truths["late_listing"], truths["delisting"]
    listed[: schedule.position(sessions, late.start_date), roster.column(late.symbol)] = False
    listed[schedule.position(sessions, gone.start_date) + 1 :, roster.column(gone.symbol)] = False
    return listed


def _member(sessions: pd.DatetimeIndex, roster: Roster) -> np.ndarray:
    waiting = np.isin(roster.symbols, WAITING)
    member = np.broadcast_to(~roster.is_small & ~waiting, (len(sessions), len(roster.symbols))).copy()
    for day, leaver, entrant in INDEX_CHANGES:
        first = schedule.position(sessions, day)
        member[first:, roster.column(leaver)] = False
        member[first:, roster.column(entrant)] = True
    return member
