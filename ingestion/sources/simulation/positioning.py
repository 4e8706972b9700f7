"""Weekly futures positioning of the made-up market: trend-following nets, open interest, a roll and a capitulation."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ingestion.calendar import federal_holidays
from ingestion.sources.simulation import schedule
from ingestion.sources.simulation.factors import slow_noise

#: The week's Tuesday was reported on Monday this once, although Tuesday was no holiday.
MOVED_REPORTS = {"2020-12-22": "2020-12-21"}
#: The planned roll adds this part of open interest in one report; usual quarterly rolls add less.
PLANNED_ROLL, USUAL_ROLL = 0.20, 0.04
#: 13874+ was reported in the old full-size unit (five times the E-mini) before its unit changed.
OLD_UNIT = 5
CONSOLIDATED_TO_MINI = 1.05
#: Points of open interest that asset managers give up, report by report from 2020-02-18, and how they come back.
CAPITULATION = (-2, -7, -12, -17, -21, -18, -15, -12, -9, -7, -5, -3, -2, -1)
#: Part of open interest each class holds on its smaller side.
GROSS_PART = 0.09


@dataclass(frozen=True)
class Contract:
    """How positions in one contract behave; nets in percent of open interest, sensitivity per standardised trend."""

    driver: str
    open_interest: float
    asset_managers: float
    sensitivity: float
    leveraged_part: float
    capitulates: bool


CONTRACTS = {
    "13874A": Contract("^GSPC", 2_250_000, 36.0, 3.0, 0.42, True),
    "209742": Contract("^NDX", 255_000, 24.0, 3.5, 0.40, False),
    "239742": Contract("^RUT", 470_000, 6.0, 5.0, 0.60, False),
    "1170E1": Contract("VIX", 360_000, 6.0, 4.0, 0.90, False),
    "043602": Contract("IEF", 4_300_000, 27.0, 5.0, 0.75, False),
}


def report_days(sessions: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Tuesdays, moved to Monday where Tuesday is a federal holiday."""
    tuesdays = pd.date_range(sessions[0], sessions[-1], freq="W-TUE", unit="us")
    moved = tuesdays.isin(pd.DatetimeIndex(federal_holidays())) | tuesdays.isin(pd.DatetimeIndex(list(MOVED_REPORTS)))
    return pd.DatetimeIndex(tuesdays.where(~moved, tuesdays - pd.Timedelta(days=1))).as_unit("us")


def make_positioning(prices: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Positions of all contracts; `prices` (sessions, drivers) holds ^GSPC ^NDX ^RUT IEF and VIX."""
    days = report_days(pd.DatetimeIndex(prices.index))
    at = np.clip(prices.index.searchsorted(days, side="right") - 1, 0, None)
    frames = [_contract(code, contract, prices, days, at, rng) for code, contract in CONTRACTS.items()]
    frames.append(_consolidated(frames[0], rng))
    return pd.concat(frames, ignore_index=True).sort_values(["contract_code", "obs_date"], ignore_index=True)


def _contract(
    code: str,
    contract: Contract,
    prices: pd.DataFrame,
    days: pd.DatetimeIndex,
    at: np.ndarray,
    rng: np.random.Generator,
) -> pd.DataFrame:
    moves = np.log(prices[contract.driver]).diff()
    trend = moves.rolling(63, min_periods=10).sum() / (moves.std() * np.sqrt(63))
    drive = trend.fillna(0.0).clip(-2, 2).to_numpy()[at]
    count = len(days)
    share = contract.asset_managers + contract.sensitivity * drive + slow_noise(rng, count, 1.5, 0.93)
    if contract.capitulates:
        truth = schedule.truths()["positioning_capitulation_2020"]
        first = int(days.searchsorted(pd.Timestamp(truth.start_date)))
        share[first : first + len(CAPITULATION)] += CAPITULATION
    held = contract.open_interest * np.exp(np.linspace(-0.12, 0.12, count) + slow_noise(rng, count, 0.05, 0.95))
    managers = share / 100 * held
    leveraged = -contract.leveraged_part * managers + held * slow_noise(rng, count, 0.012, 0.9)
    dealers = -(0.95 - contract.leveraged_part) * managers + held * slow_noise(rng, count, 0.01, 0.8)
    frame = pd.DataFrame({"contract_code": code, "obs_date": days, "open_interest": held * (1 + _roll(code, days))})
    for name, net in (("dealer", dealers), ("asset_manager", managers), ("leveraged", leveraged)):
        smaller = GROSS_PART * held * (1 + 0.1 * rng.standard_normal(count)).clip(0.5)
        frame[f"{name}_long"] = smaller + np.maximum(net, 0)
        frame[f"{name}_short"] = smaller + np.maximum(-net, 0)
    frame[frame.columns[2:]] = frame[frame.columns[2:]].round(0)
    return frame


def _roll(code: str, days: pd.DatetimeIndex) -> np.ndarray:
    """Extra open interest, as a part, in the week in which equity futures expire: both months are open at once."""
    truth = schedule.truths()["futures_roll_2024"]
    third_friday = (days.day >= 12) & (days.day <= 18) & (days.month % 3 == 0)
    extra = np.where(third_friday & (code in ("13874A", "209742", "239742")), USUAL_ROLL, 0.0)
    if code == truth.symbol:
        extra[days == pd.Timestamp(truth.start_date)] = PLANNED_ROLL
    return extra


def _consolidated(mini: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """13874+: a little larger than the E-mini, reported at one fifth until its unit changed."""
    changed = pd.Timestamp(schedule.truths()["unit_change_2023"].start_date)
    unit = np.where(mini["obs_date"] < changed, OLD_UNIT, 1)
    numbers = mini.columns[2:]
    size = CONSOLIDATED_TO_MINI * (1 + 0.002 * rng.standard_normal(len(mini))) / unit
    frame = mini.assign(contract_code="13874+")
    frame[numbers] = mini[numbers].mul(size, axis=0).round(0)
    return frame
