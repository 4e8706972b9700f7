"""Legs and stages by a plain loop over the sessions of both markets, golden facts, and the planted capitulation."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.marts.built import read

RECOMPUTED = {
    "capitulation_daily": (
        "washout_on", "washout_age", "panic_on", "panic_age", "volatility_on", "volatility_age",
        "correlation_on", "correlation_age", "positioning_on", "positioning_age", "exhaustion_on",
        "exhaustion_age", "trigger_on", "trigger_age", "stage",
    ),
}  # fmt: skip

Known = bool | None
MARKET_LEGS = ("washout", "panic", "volatility", "correlation")
LEGS = (*MARKET_LEGS, "positioning", "exhaustion", "trigger")
MEMORY, LASTING = 10, 21


# Three values -------------------------------------------------------------------------------------------------------


def any_of(*tests: Known) -> Known:
    if any(tests):
        return True
    return None if None in tests else False


def all_of(*tests: Known) -> Known:
    if any(test is False for test in tests):
        return False
    return None if None in tests else True


def holds(value: object, comparison: str, bound: float) -> Known:
    if value is None or pd.isna(value):
        return None
    return {
        "<=": value <= bound + 1e-9,
        ">=": value >= bound - 1e-9,
        "<": value < bound,
        ">": value > bound,
    }[comparison]


def flag(value: object) -> Known:
    return None if value is None or pd.isna(value) else bool(value)


# The legs and the stage, session by session ---------------------------------------------------------------------------


def readings(warehouse: Path, published: Path) -> list[dict[str, object]]:
    """What the legs read of each session, from the marts beside."""
    breadth = read(published, "select * from marts.breadth_daily where segment_id = 'ALL'").set_index("session_date")
    members, exchange = (breadth[breadth.universe_id == universe] for universe in ("SP500", "NYSE"))
    sessions = read(warehouse, "select * from intermediate.int_sessions order by 1").set_index("session_date")
    frame = members.join(sessions[["is_early_close"]])
    frame["zbt_signal_nyse"] = exchange.zbt_signal.reindex(frame.index)
    frame = frame.join(
        read(published, "select * from marts.volatility_daily").set_index("session_date")[
            ["vix", "vix_high_10", "vix_pctl_252", "vix_vix3m"]
        ]
    )
    frame = frame.join(
        read(published, "select * from marts.implied_correlation_daily").set_index("session_date")[
            ["cor1m", "cor1m_high_10", "cor1m_pctl_252"]
        ]
    )
    positioning = read(published, "select * from marts.positioning_daily where contract_code = '13874+'")
    frame = frame.join(positioning.set_index("session_date")[["asset_manager_pctl_156w", "asset_manager_chg_4w_z"]])
    flows = read(warehouse, "select session_date, cta_exposure, cta_flow_21d_z_252 from intermediate.int_cta_proxy")
    frame = frame.join(flows.set_index("session_date"))
    index = read(published, "select session_date, close from marts.index_daily where index_id = 'SP500'")
    frame["index_close"] = index.set_index("session_date").close

    return frame.reset_index().sort_values("session_date").to_dict("records")


def within_memory(tests: list[Known]) -> Known:
    if any(tests[-MEMORY:]):
        return True
    return False if len(tests) >= MEMORY and None not in tests[-MEMORY:] else None


def judge(days: list[dict[str, object]]) -> pd.DataFrame:
    """Tests, legs and stage of each session; `days` in order, one dict of readings a session."""
    tests: dict[str, list[Known]] = {leg: [] for leg in LEGS}
    legs: dict[str, list[Known]] = {leg: [] for leg in LEGS}
    for day in days:
        half = bool(day["is_early_close"])
        down, up = (
            False if half and flag(day[name]) is None else flag(day[name]) for name in ("lowry_90_down", "lowry_90_up")
        )
        lows = 100 * day["new_lows_21"] / day["eligible_21"] if day["eligible_21"] else None
        declines = 100 * day["declines"] / day["valid"] if day["valid"] else None
        tests["washout"].append(
            any_of(
                holds(day["pct_above_sma50"], "<=", 20),
                holds(day["participation_score"], "<=", -2),
                holds(lows, ">=", 50),
            )
        )
        tests["panic"].append(any_of(down, holds(declines, ">=", 90), holds(day["whaley_5d"], "<", 0.25)))
        tests["volatility"].append(any_of(holds(day["vix_vix3m"], ">=", 1), holds(day["vix_pctl_252"], ">=", 95)))
        tests["correlation"].append(holds(day["cor1m_pctl_252"], ">=", 95))
        tests["positioning"].append(
            all_of(
                any_of(holds(day["asset_manager_pctl_156w"], "<=", 10), holds(day["asset_manager_chg_4w_z"], "<=", -2)),
                holds(day["cta_exposure"], "<=", 0),
                holds(day["cta_flow_21d_z_252"], "<=", -1.5),
            )
        )
        for leg in MARKET_LEGS:
            legs[leg].append(within_memory(tests[leg]))
        legs["positioning"].append(tests["positioning"][-1])
        off_high = [
            holds(day[name], "<=", 0.8 * day[f"{name}_high_10"]) if not pd.isna(day[f"{name}_high_10"]) else None
            for name in ("vix", "cor1m")
        ]
        tests["exhaustion"].append(all_of(*off_high, legs["volatility"][-1], legs["correlation"][-1]))
        thrust = any_of(
            bool(flag(day["zbt_signal_nyse"])),
            flag(day["zbt_signal"]),
            holds(day["whaley_5d"], ">", 0.735),
            flag(day["bam_signal"]),
            up,
        )
        exhausted_before = legs["exhaustion"][-1] if legs["exhaustion"] else None
        legs["exhaustion"].append(within_memory(tests["exhaustion"]))
        tests["trigger"].append(all_of(thrust, exhausted_before))
        legs["trigger"].append(within_memory(tests["trigger"]))
    closes = [day["index_close"] for day in days]
    stages = [stage_of(at, legs, tests, closes) for at in range(len(days))]
    return pd.DataFrame(
        {"session_date": [day["session_date"] for day in days], "stage": stages}
        | {f"{leg}_on": legs[leg] for leg in LEGS}
        | {f"{leg}_test": tests[leg] for leg in LEGS}
    ).set_index("session_date")


def stage_of(at: int, legs: dict[str, list[Known]], tests: dict[str, list[Known]], closes: list[float]) -> str | None:
    """The stage of session `at`, None where the least and the most that unknown legs allow differ."""
    worst, best = (stage_if(at, legs, tests, closes, doubt) for doubt in (False, True))
    return worst if worst == best else None


def stage_if(
    at: int, legs: dict[str, list[Known]], tests: dict[str, list[Known]], closes: list[float], doubt: bool
) -> str:
    """The stage if every unknown leg is `doubt`; an unknown exhaustion voids where doubt is False."""

    def taken(value: Known, otherwise: bool) -> bool:
        return otherwise if value is None else value

    standing = None
    for claim in range(max(0, at - LASTING + 1), at + 1):
        washed = sum(taken(legs[leg][claim], doubt) for leg in MARKET_LEGS) >= 3
        if not (washed and taken(legs["positioning"][claim], doubt)):
            continue
        low, spent, fired = np.inf, {True: False, False: False}, False
        lows, void = {True: np.inf, False: np.inf}, False
        for day in range(claim, at + 1):
            close = closes[day]
            # what voids is the earliest exhaustion when in doubt of the claim, what confirms the surest
            if spent[not doubt] and close < lows[not doubt]:
                void = True
                break
            if spent[doubt] and taken(tests["trigger"][day], doubt):
                fired = True
            low = min(low, close) if not pd.isna(close) else low
            for answer in (True, False):
                if not spent[answer]:
                    lows[answer] = low
                    spent[answer] = taken(tests["exhaustion"][day], answer)
        if not void:
            standing = "confirmed" if fired or standing == "confirmed" else "capitulated"
    if standing:
        return standing
    met = sum(taken(legs[leg][at], doubt) for leg in MARKET_LEGS)
    return "washout" if met >= 3 else "stress" if met == 2 else "none"


@pytest.fixture(scope="module")
def judged(market: tuple[Path, Path]) -> pd.DataFrame:
    return judge(readings(*market))


@pytest.fixture(scope="module")
def mart(market: tuple[Path, Path]) -> pd.DataFrame:
    return read(market[1], "select * from marts.capitulation_daily order by session_date").set_index("session_date")


def test_every_leg_equals_the_loop(mart: pd.DataFrame, judged: pd.DataFrame) -> None:
    assert mart.index.equals(judged.index)
    for leg in LEGS:
        ours = [flag(value) for value in mart[f"{leg}_on"]]
        assert ours == judged[f"{leg}_on"].to_list(), leg


def test_every_age_equals_the_loop(mart: pd.DataFrame, judged: pd.DataFrame) -> None:
    for leg in LEGS:
        last, ages = None, []
        for at, held in enumerate(judged[f"{leg}_test"]):
            last = at if held else last
            ages.append(None if last is None else at - last)
        assert [None if pd.isna(age) else age for age in mart[f"{leg}_age"]] == ages, leg


def test_every_stage_equals_the_loop(mart: pd.DataFrame, judged: pd.DataFrame) -> None:
    ours = [None if pd.isna(stage) else stage for stage in mart.stage]
    assert ours == [None if pd.isna(stage) else stage for stage in judged.stage]
    assert {"none", "stress", "washout", "capitulated", "confirmed"} <= set(ours)


def test_lists_name_every_leg_once(mart: pd.DataFrame) -> None:
    lists = mart[["legs_met", "legs_missing", "legs_unknown"]]
    for row in lists.itertuples(index=False):
        named = [name for names in row for name in names.split(", ") if name]
        assert sorted(named) == sorted(LEGS)
        assert all(names.split(", ") == sorted(names.split(", "), key=LEGS.index) for names in row if names)


def test_no_stage_says_capitulated_without_positioning(mart: pd.DataFrame) -> None:
    running = mart[mart.stage.isin(["capitulated", "confirmed"])]
    assert len(running)
    assert running.legs_met.str.contains("positioning").all()
    assert running.capitulation_age.between(0, LASTING - 1).all()
    confirmed = mart[mart.stage == "confirmed"]
    assert confirmed.legs_met.str.contains("exhaustion, trigger").all()
    outside = mart[~mart.stage.isin(["capitulated", "confirmed"])]
    assert outside.capitulation_date.isna().all()
    strict = mart[mart.positioning_on.fillna(False).astype(bool)]
    assert (strict.positioning_age == 0).all()
    # a leg is met as it is on, but for those that a running capitulation keeps
    for leg in MARKET_LEGS:
        on = mart[f"{leg}_on"].fillna(False).astype(bool)
        assert (mart.legs_met.str.split(", ").map(set).map(lambda names, leg=leg: leg in names) == on).all()


def test_evidence_is_there_where_a_leg_is_met(mart: pd.DataFrame) -> None:
    for leg in LEGS:
        met = mart.legs_met.str.split(", ").map(lambda names, leg=leg: leg in names)
        assert (mart[f"{leg}_evidence"].notna() == met).all(), leg


def test_extremes_are_rare(mart: pd.DataFrame) -> None:
    known = mart[mart.stage.notna()]
    share = known.stage.isin(["capitulated", "confirmed"]).mean()
    print(f"capitulated or confirmed on {100 * share:.2f} % of {len(known)} sessions")
    assert 0 < share <= 0.03


# Golden facts -------------------------------------------------------------------------------------------------------


@pytest.fixture
def folder(folder_built: Path) -> pd.DataFrame:
    return read(folder_built, "select * from marts.capitulation_daily order by session_date").set_index("session_date")


@pytest.mark.folder
def test_december_2024_is_a_washout_without_positioning(folder: pd.DataFrame) -> None:
    december = folder["2024-12-01":"2024-12-31"]
    assert not december.stage.isin(["capitulated", "confirmed"]).any()
    assert december.stage.notna().all()
    assert december.legs_missing.str.contains("positioning").all()
    for day in ("2024-12-18", "2024-12-27"):
        assert folder.stage[day] in ("stress", "washout")
    assert folder.legs_missing["2024-12-27"] == "positioning, trigger"


@pytest.mark.folder
def test_positioning_is_unknown_until_september_2012_and_the_stage_where_it_matters(folder: pd.DataFrame) -> None:
    # a report of three years needs 13 + 104 weeks; before that trend followers alone can rule the leg out
    assert folder.asset_manager_pctl_156w.first_valid_index() == pd.Timestamp("2012-08-17")
    assert folder.asset_manager_chg_4w_z.first_valid_index() == pd.Timestamp("2012-09-14")
    assert folder.stage["2012-09-14":].notna().all()
    unknown = folder[folder.stage.isna() & (folder.index > "2011-07-31")]
    assert unknown.legs_unknown.str.contains("positioning").any()


@pytest.mark.folder
def test_what_capitulated_from_2010_to_2025(folder: pd.DataFrame) -> None:
    """Measured by the author of the rule: about 2.4 % of days, five onsets (runs of sessions that made a claim)."""
    running = folder.stage.isin(["capitulated", "confirmed"])
    assert 100 * running.mean() == pytest.approx(2.4, abs=0.1)
    made = folder.capitulation_age.eq(0).fillna(False).astype(bool)
    onsets = folder.index[made & ~made.shift(fill_value=False)]
    assert [f"{day:%Y-%m-%d}" for day in onsets] == [
        "2016-01-07",
        "2016-01-15",
        "2016-01-25",
        "2018-10-19",
        "2020-03-06",
    ]


@pytest.mark.folder
def test_the_capitulation_of_2018_is_confirmed_and_then_void(folder: pd.DataFrame) -> None:
    """A thrust on 7 November after the exhaustion; the close of 23 November lies under that of 29 October."""
    assert folder.stage["2018-11-06"] == "capitulated"
    assert folder.stage["2018-11-07"] == "confirmed"
    assert folder.stage["2018-11-21"] == "confirmed"
    assert folder.stage["2018-11-23"] not in ("capitulated", "confirmed")
    assert folder.index_close["2018-11-23"] < folder.index_close["2018-10-29"]


def test_the_planted_capitulation_is_found_by_its_date(published: Path) -> None:
    """Planted: reports of 2020-02-18 to 03-17; the first half of it is known from Friday, 2020-02-28 on."""
    mart = read(published, "select * from marts.capitulation_daily").set_index("session_date").sort_index()
    running = mart.index[mart.stage.isin(["capitulated", "confirmed"])]
    assert running[0] == pd.Timestamp("2020-02-28")
    assert running[-1] <= pd.Timestamp("2020-04-21")
    assert (mart.stage["2020-03-17":"2020-03-27"] == "capitulated").all()
    assert mart.stage["2020-03-30"] == "confirmed"
