"""Raw tables that no source sends: what is computed from calendar and seeds replaces what was, where it differs.

Known times of stored rows that follow from the calendar follow a change of it.
"""

from datetime import datetime

import duckdb
import pandas as pd

from ingestion.store.vintages import creation
from ingestion.tables.base import RawTable


def replace(connection: duckdb.DuckDBPyConnection, table: RawTable, frame: pd.DataFrame, stored_at: datetime) -> int:
    """Make raw.<table> the rows of `frame` (its key, values and known_at), and return how many differed.

    A table of other columns, from an earlier version, is made again. In the transaction of `connection`.
    """
    names = list(table.columns)
    found = connection.execute(
        "select column_name from duckdb_columns() where database_name = current_database() and schema_name = 'raw' "
        "and table_name = ? order by column_index",
        [table.name],
    ).fetchall()
    if [name for (name,) in found] != names:
        connection.execute(f"drop table if exists raw.{table.name}")
        connection.execute(creation(table))
    columns = ", ".join((*table.key, *table.values, "known_at"))
    connection.register("computed", frame)
    computed, stored = f"select {columns} from computed", f"select {columns} from raw.{table.name}"
    differing: list[tuple[int]] = connection.execute(
        f"select count(*) from ((({computed}) except ({stored})) union all (({stored}) except ({computed})))"
    ).fetchall()
    if differing[0][0]:
        connection.execute(f"delete from raw.{table.name}")
        connection.execute(
            f"insert into raw.{table.name} ({columns}, ingested_at, batch_id, source) "
            f"select {columns}, ?, 0, 'calendar' from computed order by {table.described}",
            [stored_at],
        )
    connection.unregister("computed")
    return differing[0][0]


def date_again(connection: duckdb.DuckDBPyConnection, table: RawTable) -> int:
    """Give the stored rows of a table the known_at that its rule gives today, and return how many changed.

    The first vintage of a row is dated by the rule alone; a later one is known from its arrival, and never before the
    rule. Values are not touched. In the transaction of `connection`.
    """
    key = ", ".join(table.key)
    described = connection.execute(f"select distinct {key} from raw.{table.name}").df()
    connection.register("dated", described.assign(published_at=table.known_at(described)))
    changed: list[tuple[int]] = connection.execute(
        f"""
        update raw.{table.name} as stored
        set known_at = case when vintages.vintage = 1 then published_at else greatest(stored.known_at, published_at) end
        from (
            select rowid as row_id, {key}, row_number() over (partition by {key} order by known_at, batch_id) as vintage
            from raw.{table.name}
        ) as vintages
        inner join dated using ({key})
        where stored.rowid = vintages.row_id
            and (stored.known_at < published_at or (vintages.vintage = 1 and stored.known_at <> published_at))
        """
    ).fetchall()
    connection.unregister("dated")
    return changed[0][0]
