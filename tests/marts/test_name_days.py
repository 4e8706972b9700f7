"""Name-days against pandas: every return, spread and flag of every name of both markets."""

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

MEANS = (20, 50, 100, 200)
EXTREMES = (21, 63, 252)
SPREADS = (21, 63)
LONGEST_GAP = 252


@pytest.fixture(scope="module")
def bars(warehouse: Path) -> pd.DataFrame:
    """The newest vintage of every bar in a session, with what name-days say of it (`our_…`)."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute(
            """
            select prices.*, sessions.session_number, columns(days.* exclude (security_id, session_number)) as 'our_\\0'
            from (
                select security_id, obs_date, close, adj_close, volume, coalesce(dividend, 0) as dividend,
                    coalesce(split, 1) as split
                from raw.prices
                qualify row_number() over (
                    partition by security_id, obs_date order by known_at desc, batch_id desc
                ) = 1
            ) as prices
            inner join intermediate.int_sessions as sessions on prices.obs_date = sessions.session_date
            left join intermediate.int_name_days as days using (security_id, session_number)
            order by prices.security_id, sessions.session_number
            """
        ).df()


def recomputed(name: pd.DataFrame) -> pd.DataFrame:
    """One name on a row a session, holes as missing values."""
    numbers = np.arange(name["session_number"].min(), name["session_number"].max() + 1)
    days = name.set_index("session_number").reindex(numbers)
    traded = days["security_id"].notna()
    close, adjusted = days["close"].where(traded), days["adj_close"].where(traded)
    before = name.set_index("session_number").shift()
    bar_before = before.reindex(numbers)
    gap = pd.Series(name["session_number"].diff().to_numpy(), index=name["session_number"]).reindex(numbers)
    out = pd.DataFrame(index=numbers)
    silent = days["volume"].fillna(1) + bar_before["volume"].fillna(1) == 0
    closes = name.set_index("session_number")["close"]
    bars = pd.Series(closes.index, index=closes.index)
    unmoved = (closes == closes.shift()) & (closes == closes.shift(2)) & (bars - bars.shift(2) <= LONGEST_GAP)
    out["is_stale"] = silent & unmoved.reindex(numbers, fill_value=False)
    by_adjusted = (
        close.isna() | bar_before["close"].isna() | ((days["split"] != 1) & (days["dividend"] > 0) & adjusted.notna())
    )
    grown = ((close + days["dividend"]) / bar_before["close"]).where(~by_adjusted, adjusted / bar_before["adj_close"])
    out["price_return"] = (close / bar_before["close"] - 1).where(gap == 1)
    out["total_return"] = (grown - 1).where(gap == 1)
    out["gap_return"] = (grown - 1).where((gap > 1) & (gap <= LONGEST_GAP))
    out["log_return_21"] = np.log1p(out["total_return"]).rolling(21).sum()
    counted = traded & ~out["is_stale"]
    for length in SPREADS:
        out[f"sigma_{length}"] = _spread(out["total_return"].where(counted), length)
    run = close.notna().astype(int)
    run = run.groupby((run == 0).cumsum()).cumsum()
    for length in (*MEANS, *EXTREMES):
        out[f"is_eligible_{length}"] = (run >= length) & counted
    for length in MEANS:
        mean = close.rolling(length).mean()
        out[f"is_above_sma{length}"] = (close > mean * (1 + 1e-12)) & counted
    for length in EXTREMES:
        out[f"is_high_{length}"] = (close == close.rolling(length).max()) & counted
        out[f"is_low_{length}"] = (close == close.rolling(length).min()) & counted
    return out[traded]


def _spread(values: pd.Series, length: int) -> pd.Series:
    """Sample standard deviation of each full window, from its own values alone."""
    if len(values) < length:
        return pd.Series(np.nan, index=values.index)
    windows = np.lib.stride_tricks.sliding_window_view(values.to_numpy(), length)
    return pd.Series(windows.std(axis=1, ddof=1), index=values.index[length - 1 :]).reindex(values.index)


def test_every_name_day_is_that_of_pandas(bars):
    expected = pd.concat([recomputed(name) for _, name in bars.groupby("security_id")], ignore_index=True)
    assert len(expected) == len(bars) > 300_000
    for column in expected:
        ours = bars[f"our_{column}"].astype("float64").to_numpy()
        theirs = expected[column].to_numpy(dtype="float64")
        wrong = np.isnan(ours) != np.isnan(theirs)
        wrong |= np.abs(ours - theirs) > 1e-9
        assert not wrong.any(), f"{column}: {bars.loc[wrong, ['security_id', 'obs_date', f'our_{column}']].head()}"
        assert np.isfinite(ours).sum() > (0 if column == "gap_return" else 100_000), column
