"""The two readings of breadth, participation and narrowness: scores by pandas, states by a plain loop over sessions."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.marts.built import read

RECOMPUTED = {
    "breadth_daily": (
        "participation_score", "participation_state", "participation_extreme_date", "participation_extreme_age",
        "narrowness_score", "narrowness_state", "narrowness_extreme_date", "narrowness_extreme_age",
    ),
}  # fmt: skip

EXTREME, RETURN, MEMORY, FAILURE = 2.0, 0.5, 15, 10


@pytest.fixture(scope="module")
def mart(market: tuple[Path, Path]) -> pd.DataFrame:
    """breadth_daily by universe, segment and session."""
    frame = read(market[1], "select * from marts.breadth_daily order by universe_id, segment_id, session_date")
    counts = frame.select_dtypes("integer").columns
    return frame.astype(dict.fromkeys(counts, float)).set_index(["universe_id", "segment_id", "session_date"])


def z(values: pd.Series) -> pd.Series:
    """z-score over 252 sessions, at least 126."""
    year = values.rolling(252, min_periods=126)
    return (values - year.mean()) / year.std()


def hold(ours: pd.Series, theirs: pd.Series) -> None:
    assert ours.isna().equals(theirs.isna())
    assert ours.notna().sum() > 250
    assert (ours - theirs).abs().max() <= 1e-8


def test_participation_is_the_mean_of_four_z_scores(mart: pd.DataFrame) -> None:
    for key in [("SP500", "ALL"), ("SP500", "Energy"), ("SECTOR_ETFS", "ALL")]:
        rows = mart.loc[key]
        parts = [z(rows[name]) for name in ("pct_above_sma50", "pct_above_sma200", "adv_ratio_ema10", "nhnl_pct")]
        hold(rows.participation_score, sum(parts) / 4)


def test_narrowness_is_the_mean_of_the_z_scores_there_are(market: tuple[Path, Path], mart: pd.DataFrame) -> None:
    assets = read(
        market[0],
        "select session_date, asset_id, log_total_return_index from intermediate.int_asset_days "
        "where asset_id in ('SPY', 'RSP')",
    ).pivot(index="session_date", columns="asset_id", values="log_total_return_index")
    growth = np.exp(assets.dropna().diff(21))
    effect = read(
        market[1],
        "select session_date, indexation_effect_bp from marts.index_attribution_daily "
        "where index_id = 'SP500' and bucket_id = 'MAG7' and horizon = '21'",
    ).set_index("session_date").indexation_effect_bp  # fmt: skip
    rows = mart.loc["SP500", "ALL"]
    parts = pd.concat(
        [
            z(-rows.pct_outperforming_21d),
            z((growth.SPY - growth.RSP).reindex(rows.index)),
            z(effect.reindex(rows.index)),
        ],
        axis=1,
    )
    hold(rows.narrowness_score, parts.mean(axis=1).where(parts.count(axis=1) >= 2))
    assert mart.narrowness_score.drop(("SP500", "ALL")).isna().all()


class Side:
    """One side of a score, walked session by session; the score is mirrored so that extremes are lows."""

    def __init__(self, names: tuple[str, str, str]) -> None:
        self.extreme_name, self.turned_name, self.failed_name = names
        self.at = self.last_extreme = self.turn = self.last_turn = None
        self.depth, self.crossed, self.any_extreme, self.crossed_since, self.failed = np.inf, False, None, False, False
        self.lowest = np.inf

    def step(self, at: int, score: float, turn: float, is_across: bool) -> str | None:
        """The stage on session `at`, None where this side has nothing to say."""
        is_extreme = score <= -EXTREME
        if is_extreme:
            if self.any_extreme is None or at - self.any_extreme > MEMORY or self.crossed_since:
                self.lowest, self.last_turn, self.turn = np.inf, None, None
            if score < self.lowest:
                self.last_turn = self.turn if self.turn is not None else self.last_turn
                self.failed = self.last_turn is not None and at - self.last_turn <= FAILURE
                self.lowest = self.depth = score
                self.at, self.turn, self.crossed = at, None, False
            self.any_extreme = self.last_extreme = at
            self.crossed_since = False
        if is_across:
            # a crossing counts from the session after the last extreme on
            self.crossed_since = self.crossed_since or not is_extreme
            self.crossed = self.crossed or (self.at is not None and at > self.at)
        if self.at is None:
            return None
        if self.turn is None and at > self.at and score >= self.depth + RETURN and turn > 0:
            self.turn = at
        if np.isnan(score) or self.crossed:
            return None
        if self.turn is not None and at - self.turn <= MEMORY:
            return self.turned_name
        if (self.turn is not None and not is_extreme) or at - self.last_extreme > MEMORY:
            return None
        return self.failed_name if self.failed else self.extreme_name


def walk(score: pd.Series) -> pd.DataFrame:
    """State, date and age of the extreme of each session."""
    median = score.rolling(252, min_periods=1).median()
    smooth = score.ewm(span=3, adjust=False).mean().diff()
    low = Side(("extreme_low", "low_bouncing", "low_failed"))
    high = Side(("extreme_high", "high_fading", "high_failed"))
    rows = []
    for at, value in enumerate(score):
        stages = [
            (side.at, stage)
            for side, sign in ((low, 1), (high, -1))
            if (stage := side.step(at, sign * value, sign * smooth.iloc[at], sign * value > sign * median.iloc[at]))
        ]
        extreme, stage = max(stages) if stages else (None, None if np.isnan(value) else "neutral")
        rows.append(
            (stage, None if extreme is None else score.index[extreme], None if extreme is None else at - extreme)
        )
    return pd.DataFrame(rows, index=score.index, columns=["state", "extreme_date", "extreme_age"])


def test_states_are_those_of_a_plain_loop(mart: pd.DataFrame) -> None:
    seen: set[str] = set()
    for key, rows in mart.groupby(level=[0, 1]):
        rows = rows.droplevel([0, 1])
        for reading in ("participation", "narrowness"):
            expected = walk(rows[f"{reading}_score"].astype(float))
            for column in expected:
                ours = rows[f"{reading}_{column}"].astype(object)
                ours = ours.where(ours.notna(), None).tolist()
                theirs = expected[column].astype(object)
                theirs = theirs.where(theirs.notna(), None).tolist()
                assert ours == theirs, (key, reading, column)
            seen |= set(expected.state.dropna())
    assert {"extreme_low", "low_bouncing", "low_failed", "extreme_high", "high_fading", "neutral"} <= seen
