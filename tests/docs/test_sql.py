"""The SQL that the pages show, run as it stands on the sample market and on the folder market."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from ingestion.settings import PROJECT_ROOT

PAGE = (PROJECT_ROOT / "docs" / "sql.md").read_text(encoding="utf-8")
README = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
QUERY = re.compile(r"^```sql\n(.*?)^```$", re.DOTALL | re.MULTILINE)
COLUMN = re.compile(r"`([a-z][a-z0-9_]*)`")

#: Backticked words of the page that are values.
VALUES = {"positioning", "added", "took", "rest"}

#: Columns of findings that a market need not have.
MAY_BE_EMPTY = {"outcome_held", "value_before", "value_after"}

#: What the marts whose rows learn more after their day show at `cutoff()`; the others show their rows up to it.
AS_KNOWN = {
    "regime_spells": "select * from file.marts.regime_spells where closed_on <= cutoff()",
    "claim_ledger": """
        select * replace (case when closes_on <= cutoff() then outcome_held end as outcome_held)
        from file.marts.claim_ledger where made_on <= cutoff()
    """,
    "event_study_events": """
        select * replace (case when closes_on <= cutoff() then forward_return_pct end as forward_return_pct)
        from file.marts.event_study_events where session_date <= cutoff()
    """,
}


@dataclass(frozen=True)
class Section:
    """A section of the page: its number and question, its one query, and the columns that the words under it name."""

    title: str
    query: str
    promised: frozenset[str]

    def __str__(self) -> str:
        return self.title


def sections() -> list[Section]:
    """The numbered sections, each of which holds exactly one query."""
    found = []
    for text in PAGE.split("\n## ")[1:]:
        (query,) = QUERY.findall(text)
        found.append(Section(text.splitlines()[0], query, frozenset(COLUMN.findall(text.split("```")[-1])) - VALUES))
    return found


SECTIONS = sections()
OPENING = QUERY.findall(PAGE)[0]


@pytest.fixture(params=["published", "folder_built"])
def path(request: pytest.FixtureRequest) -> Path:
    """The published file of a market."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def reader(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The file as the page opens it, with the session that the page sets."""
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute(OPENING)
        yield connection


def test_the_page_asks_sixteen_questions_and_names_columns_of_each() -> None:
    assert [section.title.split(".")[0] for section in SECTIONS] == [str(number) for number in range(1, 17)]
    assert all(len(section.promised) >= 2 for section in SECTIONS)


@pytest.mark.parametrize("section", SECTIONS, ids=str)
def test_a_query_gives_rows_and_the_columns_that_the_page_names(section: Section, reader) -> None:
    answer = reader.execute(section.query).df()
    assert not answer.empty
    assert section.promised <= set(answer.columns)
    assert [name for name in sorted(section.promised - MAY_BE_EMPTY) if answer[name].isna().all()] == []


@pytest.mark.parametrize("section", [section for section in SECTIONS if "data_quality" not in section.query], ids=str)
def test_a_query_of_an_earlier_session_reads_nothing_that_came_later(section: Section, reader, path: Path) -> None:
    (earlier,) = reader.execute(
        "select distinct session_date from marts.breadth_daily order by session_date desc limit 1 offset 30"
    ).fetchone()
    reader.execute("set variable session = ?::date", [earlier])
    pd.testing.assert_frame_equal(reader.execute(section.query).df(), as_known(path, earlier, section.query))


def as_known(path: Path, session: date, query: str) -> pd.DataFrame:
    """The answer from views of the marts that hold nothing after the session."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as file (read_only)")
        connection.execute("create schema marts")
        connection.execute("set variable session = ?::date", [session])
        connection.execute(f"create macro cutoff() as date '{session}'")
        dated = "select table_name from duckdb_columns() where database_name = 'file' and column_name = 'session_date'"
        for (mart,) in connection.execute(dated).fetchall():
            known = f"select * from file.marts.{mart} where session_date <= cutoff()"
            connection.execute(f"create view marts.{mart} as {known}")
        for mart, known in AS_KNOWN.items():
            connection.execute(f"create or replace view marts.{mart} as {known}")
        return connection.execute(query).df()


def test_the_query_of_the_readme_gives_twenty_sessions_without_a_gap(reader) -> None:
    (query,) = QUERY.findall(README)
    answer = reader.execute(query).df()
    assert len(answer) == 20
    assert not answer.isna().any(axis=None)
