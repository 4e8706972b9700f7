"""Joins the evidence and the verdict of one more universe, built in a schema of its own, with those of the first."""

from pathlib import Path

import duckdb

from ingestion.store.sql import quoted_name

#: Marts of evidence and verdict that are the same for every universe.
SHARED = ("calendar_ahead", "claim_ledger")


def add_universe(path: Path, universe: str) -> int:
    """Move the rows of the schema of_<universe> of the built database at `path` into its marts; how many they are.

    Only marts whose key has universe_id take rows; the schema is gone afterwards. All or nothing is done.
    """
    schema = quoted_name(f"of_{universe}")
    with duckdb.connect(str(path)) as connection:
        connection.begin()
        tables = connection.execute(
            """
            select added.table_name
            from duckdb_columns() as added
            inner join duckdb_columns() as marts
                on marts.table_name = added.table_name and marts.column_name = added.column_name
            where added.database_name = current_database() and marts.database_name = current_database()
                and added.schema_name = ? and marts.schema_name = 'marts' and added.column_name = 'universe_id'
            order by added.table_name
            """,
            [f"of_{universe}"],
        ).fetchall()
        rows = 0
        for (name,) in tables:
            if name in SHARED:
                continue
            mart = f"marts.{quoted_name(name)}"
            connection.execute(f"delete from {mart} where universe_id = ?", [universe])
            counted = connection.execute(f"insert into {mart} by name from {schema}.{quoted_name(name)}").fetchall()
            rows += counted[0][0]
        connection.execute(f"drop schema {schema} cascade")
        connection.commit()
    return rows
