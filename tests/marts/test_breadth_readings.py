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
    """One side of a score, walked session by session; the score is mirrored so that extremes are lows.

    An episode lists its attempts as [deepest score, session of it, session of the turn]; it ends 15 sessions after the
    last score in the zone, or when the score has crossed its median since.
    """

    def __init__(self, side: str, turned: str) -> None:
        self.side, self.turned = side, turned
        self.attempts: list[list] = []
        self.last_in_zone: int | None = None
        self.crossed_since_zone = self.crossed = False

    def step(self, at: int, score: float, turn: float, is_across: bool, is_muted: bool) -> tuple[bool, int, str] | None:
        """(in the zone, session of the extreme, state) on session `at`, None where this side has nothing to say."""
        if score <= -EXTREME:
            self._enter(at, score, is_across)
            extreme = self.attempts[-1][1]
            turns = [(turned, deepest) for deepest, _, turned in self.attempts if turned is not None]
            is_failure = bool(turns) and score < turns[-1][1] and at - turns[-1][0] <= FAILURE
            return True, extreme, f"{self.side}_failed" if is_failure else f"extreme_{self.side}"
        if is_across:
            self.crossed_since_zone = self.crossed = True
        if not self.attempts:
            return None
        attempt = self.attempts[-1]
        if attempt[2] is None and score >= attempt[0] + RETURN and turn > 0:
            attempt[2] = at
        if np.isnan(score) or self.crossed:
            return None
        if attempt[2] is not None and at - attempt[2] <= MEMORY and not is_muted:
            return False, attempt[1], f"{self.side}_{self.turned}"
        if at - self.last_in_zone <= MEMORY:
            return False, attempt[1], f"{self.side}_unresolved"
        return None

    def _enter(self, at: int, score: float, is_across: bool) -> None:
        if self.last_in_zone is None or at - self.last_in_zone > MEMORY or self.crossed_since_zone:
            self.attempts = []
        if not self.attempts or score < self.attempts[-1][0]:
            self.attempts.append([score, at, None])
            self.crossed = False
        self.last_in_zone, self.crossed_since_zone = at, False
        self.crossed = self.crossed or (is_across and at > self.attempts[-1][1])


def walk(score: pd.Series, mutes: pd.Series) -> pd.DataFrame:
    """State, date and age of the extreme of each session; `mutes` are sessions on which no bounce is said."""
    median = score.rolling(252, min_periods=1).median()
    smooth = score.ewm(span=3, adjust=False).mean().diff()
    low, high = Side("low", "bouncing"), Side("high", "fading")
    rows = []
    for at, value in enumerate(score):
        steps = [
            side.step(
                at,
                sign * value,
                sign * smooth.iloc[at],
                sign * value > sign * median.iloc[at],
                side is low and bool(mutes.iloc[at]),
            )
            for side, sign in ((low, 1), (high, -1))
        ]
        stages = [step for step in steps if step]
        _, extreme, stage = max(stages) if stages else (False, None, None if np.isnan(value) else "neutral")
        rows.append(
            (stage, None if extreme is None else score.index[extreme], None if extreme is None else at - extreme)
        )
    return pd.DataFrame(rows, index=score.index, columns=["state", "extreme_date", "extreme_age"])


@pytest.fixture(scope="module")
def falls(market: tuple[Path, Path]) -> pd.Series:
    """Sessions on which the S&P 500 closes more than 1 % lower."""
    closes = read(
        market[1], "select session_date, close from marts.index_daily where index_id = 'SP500' order by session_date"
    ).set_index("session_date").close  # fmt: skip
    return closes / closes.shift() - 1 < -0.01


def test_states_are_those_of_a_plain_loop(mart: pd.DataFrame, falls: pd.Series) -> None:
    seen: set[str] = set()
    for key, rows in mart.groupby(level=[0, 1]):
        rows = rows.droplevel([0, 1])
        for reading in ("participation", "narrowness"):
            mutes = falls.reindex(rows.index, fill_value=False) & (reading == "participation")
            expected = walk(rows[f"{reading}_score"].astype(float), mutes)
            for column in expected:
                ours = rows[f"{reading}_{column}"].astype(object)
                ours = ours.where(ours.notna(), None).tolist()
                theirs = expected[column].astype(object)
                theirs = theirs.where(theirs.notna(), None).tolist()
                assert ours == theirs, (key, reading, column)
            seen |= set(expected.state.dropna())
    assert seen == {
        "neutral", "extreme_low", "low_bouncing", "low_failed", "low_unresolved",
        "extreme_high", "high_fading", "high_failed", "high_unresolved",
    }  # fmt: skip


def test_a_score_is_in_the_zone_where_its_state_is_extreme_or_failed(mart: pd.DataFrame, falls: pd.Series) -> None:
    for reading in ("participation", "narrowness"):
        score, state = mart[f"{reading}_score"], mart[f"{reading}_state"]
        assert (state.isin(["extreme_low", "low_failed"]) == (score <= -EXTREME)).all()
        assert (state.isin(["extreme_high", "high_failed"]) == (score >= EXTREME)).all()
    days = mart.index.get_level_values("session_date")
    assert not (mart.participation_state.eq("low_bouncing") & falls.reindex(days, fill_value=False).to_numpy()).any()


@pytest.mark.folder
def test_the_readings_of_december_2024(folder_built: Path) -> None:
    mart = read(
        folder_built,
        "select * from marts.breadth_daily where universe_id = 'SP500' and segment_id = 'ALL'",
    ).set_index("session_date")
    states = mart.participation_state
    assert states[["2024-12-24", "2024-12-26", "2024-12-27", "2024-12-30"]].tolist() == [
        "low_bouncing", "low_bouncing", "low_unresolved", "extreme_low",
    ]  # fmt: skip
    assert mart.narrowness_state["2024-12-27"] == "high_unresolved"
    assert states["2020-03-16"] in ("extreme_low", "low_failed")
    for reading in ("participation", "narrowness"):
        known = mart[mart[f"{reading}_score"].notna()]
        zone = known[f"{reading}_score"].abs() >= EXTREME
        share = zone.astype(float).rolling(MEMORY + 1, min_periods=1).max().mean()
        print(f"{reading} within {MEMORY} sessions of an extreme on {100 * share:.1f} % of {len(known)} sessions")
        assert share <= 0.20
