"""The economy of the made-up market as FRED would list it: yields and spreads of the curve, and the slow series.

Slow series run through dated waypoints, so that growth and inflation turn when the regimes of schedule.py do.
"""

import numpy as np
import pandas as pd

from ingestion.calendar import federal_holidays
from ingestion.sources.simulation import schedule
from ingestion.sources.simulation.market import Stocks

#: Weekly and monthly series start earlier than the sessions, so that twelve-month changes exist on the first one.
FIRST_MONTH = "2015-01-01"
FIRST_SOFR = "2018-04-03"

#: Policy rate (%) from each day on: it climbs, is cut to zero in the crash, and follows inflation late.
POLICY_RATE = {
    "2017-01-01": 0.66,
    "2017-06-15": 0.91,
    "2018-03-22": 1.42,
    "2018-09-27": 2.18,
    "2019-08-01": 2.13,
    "2019-10-31": 1.58,
    "2020-03-16": 0.09,
    "2022-03-17": 0.33,
    "2022-05-05": 0.83,
    "2022-06-16": 1.58,
    "2022-07-28": 2.33,
    "2022-09-22": 3.08,
    "2022-12-15": 4.33,
    "2023-03-23": 4.83,
    "2023-07-27": 5.33,
    "2024-09-19": 4.83,
    "2024-11-08": 4.58,
    "2024-12-19": 4.33,
}

#: Series -> day -> level; straight lines between. Units as in seeds/universe/series.csv (CPI: annual rate in %).
WAYPOINTS: dict[str, dict[str, float]] = {
    "RRPONTSYD": {
        "2017-01-01": 220, "2018-03-01": 12, "2021-03-15": 2, "2021-07-01": 850, "2021-12-31": 1650,
        "2022-10-12": 2240, "2023-10-27": 1120, "2024-07-31": 400, "2024-12-27": 150,
    },
    "WALCL": {
        "2017-01-01": 4450e3, "2018-01-26": 4430e3, "2018-12-24": 4080e3, "2019-08-28": 3760e3, "2020-02-19": 4170e3,
        "2020-04-15": 6300e3, "2020-06-10": 7150e3, "2021-12-31": 8760e3, "2022-10-12": 8740e3, "2023-10-27": 7910e3,
        "2024-07-31": 7190e3, "2024-12-27": 6890e3,
    },
    "WTREGEN": {
        "2017-01-01": 300e3, "2018-09-20": 340e3, "2020-02-19": 390e3, "2020-07-01": 1700e3, "2021-12-31": 250e3,
        "2022-10-12": 640e3, "2023-05-31": 60e3, "2023-10-27": 790e3, "2024-07-31": 780e3, "2024-12-27": 720e3,
    },
    "ICSA": {
        "2015-01-01": 290e3, "2018-01-26": 236e3, "2018-09-20": 210e3, "2018-12-24": 234e3, "2020-02-19": 205e3,
        "2020-03-14": 280e3, "2020-03-21": 2900e3, "2020-04-04": 6100e3, "2020-05-02": 2900e3, "2020-06-06": 1500e3,
        "2020-12-31": 780e3, "2021-12-31": 205e3, "2022-10-12": 232e3, "2023-10-27": 262e3, "2024-07-31": 224e3,
        "2024-11-08": 213e3, "2024-12-27": 224e3,
    },
    "CPIAUCSL": {
        "2015-01-01": 0.3, "2016-06-01": 1.7, "2017-01-01": 2.6, "2018-01-01": 1.7, "2018-09-01": 2.9,
        "2018-12-01": 1.4, "2020-02-01": 1.6, "2020-04-01": -4.0, "2020-06-01": 2.0, "2021-12-01": 7.6,
        "2022-09-01": 8.8, "2022-12-01": 4.0, "2023-10-01": 2.6, "2024-07-01": 1.7, "2024-11-01": 3.3,
    },
    "UNRATE": {
        "2015-01-01": 5.7, "2017-01-01": 4.7, "2018-09-01": 3.8, "2018-12-01": 3.9, "2020-02-01": 3.5,
        "2020-03-01": 4.4, "2020-04-01": 14.6, "2020-06-01": 11.0, "2020-12-01": 6.7, "2021-12-01": 3.9,
        "2022-09-01": 3.7, "2023-10-01": 4.0, "2024-07-01": 3.9, "2024-12-01": 4.1,
    },
    "PAYEMS": {
        "2015-01-01": 140600, "2017-01-01": 145600, "2020-02-01": 152300, "2020-03-01": 150900, "2020-04-01": 130500,
        "2020-06-01": 137900, "2020-12-01": 142500, "2021-12-01": 149300, "2022-09-01": 153300, "2023-10-01": 156600,
        "2024-12-01": 159500,
    },
    "INDPRO": {
        "2015-01-01": 102.2, "2017-01-01": 99.4, "2018-09-01": 104.1, "2018-12-01": 103.3, "2020-02-01": 101.3,
        "2020-04-01": 84.6, "2020-06-01": 91.7, "2021-12-01": 102.3, "2022-09-01": 103.1, "2023-10-01": 102.2,
        "2024-11-01": 102.9,
    },
}  # fmt: skip

