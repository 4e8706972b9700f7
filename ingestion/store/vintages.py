"""The append of vintages: which arriving rows are new, which restate a stored one, and which identity a symbol has.

Raw is append-only: a row is added only where its values differ from the newest stored vintage, so nothing that a source
sent is ever lost and a second run adds nothing.
"""

from dataclasses import dataclass
from datetime import datetime

import duckdb
import pandas as pd

from ingestion.tables.base import LogTable, RawTable

#: Relative difference up to which two values of the same row are one value: sources repeat rows with float noise of
#: about 1e-7 (seen in Yahoo's bars), while the smallest real correction, a cent on a 1,000-dollar stock, is 1e-5.
SAME_VALUE = 1e-6


#: `source` of the row of raw.securities by which a ticker gives its company to the one that came after it.
RENAMED = "renamed"

#: Each ticker with the security that carries it by its newest vintage, and the batch in which it was given up.
IDENTITIES = f"""
(
    select
        symbol, valid_from, arg_max(security_id, (known_at, batch_id)) as security_id,
        max(batch_id) filter (where source = '{RENAMED}') as given_up,
        bool_or(asset_type = 'equity') as is_equity
    from raw.securities
    group by symbol, valid_from
)
"""

#: Each security once, under the ticker that it carries now.
NAMED = f"""
(
    select *
    from {IDENTITIES}
    qualify row_number() over (partition by security_id order by given_up nulls first, symbol, valid_from) = 1
)
"""


@dataclass(frozen=True)
class Appended:
    """Counts of the rows of one append; received = new + unchanged + restated."""

    received: int = 0
    new: int = 0
    unchanged: int = 0
    restated: int = 0

    def __add__(self, other: "Appended") -> "Appended":
        return Appended(*(mine + theirs for mine, theirs in zip(self._counts(), other._counts(), strict=True)))

    def _counts(self) -> tuple[int, int, int, int]:
        return self.received, self.new, self.unchanged, self.restated


def creation(table: RawTable | LogTable) -> str:
    """The SQL that creates a raw table where it is missing."""
    shape = ", ".join(f"{name} {column.sql_type}" for name, column in table.columns.items())
    return f"create table if not exists raw.{table.name} ({shape})"


def append(
    connection: duckdb.DuckDBPyConnection,
    table: RawTable,
    frame: pd.DataFrame,
    source: str,
    batch_id: int,
    ingested_at: datetime,
) -> Appended:
    """Append the rows of `frame` to raw.<table> as Warehouse.append documents, in the transaction of `connection`."""
    if "symbol" in frame.columns and table.names_securities:
        _register(connection, frame, source, batch_id, ingested_at)
        frame = _with_security_id(connection, frame, table.described)
    if table.name == "securities":
        frame = _with_new_ids(connection, frame)
    if table.name == "prices":
        frame = _with_later_splits(frame)
    connection.register("arriving", frame)
    appended = _append(connection, table, source, batch_id, ingested_at)
    connection.unregister("arriving")
    return appended


def rename(connection: duckdb.DuckDBPyConnection, old: str, new: str, batch_id: int, ingested_at: datetime) -> None:
    """Make two tickers one security: that of `new` where it is stored, else that of `old`; nothing where neither is."""
    found = connection.execute(f"select * from {IDENTITIES} where symbol in (?, ?)", [old, new]).fetchall()
    stored = {symbol: (security_id, given_up) for symbol, _, security_id, given_up, _ in found}
    if not stored:
        return
    target = stored[new if new in stored else old][0]
    for symbol, source in ((old, RENAMED), (new, "renames")):
        security_id, given_up = stored.get(symbol, (None, None))
        if security_id == target and (symbol == new or given_up is not None):
            continue
        connection.execute(
            """
            insert into raw.securities
                (symbol, valid_from, security_id, name, asset_type, gics_sector, gics_sub_industry,
                known_at, ingested_at, batch_id, source)
            select
                $symbol, valid_from, $target, name, asset_type, gics_sector, gics_sub_industry,
                -- just later than the vintage that it replaces, and as early for a build as of a past day
                known_at + interval 1 microsecond, $ingested_at, $batch_id, $source
            from raw.securities
            where symbol in ($old, $new)
            order by symbol = $symbol desc, known_at desc, batch_id desc
            limit 1
            """,
            {
                "symbol": symbol, "old": old, "new": new, "target": target,
                "ingested_at": ingested_at, "batch_id": batch_id, "source": source,
            },
        )  # fmt: skip


