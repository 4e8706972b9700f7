"""Compares every relation of two builds of one market, cell by cell: texts, dates and counts exactly, doubles to 1e-9.

Not a test itself. Rows are paired by all columns that are compared exactly, then by the doubles in their order.
"""

from dataclasses import dataclass, field
from pathlib import Path

import duckdb

#: What two builds of one market may differ in, and why.
EXCLUDED = {
    "build_number": "the second in which the build began",
    "name_days_build": "the second in which the build of the name-days began",
    "input_hash": "a hash of the engine's own, compared only with itself",
    "last_ingested_at": "the second build is a run of its own, which reads the sources again",
}

#: Schemas whose relations are models; seeds and raw were handed over.
SCHEMAS = ("staging", "intermediate", "marts")

#: Relations that two builds of one market may differ in, and why.
EXCLUDED_RELATIONS = {
    ("intermediate", "int_packed_name_days"): "DuckDB stores it beside the view that reads it",
    ("staging", "stg_ingestion_runs"): "the second build is a run of its own",
}

#: Of the larger of 1 and the number.
TOLERANCE = 1e-9

#: Types that hold the same whole numbers; DuckDB sums them in a wider one.
WHOLE = {"INTEGER", "BIGINT", "HUGEINT"}


@dataclass
class Parity:
    """What was compared, and what differs: a sentence for each relation or column."""

    relations: int = 0
    columns: int = 0
    cells: int = 0
    largest: float = 0.0
    different: list[str] = field(default_factory=list)


def compare(one: Path, other: Path, schemas: tuple[str, ...] = SCHEMAS) -> Parity:
    """Compare the relations of two built databases."""
    parity = Parity()
    with duckdb.connect() as connection:
        for name, path in (("one", one), ("other", other)):
            connection.execute(f"attach '{path}' as {name} (read_only)")
        names = {database: _relations(connection, database, schemas) for database in ("one", "other")}
        for schema, relation in sorted(names["one"] ^ names["other"]):
            parity.different.append(f"{schema}.{relation} is in one build only")
        for schema, relation in sorted(names["one"] & names["other"]):
            _compare_relation(connection, f"{schema}.{relation}", parity)
    return parity


def _relations(connection: duckdb.DuckDBPyConnection, database: str, schemas: tuple[str, ...]) -> set[tuple[str, str]]:
    rows = connection.execute(
        "select table_schema, table_name from information_schema.tables where table_catalog = ?", [database]
    ).fetchall()
    return {(schema, name) for schema, name in rows if schema in schemas} - EXCLUDED_RELATIONS.keys()


def _compare_relation(connection: duckdb.DuckDBPyConnection, relation: str, parity: Parity) -> None:
    types = {
        database: dict(
            connection.execute(f"select column_name, column_type from (describe {database}.{relation})").fetchall()
        )
        for database in ("one", "other")
    }
    if types["one"].keys() != types["other"].keys():
        parity.different.append(f"{relation}: columns {sorted(types['one'].keys() ^ types['other'].keys())}")
        return
    columns = [name for name in types["one"] if name not in EXCLUDED]
    for name in columns:
        kinds = {types["one"][name], types["other"][name]}
        if len(kinds) > 1 and not kinds <= WHOLE:
            parity.different.append(f"{relation}.{name}: types {sorted(kinds)}")
            return
    doubles = [name for name in columns if types["one"][name] == "DOUBLE"]
    exact = [name for name in columns if name not in doubles]
    rows = [connection.execute(f"select count(*) from {database}.{relation}").fetchall()[0][0] for database in types]
    parity.relations += 1
    parity.columns += len(columns)
    parity.cells += len(columns) * rows[0]
    if rows[0] != rows[1]:
        parity.different.append(f"{relation}: {rows[0]:,} and {rows[1]:,} rows")
        return
    order = ", ".join(f'"{name}"' for name in [*exact, *doubles]) or "1"
    paired = " ".join(
        f"{join} (select *, row_number() over (order by {order}) as row_of from {database}.{relation}) "
        f"as {database} {on}"
        for database, join, on in (("one", "from", ""), ("other", "join", "using (row_of)"))
    )
    tests = [f'count(*) filter (where one."{name}" is distinct from other."{name}")' for name in exact]
    for name in doubles:
        both = f'one."{name}", other."{name}"'
        near = f'abs(one."{name}" - other."{name}") <= {TOLERANCE} * greatest(1, abs(one."{name}"))'
        tests.append(f"count(*) filter (where not coalesce({near}, coalesce({both}) is null))")
        tests.append(f'max(abs(one."{name}" - other."{name}") / greatest(1, abs(one."{name}")))')
    found = list(connection.execute(f"select {', '.join(tests) or '0'} {paired}").fetchall()[0])
    for name in exact:
        if count := found.pop(0):
            parity.different.append(f"{relation}.{name}: {count:,} of {rows[0]:,} rows")
    for name in doubles:
        count, largest = found.pop(0), found.pop(0)
        parity.largest = max(parity.largest, largest or 0.0)
        if count:
            parity.different.append(f"{relation}.{name}: {count:,} of {rows[0]:,} rows, by up to {largest}")
