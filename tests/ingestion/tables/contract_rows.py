"""A good row of every raw table, to be changed in one place and held against its contract."""

from datetime import date

import numpy as np
import pandas as pd

from ingestion import calendar
from ingestion.tables import COLUMNS, contracts
from ingestion.tables.base import Circumstances

CIRCUMSTANCES = Circumstances(
    today=date(2025, 3, 7),
    sessions=pd.DatetimeIndex(calendar.sessions(2025)["session_date"]),
    indices=frozenset({"^GSPC", "DX-Y.NYB"}),
)

GOOD = {
    "securities": {
        "symbol": "AAPL",
        "valid_from": "1900-01-01",
        "name": "Apple",
        "asset_type": "equity",
        "gics_sector": "Information Technology",
        "gics_sub_industry": None,
    },
    "prices": {
        "symbol": "SPY",
        "obs_date": "2024-12-27",
        "open": 100.0,
        "high": 102.0,
        "low": 99.0,
        "close": 101.0,
        "adj_close": 100.5,
        "volume": 1_000.0,
        "dividend": None,
        "split": None,
    },
    "index_levels": {
        "series_id": "VIX",
        "obs_date": "2024-12-27",
        "open": 15.0,
        "high": 17.0,
        "low": 14.0,
        "close": 16.0,
    },
    "macro_observations": {"series_id": "DGS10", "obs_date": "2024-12-27", "value": 4.62},
    "positioning": {
        "contract_code": "13874A",
        "obs_date": "2024-12-24",
        "open_interest": 2_000_000.0,
        "dealer_long": 10.0,
        "dealer_short": 20.0,
        "asset_manager_long": 30.0,
        "asset_manager_short": 40.0,
        "leveraged_long": 50.0,
        "leveraged_short": 60.0,
    },
    "exchange_breadth": {
        "exchange": "NYSE",
        "obs_date": "2024-12-27",
        "advances": 1_000,
        "declines": 900,
        "unchanged": 100,
    },
    "index_membership": {
        "index_id": "SP500",
        "symbol": "AAPL",
        "valid_from": "2000-01-03",
        "valid_to": None,
    },
    "index_weights": {"index_id": "SP500", "obs_date": "2024-12-06", "symbol": "AAPL", "weight": 0.07},
}


def rows(table: str, *changes: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame([GOOD[table] | change for change in changes], columns=[*COLUMNS[table], *_extra(changes)])


def _extra(changes: tuple[dict[str, object], ...]) -> list[str]:
    named = {name for change in changes for name in change}
    return sorted(named - {name for columns in COLUMNS.values() for name in columns})


def check(table: str, *changes: dict[str, object]) -> contracts.Checked:
    return contracts.check(table, rows(table, *changes), CIRCUMSTANCES, "a test")


def bars(closes: list[float], start: str = "2024-12-02", **columns: list[object]) -> pd.DataFrame:
    """Bars of SPY on consecutive sessions."""
    days = CIRCUMSTANCES.sessions[CIRCUMSTANCES.sessions >= start][: len(closes)]
    frame = rows("prices", *[{"obs_date": day} for day in days])
    frame = frame.assign(open=np.nan, high=np.nan, low=np.nan, adj_close=np.nan, close=closes)
    return frame.assign(**columns)


def check_bars(frame: pd.DataFrame) -> contracts.Checked:
    return contracts.check("prices", frame, CIRCUMSTANCES, "a test")
