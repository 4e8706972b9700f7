"""Incremental equals full: after new sessions, a split, a restated close, a late row, a name that comes back after more
than a year, changes of membership and of weights, the daily runs have the numbers of a build from nothing."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from tests.conftest import NOW
from tests.laws import law

pytestmark = pytest.mark.ci

#: Everything after this day is not loaded at first.
HELD_BACK_FROM = date(2024, 12, 20)

#: The first day of the shortened market.
FIRST = date(2022, 7, 1)

#: The incremental tables between name-days and marts, with their keys.
INCREMENTAL = {
    "int_name_days": ["security_id", "session_number"],
    "int_breadth_counts": ["universe_id", "segment_id", "session_number"],
    "int_ladder_counts": ["universe_id", "session_number", "rung"],
    "int_member_return_days": ["universe_id", "session_number"],
    "int_correlation_windows": ["universe_id", "session_number", "window_sessions"],
}


@pytest.fixture(scope="module")
def run_daily(sample_settings, published, tmp_path_factory) -> Path:
    """A warehouse of the sample market built day by day through every kind of change, incrementally."""
    folder = tmp_path_factory.mktemp("incremental")
    whole = law.copy_raw(sample_settings.warehouse_path, folder / "whole.duckdb")
    with duckdb.connect(str(whole)) as connection:
        _shorten(connection)
    daily = law.copy_raw(whole, folder / "warehouse.duckdb")
    with duckdb.connect(str(daily)) as connection:
        for table in ("prices", "index_levels", "macro_observations", "positioning", "exchange_breadth"):
            connection.execute(f"delete from raw.{table} where obs_date >= ?", [HELD_BACK_FROM])
        assert _absence(connection) > 300
    law.build("sample", daily, daily, NOW)

    batch = 1000
    for changes in (
        (_restated_close, _split, _late_row, _new_member, *3 * [_new_session]),
        (_leaver, _restated_weight),
    ):
        for change in changes:
            batch += 1
            with duckdb.connect(str(daily)) as connection:
                connection.execute(f"attach '{whole}' as whole (read_only)")
                assert change(connection, batch) > 0, change.__name__
        law.build("sample", daily, daily, NOW, full=False)
    return daily


@pytest.fixture(scope="module")
def rebuilt(run_daily) -> Path:
    """The same raw tables built from nothing."""
    raw = law.copy_raw(run_daily, run_daily.parent / "rebuilt.duckdb")
    renamed = raw.parent / "from_nothing" / "warehouse.duckdb"
    renamed.parent.mkdir()
    raw.rename(renamed)
    return law.build("sample", renamed, renamed, NOW)


def test_the_marts_of_daily_runs_are_those_of_a_full_build(run_daily, rebuilt):
    found = law.differences(rebuilt, run_daily, date(2024, 12, 31))
    assert not found, "\n".join(map(str, found))


@pytest.mark.parametrize("table", INCREMENTAL)
def test_the_incremental_tables_of_daily_runs_are_those_of_a_full_build(table, run_daily, rebuilt):
    found = law.compare(rebuilt, run_daily, f"intermediate.{table}", INCREMENTAL[table])
    assert not found, "\n".join(map(str, found))


def test_the_daily_runs_saw_the_split_and_the_restated_close(run_daily):
    with duckdb.connect(str(run_daily), read_only=True) as connection:
        restated = connection.execute(
            "select count(*) from marts.data_quality where check_id = 'restatement' and table_name = 'prices'"
        ).fetchone()[0]
        newest = connection.execute("select max(session_date) from marts.breadth_daily").fetchone()[0]
    assert restated >= 2
    assert newest == date(2024, 12, 24)


def _shorten(connection) -> None:
    """Two and a half years of every fourth made-up name: what changes needs no more, and there are four builds."""
    dropped = "select security_id from raw.securities where symbol similar to 'Z..\\d\\d' and security_id % 4 <> 0"
    kept = "select security_id from raw.securities where symbol = 'ZCP10'"
    for table in ("prices", "index_membership", "index_weights"):
        connection.execute(f"delete from raw.{table} where security_id in ({dropped}) and security_id not in ({kept})")
    for table in ("prices", "index_levels", "positioning", "exchange_breadth"):
        connection.execute(f"delete from raw.{table} where obs_date < ?", [FIRST])


def _absence(connection) -> int:
    """A member has no bars for more than a year before the sessions that are held back."""
    return connection.execute(
        """
        delete from raw.prices
        where security_id = (select min(security_id) from raw.securities where symbol = 'ZCP10')
            and obs_date >= date '2023-06-01'
        """
    ).fetchone()[0]


def _new_session(connection, batch: int) -> int:
    """The next session arrives in every table."""
    day = connection.execute("select max(obs_date) from raw.prices").fetchone()[0]
    following = connection.execute("select min(obs_date) from whole.raw.prices where obs_date > ?", [day]).fetchone()[0]
    stored = 0
    for table in ("prices", "index_levels", "macro_observations", "positioning", "exchange_breadth"):
        stored += connection.execute(
            f"insert into raw.{table} select * replace (?::integer as batch_id) from whole.raw.{table} "
            "where obs_date > ? and obs_date <= ?",
            [batch, day, following],
        ).fetchone()[0]
    return stored


def _restated_close(connection, batch: int) -> int:
    """A close of a year ago is corrected by 5 %."""
    return connection.execute(
        """
        insert into raw.prices
        select * replace (close * 1.05 as close, ?::integer as batch_id, timestamp '2024-12-20 23:30:00' as known_at)
        from raw.prices
        where security_id = (select min(security_id) from raw.securities where symbol = 'MSFT')
            and obs_date = date '2023-11-10'
        """,
        [batch],
    ).fetchone()[0]


def _split(connection, batch: int) -> int:
    """A 4-for-1 split on the newest session restates the whole history of a member."""
    return connection.execute(
        """
        insert into raw.prices
        select * exclude (newest, age) replace (
            open / 4 as open, high / 4 as high, low / 4 as low, close / 4 as close, adj_close / 4 as adj_close,
            dividend / 4 as dividend, volume * 4 as volume,
            case when obs_date = newest then 4.0 else split end as split,
            case when obs_date = newest then later_splits else 4 * later_splits end as later_splits,
            ?::integer as batch_id, timestamp '2024-12-23 23:30:00' as known_at
        )
        from (
            select
                *,
                max(obs_date) over () as newest,
                row_number() over (partition by obs_date order by known_at desc, batch_id desc) as age
            from raw.prices
            where security_id = (select min(security_id) from raw.securities where symbol = 'NVDA')
        )
        where age = 1
        """,
        [batch],
    ).fetchone()[0]


def _late_row(connection, batch: int) -> int:
    """A bar that was missing from a history (a missing day, a halt) arrives late, with the close of the day before."""
    return connection.execute(
        """
        insert into raw.prices
        with gaps as (
            select prices.security_id, prices.obs_date, following.session_date as missing_date
            from raw.prices
            inner join raw.sessions on prices.obs_date = sessions.session_date
            inner join raw.sessions as following on following.session_number = sessions.session_number + 1
            where not exists (
                    select 1 from raw.prices as held
                    where held.security_id = prices.security_id and held.obs_date = following.session_date
                )
                and following.session_date between date '2022-08-01' and date '2024-12-01'
            order by prices.obs_date desc, prices.security_id
            limit 1
        )

        select prices.* replace (
            gaps.missing_date as obs_date, ?::integer as batch_id, timestamp '2024-12-23 23:45:00' as known_at
        )
        from raw.prices
        inner join gaps on prices.security_id = gaps.security_id and prices.obs_date = gaps.obs_date
        """,
        [batch],
    ).fetchone()[0]


def _new_member(connection, batch: int) -> int:
    """A name that was no member joins the index from an earlier day on."""
    return connection.execute(
        """
        insert into raw.index_membership
            (index_id, security_id, valid_from, valid_to, known_at, ingested_at, batch_id, source)
        select
            'SP500', min(security_id), ?::date, null, timestamp '2024-11-01 13:30:00',
            timestamp '2024-12-23 23:50:00', ?, 'sample'
        from raw.securities
        where asset_type = 'equity' and security_id not in (select security_id from raw.index_membership)
        """,
        [date(2024, 11, 1), batch],
    ).fetchone()[0]


def _leaver(connection, batch: int) -> int:
    """It becomes known that a member left the index a month ago."""
    return connection.execute(
        """
        insert into raw.index_membership
        select * replace (
            date '2024-11-22' as valid_to, ?::integer as batch_id, timestamp '2024-12-24 12:00:00' as known_at
        )
        from raw.index_membership
        where security_id = (select min(security_id) from raw.securities where symbol = 'AAPL')
            and index_id = 'SP500'
        """,
        [batch],
    ).fetchone()[0]


def _restated_weight(connection, batch: int) -> int:
    """The weight of a member at the oldest holdings is corrected."""
    return connection.execute(
        """
        insert into raw.index_weights
        select * replace (weight * 1.5 as weight, ?::integer as batch_id)
        from raw.index_weights
        where security_id = (select min(security_id) from raw.securities where symbol = 'MSFT')
            and obs_date = (select min(obs_date) from raw.index_weights)
        """,
        [batch],
    ).fetchone()[0]
