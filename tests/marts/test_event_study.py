"""event_study and its events, recomputed by pandas and numpy from recomputed states, index and VIX."""

import hashlib

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from tests.marts.built import read
from tests.marts.studied import HORIZONS, days_of, outcomes_of

RECOMPUTED = {
    "event_study": (
        "n_events", "n_open", "base_n", "mean", "base_mean", "median", "base_median", "p_down", "base_p_down",
        "share_ci_low", "share_ci_high", "diff", "diff_ci_low", "diff_ci_high", "p_value", "q", "family_size",
        "verdict", "diff_vix_matched", "diff_vix_matched_ci_low", "diff_vix_matched_ci_high",
    ),
    "event_study_events": (
        "is_clean", "is_closed", "forward_return_pct", "forward_max_drawdown_pct", "has_drawdown",
        "has_fall", "has_vix_jump",
    ),
}  # fmt: skip

SHARES = {"fall_over_3pct": "has_fall", "drawdown_over_3pct": "has_drawdown", "vix_up_30pct": "has_vix_jump"}
VALUES = {"forward_return": "forward_return_pct", "forward_max_drawdown": "forward_max_drawdown_pct"} | SHARES


@pytest.fixture(scope="module")
def study(market) -> pd.DataFrame:
    return (
        read(market[1], "select * from marts.event_study")
        .set_index(["study_id", "track", "horizon", "target"])
        .sort_index()
    )


@pytest.fixture(scope="module")
def events(market) -> pd.DataFrame:
    return read(market[1], "select * from marts.event_study_events order by study_id, track, horizon, session_date")


@pytest.fixture(scope="module")
def outcomes(market) -> dict[int, pd.DataFrame]:
    return outcomes_of(market)


@pytest.fixture(scope="module")
def days(market) -> dict[tuple[str, str], pd.DataFrame]:
    return days_of(market)


@pytest.fixture(scope="module")
def vix(market) -> pd.Series:
    return (
        read(market[1], "select session_date, vix from marts.volatility_daily").set_index("session_date").vix.dropna()
    )


def spaced(onsets: np.ndarray, gap: int) -> list[int]:
    kept: list[int] = []
    for onset in onsets:
        if not kept or onset - kept[-1] >= gap:
            kept.append(int(onset))
    return kept


def matched(values: pd.Series, tenths: pd.Series) -> pd.Series:
    """Each value less the mean of its tenth of the VIX."""
    return values - values.groupby(tenths.reindex(values.index)).transform("mean")


