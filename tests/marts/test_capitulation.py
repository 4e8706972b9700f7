"""Legs and stages by a plain loop over the sessions of both markets."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.marts.built import read

RECOMPUTED = {
    "capitulation_daily": (
        "washout_on", "washout_age", "panic_on", "panic_age", "volatility_on", "volatility_age",
        "correlation_on", "correlation_age", "positioning_on", "positioning_age", "exhaustion_on",
        "exhaustion_age", "trigger_on", "trigger_age", "stage", "stage_since", "stage_age_sessions",
        "washout_date", "panic_date", "volatility_date", "correlation_date", "positioning_date", "exhaustion_date",
        "trigger_date", "asset_managers_sold", "asset_managers_sold_date", "trend_followers_sold",
        "trend_followers_sold_date",
    ),
}  # fmt: skip

Known = bool | None
MARKET_LEGS = ("washout", "panic", "volatility", "correlation")
LEGS = (*MARKET_LEGS, "positioning", "exhaustion", "trigger")
MEMORY = {"washout": 6, "panic": 3, "volatility": 6, "correlation": 6, "exhaustion": 10, "trigger": 10}
LASTING = 21


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
    frame["zbt_signal_nyse"] = exchange.zbt_signal.where(exchange.adv_ratio_ema10.notna()).reindex(frame.index)
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


def within_memory(tests: list[Known], memory: int, voids: list[Known] | None = None) -> Known:
    """Whether a test was met in the last sessions and nothing voided it since, walking back from the last one."""
    may_be_met = may_be_void = False
    for at in range(len(tests) - 1, len(tests) - 1 - memory, -1):
        if at < 0:
            return None
        void = voids[at] if voids else False
        if void:
            return None if may_be_met else False
        may_be_void = may_be_void or void is None
        if tests[at]:
            return None if may_be_void else True
        may_be_met = may_be_met or tests[at] is None
    return None if may_be_met else False


def judge(days: list[dict[str, object]]) -> pd.DataFrame:
    """Tests, legs and stage of each session; `days` in order, one dict of readings a session."""
    tests: dict[str, list[Known]] = {leg: [] for leg in (*LEGS, "managers", "followers", "high")}
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
        tests["managers"].append(
            any_of(holds(day["asset_manager_pctl_156w"], "<=", 10), holds(day["asset_manager_chg_4w_z"], "<=", -2))
        )
        tests["followers"].append(
            all_of(holds(day["cta_exposure"], "<=", 0), holds(day["cta_flow_21d_z_252"], "<=", -1.5))
        )
        tests["positioning"].append(all_of(tests["managers"][-1], tests["followers"][-1]))
        for leg in MARKET_LEGS:
            legs[leg].append(within_memory(tests[leg], MEMORY[leg]))
        legs["positioning"].append(tests["positioning"][-1])
        off_high = [
            holds(day[name], "<=", 0.8 * day[f"{name}_high_10"]) if not pd.isna(day[f"{name}_high_10"]) else None
            for name in ("vix", "cor1m")
        ]
        before = [within_memory(tests[leg], MEMORY["exhaustion"]) for leg in ("volatility", "correlation")]
        tests["exhaustion"].append(all_of(*off_high, *before))
        tests["high"].append(
            any_of(
                *(
                    None
                    if pd.isna(day[name]) or pd.isna(day[f"{name}_high_10"])
                    else day[name] >= day[f"{name}_high_10"]
                    for name in ("vix", "cor1m")
                )
            )
        )
        exchange = flag(day["zbt_signal_nyse"])
        thrust = any_of(
            flag(day["zbt_signal"]) if exchange is None else exchange,
            holds(day["whaley_5d"], ">", 0.735),
            flag(day["bam_signal"]),
            up,
        )
        exhausted_before = legs["exhaustion"][-1] if legs["exhaustion"] else None
        legs["exhaustion"].append(within_memory(tests["exhaustion"], MEMORY["exhaustion"], tests["high"]))
        lasts = None if tests["high"][-1] is None else not tests["high"][-1]
        tests["trigger"].append(all_of(thrust, exhausted_before, lasts))
        legs["trigger"].append(within_memory(tests["trigger"], MEMORY["trigger"], tests["high"]))
    closes = [day["index_close"] for day in days]
    stages = [stage_of(at, legs, tests, closes) for at in range(len(days))]
    return pd.DataFrame(
        {"session_date": [day["session_date"] for day in days], "stage": stages}
        | {f"{leg}_on": legs[leg] for leg in LEGS}
        | {f"{name}_test": tests[name] for name in tests}
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
        low, is_fixed, spent, fired, void = np.inf, False, False, False, False
        for day in range(claim, at + 1):
            close = closes[day]
            # what confirms is the surest exhaustion when in doubt of the claim, what voids the earliest and longest
            if taken(tests["high"][day], not doubt):
                spent = fired = False
            if taken(tests["high"][day], doubt):
                is_fixed = False
            if is_fixed and close < low:
                void = True
                break
            fired = fired or (spent and taken(tests["trigger"][day], doubt))
            if not is_fixed:
                low = min(low, close) if not pd.isna(close) else low
                is_fixed = taken(tests["exhaustion"][day], not doubt)
            spent = spent or taken(tests["exhaustion"][day], doubt)
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


def test_every_age_and_date_equals_the_loop(mart: pd.DataFrame, judged: pd.DataFrame) -> None:
    for leg in LEGS:
        last, ages = None, []
        for at, (held, is_high) in enumerate(zip(judged[f"{leg}_test"], judged.high_test, strict=True)):
            last = None if is_high and leg in ("exhaustion", "trigger") else last
            last = at if held else last
            ages.append(None if last is None else at - last)
        assert [None if pd.isna(age) else age for age in mart[f"{leg}_age"]] == ages, leg
        dates = [pd.NaT if age is None else mart.index[at - age] for at, age in enumerate(ages)]
        assert pd.Series(dates, mart.index).equals(mart[f"{leg}_date"].astype("datetime64[us]")), leg


def test_the_halves_of_positioning_have_the_dates_they_last_held(mart: pd.DataFrame, judged: pd.DataFrame) -> None:
    for half, name in (("managers", "asset_managers_sold"), ("followers", "trend_followers_sold")):
        held = judged[f"{half}_test"]
        assert [flag(value) for value in mart[name]] == held.to_list()
        dates = pd.Series(mart.index, mart.index).where(held.eq(True)).ffill()
        assert dates.equals(mart[f"{name}_date"].astype(dates.dtype))


def test_a_stage_has_the_age_of_its_unbroken_run(mart: pd.DataFrame) -> None:
    before, since = None, None
    for at, stage in enumerate(mart.stage):
        if pd.isna(stage):
            before = None
            assert pd.isna(mart.stage_age_sessions.iloc[at])
            assert pd.isna(mart.stage_since.iloc[at])
            continue
        since = since if stage == before else at
        before = stage
        assert mart.stage_age_sessions.iloc[at] == at - since
        assert mart.stage_since.iloc[at] == mart.index[since]


def test_no_exhaustion_on_a_new_high(mart: pd.DataFrame) -> None:
    at_high = (mart.vix_to_high_10 == 1) | (mart.cor1m_to_high_10 == 1)
    assert at_high.sum() > 200
    assert not mart.exhaustion_on[at_high].fillna(False).any()
    assert not mart.legs_met[at_high].str.contains("exhaustion|trigger").any()
    assert not (mart.stage[at_high] == "confirmed").any()
    assert mart.exhaustion_date[at_high].isna().all()


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
