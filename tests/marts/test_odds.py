"""The odds and their scores, recomputed by numpy, statsmodels and arch, and the scores that are promised."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from arch.bootstrap import CircularBlockBootstrap
from statsmodels.stats.proportion import proportion_confint

from tests.marts.built import read
from tests.marts.studied import days_of, outcomes_of

SKILL = ("skill_known", "skill_known_low", "skill_known_high")
RECOMPUTED = {
    "vix_odds_daily": (
        "vix", "vix_tenth", "tenth_n", "tenth_hits", "base_n", "base_hits", "base_share", "base_share_vix", *SKILL,
        "finding",
    ),
    "odds_daily": (
        "state_id", "age_sessions", "n_events", "hits", "base_n", "base_hits", "ci_low", "ci_high", "share",
        "base_share", "base_share_vix", "share_shrunk", "adds_pp", "share_said", *SKILL, "finding",
    ),
    "odds_score": (
        "until", "n_days", "brier", "brier_skill", "skill_ci_low", "skill_ci_high", "n_on", "brier_on", "brier_vix_on",
        "skill_vix_on", "skill_vix_on_ci_low", "skill_vix_on_ci_high", "n_intervals", "interval_coverage",
    ),
    "odds_reliability": ("predicted", "observed", "n"),
    "odds_prior_score": ("n", "brier", "is_chosen", "until"),
}  # fmt: skip

HORIZONS = (5, 21)
TARGETS = {
    "down": "forward_return_pct", "drawdown_over_3pct": "has_drawdown", "fall_over_3pct": "has_fall",
    "vix_up_30pct": "has_vix_jump",
}  # fmt: skip
PREDICTORS = ("share", "share_shrunk", "share_said", "base_share_vix", "base_share")
START = pd.Timestamp("2015-03-06")
KEY = ["session_date", "target", "horizon"]


@pytest.fixture(scope="module")
def sessions(market) -> pd.Series:
    """Session -> its number."""
    return (
        read(market[0], "select session_date, session_number from intermediate.int_sessions order by 1")
        .set_index("session_date")
        .session_number
    )


@pytest.fixture(scope="module")
def outcomes(market) -> pd.DataFrame:
    """Session x (target, horizon): 1 where it came true, 0 where not, NaN while the horizon is open."""
    found = {}
    for horizon, rows in outcomes_of(market).items():
        if horizon in HORIZONS:
            for target, column in TARGETS.items():
                found[target, horizon] = (rows[column] < 0).astype(float) if target == "down" else rows[column]
    return pd.DataFrame(found)


@pytest.fixture(scope="module")
def vix_odds(market) -> pd.DataFrame:
    return read(market[1], "select * from marts.vix_odds_daily").set_index(KEY).sort_index()


@pytest.fixture(scope="module")
def odds(market) -> pd.DataFrame:
    return read(market[1], "select * from marts.odds_daily order by session_date, study_id, target, horizon, track")


@pytest.fixture(scope="module")
def forecasts(odds, vix_odds, outcomes) -> pd.DataFrame:
    """Every closed session since 2015-03-06 by target, horizon and track: a row for each state that was on, or one."""
    bases = vix_odds[["base_share_vix", "base_share"]].reset_index()
    bases["came_true"] = outcomes.stack([0, 1]).reindex(pd.MultiIndex.from_frame(bases[KEY])).to_numpy()
    bases = bases[bases.came_true.notna() & (bases.session_date >= START)]
    rows = bases.merge(pd.DataFrame({"track": ["all", "clean", "exchange"]}), how="cross").merge(
        odds[[*KEY, "track", "study_id", "share", "share_shrunk", "share_said", "ci_low", "ci_high"]],
        how="left",
        on=[*KEY, "track"],
    )
    return rows.assign(
        is_on=rows.study_id.notna(),
        share=rows.share.fillna(rows.base_share),
        share_shrunk=rows.share_shrunk.fillna(rows.base_share_vix),
        share_said=rows.share_said.fillna(rows.base_share_vix),
    )


def periods(rows: pd.DataFrame) -> list[pd.Timestamp]:
    """The sessions that the scores of one horizon begin on."""
    closed = np.sort(rows.session_date.unique())
    return sorted({START, pd.Timestamp("2020-01-01"), pd.Timestamp(closed[-504:][0])})


def test_the_share_of_such_a_vix_is_counted_again_for_every_session(market, sessions, vix_odds, outcomes) -> None:
    vix = read(market[1], "select session_date, vix from marts.volatility_daily where vix is not null")
    vix = vix.set_index("session_date").vix.reindex(sessions.index).dropna()
    level, number = vix.to_numpy(), sessions[vix.index].to_numpy()
    worst = 0.0
    for horizon in HORIZONS:
        closed = outcomes.xs(horizon, axis=1, level=1).reindex(vix.index)
        known = closed.notna().all(axis=1).to_numpy()
        rows = {target: vix_odds.xs((target, horizon), level=("target", "horizon")) for target in TARGETS}
        for place in range(0, len(vix), 7):
            past = np.sort(level[: place + 1])
            rank = np.searchsorted(past, level, side="right")
            # the bounds are the ceil(j n / 10)-th smallest
            bounds = past[[-(-tenth * len(past) // 10) - 1 for tenth in range(1, 10)]]
            tenth = 1 + (level[:, None] > bounds).sum(axis=1)
            base = known & (number + horizon <= number[place])
            same = base & (tenth == tenth[place]) & (rank <= len(past))
            if not base.any():
                assert vix.index[place] not in rows["down"].index
                continue
            for target in TARGETS:
                row, came_true = rows[target].loc[vix.index[place]], closed[target].to_numpy()
                assert (row.vix, row.vix_tenth) == (level[place], tenth[place])
                assert (row.base_n, row.base_hits) == (base.sum(), came_true[base].sum())
                assert (row.tenth_n, row.tenth_hits) == (same.sum(), came_true[same].sum())
                any_day = row.base_hits / row.base_n
                expected = (row.tenth_hits + 60 * any_day) / (row.tenth_n + 60)
                worst = max(worst, abs(row.base_share - any_day), abs(row.base_share_vix - expected))
    assert worst < 1e-12
    print(f"largest difference {worst:.1e}")


def clustered_skill(rows: pd.DataFrame, forecast: str, reference: str) -> tuple[float, float, float, int]:
    """Skill, its 90 % interval with errors clustered by block, and the number of blocks."""
    errors, against = (rows[forecast] - rows.came_true) ** 2, (rows[reference] - rows.came_true) ** 2
    gain, scale = against - errors, against.mean()
    blocks = rows.block.nunique()
    if blocks < 2 or not scale:
        return (gain.mean() / scale if scale else np.nan), np.nan, np.nan, blocks
    fit = sm.OLS(gain.to_numpy(), np.ones(len(gain))).fit(
        cov_type="cluster", cov_kwds={"groups": rows.block.to_numpy()}, use_t=False
    )
    low, high = fit.conf_int(0.1)[0]
    return gain.mean() / scale, low / scale, high / scale, blocks


def compare_skill(row, past: pd.DataFrame, forecast: str, reference: str) -> float:
    """The largest difference of a row's skill and its interval to those of its past."""
    if past.empty:
        assert pd.isna(row.skill_known)
        return 0.0
    skill, low, high, blocks = clustered_skill(past, forecast, reference)
    if np.isnan(skill):
        assert pd.isna(row.skill_known)
        return 0.0
    found = [abs(row.skill_known - skill)]
    if blocks < 20:
        assert pd.isna(row.skill_known_low)
        assert pd.isna(row.skill_known_high)
    else:
        found += [abs(row.skill_known_low - low), abs(row.skill_known_high - high)]
    return max(found)


