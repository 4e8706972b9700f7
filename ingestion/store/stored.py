"""What raw already holds, as the live sources need it: who is known, up to when, at which closes, and what was missing.

Reads only, each query on a connection of its own; warehouse.py and vintages.py write.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pandas as pd

from ingestion.store.vintages import NAMED
from ingestion.store.warehouse import Warehouse
from ingestion.tables import RAW_TABLES

#: A day counts as traded when at least this share of the names of the busiest recent day have a bar of it.
TRADED_SHARE = 0.5


@dataclass(frozen=True)
class Extent:
    """The first and the newest day of which something is stored, and whether the first is the day of a split: then the
    bars before it may have been set aside, since they were not adjusted for it."""

    first: date
    newest: date
    begins_with_split: bool = False


class Stored:
    """Queries of the raw tables of one market; without a warehouse the answers are empty."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def extents(self) -> dict[str, Extent]:
        """Symbol -> the days its stored bars span."""
        rows = self._query(
            f"""
            select
                named.symbol, min(bars.obs_date), max(bars.obs_date),
                arg_min(coalesce(bars.split, 1), bars.obs_date) <> 1
            from raw.prices as bars
            inner join {NAMED} as named using (security_id)
            group by named.symbol
            """
        )
        return {symbol: Extent(*days) for symbol, *days in rows}

    def holes(self, sessions: pd.DataFrame) -> dict[str, date]:
        """Symbol -> the first of `sessions` (session_date) between its first and newest bar of which it has none."""
        rows = self._query(
            f"""
            with numbered_sessions as (
                select
                    session_date::date as session_date,
                    row_number() over (order by session_date) as session_number
                from given_sessions
            ),

            bars as (
                select distinct prices.security_id, numbered_sessions.session_number
                from raw.prices
                inner join numbered_sessions on prices.obs_date = numbered_sessions.session_date
            ),

            broken_names as (
                select security_id
                from bars
                group by security_id
                having max(session_number) - min(session_number) >= count(*)
            ),

            next_bars as (
                select
                    bars.security_id,
                    bars.session_number,
                    lead(bars.session_number) over (
                        partition by bars.security_id order by bars.session_number
                    ) as next_number
                from bars
                inner join broken_names using (security_id)
            ),

            first_holes as (
                select security_id, min(session_number) + 1 as session_number
                from next_bars
                where next_number > session_number + 1
                group by security_id
            )

            select named.symbol, min(numbered_sessions.session_date)
            from first_holes
            inner join numbered_sessions using (session_number)
            inner join {NAMED} as named using (security_id)
            group by named.symbol
            """,
            given_sessions=sessions,
        )
        return dict(rows)

    def closes(self, since: dict[str, date]) -> pd.DataFrame:
        """Stored closes (symbol, obs_date, close) of each symbol from its day on, newest vintage of each day."""
        requested = pd.DataFrame({"symbol": list(since), "since": pd.to_datetime(list(since.values()))})
        rows = self._query(
            f"""
            select named.symbol, bars.obs_date, arg_max(bars.close, (bars.known_at, bars.batch_id))
            from raw.prices as bars
            inner join {NAMED} as named using (security_id)
            inner join requested on named.symbol = requested.symbol and bars.obs_date >= requested.since
            group by named.symbol, bars.obs_date
            order by named.symbol, bars.obs_date
            """,
            requested=requested,
        )
        closes = pd.DataFrame(rows, columns=["symbol", "obs_date", "close"])
        return closes.astype({"symbol": "object", "obs_date": "datetime64[us]", "close": "float64"})

    def traded_days(self, newest: int = 60) -> tuple[date, ...]:
        """The newest days on which most names that trade these days have a bar, oldest first."""
        rows = self._query(
            """
            with daily_counts as (
                select obs_date, count(distinct security_id) as names
                from raw.prices
                where obs_date > (select max(obs_date) from raw.prices) - interval 120 days
                group by obs_date
            )

            select obs_date
            from daily_counts
            where names >= ? * (select max(names) from daily_counts)
            order by obs_date desc
            limit ?
            """,
            [TRADED_SHARE, newest],
        )
        return tuple(sorted(day for (day,) in rows))

    def equities(self) -> dict[str, date | None]:
        """Every equity known -> the day its newest membership ended; None for members and where no spell is known."""
        rows = self._query(
            f"""
            with spells as (
                select index_id, security_id, valid_from, arg_max(
                    coalesce(valid_to, date '9999-12-31'), (known_at, batch_id)
                ) as valid_to
                from raw.index_membership
                group by index_id, security_id, valid_from
            ),

            ends as (
                select security_id, max(valid_to) as valid_to
                from spells
                where valid_to > valid_from
                group by security_id
            )

            select named.symbol, max(ends.valid_to)
            from {NAMED} as named
            left join ends using (security_id)
            where named.is_equity
            group by named.symbol
            order by named.symbol
            """
        )
        return {symbol: end if end is None or end.year < 9999 else None for symbol, end in rows}

    def unknown_since(self, source: str, day: datetime) -> frozenset[str]:
        """Names that `source` did not know when their bars were requested at `day` (naive UTC) or later."""
        rows = self._query(
            """
            select accounts
            from raw.ingestion_runs
            where source = ? and table_name = 'prices' and started_at >= ? and accounts is not null
            """,
            [source, day],
        )
        accounts = (account for (logged,) in rows for account in json.loads(logged))
        return frozenset(account["symbol"] for account in accounts if account["status"] == "unknown")

    def failed_since(self, source: str, day: datetime) -> frozenset[str]:
        """Names whose request `source` did not answer, or not in their shape, at `day` (naive UTC) or later."""
        rows = self._query(
            """
            select accounts
            from raw.ingestion_runs
            where source = ? and started_at >= ? and accounts is not null
            """,
            [source, day],
        )
        accounts = (account for (logged,) in rows for account in json.loads(logged))
        return frozenset(account["symbol"] for account in accounts if account["status"] in ("unavailable", "refused"))

    def spells(self, index_id: str) -> pd.DataFrame:
        """Stored spells (symbol, valid_from, valid_to) of one index, newest vintage of each, without retracted ones."""
        rows = self._query(
            f"""
            with newest as (
                select security_id, valid_from, arg_max(
                    coalesce(valid_to, date '9999-12-31'), (known_at, batch_id)
                ) as valid_to
                from raw.index_membership
                where index_id = ?
                group by security_id, valid_from
            )

            select named.symbol, newest.valid_from, newest.valid_to
            from newest
            inner join {NAMED} as named using (security_id)
            where newest.valid_to > newest.valid_from
            order by named.symbol, newest.valid_from
            """,
            [index_id],
        )
        frame = pd.DataFrame(rows, columns=["symbol", "valid_from", "valid_to"])
        frame["valid_to"] = [end if end.year < 9999 else None for end in frame["valid_to"]]
        return frame

    def newest(self, table: str) -> date | None:
        """The newest day that raw.<table> describes."""
        raw = RAW_TABLES[table]
        rows = self._query(f"select max({raw.described}) from raw.{raw.name}")
        return rows[0][0] if rows else None

    def _query(self, sql: str, values: list[object] | None = None, **frames: pd.DataFrame) -> list[tuple[Any, ...]]:
        if not self._warehouse.path.exists():
            return []
        with self._warehouse.reading() as connection:
            for name, frame in frames.items():
                connection.register(name, frame)
            return connection.execute(sql, values or []).fetchall()
