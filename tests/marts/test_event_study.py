"""event_study, its events and odds_daily, recomputed by pandas from recomputed states, index and VIX."""

import hashlib

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from tests.marts.built import read
from tests.marts.states import recomputed_states

RECOMPUTED = {
    "event_study": (
        "n_events", "n_open", "base_n", "mean", "base_mean", "median", "base_median", "p_down", "base_p_down",
        "share_ci_low", "share_ci_high", "diff", "diff_ci_low", "diff_ci_high", "p_value", "q", "family_size",
        "verdict",
    ),
    "event_study_events": (
        "is_clean", "is_closed", "forward_return_pct", "forward_max_drawdown_pct", "has_drawdown",
        "has_vix_jump",
    ),
    "odds_daily": (
        "sessions_since_on", "n_events", "hits", "base_n", "base_hits", "ci_low", "ci_high", "share",
        "base_share", "finding",
    ),
}  # fmt: skip

HORIZONS = (1, 5, 10, 21, 42, 63)
SHARES = {"drawdown_over_3pct": "has_drawdown", "vix_up_30pct": "has_vix_jump"}
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
            rows.append((path[-1] / path[0] - 1, fall, rise))
        frame = 100 * pd.DataFrame(rows, index=sessions[: len(rows)], columns=["forward_return_pct", "fall", "rise"])
        frame = frame.dropna()
        found[horizon] = pd.DataFrame(
            {
                "forward_return_pct": frame.forward_return_pct,
                "forward_max_drawdown_pct": frame.fall,
                "has_drawdown": (frame.fall < -3 - 1e-9).astype(float),
                "has_vix_jump": (frame.rise >= 30 - 1e-9).astype(float),
            }
        )
    return found


@pytest.fixture(scope="module")
def days(market) -> dict[tuple[str, str], pd.DataFrame]:
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


def spaced(onsets: np.ndarray, gap: int) -> list[int]:
    kept: list[int] = []
    for onset in onsets:
        if not kept or onset - kept[-1] >= gap:
            kept.append(int(onset))
    return kept


def test_every_event_and_every_number_equals_its_recomputation(market, study, events, outcomes, days) -> None:
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


def test_intervals_are_those_of_the_same_blocks_in_numpy(study, events, outcomes, days, draws) -> None:
    """Whole blocks of neighbouring days, wrapped at the end; two rows in five of those with an interval."""
    listed = {key: set(rows.session_date) for key, rows in events.groupby(["study_id", "track", "horizon"])}
    rows = study[(study.n_events >= 20) & (study.index.get_level_values("track") == "all")]
    chosen = rows.groupby(level=["study_id", "track", "horizon"]).size().sample(frac=0.4, random_state=3).index
    assert len(chosen) > 5
    for study_id, track, horizon in chosen:
        base = outcomes[horizon].reindex(days[study_id, track].index).dropna()
        event = base.index.isin(list(listed[study_id, track, horizon])).astype(float)
        size = min(max(2 * horizon, 21), len(base))
        blocks = -(-len(base) // size)
        shift = uniform(f"{study_id} {horizon}")
        starts = np.floor(len(base) * ((draws[:, :blocks] + shift) % 1)).astype(int)
        places = ((starts[:, :, None] + np.arange(size)) % len(base)).reshape(len(draws), -1)
        drawn = event[places]
        for target, column in VALUES.items():
            values = base[column].to_numpy()[places]
            with np.errstate(invalid="ignore"):
                differences = (drawn * values).sum(axis=1) / drawn.sum(axis=1) - values.mean(axis=1)
            differences = differences[~np.isnan(differences)]
            row = rows.loc[(study_id, track, horizon, target)]
            expected = np.quantile(differences, [0.05, 0.95])
            assert (row.diff_ci_low, row.diff_ci_high) == pytest.approx(expected, abs=1e-7)
            sides = [(differences <= 1e-12).sum(), (differences >= -1e-12).sum()]
            assert row.p_value == pytest.approx(min(1, 2 * (1 + min(sides)) / (1 + len(differences))), abs=2e-3)


def test_words_follow_the_numbers(study) -> None:
    small = study.n_events < 20
    assert (study.verdict[small] == "insufficient").all()
    assert study.diff_ci_low[small].isna().all()
    rest = study[~small]
    assert (rest.diff_ci_low <= rest.diff_ci_high).all()
    words = np.select([rest.diff_ci_low > 0, rest.diff_ci_high < 0], ["higher", "lower"], "not_distinguishable")
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


def test_odds_are_counted_from_what_had_closed(market, events, outcomes, days) -> None:
    published = market[1]
    odds = read(published, "select * from marts.odds_daily")
    assert not odds.duplicated(["session_date", "study_id", "target", "horizon", "track"]).any()
    columns = {"down": "forward_return_pct", "drawdown_over_3pct": "has_drawdown", "vix_up_30pct": "has_vix_jump"}
    sessions = read(market[0], "select session_date from intermediate.int_sessions order by 1").session_date
    place = pd.Series(np.arange(len(sessions)), sessions)
    listed = {key: rows.session_date for key, rows in events.groupby(["study_id", "track", "horizon"])}
    for row in odds.sample(300, random_state=8).itertuples():
        now = place[row.session_date]
        base = outcomes[row.horizon].reindex(days[row.study_id, row.track].index).dropna()
        base = base[place[base.index].to_numpy() + row.horizon <= now][columns[row.target]]
        hit = base < 0 if row.target == "down" else base == 1
        mine = hit.reindex(
            listed.get((row.study_id, row.track, row.horizon), pd.Series(dtype="datetime64[us]"))
        ).dropna()
        assert (row.base_n, row.base_hits) == (len(base), hit.sum()), row
        assert (row.n_events, row.hits) == (len(mine), mine.sum()), row
        if row.n_events:
            low, high = proportion_confint(row.hits, row.n_events, alpha=0.1, method="wilson")
            assert (row.ci_low, row.ci_high) == pytest.approx((low, high), abs=1e-9)
            assert row.share == pytest.approx(row.hits / row.n_events, abs=1e-12)
        else:
            assert pd.isna(row.share)
        assert not row.base_n or row.base_share == pytest.approx(row.base_hits / row.base_n, abs=1e-12)
        finding = "higher" if row.ci_low > row.base_share else "lower" if row.ci_high < row.base_share else None
        assert row.finding == ("insufficient" if row.n_events < 20 else finding or "not_distinguishable")
        last_on = days[row.study_id, "all"].is_on.astype(bool)
        last_on = last_on.index[last_on & (last_on.index <= row.session_date)].max()
        assert row.sessions_since_on == now - place[last_on] <= 9
