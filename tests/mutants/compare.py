"""Compares tables of a rebuilt warehouse with the baseline's, and puts rebuilt marts into a published file."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import duckdb

from tests.laws.law import OF_THE_BUILD

#: Builds of one SQL differ in the last digits of a double, because threads add in any order; these are compared.
SIGNIFICANT_DIGITS = 9


def differing(built: Path, baseline: Path, names: Iterable[str]) -> list[str]:
    """Those of the named tables whose rows are not the baseline's, in the given order; views differ always."""
    with duckdb.connect(str(built)) as connection:
        connection.execute(f"attach '{baseline}' as baseline (read_only)").fetchall()
        schemas = dict(
            connection.execute(
                "select table_name, schema_name from duckdb_tables() where database_name = current_database()"
            ).fetchall()
        )
        return [
            name
            for name in names
            if name not in schemas
            or _sum(connection, f"{built.stem}.{schemas[name]}.{name}")
            != _sum(connection, f"baseline.{schemas[name]}.{name}")
        ]


def _sum(connection: duckdb.DuckDBPyConnection, table: str) -> Sequence[object]:
    """A number that changes with any row of a table, whatever its order, and the number of rows."""
    columns = connection.execute(f"describe {table}").fetchall()
    values = [_rounded(column, kind) for column, kind, *_ in columns if column not in OF_THE_BUILD]
    row = connection.execute(f"select count(*), sum(hash({', '.join(values)})::hugeint) from {table}").fetchone()
    assert row is not None
    return row


def _rounded(column: str, kind: str) -> str:
    if kind != "DOUBLE":
        return column
    digits = f"{SIGNIFICANT_DIGITS} - ceil(log10(abs({column})))::integer"
    return f"case when abs({column}) < 1e-15 then 0 else round({column}, {digits}) end"


def publish(warehouse: Path, published: Path, names: Iterable[str]) -> None:
    """Replace the marts among the named tables in a published file by those of a warehouse."""
    with duckdb.connect(str(published)) as connection:
        connection.execute(f"attach '{warehouse}' as built (read_only)").fetchall()
        marts = {
            name
            for (name,) in connection.execute(
                "select table_name from duckdb_tables() where schema_name = 'marts' and database_name = 'built'"
            ).fetchall()
        }
        for name in names:
            if name in marts:
                connection.execute(f"create or replace table marts.{name} as from built.marts.{name}").fetchall()