def blocks_of(numbers: pd.Series, horizon: int) -> pd.Series:
    return numbers // max(2 * horizon, 21)


def test_the_skill_of_the_vix_is_that_of_the_closed_horizons(sessions, vix_odds, outcomes) -> None:
    worst, words = 0.0, set()
    for (target, horizon), rows in vix_odds.groupby(level=["target", "horizon"]):
        rows = rows.droplevel(["target", "horizon"]).assign(came_true=outcomes[target, horizon])
        rows["number"] = sessions[rows.index]
        rows["block"] = blocks_of(rows.number, horizon)
        for row in rows.sample(15, random_state=horizon).itertuples():
            past = rows[rows.came_true.notna() & (rows.number + horizon <= row.number)]
            worst = max(worst, compare_skill(row, past, "base_share_vix", "base_share"))
            low, high = proportion_confint(row.tenth_hits, row.tenth_n, 0.1, method="wilson") if row.tenth_n else (0, 1)
            finding = "higher" if low > row.base_share else "lower" if high < row.base_share else "not_distinguishable"
            assert row.finding == (finding if row.skill_known_low > 0 else "no_skill_shown"), row
            words.add(row.finding)
    assert worst < 1e-9
    assert len(words) > 1
    print(f"largest difference to statsmodels {worst:.1e}")


