"""What followed each session and the days of each study, recomputed by pandas. Not a test itself."""

from pathlib import Path

import numpy as np
import pandas as pd

from tests.marts.built import read
from tests.marts.states import recomputed_states

HORIZONS = (1, 5, 10, 21, 42, 63)


def outcomes_of(market: tuple[Path, Path]) -> dict[int, pd.DataFrame]:
    """Horizon -> what followed each session, from closes and the VIX, one session at a time."""
    warehouse, published = market
    sessions = read(warehouse, "select session_date from intermediate.int_sessions order by 1").session_date
    index = read(published, "select session_date, price_index from marts.index_daily where index_id = 'SP500'")
    vix = read(published, "select session_date, vix from marts.volatility_daily").set_index("session_date").vix
    price = index.set_index("session_date").price_index.reindex(sessions).to_numpy()
    level = vix.reindex(sessions).to_numpy()
    found = {}
    for horizon in HORIZONS:
        rows = []
        for start in range(len(price) - horizon):
            path, ahead = price[start : start + horizon + 1], level[start + 1 : start + horizon + 1]
            fall = np.nanmin(path / np.fmax.accumulate(path) - 1) if not np.isnan(path).all() else np.nan
            rise = np.nanmax(ahead) / level[start] - 1 if not np.isnan(ahead).all() else np.nan
            lowest = np.nanmin(path[1:]) / path[0] - 1 if not np.isnan(path[1:]).all() else np.nan
            rows.append((path[-1] / path[0] - 1, fall, rise, lowest))
        columns = ["forward_return_pct", "fall", "rise", "lowest"]
        frame = 100 * pd.DataFrame(rows, index=sessions[: len(rows)], columns=columns)
        frame = frame.dropna()
        found[horizon] = pd.DataFrame(
            {
                "forward_return_pct": frame.forward_return_pct,
                "forward_max_drawdown_pct": frame.fall,
                "has_fall": (frame.lowest < -3 - 1e-9).astype(float),
                "has_drawdown": (frame.fall < -3 - 1e-9).astype(float),
                "has_vix_jump": (frame.rise >= 30 - 1e-9).astype(float),
            }
        )
    return found


def days_of(market: tuple[Path, Path]) -> dict[tuple[str, str], pd.DataFrame]:
    """(study, track) -> the days on which it could have an event, with is_onset, by session."""
    warehouse, published = market
    studies = read(warehouse, "select * from seeds.studies").astype(object).replace({np.nan: None})
    by_state = recomputed_states(warehouse, published)
    found = {}
    for one in studies.itertuples():
        for track in ("all", "clean", "exchange"):
            state = by_state.get(one.exchange_state_id if track == "exchange" else one.state_id)
            if state is None:
                continue
            chosen = state[state.is_on.notna()]
            clean = chosen.is_clean.astype(bool)
            if one.pre_filter_state_id:
                within = by_state[one.pre_filter_state_id].reindex(chosen.index)
                keep = within.is_on.fillna(False).astype(bool)
                chosen, clean = chosen[keep], (clean & within.is_clean.fillna(True).astype(bool))[keep]
            found[one.study_id, track] = chosen[clean] if track == "clean" else chosen
    return found