def _append(
    connection: duckdb.DuckDBPyConnection, raw: RawTable, source: str, batch_id: int, ingested_at: datetime
) -> Appended:
    key = ", ".join(raw.key)
    same_key = " and ".join(f"arriving.{name} = stored.{name}" for name in raw.key)
    different = " or ".join(differs(raw, name) for name in raw.values)
    columns = ", ".join(f"arriving.{name}" for name in (*raw.key, *raw.values))
    # what comes under a ticker that was given up only fills gaps: the ticker of today has the word
    is_given_up = "is_given_up" if raw.names_securities else "false"
    connection.execute(
        f"""
        create or replace temp table compared as
        with numbered as (
            select *, row_number() over (partition by {key}, known_at order by {is_given_up}) as occurrence
            from arriving
        ),

        stored as (
            select *, row_number() over (partition by {key} order by known_at desc, batch_id desc) as age
            from raw.{raw.name}
            where ({key}) in (select ({key}) from arriving)
        )

        select
            {columns}, arriving.known_at, arriving.vintage_stated,
            stored.batch_id is not null as is_stored,
            not arriving.vintage_stated and not {is_given_up} and ({different}) as is_different
        from numbered as arriving
        left join stored
            on {same_key}
            and (
                (not arriving.vintage_stated and stored.age = 1)
                or (arriving.vintage_stated and stored.known_at = arriving.known_at)
            )
        where arriving.occurrence = 1
        """
    )
    connection.execute(
        f"""
        insert into raw.{raw.name} ({key}, {", ".join(raw.values)}, known_at, ingested_at, batch_id, source)
        select
            {key}, {", ".join(raw.values)},
            case when is_stored then greatest(known_at, $ingested_at) else known_at end,
            $ingested_at, $batch_id, $source
        from compared
        where not is_stored or is_different
        -- by day, so that a query for the newest days need not read the history before them
        order by {raw.described}, {key}, known_at
        """,
        {"ingested_at": ingested_at, "batch_id": batch_id, "source": source},
    )
    counts: list[tuple[int, int, int]] = connection.execute(
        """
        select
            (select count(*) from arriving),
            count(*) filter (where not is_stored and not restates),
            count(*) filter (where (is_stored and is_different) or (not is_stored and restates))
        from (
            select *, vintage_stated and known_at > min(known_at) over (partition by {key}) as restates
            from compared
        )
        """.replace("{key}", key)
    ).fetchall()
    received, new, restated = counts[0]
    connection.execute("drop table compared")
    return Appended(received, new, received - new - restated, restated)


def differs(raw: RawTable, name: str) -> str:
    """SQL: does the value of `name` in `arriving` differ from that in `stored`?"""
    if raw.values[name].sql_type == "double":
        condition = (
            f"(arriving.{name} is null) <> (stored.{name} is null) or "
            f"abs(arriving.{name} - stored.{name}) > {SAME_VALUE} * abs(stored.{name})"
        )
    else:
        condition = f"arriving.{name} is distinct from stored.{name}"
    for column, replaced in raw.fallback:
        if name == column:
            condition = f"arriving.{replaced} is null and ({condition})"
    return f"coalesce({condition}, false)"


def _register(
    connection: duckdb.DuckDBPyConnection, frame: pd.DataFrame, source: str, batch_id: int, ingested_at: datetime
) -> None:
    """Give every symbol without a security an identity without a name."""
    connection.register("symbols", frame[["symbol"]].drop_duplicates())
    connection.execute(
        """
        insert into raw.securities (symbol, valid_from, security_id, known_at, ingested_at, batch_id, source)
        select
            symbol, date '1900-01-01', (select coalesce(max(security_id), 0) from raw.securities)
                + row_number() over (order by symbol),
            timestamp '1900-01-01', ?, ?, ?
        from symbols
        where symbol not in (select symbol from raw.securities)
        """,
        [ingested_at, batch_id, source],
    )
    connection.unregister("symbols")


def _with_security_id(connection: duckdb.DuckDBPyConnection, frame: pd.DataFrame, described: str) -> pd.DataFrame:
    """The frame with security_id in place of symbol: the identity that carried the ticker on the day described."""
    connection.register("arriving", frame)
    identified = connection.execute(
        f"""
        with identities as (
            select
                symbol, valid_from, security_id, given_up,
                lead(valid_from, 1, date '9999-12-31') over (partition by symbol order by valid_from) as next_from,
                min(valid_from) over (partition by symbol) as first_from
            from {IDENTITIES}
        )

        select arriving.* exclude (symbol), identities.security_id, identities.given_up is not null as is_given_up
        from arriving
        inner join identities
            on arriving.symbol = identities.symbol
            and arriving.{described} < identities.next_from
            and (arriving.{described} >= identities.valid_from or identities.valid_from = identities.first_from)
        """
    ).df()
    connection.unregister("arriving")
    return identified


def _with_new_ids(connection: duckdb.DuckDBPyConnection, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with security_id: the stored one of (symbol, valid_from), else the next free number."""
    connection.register("arriving", frame)
    numbered = connection.execute(
        f"""
        with matched as (
            select arriving.*, stored.security_id as stored_id
            from arriving
            left join {IDENTITIES} as stored
                on arriving.symbol = stored.symbol and arriving.valid_from = stored.valid_from
        )

        select
            * exclude (stored_id),
            coalesce(
                stored_id,
                (select coalesce(max(security_id), 0) from raw.securities)
                    + dense_rank() over (partition by stored_id is null order by symbol, valid_from)
            )::integer as security_id
        from matched
        """
    ).df()
    connection.unregister("arriving")
    return numbered


def _with_later_splits(frame: pd.DataFrame) -> pd.DataFrame:
    """The bars with later_splits: the product of the splits after each in the same answer.

    The prices of the bar were divided by it. It is stored with the vintage, so that a build as of a past day can undo
    splits that came later.
    """
    newest_first = frame.sort_values(["security_id", "obs_date"], ascending=[True, False])
    factor = newest_first["split"].fillna(1).groupby(newest_first["security_id"]).cumprod()
    return frame.assign(later_splits=(factor / newest_first["split"].fillna(1)).reindex(frame.index))