#: Relative noise of each slow series; 0 leaves it as smooth as its waypoints.
NOISE = {"RRPONTSYD": 0.015, "WALCL": 0.001, "WTREGEN": 0.03, "ICSA": 0.02, "UNRATE": 0.008, "PAYEMS": 0.0002}
NOISE |= {"INDPRO": 0.003}
DECIMALS = {"WALCL": 0, "WTREGEN": 0, "ICSA": -3, "UNRATE": 1, "PAYEMS": 0, "INDPRO": 4, "RRPONTSYD": 3}


def make_macro(stocks: Stocks, vix: pd.Series, rng: np.random.Generator) -> dict[str, pd.Series]:
    """Observations by series id, indexed by the day they describe."""
    factors, days = stocks.factors, bond_days(stocks.sessions)

    def daily(values: np.ndarray, decimals: int) -> pd.Series:
        return pd.Series(values, index=stocks.sessions).reindex(days, method="ffill").dropna().round(decimals)

    two, ten, breakeven = (daily(values, 2) for values in (factors.yield_2y, factors.yield_10y, factors.breakeven))
    policy = pd.Series(POLICY_RATE).pipe(lambda steps: steps.set_axis(pd.DatetimeIndex(steps.index)))
    effective = policy.reindex(days, method="ffill")
    secured = effective[days >= FIRST_SOFR]
    wednesdays = pd.date_range("2016-01-06", schedule.LAST_SESSION, freq="W-WED")
    saturdays = pd.date_range("2016-01-02", schedule.LAST_SESSION, freq="W-SAT")
    months = pd.date_range(FIRST_MONTH, schedule.LAST_SESSION, freq="MS")
    observations = {
        "DGS2": two,
        "DGS10": ten,
        "DGS30": daily(factors.yield_30y, 2),
        "T10Y2Y": (ten - two).round(2),
        "T10YIE": breakeven,
        "DFII10": (ten - breakeven).round(2),
        "EFFR": effective.round(2),
        "SOFR": (secured - 0.01 + 0.015 * rng.standard_normal(len(secured))).clip(0.01).round(2),
        "BAMLH0A0HYM2": daily(factors.high_yield, 2),
        "DTWEXBGS": daily(factors.dollar, 4),
        "NFCI": _financial_conditions(stocks, vix),
    }
    calendars = {"RRPONTSYD": days, "WALCL": wednesdays, "WTREGEN": wednesdays, "ICSA": saturdays}
    for series_id in ("RRPONTSYD", "WALCL", "WTREGEN", "ICSA", "UNRATE", "PAYEMS", "INDPRO"):
        smooth = _through_waypoints(series_id, calendars.get(series_id, months))
        noisy = smooth * (1 + NOISE[series_id] * rng.standard_normal(len(smooth)))
        observations[series_id] = noisy.round(DECIMALS[series_id])
    rate = _through_waypoints("CPIAUCSL", months) / 100 + 0.004 * rng.standard_normal(len(months))
    observations["CPIAUCSL"] = (234.7 * np.exp((rate / 12).cumsum())).round(3)
    return observations


def bond_days(sessions: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Days with yields: federal business days but for Good Friday; one of them (2018-12-05) is no equity session."""
    weekdays = pd.bdate_range(sessions[0], sessions[-1], unit="us")
    business = weekdays[~weekdays.isin(pd.DatetimeIndex(federal_holidays()))]
    mourning = pd.Timestamp(schedule.truths()["bond_day_without_equities"].start_date)
    return business[business.isin(sessions) | (business == mourning)]


def _through_waypoints(series_id: str, days: pd.DatetimeIndex) -> pd.Series:
    points = WAYPOINTS[series_id]
    known = pd.DatetimeIndex(list(points)).as_unit("s").asi8
    return pd.Series(np.interp(days.as_unit("s").asi8, known, list(points.values())), index=days)


def _financial_conditions(stocks: Stocks, vix: pd.Series) -> pd.Series:
    """NFCI: Fridays, zero on average, loose below; from the spread and VIX of the week."""
    tightness = -0.52 + 0.10 * (stocks.factors.high_yield - 3.5) + 0.012 * (vix.to_numpy() - 15)
    weekly = pd.Series(tightness, index=stocks.sessions).rolling(5, min_periods=1).mean()
    fridays = pd.date_range(stocks.sessions[0], schedule.LAST_SESSION, freq="W-FRI", unit="us")
    return weekly.reindex(fridays, method="ffill").round(5)
