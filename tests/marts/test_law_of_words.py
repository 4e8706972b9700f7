"""The law of words over every session of both markets, and each rule against a row that breaks it."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.marts.law_of_words import RULES, Rule
from tests.marts.verdict_text import DAYS, LINES


@pytest.fixture(scope="module")
def said(market: tuple[Path, Path]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the tables days and lines of a market."""
    with duckdb.connect() as connection:
        connection.execute("attach ? as published (read_only)", [str(market[1])])
        connection.execute("use published")
        for name, table in (("days", DAYS), ("lines", LINES)):
            connection.execute(table.replace(f"create table {name}", f"create table memory.main.{name}"))
        connection.execute("use memory")
        yield connection


def found(connection: duckdb.DuckDBPyConnection, relation: str, rule: Rule) -> list[tuple]:
    return connection.execute(f"select session_date, * from {relation} where {rule.broken} limit 3").fetchall()


def test_every_rule_has_a_name_of_its_own() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_no_session_breaks_a_rule(said: duckdb.DuckDBPyConnection, rule: Rule) -> None:
    assert found(said, rule.of, rule) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_finds_the_row_that_is_planted(said: duckdb.DuckDBPyConnection, rule: Rule) -> None:
    replaced = ", ".join(f"({value}) as {column}" for column, value in rule.planted.items())
    row = f"(select * from {rule.of} where {rule.row} order by session_date desc limit 1)"
    assert len(found(said, f"(select * replace ({replaced}) from {row})", rule)) == 1