def tenths_of(eligible: pd.DataFrame, vix: pd.Series) -> pd.Series:
    """The tenth of the VIX of each eligible day, 1 to 10: days with the same VIX together."""
    levels = vix.reindex(eligible.index).dropna()
    return -(-10 * levels.rank(method="max").astype(int) // len(levels))


def test_every_event_and_every_number_equals_its_recomputation(market, study, events, outcomes, days, vix) -> None:
    sessions = read(market[0], "select session_date from intermediate.int_sessions order by 1").session_date
    place = pd.Series(np.arange(len(sessions)), sessions)
    listed = {key: rows.set_index("session_date") for key, rows in events.groupby(["study_id", "track", "horizon"])}
    worst, compared = 0.0, 0
    for (study_id, track), eligible in days.items():
        onsets = place[eligible.index[eligible.is_onset.astype(bool)]].to_numpy()
        for horizon in HORIZONS:
            mine = sessions.iloc[spaced(np.sort(onsets), horizon)]
            theirs = listed.pop((study_id, track, horizon), None)
            if theirs is None:
                assert not len(mine)
                continue
            assert list(theirs.index) == list(mine)
            base = outcomes[horizon].reindex(eligible.index).dropna()
            closed = base.reindex(mine).dropna()
            tenths = tenths_of(eligible, vix)
            for target, column in VALUES.items():
                row = study.loc[(study_id, track, horizon, target)]
                assert row.n_events == len(closed)
                assert row.base_n == len(base)
                assert row.n_open == (~theirs.is_closed).sum()
                pairs = []
                if len(closed):
                    pairs += [
                        (row["mean"], closed[column].mean()),
                        (row["diff"], closed[column].mean() - base[column].mean()),
                        (row.diff_vix_matched, matched(base[column], tenths)[closed.index].mean()),
                    ]
                if len(base):
                    pairs.append((row.base_mean, base[column].mean()))
                if target not in SHARES and len(closed):
                    pairs += [(row["median"], closed[column].median()), (row.base_median, base[column].median())]
                hits = None
                if target == "forward_return" and len(closed):
                    hits = (closed[column] < 0).sum()
                    pairs += [(row.p_down, hits / len(closed)), (row.base_p_down, (base[column] < 0).mean())]
                elif target in SHARES and len(closed):
                    hits = closed[column].sum()
                if hits is not None:
                    low, high = proportion_confint(hits, len(closed), alpha=0.1, method="wilson")
                    pairs += [(row.share_ci_low, low), (row.share_ci_high, high)]
                for ours, expected in pairs:
                    compared += 1
                    worst = max(worst, abs(ours - expected) / max(1.0, abs(expected)))
                    assert ours == pytest.approx(expected, abs=1e-9, rel=1e-9), (study_id, track, horizon, target)
    assert not listed
    print(f"{compared} numbers, max difference {worst:.1e}")


def test_outcomes_of_events_equal_their_recomputation(events, outcomes) -> None:
    for horizon, rows in events.groupby("horizon"):
        closed = rows[rows.is_closed].set_index("session_date")
        expected = outcomes[horizon].reindex(closed.index)
        assert (closed.closes_on > closed.index).all()
        for column in VALUES.values():
            known = closed[column].notna() & expected[column].notna()
            np.testing.assert_allclose(closed.loc[known, column].astype(float), expected.loc[known, column], atol=1e-9)
        assert rows.loc[~rows.is_closed, list(VALUES.values())].isna().all(axis=None)


def test_an_event_is_clean_as_its_day_is(events, days) -> None:
    for (study_id, track), rows in events.groupby(["study_id", "track"]):
        day = days[study_id, track].is_clean.reindex(rows.session_date)
        assert rows.is_clean.astype(bool).tolist() == day.astype(bool).tolist(), (study_id, track)


def uniform(text: str) -> float:
    """A number in [0, 1) from the lower half of the text's MD5."""
    return (int.from_bytes(hashlib.md5(text.encode()).digest()[8:], "little") >> 11) / 2**53


@pytest.fixture(scope="module")
def draws() -> np.ndarray:
    """Draw x block: the number that places each block, the same for every study."""
    return np.array([[uniform(f"{draw} {block}") for block in range(500)] for draw in range(2000)])


#: All intervals take numpy half a minute a market: `make test` recomputes those of every fourth study, `make laws` all.
FOURTH = pytest.param(4, id="a fourth")
ALL = pytest.param(1, id="all", marks=pytest.mark.laws)


@pytest.mark.parametrize("every", [FOURTH, ALL])
def test_intervals_are_those_of_the_same_blocks_in_numpy(study, events, outcomes, days, draws, vix, every) -> None:
    """Whole blocks of neighbouring days, wrapped at the end, as counts of how often each day is in each draw."""
    listed = {key: set(rows.session_date) for key, rows in events.groupby(["study_id", "track", "horizon"])}
    rows = study[(study.n_events >= 20) & (study.index.get_level_values("track") == "all")]
    drawn_studies = rows.groupby(level=["study_id", "track", "horizon"]).size().index
    assert len(drawn_studies) > 10
    for study_id, track, horizon in drawn_studies[::every]:
        base = outcomes[horizon].reindex(days[study_id, track].index).dropna()
        event = base.index.isin(list(listed[study_id, track, horizon])).astype(float)
        size = min(max(2 * horizon, 21), len(base))
        blocks = -(-len(base) // size)
        shift = uniform(f"{study_id} {horizon}")
        starts = np.floor(len(base) * ((draws[:, :blocks] + shift) % 1)).astype(int)
        places = ((starts[:, :, None] + np.arange(size)) % len(base)).reshape(len(draws), -1)
        counts = np.stack([np.bincount(draw, minlength=len(base)) for draw in places]).astype(float)
        tenths = tenths_of(days[study_id, track], vix)
        for target, column in VALUES.items():
            values = base[column].to_numpy().astype(float)
            at_same_vix = matched(base[column], tenths).to_numpy().astype(float)
            with np.errstate(invalid="ignore"):
                differences = counts @ (event * values) / (counts @ event) - counts @ values / places.shape[1]
                matches = counts @ (event * at_same_vix) / (counts @ event)
            differences, matches = differences[~np.isnan(differences)], matches[~np.isnan(matches)]
            row = rows.loc[(study_id, track, horizon, target)]
            expected = np.quantile(differences, [0.05, 0.95])
            expected_matched = np.quantile(matches, [0.05, 0.95])
            sides = [(differences <= 1e-12).sum(), (differences >= -1e-12).sum()]
            p_value = min(1, 2 * (1 + min(sides)) / (1 + len(differences)))
            if target in SHARES and row["mean"] in (0, 1):
                wilson = np.array(proportion_confint(row["mean"] * row.n_events, row.n_events, 0.1, method="wilson"))
                expected, expected_matched = wilson - row.base_mean, wilson - row["mean"] + row.diff_vix_matched
                p_value = min(1, 2 * (row.base_mean if row["mean"] else 1 - row.base_mean) ** row.n_events)
            assert (row.diff_ci_low, row.diff_ci_high) == pytest.approx(expected, abs=1e-7)
            assert (row.diff_vix_matched_ci_low, row.diff_vix_matched_ci_high) == pytest.approx(
                expected_matched, abs=1e-7
            )
            assert row.p_value == pytest.approx(p_value, abs=2e-3)


def test_words_follow_the_numbers(study) -> None:
    small = study.n_events < 20
    assert (study.verdict[small] == "insufficient").all()
    assert study.diff_ci_low[small].isna().all()
    rest = study[~small]
    assert (rest.diff_ci_low <= rest.diff_ci_high).all()
    assert (rest.diff_vix_matched_ci_low <= rest.diff_vix_matched_ci_high).all()
    is_share = rest.unit == "share"
    above = (rest.diff_ci_low > 0) & (rest.diff_vix_matched_ci_low > 0)
    below = (rest.diff_ci_high < 0) & (rest.diff_vix_matched_ci_high < 0)
    above &= ~is_share | (rest.share_ci_low > rest.base_mean)
    below &= ~is_share | (rest.share_ci_high < rest.base_mean)
    words = np.select([(rest.q <= 0.1) & above, (rest.q <= 0.1) & below], ["higher", "lower"], "not_distinguishable")
    assert (rest.verdict == words).all()
    for track, rows in rest.groupby("track"):
        np.testing.assert_allclose(rows.q, multipletests(rows.p_value, method="fdr_bh")[1], atol=1e-12)
        assert (rows.family_size == len(rows)).all(), track


def test_a_track_with_the_days_of_another_has_its_interval(study) -> None:
    whole, clean = study.xs("all", level="track"), study.xs("clean", level="track")
    same = (whole.base_n == clean.base_n.reindex(whole.index)) & (whole.n_events >= 20)
    assert same.any()
    both = whole[same].index
    assert (whole.loc[both, "diff_ci_low"] == clean.loc[both, "diff_ci_low"]).all()
