"""When things happen in the made-up market: sessions, regimes, planned days and the dated truths.

Only dates and targets stand here; how a target becomes a return or a level belongs to the other modules.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import exchange_calendars
import numpy as np
import pandas as pd

LAST_SESSION = "2024-12-27"
#: Eight years: 252-session windows, 756-session z-scores and 156-week percentiles all fill. Bounds: 1,800 to 2,000
#: (the regimes below start on 2017-01-18 = session 1 of 2,000).
SESSION_COUNT = 2000


@dataclass(frozen=True)
class Regime:
    """One phase of the schedule, from `start` to the day before the next one starts.

    Totals over the phase (log): market, mega, size, cyclical. Levels at its end: yields, breakeven and high_yield in
    percent, dollar as an index. volatility: annual, fraction. stock_bond: correlation of stock and bond returns.
    idiosyncratic: multiple of each name's own volatility. rate_bp: daily standard deviation of the 10-year yield.
    """

    start: str
    name: str
    market: float
    volatility: float
    stock_bond: float
    idiosyncratic: float
    mega: float
    size: float
    cyclical: float
    yield_10y: float
    yield_2y: float
    breakeven: float
    high_yield: float
    dollar: float
    rate_bp: float


#: Levels at the close before the first session: yield_10y, yield_2y, breakeven, high_yield, dollar.
OPENING_LEVELS = {"yield_10y": 2.45, "yield_2y": 1.20, "breakeven": 2.10, "high_yield": 4.1, "dollar": 122.0}

# fmt: off
REGIMES: tuple[Regime, ...] = tuple(Regime(*row) for row in (
    # start       name                market  vol   s_b   idio   mega   size   cyc   y10   y2    be    hy    usd    bp
    ("2017-01-18", "calm_bull",        0.20, .088, -.20, 0.80,  0.12,  0.01,  0.10, 2.66, 2.10, 1.82, 3.3, 113.0, 4.0),
    ("2018-01-29", "correlation_shock", -0.11, .300, -.10, 0.90, 0.00,  0.00, -0.01, 2.83, 2.13, 1.84, 3.8, 115.0, 4.5),
    ("2018-02-09", "late_bull",        0.13, .115, -.15, 0.95,  0.06,  0.03,  0.09, 3.06, 2.80, 2.22, 3.2, 119.0, 4.0),
    ("2018-09-21", "washout",         -0.20, .180, -.35, 1.00, -0.02, -0.06, -0.08, 2.75, 2.56, 1.72, 5.3, 122.0, 4.5),
    ("2018-12-26", "thrust",           0.15, .150, -.35, 1.00,  0.01,  0.03,  0.03, 2.65, 2.50, 1.84, 4.3, 119.0, 4.5),
    # pinned quarter by quarter: drawn freely over so long and calm a phase, noise would hide what is planted
    ("2019-02-01", "calm_bull",       0.033, .110, -.45, 0.85, 0.021, 0.018, 0.060, 2.39, 2.22, 1.69, 3.9, 119.5, 4.5),
    ("2019-05-01", "calm_bull",       0.035, .110, -.45, 0.85, 0.022, 0.019, 0.063, 2.11, 1.93, 1.53, 3.6, 119.9, 4.5),
    ("2019-08-01", "calm_bull",       0.022, .110, -.45, 0.85, 0.014, 0.012, 0.041, 1.93, 1.75, 1.43, 3.3, 120.2, 4.5),
    ("2019-09-30", "calm_bull",       0.020, .110, -.45, 0.85, 0.013, 0.011, 0.036, 1.77, 1.58, 1.34, 3.1, 120.5, 4.5),
    ("2019-11-20", "melt_up",          0.09, .075, -.45, 0.75,  0.03,  0.02,  0.08, 1.57, 1.42, 1.10, 2.8, 121.0, 4.0),
    ("2020-02-20", "crash",           -0.40, .700, -.45, 1.80,  0.04, -0.17, -0.30, 0.76, 0.30, 0.95, 10.5, 128.0, 8.0),
    ("2020-03-24", "recovery",         0.36, .240, -.35, 1.25,  0.02,  0.06,  0.08, 0.90, 0.22, 1.28, 6.2, 121.0, 4.5),
    ("2020-06-09", "reflation",        0.36, .125, -.05, 1.00,  0.10,  0.08,  0.16, 1.52, 0.73, 2.56, 3.1, 115.0, 4.5),
    ("2022-01-03", "rate_shock",      -0.28, .205,  .55, 1.05, -0.06, -0.02, -0.12, 3.95, 4.28, 3.02, 5.4, 128.0, 7.5),
    ("2022-10-13", "narrow_advance",   0.18, .145,  .45, 0.98,  0.24, -0.10, -0.13, 3.97, 4.88, 2.36, 4.9, 120.0, 7.0),
    ("2023-08-01", "duration_selloff", -0.11, .125,  .50, 0.95,  0.03, -0.05, -0.05, 4.88, 5.05, 2.24, 5.0, 124.0, 6.5),
    ("2023-10-30", "goldilocks",       0.26, .115,  .35, 0.92,  0.12, -0.01,  0.11, 4.05, 4.28, 2.08, 3.3, 123.0, 5.5),
    ("2024-08-01", "short_scare",    -0.063, .250, -.35, 1.00, 0.00,  0.00, -0.01, 3.82, 3.92, 2.04, 3.9, 123.0, 7.0),
    ("2024-08-06", "broad_advance",    0.13, .120,  .25, 1.00,  0.00,  0.03,  0.07, 4.31, 4.25, 2.34, 2.8, 125.0, 5.5),
    ("2024-11-11", "narrowing",        0.00, .110,  .40, 0.80,  0.08, -0.04, -0.02, 4.62, 4.32, 2.33, 2.9, 128.0, 4.0),
))

#: Market returns in percent on consecutive sessions from the day that keys them. The rest of a regime fills its total.
PLANNED_MARKET: dict[str, tuple[float, ...]] = {
    "2018-01-29": (-0.7, -1.1, -0.2, -0.3, -2.1, -4.1, 1.5, -0.5, -3.7),
    "2018-12-10": (-0.6, -0.9, 0.2, -0.8, -1.9, -2.0, -0.7, -1.5, -1.6, -2.0, -2.5),
    "2018-12-26": (3.6, 1.3, 0.9, 1.4, 1.0, 1.3, 2.2, 0.9, 0.8, 0.6),
    "2020-02-20": (
        -0.5, -1.1, -3.4, -3.0, -0.5, -4.4, -0.8, 4.2, -2.8, 3.9, -3.4, -1.8,
        -7.4, 4.6, -4.9, -9.2, 8.0, -10.8, 5.2, -5.1, -0.8, -4.3, -3.1,
    ),
    "2020-03-24": (8.6, 1.6, 5.8, 2.2, 3.0, 1.2, 1.5, 1.1, 2.4, 0.8),
    "2024-08-01": (-1.4, -1.9, -3.0),
}

#: Change of the 10-year yield in basis points on single days: the shock of 2024-12-18 is one of the discount rate.
PLANNED_YIELD_BP: dict[str, float] = {"2024-12-18": 11.0, "2024-12-20": -4.0}

#: The last weeks, day by day from 2024-11-12 (percent): the mega-caps as a group, the other members, the small caps.
TAIL_START = "2024-11-12"
TAIL_MEGA = (
    -0.3, 0.4, -0.3, -1.5, 0.9, 1.0, -0.1, -0.5, 0.2, 0.6, 0.8, -0.7, 0.9,
    1.0, 0.7, 1.0, 0.3, 1.0, 0.4, 0.7, 1.2, 0.0, 0.6, 1.4, 0.4, -4.1, 0.3, 0.8, 1.2, 1.4, -0.2, -1.6,
)
TAIL_REST = (
    -0.35, 0.3, -0.5, -0.75, 0.5, 0.3, 0.2, 0.7, 0.7, 0.6, 0.3, -0.25, 0.5,
    -0.32, -0.33, -0.30, -0.36, -0.31, -0.34, -0.32, -0.30, -0.35, -0.31, -0.34, -0.38,
    -2.55, -0.35, 1.15, 0.3, 0.6, 0.0, -0.7,
)
TAIL_SMALL = (
    -0.9, 0.2, -0.7, -1.0, 0.6, 0.6, 0.4, 1.6, 1.2, 1.0, -0.3, 0.2, 0.6,
    -0.5, -0.6, -0.4, -0.7, -0.4, -0.6, -0.5, -0.4, -0.8, -0.5, -0.5, -0.9, -4.1, -0.5, 1.0, -0.2, 0.9, 0.7, -1.3,
)
#: Returns of the single mega-caps from 2024-11-11 to the end (percent); they sum to the group's by their weights.
TAIL_NAMES = {
    "AAPL": 12.0, "MSFT": 4.0, "NVDA": -3.0, "AMZN": 9.0, "GOOGL": 8.0, "GOOG": 8.0, "META": 4.0, "TSLA": 21.0,
}
#: VIX and COR1M at the close of the same days: calm, the shock of 12-18 (VIX +72 %), and its decay.
TAIL_VIX = (
    14.7, 14.0, 14.3, 15.9, 15.3, 15.8, 16.4, 16.1, 15.0, 14.5, 14.1, 14.2, 13.6,
    13.4, 13.3, 13.4, 13.6, 12.9, 13.9, 14.1, 13.6, 13.9, 13.8, 14.7, 15.8, 27.2, 23.6, 18.6, 16.9, 14.6, 14.7, 16.1,
)
TAIL_COR1M = (
    11.9, 11.4, 12.1, 13.6, 12.6, 12.0, 12.4, 11.5, 10.9, 10.6, 10.1, 10.8, 9.9,
    9.3, 9.0, 8.8, 9.4, 8.6, 8.9, 9.1, 8.4, 8.9, 8.5, 8.7, 9.4, 27.4, 21.6, 14.8, 12.2, 9.6, 9.3, 11.7,
)
# fmt: on

TRUTHS_FILE = Path(__file__).with_name("truths.csv")


@dataclass(frozen=True)
class Truth:
    """One planted fact: what happens to `symbol` from `start_date` to `end_date`, both included."""

    truth_id: str
    kind: str
    start_date: date
    end_date: date
    planted: str
    symbol: str


@lru_cache(maxsize=1)
def truths() -> dict[str, Truth]:
    """Read truths.csv, keyed by truth_id. The simulation takes its dates from here, so file and market agree."""
    frame = pd.read_csv(TRUTHS_FILE, dtype=str, keep_default_na=False)
    return {
        row.truth_id: Truth(
            row.truth_id,
            row.kind,
            date.fromisoformat(row.start_date),
            date.fromisoformat(row.end_date),
            row.planted,
            row.symbol,
        )
        for row in frame.itertuples(index=False)
    }


@lru_cache(maxsize=1)
def exchange_sessions() -> tuple[pd.DatetimeIndex, pd.DatetimeIndex]:
    """The 2,000 XNYS sessions of the market and those of them that close early (naive days, unit us)."""
    calendar = exchange_calendars.get_calendar("XNYS", start="2016-12-01", end="2024-12-31")
    sessions = calendar.sessions[calendar.sessions <= LAST_SESSION][-SESSION_COUNT:].as_unit("us")
    return sessions, calendar.early_closes.as_unit("us").intersection(sessions)


def position(sessions: pd.DatetimeIndex, day: str | date) -> int:
    """Index of the first session on or after `day`."""
    return int(sessions.searchsorted(pd.Timestamp(day)))


def regime_slices(sessions: pd.DatetimeIndex) -> list[tuple[Regime, slice]]:
    """Each regime with the half-open slice of sessions it covers."""
    starts = [position(sessions, regime.start) for regime in REGIMES] + [len(sessions)]
    return [(regime, slice(starts[i], starts[i + 1])) for i, regime in enumerate(REGIMES)]


def per_session(sessions: pd.DatetimeIndex, field: str) -> np.ndarray:
    """One regime field as an array (sessions,), constant within a regime."""
    values = np.empty(len(sessions))
    for regime, where in regime_slices(sessions):
        values[where] = getattr(regime, field)
    return values


def planned_market(sessions: pd.DatetimeIndex) -> np.ndarray:
    """Planned market returns (fraction) by session; nan where nothing is planned."""
    planned = np.full(len(sessions), np.nan)
    for start, path in PLANNED_MARKET.items():
        first = position(sessions, start)
        planned[first : first + len(path)] = np.array(path) / 100
    return planned
