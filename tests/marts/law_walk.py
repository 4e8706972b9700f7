"""Walks a built market by the law of words: the tables of its sentences and numbers, and the rules that they break."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from tests.marts.law_of_words import RULES
from tests.marts.report_text import create_reports
from tests.marts.verdict_known import KNOWN
from tests.marts.verdict_text import DAYS, LINES
from tests.marts.words.rule import Rule

#: Every number of every sentence; `found` and `found_day` are what its column has.
NUMBERS = """
create table numbers as
with evidence as (
    select distinct
        session_date,
        unnest(from_json(
            evidence,
            '[{"id": "varchar", "text": "varchar", "value": "double", "factor": "double", "mart": "varchar",
            "column_name": "varchar", "filter": "varchar", "session": "date"}]'
        )) as number
    from published.marts.verdict_lines
)

select session_date, number.*, null::double as found, null::date as found_day from evidence
"""


DATES = """
create table dates as
select
    *,
    row_number() over (partition by session_date order by event_at, position) as place,
    count(*) over (partition by session_date, calendar_id) as same_calendar
from published.marts.calendar_ahead
"""


@contextmanager
def sentences_of(database: Path, every: int = 50) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the tables days, lines, numbers and reports of a published file, or of a warehouse, which has
    no reports. The reports are those of every n-th session: a report takes as long as the sentences of a year."""
    with duckdb.connect() as connection:
        connection.execute("attach ? as published (read_only)", [str(database)])
        for table in (NUMBERS, KNOWN, DATES):
            connection.execute(table)
        connection.execute("use published")
        for name, table in (("days", DAYS), ("lines", LINES)):
            connection.execute(table.replace(f"create table {name}", f"create table memory.main.{name}"))
        connection.execute("use memory")
        _find(connection)
        # in this order the last row is one of the newest session
        for name in ("days", "lines", "known", "dates"):
            connection.execute(f"create or replace table {name} as from {name} order by session_date")
        create_reports(connection, database, every)
        yield connection


def broken(connection: duckdb.DuckDBPyConnection, law: Sequence[Rule] = RULES) -> list[str]:
    """The names of the rules that any row breaks."""
    return [rule.name for rule in law if found(connection, rule.of, rule)]


def found(connection: duckdb.DuckDBPyConnection, relation: str, rule: Rule) -> list[tuple]:
    """Up to three rows that break a rule, each with its session first."""
    return connection.execute(f"select session_date, * from {relation} where {rule.broken} limit 3").fetchall()


def planted(connection: duckdb.DuckDBPyConnection, rule: Rule) -> list[tuple]:
    """What a rule finds of the row that is planted for it, the last one that it may be planted in."""
    replaced = ", ".join(f"({value}) as {column}" for column, value in rule.planted.items())
    last = f"select max(rowid) from {rule.of} where {rule.row}"
    return found(connection, f"(select * replace ({replaced}) from {rule.of} where rowid = ({last}))", rule)


def _find(connection: duckdb.DuckDBPyConnection) -> None:
    """Look every number up where its evidence says that it is from."""
    columns: dict[tuple[str, str], list[str]] = {}
    # a number that does not say where it is from is found nowhere, which breaks the rule on numbers
    places = """
        select distinct mart, filter, column_name from numbers
        where mart is not null and filter is not null and column_name is not null
    """
    for mart, rows, column in connection.execute(places).fetchall():
        columns.setdefault((mart, rows), []).append(column)
    days = "select table_name, column_name from duckdb_columns() where schema_name = 'marts' and data_type = 'DATE'"
    dates = set(connection.execute(days).fetchall())
    for (mart, rows), of_mart in columns.items():
        pairs = [part.strip().split("=", 1) for part in rows.split(";") if part]
        chosen = " and ".join([f"mart.{key}::varchar = ?" for key, _ in pairs]) or "true"
        numbers = [f"when '{column}' then mart.{column}" for column in of_mart if (mart, column) not in dates]
        of_dates = [f"when '{column}' then mart.{column}" for column in of_mart if (mart, column) in dates]
        connection.execute(
            f"""
            update numbers
            set found = case column_name {" ".join(numbers)} when '' then null end,
                found_day = case column_name {" ".join(of_dates)} when '' then null end
            from published.marts.{mart} as mart
            where numbers.mart = ? and numbers.filter = ? and numbers.session = mart.session_date and {chosen}
            """,
            [mart, rows, *(value for _, value in pairs)],
        )
