"""The truncation law: a build that knows what was known at session T gives, up to T, what the full build gives."""

import shutil
from datetime import date

import duckdb
import pytest

from ingestion.calendar import cutoff, session_on_or_before
from orchestration.definitions import AS_OF
from tests.conftest import failures
from tests.laws import law

#: A quiet day, the end of the crash, a day before a holiday, the shock of December, and the last but one.
NAMED = {
    "sample": ["2018-02-05", "2019-01-04", "2020-03-23", "2022-06-13", "2024-07-03", "2024-12-18"],
    "folder": ["2011-08-08", "2015-08-24", "2018-12-24", "2020-03-23", "2022-10-12", "2024-12-27"],
}
#: One of the real market, which is beside the checkout in CI; `make laws` has them all.
IN_CI = [("folder", "2015-08-24")]
EVERY = [(market, day) for market, days in NAMED.items() for day in days]


@pytest.mark.ci
@pytest.mark.parametrize(("market", "day"), IN_CI)
def test_a_build_as_of_a_session_is_the_full_build_up_to_it(market, day, request, tmp_path):
    _hold(market, date.fromisoformat(day), request.getfixturevalue(f"{market}_whole"), tmp_path)


@pytest.mark.laws
@pytest.mark.parametrize(("market", "day"), EVERY)
def test_a_build_as_of_a_named_session_is_the_full_build_up_to_it(market, day, request, tmp_path):
    _hold(market, date.fromisoformat(day), request.getfixturevalue(f"{market}_whole"), tmp_path)


@pytest.mark.laws
@pytest.mark.parametrize("seed", range(20))
def test_a_build_as_of_a_random_session_is_the_full_build_up_to_it(seed, sample_whole, tmp_path):
    ordinal = date(2017, 6, 1).toordinal() + (seed * 7919 + 104729) % (date(2024, 12, 26) - date(2017, 6, 1)).days
    _hold("sample", session_on_or_before(date.fromordinal(ordinal)), sample_whole, tmp_path)


@pytest.mark.laws
def test_a_run_with_own_things_as_of_a_session_is_the_run_up_to_it(own_things_built, turn, tmp_path):
    """An own event is not known yet, and what is said of own universes needs nothing that came later."""
    whole = own_things_built.settings
    copied = whole.model_copy(update={"data": tmp_path, "mine": whole.mine_folder})
    shutil.copytree(whole.market_folder, copied.market_folder)
    with duckdb.connect(str(whole.published_path), read_only=True) as connection:
        asked = "select distinct session_date from marts.index_daily order by 1 desc limit 1 offset 44"
        ((session,),) = connection.execute(asked).fetchall()
        added = connection.execute("select min(session_date) from marts.event_gap_daily where event_id = 'mine'")
        assert session < added.fetchall()[0][0]
    result = turn(copied, job=AS_OF, request={"as_of": str(session)})
    assert result.success, failures(result)
    as_of = copied.as_of_path(str(session))
    with duckdb.connect(str(as_of), read_only=True) as connection:
        verdicts = "select universe_id from marts.verdict_daily where session_date = ? order by 1"
        assert connection.execute(verdicts, [session]).fetchall() == [("MINE",), ("SP500",)]
    found = law.differences(whole.warehouse_path, as_of, session)
    assert not found, "\n".join(map(str, found))


def test_the_law_notices_a_mart_that_looks_ahead(small_whole, tmp_path):
    """The comparison itself is tested: one cell moved by 1e-6 is found."""
    changed = tmp_path / "changed.duckdb"
    shutil.copy(small_whole, changed)
    with duckdb.connect(str(changed)) as connection:
        connection.execute(
            "update marts.volatility_daily set rv_21 = rv_21 + 1e-6 where session_date = date '2024-12-18'"
        )
    found = law.differences(small_whole, changed, date(2024, 12, 18))
    assert [(item.mart, item.column, item.rows) for item in found] == [("marts.volatility_daily", "rv_21", 1)]
    assert law.differences(small_whole, changed, date(2024, 12, 17)) == []


def test_the_law_notices_a_date_that_is_used_before_it_was_announced(sample_settings, tmp_path):
    """After the shutdown of 2018-19 the CFTC announced its dates on 2019-01-29.

    If raw rows call every announcement known from the beginning, a build as of an earlier day has them too; the law
    deletes by announced_on and finds the date.
    """
    session, marts = date(2019, 1, 4), {"calendar_ahead": ["session_date", "calendar_id"]}
    bound = {"session": session}
    raw = law.copy_raw(sample_settings.warehouse_path, tmp_path / "known.duckdb")
    with duckdb.connect(str(raw)) as connection:
        connection.execute("update raw.releases set known_at = timestamp '1900-01-01'")
    select = ("--select", *(f"+{mart}" for mart in marts))
    whole = law.build("sample", raw, tmp_path / "whole.duckdb", cutoff(date(2019, 3, 1)), select=select)
    as_of = law.build("sample", raw, tmp_path / "as_of.duckdb", cutoff(session), select=select)
    for mart, key in marts.items():
        assert law.compare(whole, as_of, f"marts.{mart}", key, "session_date <= $session", bound) == []

    assert law.truncate_calendars(raw, cutoff(session)) > 100
    truncated = law.build("sample", raw, tmp_path / "truncated.duckdb", cutoff(session), select=select)
    found = law.compare(
        whole, truncated, "marts.calendar_ahead", ["session_date", "calendar_id"], "session_date <= $session", bound
    )
    assert "event_date" in {item.column for item in found}
    assert all("positioning" in item.example for item in found if item.column == "event_date")


def test_only_the_exempt_marts_stand_outside_the_law(small_whole):
    with duckdb.connect(str(small_whole), read_only=True) as connection:
        marts = {
            row[0]
            for row in connection.execute(
                "select table_name from duckdb_tables() where schema_name = 'marts'"
            ).fetchall()
        }
        undated = {
            mart
            for mart in marts
            if not connection.execute(
                "select count(*) from duckdb_columns() where schema_name = 'marts' and table_name = ? "
                "and column_name = 'session_date'",
                [mart],
            ).fetchone()[0]
        }
    assert marts - law.EXEMPT == set(law.keys(small_whole)) & marts - law.EXEMPT, "every mart declares its key"
    assert undated <= law.EXEMPT | law.DATED_BY.keys(), "a mart without session_date says how its rows are dated"


def _hold(market, session, whole, tmp_path):
    raw = law.copy_raw(whole, tmp_path / "known.duckdb")
    law.truncate_calendars(raw, cutoff(session))
    as_of = law.build(market, raw, tmp_path / "as_of.duckdb", cutoff(session))
    found = law.differences(whole, as_of, session)
    assert not found, "\n".join(map(str, found))
