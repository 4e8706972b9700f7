"""Levels put into raw: a market whose next session is a hair to either side of a level, built by the models.

An input is changed on several days of one build, so far apart that no window of a later day reaches an earlier one.
"""

import math
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from ingestion.settings import Settings
from tests.conftest import NOW
from tests.laws import law
from tests.marts.built import read

#: Input -> its levels, and the sessions after which no window of the input's tests reaches back (Zweig's average keeps
#: less than 1e-12 of what is 140 sessions old).
INPUTS = {
    "vix": (
        (
            "vix_backwardation", "vix_stressed", "vix_calm", "vix_leg", "vix_off_high", "vix_jump", "vix_climb",
            "vix_high",
        ),
        256,
    ),
    "cor1m": (
        ("cor1m_floor", "cor1m_elevated", "cor1m_leg", "cor1m_off_high", "cor1m_jump", "cor1m_inverted"), 256,
    ),
    "index": (
        ("index_high_252", "index_near_high", "index_correction", "index_high_63", "index_anchor:2024-11-11"), 256,
    ),
    "ratio": (("mega_caps_leading",), 70),
    "members": (("declines_90", "zweig_armed", "zweig_fired"), 140),
    "exchange": (("zweig_armed_nyse", "zweig_fired_nyse"), 140),
}  # fmt: skip

#: Levels whose test reads no session before the next but the last.
OF_ONE_SESSION = ("vix_backwardation", "vix_high", "cor1m_inverted")

#: What the changed inputs go through; the rest of the warehouse is not read.
MODELS = (
    "stg_price_vintages", "stg_series_vintages", "stg_exchange_breadth", "int_name_days", "int_asset_days",
    "int_series_days", "int_session_changes", "int_breadth_counts", "int_breadth_measures", "index_daily",
    "volatility_daily", "implied_correlation_daily", "relative_performance_daily", "event_performance_daily",
)  # fmt: skip

SIDES = (-1, 1)


@dataclass(frozen=True)
class Try:
    """A level of a session that the next session is put beside."""

    level_id: str
    day: date
    following: date
    level: float
    comparator: str


@pytest.fixture(scope="module")
def tries(published: Path, sample_settings: Settings) -> dict[str, list[Try]]:
    """By input: for each of its levels a session that has it, none within the windows that a later one's test reads."""
    mart = read(published, "select * from marts.levels_next where level is not null")
    sessions = read(sample_settings.warehouse_path, "select session_date from intermediate.int_sessions order by 1")
    place = {day: number for number, day in enumerate(sessions.session_date)}
    breadth = "select * from marts.breadth_daily where universe_id = 'SP500' and segment_id = 'ALL'"
    valid = read(published, breadth).set_index("session_date").valid
    same_valid = set(valid.index[valid == valid.shift(-1)])
    found: dict[str, list[Try]] = {}
    for name, (level_ids, apart) in INPUTS.items():
        taken: list[tuple[int, int]] = []
        rows = {level_id: mart[mart.level_id == level_id] for level_id in level_ids}
        # the rarest level chooses first
        for level_id in sorted(level_ids, key=lambda one: len(rows[one])):
            reach = 2 if level_id in OF_ONE_SESSION else apart
            for row in rows[level_id].iloc[::-1].itertuples():
                at = place[row.session_date]
                near = any(abs(at - other) < (reach if at > other else its_reach) for other, its_reach in taken)
                if (
                    near
                    or at < 300
                    or at + 1 >= len(place)
                    or (name == "members" and row.session_date not in same_valid)
                ):
                    continue
                taken.append((at, reach))
                following = sessions.session_date[at + 1].date()
                one = Try(level_id, row.session_date.date(), following, row.level, row.comparator)
                found.setdefault(name, []).append(one)
                break
    return found


def test_every_level_is_tried(tries: dict[str, list[Try]]) -> None:
    tried = {one.level_id for rows in tries.values() for one in rows}
    assert tried == {level_id for level_ids, _ in INPUTS.values() for level_id in level_ids}