def test_odds_are_counted_from_what_had_closed(market, sessions, odds, vix_odds, outcomes) -> None:
    days = days_of(market)
    events = read(market[1], "select * from marts.event_study_events where horizon in (5, 21)")
    listed = {key: rows.session_date for key, rows in events.groupby(["study_id", "track", "horizon"])}
    prior = read(market[0], "select * from seeds.thresholds").set_index("threshold_id").value
    states = read(market[1], "select session_date, state_id, is_on, age_sessions from marts.states_daily")
    states = states.set_index(["session_date", "state_id"])
    for row in odds.sample(400, random_state=8).itertuples():
        known = (
            outcomes[row.target, row.horizon].reindex(listed.get((row.study_id, row.track, row.horizon), [])).dropna()
        )
        known = known[sessions[known.index].to_numpy() + row.horizon <= sessions[row.session_date]]
        assert (row.n_events, row.hits) == (len(known), known.sum()), row
        state = states.loc[(row.session_date, row.state_id)]
        assert state.is_on
        assert row.age_sessions == state.age_sessions
        assert row.session_date in days[row.study_id, "all"].index
        base = vix_odds.loc[(row.session_date, row.target, row.horizon)]
        assert (row.base_n, row.base_hits, row.base_share_vix) == (base.base_n, base.base_hits, base.base_share_vix)
        assert row.base_share == base.base_share
        k = prior[f"odds_prior_{row.target}"]
        shrunk = (row.hits + k * row.base_share_vix) / (row.n_events + k)
        assert row.share_shrunk == pytest.approx(shrunk, abs=1e-12)
        assert row.adds_pp == pytest.approx(100 * (shrunk - row.base_share_vix), abs=1e-10)
        assert row.share_said == (row.share_shrunk if row.skill_known_low > 0 else row.base_share_vix)
        if not row.n_events:
            assert pd.isna(row.share)
            assert row.finding == "insufficient"
            continue
        low, high = proportion_confint(row.hits, row.n_events, alpha=0.1, method="wilson")
        assert (row.ci_low, row.ci_high) == pytest.approx((low, high), abs=1e-9)
        assert row.share == pytest.approx(row.hits / row.n_events, abs=1e-12)
        bases = (row.base_share, row.base_share_vix)
        finding = "higher" if low > max(bases) else "lower" if high < min(bases) else "not_distinguishable"
        assert row.finding == ("insufficient" if row.n_events < 20 else finding)


def test_odds_have_a_row_for_each_state_that_is_on_and_no_other(market, odds) -> None:
    studies = read(market[0], "select study_id, exchange_state_id from seeds.studies").set_index("study_id")
    expected = set()
    for (study_id, track), rows in days_of(market).items():
        if track == "all":
            on = rows.index[rows.is_on.astype(bool)]
            tracks = ["all", "clean", *(["exchange"] if isinstance(studies.exchange_state_id[study_id], str) else [])]
            expected |= {(day, study_id, target, horizon, each)
                         for day in on for target in TARGETS for horizon in HORIZONS for each in tracks}  # fmt: skip
    found = odds[["session_date", "study_id", "target", "horizon", "track"]]
    assert set(found.itertuples(index=False, name=None)) == expected


