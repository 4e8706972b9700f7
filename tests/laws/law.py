"""How the laws of time are held: copies of a warehouse, builds from them, and the comparison of two builds.

A mart is compared by its key, column by column, as its model file declares them, so that a new mart is covered without
a line here. Not a test itself.
"""

import json
import shutil
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from ingestion.calendar import cutoff, to_new_york
from ingestion.settings import Settings
from ingestion.tables import RAW_TABLES
from orchestration import dbt

#: Two builds agree when they differ by no more than this, absolutely or relatively: parallel sums differ at the end.
TOLERANCE = 1e-9

#: Marts that the specification exempts: they summarise the whole file.
EXEMPT = frozenset(
    {"data_quality", "event_study", "odds_prior_score", "odds_reliability", "odds_score", "verdict_score"}
)

#: Which build wrote a row is no number of the market.
OF_THE_BUILD = ("build_number", "name_days_build")

#: How rows of a mart without a session_date lie at or before a session T, bound as $session and $cutoff.
DATED_BY = {
    "dictionary": "true",
    "positioning_weekly": "known_at <= $cutoff",
    "regime_spells": "closed_on <= $session",
    # what followed is compared once its horizon is closed; until then an earlier build has NULL
    "event_study_events": "session_date <= $session and closes_on <= $session",
    "claim_ledger": "session_date <= $session and closes_on <= $session",
}


@dataclass(frozen=True)
class Difference:
    """One column of one mart in which two builds disagree, with how often and one example."""

    mart: str
    column: str
    rows: int
    example: str


def copy_raw(warehouse: Path, target: Path, first_vintages: bool = False) -> Path:
    """A warehouse file with the raw tables and the user's own things of another.

    With `first_vintages`, without what later vintages corrected.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    with duckdb.connect(str(target)) as connection:
        connection.execute(f"attach '{warehouse}' as origin (read_only)")
        for schema in ("raw", "mine"):
            connection.execute(f"create schema {schema}")
            tables = connection.execute(
                "select table_name from duckdb_tables() where database_name = 'origin' and schema_name = ?", [schema]
            ).fetchall()
            for (table,) in tables:
                connection.execute(f"create table {schema}.{table} as from origin.{schema}.{table}")
        if first_vintages:
            for name in RAW_TABLES:
                connection.execute(f"delete from raw.{name} where rowid in ({_later(name)})")
    return target


def truncate_calendars(raw: Path, known_to: datetime) -> int:
    """Delete every announcement of a date that was made after an instant, whatever the row says of its known_at.

    An announcement is known in the evening of its day. Returns how many there were.
    """
    with duckdb.connect(str(raw)) as connection:
        return connection.execute(
            "delete from raw.releases where announced_on >= ?", [to_new_york(known_to).date()]
        ).fetchone()[0]


def later_vintages(warehouse: Path) -> int:
    """How many raw rows correct an earlier one."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return sum(connection.execute(f"select count(*) from ({_later(name)})").fetchall()[0][0] for name in RAW_TABLES)


def _later(name: str) -> str:
    """A query for the rowids of a raw table's vintages after the first."""
    return f"""
        select rowid from (
            select rowid, row_number() over (
                partition by {", ".join(RAW_TABLES[name].key)} order by known_at, batch_id
            ) as vintage
            from raw.{name}
        ) where vintage > 1
    """


def build(
    market: str, raw: Path, target: Path, as_of: datetime, full: bool = True, select: tuple[str, ...] = ()
) -> Path:
    """Build every model from the raw tables in `raw` into `target` (the same file or another), as known at `as_of`."""
    wanted = dbt.Build(
        settings=Settings(market=market, memory_limit="4GB"),
        path=target,
        as_of=as_of,
        raw_path=None if raw == target else raw,
        full=full,
    )
    arguments = ["--exclude-resource-type", "unit_test", "--exclude-resource-type", "test", *select]
    dbt.require_green(dbt.run("build", wanted, arguments))
    return target