@pytest.fixture(scope="module")
def built(
    tries: dict[str, list[Try]], sample_settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> dict[int, Path]:
    """A warehouse with every next session a hair below its level, and one with every next session above."""
    warehouses = {}
    for side in SIDES:
        warehouse = tmp_path_factory.mktemp("side") / "warehouse.duckdb"
        shutil.copy(sample_settings.warehouse_path, warehouse)
        with duckdb.connect(str(warehouse)) as connection:
            for name, rows in tries.items():
                for one in rows:
                    CHANGES[name](connection, one, side)
        warehouses[side] = law.build("sample", warehouse, warehouse, NOW, select=("--select", *MODELS))
    return warehouses


def set_series(connection: duckdb.DuckDBPyConnection, series_id: str, day: date, value: float) -> None:
    """The close of a Cboe series on a day."""
    changed = connection.execute(
        "update raw.index_levels set close = ? where series_id = ? and obs_date = ?", [value, series_id, day]
    ).fetchone()
    assert changed
    assert changed[0] > 0


def series(name: str, others: tuple[str, ...]) -> Callable[[duckdb.DuckDBPyConnection, Try, int], None]:
    """A change of one Cboe series; the others stay as they were on the day before."""

    def change(connection: duckdb.DuckDBPyConnection, one: Try, side: int) -> None:
        for other in others:
            value = connection.execute(
                "select close from raw.index_levels where series_id = ? and obs_date = ?", [other, one.day]
            ).fetchone()
            set_series(connection, other, one.following, value[0])
        set_series(connection, name, one.following, one.level + side * 1e-6)

    return change


def set_close(connection: duckdb.DuckDBPyConnection, symbol: str, day: date, close: float) -> None:
    """The close of a symbol on a day."""
    changed = connection.execute(
        "update raw.prices set close = ?, adj_close = null where obs_date = ? and security_id in "
        "(select security_id from raw.securities where symbol = ?)",
        [close, day, symbol],
    ).fetchone()
    assert changed
    assert changed[0] > 0


def change_index(connection: duckdb.DuckDBPyConnection, one: Try, side: int) -> None:
    set_close(connection, "^GSPC", one.following, one.level * (1 + side * 1e-9))


def change_ratio(connection: duckdb.DuckDBPyConnection, one: Try, side: int) -> None:
    """SPY moves so that the mega-caps, which stay, reach the ratio."""
    ratios = dict(
        connection.execute(
            "select session_date, log_ratio from marts.relative_performance_daily where pair_id = 'MAG7/SPY'"
        ).fetchall()
    )
    close, dividend = connection.execute(
        "select close, dividend from raw.prices where obs_date = ? and security_id in "
        "(select security_id from raw.securities where symbol = 'SPY')",
        [one.following],
    ).fetchone()
    wanted = math.log(one.level * (1 + side * 1e-9) / 100)
    set_close(
        connection, "SPY", one.following, (close + dividend) * math.exp(ratios[one.following] - wanted) - dividend
    )


def change_members(connection: duckdb.DuckDBPyConnection, one: Try, side: int) -> None:
    """So many members rise, all others fall."""
    closes = connection.execute(
        """
        select days.security_id, days.close
        from intermediate.int_name_days as days
        inner join intermediate.int_name_days as following
            on days.security_id = following.security_id and days.session_number + 1 = following.session_number
        inner join intermediate.int_memberships as members
            on days.security_id = members.security_id and members.universe_id = 'SP500'
            and following.session_date >= members.valid_from and following.session_date < members.valid_to
        where days.session_date = ?
        order by days.security_id
        """,
        [one.day],
    ).fetchall()
    if one.level_id == "declines_90":
        rising = len(closes) - (round(one.level) if side > 0 else round(one.level) - 1)
    else:
        rising = share_beside(one.level, len(closes), side)
    for place, (security_id, close) in enumerate(closes):
        connection.execute(
            "update raw.prices set close = ?, volume = 1000 where security_id = ? and obs_date = ?",
            [close * (1.01 if place < rising else 0.99), security_id, one.following],
        )


def share_beside(share: float, issues: int, side: int) -> int:
    """The nearest whole number of issues whose share is above or below."""
    return math.floor(share * issues) + 1 if side > 0 else math.ceil(share * issues) - 1


def change_exchange(connection: duckdb.DuckDBPyConnection, one: Try, side: int) -> None:
    issues = 10_000_000
    rising = share_beside(one.level, issues, side)
    changed = connection.execute(
        "update raw.exchange_breadth set advances = ?, declines = ? where obs_date = ?",
        [rising, issues - rising, one.following],
    ).fetchone()
    assert changed
    assert changed[0] > 0


CHANGES = {
    "vix": series("VIX", ("VIX3M",)),
    "cor1m": series("COR1M", ("COR3M",)),
    "index": change_index,
    "ratio": change_ratio,
    "members": change_members,
    "exchange": change_exchange,
}

VIX = "from marts.volatility_daily where session_date = $day"
COR1M = "from marts.implied_correlation_daily where session_date = $day"
INDEX = "from marts.index_daily where index_id = 'SP500' and session_date = $day"
BREADTH = "from intermediate.int_breadth_measures where segment_id = 'ALL' and session_date = $day and universe_id = "

#: The test of each level as its mart has it.
TESTS = {
    "vix_backwardation": f"select is_vix_backwardation {VIX}",
    "vix_stressed": f"select vix_pctl_252 >= 80 {VIX}",
    "vix_calm": f"select vix_pctl_252 <= 40 {VIX}",
    "vix_leg": f"select vix_pctl_252 >= 95 {VIX}",
    "vix_off_high": f"select vix <= 0.8 * vix_high_10 {VIX}",
    "vix_jump": f"select vix_chg_1d_pct >= 30 {VIX}",
    "vix_climb": f"select vix >= 25 and vix_low_10 < 18 {VIX}",
    "vix_high": f"select vix >= 25 {VIX}",
    "cor1m_floor": f"select cor1m_pctl_252 <= 10 {COR1M}",
    "cor1m_elevated": f"select cor1m_pctl_252 >= 80 {COR1M}",
    "cor1m_leg": f"select cor1m_pctl_252 >= 95 {COR1M}",
    "cor1m_off_high": f"select cor1m <= 0.8 * cor1m_high_10 {COR1M}",
    "cor1m_jump": f"select cor1m_chg_5d >= 10 {COR1M}",
    "cor1m_inverted": f"select is_correlation_inverted {COR1M}",
    "index_high_252": f"select close_to_high_252 >= 1 {INDEX}",
    "index_near_high": f"select is_near_high {INDEX}",
    "index_correction": f"select close_to_high_252 <= 0.9 {INDEX}",
    "index_high_63": (
        "select is_high from (select session_date, close >= max(close) over (order by session_date rows 62 preceding) "
        "as is_high from marts.index_daily where index_id = 'SP500') where session_date = $day"
    ),
    "index_anchor:2024-11-11": (
        "select below_anchor from marts.event_performance_daily "
        "where event_id = '2024-11-11' and series_id = '^GSPC' and session_date = $day"
    ),
    "mega_caps_leading": (
        "select rs_state like 'leading%' from marts.relative_performance_daily "
        "where pair_id = 'MAG7/SPY' and session_date = $day"
    ),
    "declines_90": f"select 100 * declines / valid >= 90 {BREADTH} 'SP500'",
    "zweig_armed": f"select adv_ratio_ema10 < 0.4 {BREADTH} 'SP500'",
    "zweig_fired": f"select zbt_signal {BREADTH} 'SP500'",
    "zweig_armed_nyse": f"select adv_ratio_ema10 < 0.4 {BREADTH} 'NYSE'",
    "zweig_fired_nyse": f"select zbt_signal {BREADTH} 'NYSE'",
}


def met(warehouse: Path, one: Try) -> bool:
    """Whether the test of a level is met in the session after."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        ((answer,),) = connection.execute(TESTS[one.level_id], {"day": one.following}).fetchall()
    assert answer is not None, one
    return bool(answer)


def test_a_hair_to_either_side_of_a_level_flips_the_test_that_is_built(
    built: dict[int, Path], tries: dict[str, list[Try]]
) -> None:
    found = [
        {"level": one.level_id, "below": met(built[-1], one), "above": met(built[1], one), "compares": one.comparator}
        for one in all_of(tries)
    ]
    wrong = [
        row for row in found if (row["below"], row["above"]) != (row["compares"][0] == "<", row["compares"][0] == ">")
    ]
    assert not wrong, pd.DataFrame(wrong).to_string()


def all_of(tries: dict[str, list[Try]]) -> Iterator[Try]:
    """Every try of every input."""
    for rows in tries.values():
        yield from rows
