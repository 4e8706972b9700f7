"""A made-up market of any size, straight into a warehouse: raw tables as ingestion makes them, without its checks.

The last session is kept back in a file, so that it can arrive as a daily run's batch. Prices are what a full rebuild
meets: random walks with a dividend a quarter, a bar in a thousand missing, pairs of days repeated without volume.
"""

from datetime import date, datetime
from pathlib import Path

import duckdb

from ingestion.loading import load_calendar
from ingestion.settings import Settings
from ingestion.store.warehouse import Warehouse

#: The newest session of every made market, and the clock of its builds (naive UTC).
LAST = date(2024, 12, 31)
NOW = datetime(2025, 1, 1, 12)

SESSIONS_A_YEAR = 252
SECTORS = 11

FIRST_BATCH, DAILY_BATCH = 1, 2

_BARS = """
create temp table bars as
with sessions as (
    select session_number, session_date
    from (select * from raw.sessions where session_date <= $last order by session_date desc limit $sessions)
),

drawn as (
    select
        names.security_id::integer as security_id,
        sessions.session_number,
        sessions.session_date as obs_date,
        -- twelve uniform numbers less six are nearly normal
        {normal} as shock,
        hash(names.security_id, sessions.session_number, 'missing') % 1000 = 0 as is_missing,
        hash(names.security_id, sessions.session_number // 2, 'silent') % 1000 = 0 as is_repeated,
        (names.security_id * 7 + sessions.session_number) % 63 = 0 as pays
    from range(1, $names + 2) as names (security_id)
    cross join sessions
),

walked as (
    select
        *,
        round(
            (20 + security_id % 180) * exp(
                sum(case when is_repeated then 0 else 0.0002 + 0.017 * shock end) over by_name
            ), 4
        ) as close
    from drawn
    window by_name as (partition by security_id order by session_number rows unbounded preceding)
)

select
    security_id,
    obs_date,
    close,
    case when is_repeated then 0 else 100000 + hash(session_number, security_id) % 900000 end::double as volume,
    case when pays then round(close * 0.005, 2) else 0 end::double as dividend
from walked
-- the index fund trades every day
where not is_missing or security_id = $names + 1
"""

_PRICES = """
insert into raw.prices
select
    security_id, obs_date, close as open, close as high, close as low, close, close as adj_close, volume, dividend,
    1.0 as split, 1.0 as later_splits, obs_date + interval 23 hours as known_at, $now as ingested_at,
    $batch as batch_id, 'made' as source
from {bars}
order by obs_date, security_id
"""


def make(settings: Settings, names: int, years: int) -> None:
    """Fill an empty warehouse with `names` members of one index and a fund, all but the last of `years` of sessions.

    Writes the same bars as bars.parquet (by security and day) and the last session as last.parquet beside it.
    """
    warehouse = Warehouse(settings)
    warehouse.create()
    load_calendar(warehouse, NOW)
    normal = " + ".join(
        f"hash(names.security_id, sessions.session_number, {draw}) % 1000000 / 1e6" for draw in range(12)
    )
    with warehouse.writing() as connection:
        connection.execute("set enable_progress_bar = false")
        connection.execute(
            _BARS.format(normal=f"({normal} - 6)"),
            {"last": LAST, "sessions": years * SESSIONS_A_YEAR, "names": names},
        )
        connection.execute(
            _PRICES.format(bars="(select * from bars where obs_date < $last)"),
            {"now": NOW, "batch": FIRST_BATCH, "last": LAST},
        )
        connection.execute(f"copy (select * from bars where obs_date = '{LAST}') to '{last_session(settings)}'")
        connection.execute(
            f"""
            copy (
                select bars.*, session_number::integer as session_number
                from bars
                inner join raw.sessions on obs_date = session_date
                order by security_id, obs_date
            ) to '{bars(settings)}'
            """
        )
        connection.execute("drop table bars")
        _describe(connection, names)


def arrive(settings: Settings) -> None:
    """The last session arrives, as the batch of a daily run."""
    with Warehouse(settings).writing() as connection:
        connection.execute(_PRICES.format(bars=f"'{last_session(settings)}'"), {"now": NOW, "batch": DAILY_BATCH})


def split(settings: Settings) -> None:
    """A 2-for-1 split of the first name on the last session: every bar of it comes again in another vintage."""
    with Warehouse(settings).writing() as connection:
        connection.execute(
            """
            insert into raw.prices
            select * replace (
                open / 2 as open, high / 2 as high, low / 2 as low, close / 2 as close, adj_close / 2 as adj_close,
                volume * 2 as volume, dividend / 2 as dividend,
                case when obs_date = $last then 2.0 else 1.0 end as split,
                case when obs_date = $last then 1.0 else 2.0 end as later_splits,
                $now as known_at, $now as ingested_at, $batch as batch_id
            )
            from raw.prices
            where security_id = 1
            """,
            {"last": LAST, "now": NOW, "batch": DAILY_BATCH},
        )


def bars(settings: Settings) -> Path:
    """Every bar of the market: security_id, obs_date, close, volume, dividend, session_number."""
    return settings.market_folder / "bars.parquet"


def last_session(settings: Settings) -> Path:
    """The bars of the session kept back."""
    return settings.market_folder / "last.parquet"


def _describe(connection: duckdb.DuckDBPyConnection, names: int) -> None:
    """Who the names are: members of the index in one of eleven sectors, and the fund SPY."""
    connection.execute(
        """
        insert into raw.securities
            (symbol, valid_from, security_id, name, asset_type, gics_sector, known_at, ingested_at, batch_id, source)
        select
            case when security_id > $names then 'SPY' else printf('N%04d', security_id) end,
            date '1900-01-01', security_id, 'made up', case when security_id > $names then 'etf' else 'equity' end,
            case when security_id <= $names then 'Sector ' || security_id % $sectors end,
            timestamp '1900-01-01', $now, $batch, 'made'
        from range(1, $names + 2) as names (security_id)
        """,
        {"names": names, "sectors": SECTORS, "now": NOW, "batch": FIRST_BATCH},
    )
    connection.execute(
        """
        insert into raw.index_membership
        select 'SP500', security_id, date '1900-01-01', null, timestamp '1900-01-01', $now, $batch, 'made'
        from raw.securities
        where asset_type = 'equity'
        """,
        {"now": NOW, "batch": FIRST_BATCH},
    )
