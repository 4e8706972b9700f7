"""Files of a few symbols with symbol, date and close, as a newcomer has them. Not a test itself."""

from pathlib import Path

import numpy as np
import pandas as pd

from ingestion import calendar

SESSIONS = 260


def bars(symbols: int) -> pd.DataFrame:
    """Closes of so many made-up names on the last SESSIONS sessions of 2024; the last name begins 20 sessions late."""
    days = calendar.sessions(2024)["session_date"].tail(SESSIONS).tolist()
    steps = np.random.default_rng(symbols).normal(0.0004, 0.015, (symbols, SESSIONS))
    closes = 50 * np.exp(np.cumsum(steps, axis=1)).round(6)
    frames = [
        pd.DataFrame({"symbol": f"NAME{number:02}", "date": days, "close": closes[number]}) for number in range(symbols)
    ]
    if symbols > 1:
        frames[-1] = frames[-1].iloc[20:]
    return pd.concat(frames, ignore_index=True)


def write(folder: Path, symbols: int) -> None:
    """Write them as the only file of `folder`."""
    folder.mkdir(parents=True)
    bars(symbols).to_csv(folder / "prices.csv", index=False)