def test_the_skill_of_a_state_is_that_of_its_own_closed_sessions(sessions, odds, outcomes) -> None:
    worst, with_interval = 0.0, 0
    for (_, track, target, horizon), rows in odds.groupby(["study_id", "track", "target", "horizon"]):
        if track == "exchange" or len(rows) < 30:
            continue
        rows = rows.assign(number=sessions[rows.session_date].to_numpy())
        rows["came_true"] = outcomes[target, horizon].reindex(rows.session_date).to_numpy()
        rows["block"] = blocks_of(rows.number, horizon)
        for row in rows.iloc[[len(rows) // 2, -1]].itertuples():
            past = rows[rows.came_true.notna() & (rows.number + horizon <= row.number)]
            worst = max(worst, compare_skill(row, past, "share_shrunk", "base_share_vix"))
            with_interval += pd.notna(row.skill_known_low)
    assert with_interval > 10
    assert worst < 1e-9
    print(f"{with_interval} intervals, largest difference to statsmodels {worst:.1e}")


def test_every_score_equals_its_recomputation(market, forecasts) -> None:
    scores = read(market[1], "select * from marts.odds_score")
    scores = scores.set_index(["target", "horizon", "track", "since", "predictor"]).sort_index()
    compared = 0
    for (target, horizon, track), rows in forecasts.groupby(["target", "horizon", "track"]):
        for since in periods(forecasts[forecasts.horizon == horizon]):
            scored = rows[rows.session_date >= since]
            errors = scored[list(PREDICTORS)].sub(scored.came_true, axis=0) ** 2
            daily = errors.groupby(scored.session_date).mean().mean()
            on = errors[scored.is_on]
            for predictor in PREDICTORS:
                row = scores.loc[(target, horizon, track, since, predictor)]
                assert (row.n_days, row.n_on) == (scored.session_date.nunique(), len(on))
                assert row.until == scored.session_date.max()
                assert row.brier == pytest.approx(daily[predictor], abs=1e-12)
                assert row.brier_skill == pytest.approx(1 - daily[predictor] / daily.base_share, abs=1e-10)
                compared += 1
                if not len(on):
                    assert pd.isna(row.brier_on)
                    continue
                assert row.brier_on == pytest.approx(on[predictor].mean(), abs=1e-12)
                assert row.brier_vix_on == pytest.approx(on.base_share_vix.mean(), abs=1e-12)
                skill = 1 - on[predictor].mean() / on.base_share_vix.mean()
                assert row.skill_vix_on == pytest.approx(skill, abs=1e-10)
            row = scores.loc[(target, horizon, track, since, "share")]
            stated = scored[scored.ci_low.notna()]
            if len(stated):
                observed = stated.groupby("study_id").came_true.transform("mean")
                assert row.n_intervals == len(stated)
                within = (stated.ci_low <= observed) & (observed <= stated.ci_high)
                assert row.interval_coverage == pytest.approx(within.mean(), abs=1e-12)
    assert compared == len(scores)


def test_the_intervals_of_scores_agree_with_arch(market, forecasts) -> None:
    scores = read(market[1], "select * from marts.odds_score where track = 'all'")
    scores = scores.set_index(["target", "horizon", "since", "predictor"]).sort_index()
    for target, horizon in (("drawdown_over_3pct", 21), ("fall_over_3pct", 5)):
        rows = forecasts[(forecasts.target == target) & (forecasts.horizon == horizon) & (forecasts.track == "all")]
        errors = rows[list(PREDICTORS)].sub(rows.came_true, axis=0) ** 2
        daily = errors.groupby(rows.session_date).mean()
        on = errors.where(rows.is_on, 0).groupby(rows.session_date).sum()
        gains = {
            "base_share_vix": ("skill_ci", daily.base_share - daily.base_share_vix, daily.base_share.mean()),
            "share_shrunk": ("skill_vix_on_ci", on.base_share_vix - on.share_shrunk, on.base_share_vix.mean()),
        }
        for predictor, (column, gain, scale) in gains.items():
            row = scores.loc[(target, horizon, START, predictor)]
            theirs = []
            for seed in range(4):
                drawn = CircularBlockBootstrap(max(2 * horizon, 21), gain.to_numpy(), seed=seed)
                theirs.append(np.quantile(drawn.apply(np.mean, 1000) / scale, [0.05, 0.95]))
            expected, spread = np.mean(theirs, axis=0), np.std(theirs, axis=0, ddof=1)
            ours = np.array([row[f"{column}_low"], row[f"{column}_high"]])
            width = expected[1] - expected[0]
            print(target, horizon, predictor, ours, expected)
            # a 5 % quantile of 2,000 draws against the mean of four of 1,000: a standard error of 1.8 % of the width
            assert (np.abs(ours - expected) < np.maximum(5 * spread, 0.07 * width)).all()


def test_reliability_equals_its_recomputation(market, forecasts) -> None:
    table = read(market[1], "select * from marts.odds_reliability")
    table = table.set_index(["target", "horizon", "track", "predictor", "since", "tenth"]).sort_index()
    weight = 1 / forecasts.groupby([*KEY, "track"]).came_true.transform("size")
    compared = 0
    for predictor in PREDICTORS:
        rows = forecasts.assign(weight=weight, predicted=forecasts[predictor])
        rows["tenth"] = np.minimum(np.floor(10 * rows.predicted), 9).astype(int) + 1
        for (target, horizon, track), one in rows.groupby(["target", "horizon", "track"]):
            for since in periods(forecasts[forecasts.horizon == horizon]):
                for tenth, group in one[one.session_date >= since].groupby("tenth"):
                    row = table.loc[(target, horizon, track, predictor, since, tenth)]
                    assert row.n == group.session_date.nunique()
                    assert row.predicted == pytest.approx(np.average(group.predicted, weights=group.weight), abs=1e-12)
                    assert row.observed == pytest.approx(np.average(group.came_true, weights=group.weight), abs=1e-12)
                    compared += 1
    assert compared == len(table)


def test_the_weight_of_a_states_own_cases_was_chosen_before_the_scores_begin(
    folder_settings, folder_built: Path
) -> None:
    market = folder_settings.warehouse_path, folder_built
    choices = read(folder_built, "select * from marts.odds_prior_score")
    odds = read(folder_built, "select * from marts.odds_daily where track = 'all'")
    found = outcomes_of(market)
    numbers = read(market[0], "select session_date, session_number from intermediate.int_sessions")
    numbers = numbers.set_index("session_date").session_number
    first = numbers[numbers.index >= START].min()
    for (target, horizon), rows in odds.groupby(["target", "horizon"]):
        column = found[horizon][TARGETS[target]]
        came_true = ((column < 0) if target == "down" else column).astype(float).reindex(rows.session_date).to_numpy()
        closed = ~np.isnan(came_true) & rows.base_share_vix.notna().to_numpy()
        closed &= numbers[rows.session_date].to_numpy() + horizon < first
        before, came_true = rows[closed], came_true[closed]
        for row in choices[(choices.target == target) & (choices.horizon == horizon)].itertuples():
            k = row.prior_days
            error = (before.hits + k * before.base_share_vix) / (before.n_events + k) - came_true
            assert row.n == len(before)
            assert row.brier == pytest.approx((error**2).mean(), abs=1e-12)
            assert row.until == before.session_date.max() < START
    assert set(choices.prior_days) == {20, 60, 200, 1000}
    total = choices.groupby(["target", "prior_days"]).brier.sum().unstack()
    chosen = choices[choices.is_chosen].drop_duplicates(["target", "prior_days"]).set_index("target").prior_days
    assert (chosen == total.idxmin(axis=1)).all()


@pytest.fixture(scope="module")
def folder_scores(folder_built: Path) -> pd.DataFrame:
    """The scores of the folder market since 2015-03-06, by target, horizon, track and predictor."""
    scores = read(folder_built, "select * from marts.odds_score where since = '2015-03-06'")
    return scores.set_index(["target", "horizon", "track", "predictor"]).sort_index()


@pytest.mark.parametrize(
    ("target", "horizon", "least"),
    [("drawdown_over_3pct", 21, 0.14), ("drawdown_over_3pct", 5, 0.10), ("fall_over_3pct", 5, 0.05)],
)
def test_the_vix_alone_beats_any_day(folder_scores, target: str, horizon: int, least: float) -> None:
    score = folder_scores.loc[(target, horizon, "all", "base_share_vix")]
    assert score.n_days > 2400
    assert score.brier_skill >= least
    assert score.skill_ci_low > 0


def test_what_is_said_is_nowhere_worse_than_the_vix_alone(folder_scores) -> None:
    for target in TARGETS:
        for horizon in HORIZONS:
            for track in ("all", "clean"):
                said = folder_scores.loc[(target, horizon, track, "share_said")]
                vix = folder_scores.loc[(target, horizon, track, "base_share_vix")]
                assert said.brier <= vix.brier + 0.002, (target, horizon, track)
                assert said.brier_on <= said.brier_vix_on + 0.002, (target, horizon, track)
                shrunk = folder_scores.loc[(target, horizon, track, "share_shrunk")]
                assert shrunk.skill_vix_on_ci_low <= shrunk.skill_vix_on <= shrunk.skill_vix_on_ci_high