def keys(target: Path) -> dict[str, list[str]]:
    """Mart -> the columns of its key, from the manifest beside a build."""
    nodes = json.loads((target.with_suffix(".dbt") / "manifest.json").read_text())["nodes"]
    return {
        nodes[node["attached_node"]]["name"]: node["test_metadata"]["kwargs"]["key"]
        for node in nodes.values()
        if (node.get("test_metadata") or {}).get("name") == "sound_rows"
        and nodes.get(node["attached_node"], {}).get("schema") == "marts"  # a test of a source is attached to no node
        and node["test_metadata"]["kwargs"].get("key")
    }


def differences(left: Path, right: Path, session: date) -> list[Difference]:
    """Where the marts' rows at or before `session` disagree between two builds; an empty list when the law holds."""
    found: list[Difference] = []
    bound = {"session": session, "cutoff": cutoff(session)}
    for mart, key in keys(left).items():
        if mart not in EXEMPT:
            found += compare(left, right, f"marts.{mart}", key, DATED_BY.get(mart, "session_date <= $session"), bound)
    return found


def compare(
    left: Path, right: Path, table: str, key: list[str], when: str = "true", bound: dict[str, object] | None = None
) -> list[Difference]:
    """Where the rows of one table that fulfil `when` disagree between two builds, column by column."""
    schema, name = table.split(".")
    parameters = {word: value for word, value in (bound or {}).items() if f"${word}" in when}
    same_key = " and ".join(f"left_rows.{column} is not distinct from right_rows.{column}" for column in key)
    paired = f"""
        (select * from left_side.{table} where {when}) as left_rows
        full join (select * from right_side.{table} where {when}) as right_rows on {same_key}
    """
    found = []
    with duckdb.connect() as connection:
        connection.execute(f"attach '{left}' as left_side (read_only)")
        connection.execute(f"attach '{right}' as right_side (read_only)")
        differing = {
            column: _differs(column, kind)
            for column, kind in connection.execute(
                "select column_name, data_type from duckdb_columns() "
                "where database_name = 'left_side' and schema_name = ? and table_name = ? "
                "and not list_contains(?, column_name)",
                [schema, name, list(OF_THE_BUILD)],
            ).fetchall()
        }
        counts = connection.execute(
            f"select {', '.join(f'count_if({each})' for each in differing.values())} from {paired}", parameters
        ).fetchall()[0]
        for (column, differs), rows in zip(differing.items(), counts, strict=True):
            if rows:
                pair = f"select {{left_row: left_rows, right_row: right_rows}}::varchar from {paired} where {differs}"
                (example,) = connection.execute(f"{pair} limit 1", parameters).fetchall()[0]
                found.append(Difference(table, column, rows, example[:600]))
    return found


def _differs(column: str, kind: str) -> str:
    left, right = f"left_rows.{column}", f"right_rows.{column}"
    if kind in ("DOUBLE", "FLOAT"):
        return (
            f"({left} is null) <> ({right} is null) "
            f"or abs({left} - {right}) > {TOLERANCE} * greatest(1, abs({left}), abs({right}))"
        )
    return f"{left} is distinct from {right}"


def poison(raw: Path, known_after: datetime, seed: int) -> int:
    """Replace every number, and every announced date, of every raw row that became known after an instant by noise;
    returns how many rows."""
    changed = 0
    with duckdb.connect(str(raw)) as connection:
        connection.execute("select setseed(?)", [(seed % 1000) / 1000])
        for name, table in RAW_TABLES.items():
            numbers = [value for value, column in table.values.items() if column.sql_type == "double"]
            counts = [
                value for value, column in table.values.items() if column.sql_type == "integer" and not column.assigned
            ]
            moments = ["released_at"] if name == "releases" else []
            if name in ("sessions", "securities") or not numbers + counts + moments:
                continue
            noise = [f"{column} = {column} * (0.2 + 3 * random())" for column in numbers]
            noise += [f"{column} = ({column} * (0.2 + 3 * random()))::integer" for column in counts]
            # a date that is announced later than T lies after it
            noise += [f"{column} = {column} + to_days((1 + 20 * random())::integer)" for column in moments]
            changed += connection.execute(
                f"update raw.{name} set {', '.join(noise)} where known_at > ?", [known_after]
            ).fetchone()[0]
    return changed


def remove(path: Path) -> None:
    """Delete a build and dbt's files of it."""
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink(missing_ok=True)
    shutil.rmtree(path.with_suffix(".dbt"), ignore_errors=True)
