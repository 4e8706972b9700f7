"""A SELECT of somebody else's on the published file: what it gives, and what no query can do, however it is written."""

import hashlib
import time
from pathlib import Path

import pytest

from app.published import one_select
from app.published.one_select import NotAnswered, select

ONLY_ONE = "only one SELECT is answered"
NO_FILES = "file system operations are disabled by configuration"

#: Queries that would read, write or change something; FILE is the published file, FOLDER one that can be written.
ATTACKS = {
    "select * from read_csv('/etc/passwd')": NO_FILES,
    "from '/etc/passwd'": "does not exist",
    "from '/etc/passwd.csv'": NO_FILES,
    "select * from read_text('/etc/hostname')": NO_FILES,
    "select * from glob('/*')": NO_FILES,
    "select * from 'https://example.org/prices.csv'": NO_FILES,
    "select * from duckdb_secrets()": "file system operations are disabled",
    "copy (select 1) to 'FOLDER/out.csv'": ONLY_ONE,
    "copy (select 1) to 'FILE'": ONLY_ONE,
    "copy (select 1) to 'FILE.wal'": ONLY_ONE,
    "export database 'FOLDER'": ONLY_ONE,
    "attach 'FOLDER/other.duckdb'": ONLY_ONE,
    "attach 'FILE' as again (read_write)": ONLY_ONE,
    "install httpfs": ONLY_ONE,
    "load httpfs": ONLY_ONE,
    "pragma database_size": ONLY_ONE,
    "call pragma_version()": ONLY_ONE,
    "set enable_external_access = true": ONLY_ONE,
    "set memory_limit = '100GB'": ONLY_ONE,
    "reset lock_configuration": ONLY_ONE,
    "drop table marts.breadth_daily": ONLY_ONE,
    "create table memory.main.t as select 1": ONLY_ONE,
    "select 1; drop table marts.breadth_daily": ONLY_ONE,
    "select 1; select 2": ONLY_ONE,
    "begin": ONLY_ONE,
    "explain analyze select 1": ONLY_ONE,
    "": ONLY_ONE,
    "-- nothing": ONLY_ONE,
    "with gone as (delete from marts.breadth_daily returning *) select * from gone": "read-only",
    "select * from query('drop table marts.breadth_daily')": "Expected a single SELECT statement",
    "select * from request": "does not exist",
    "select getenv('HOME')": "does not exist",
}

#: Queries that would take all there is of time or memory.
GREEDY = {
    "select count(*) from range(10000000) a, range(10000000) b": "more than 1 seconds",
    "with recursive t as (select 1 as n union all select n + 1 from t) select count(*) from t": "more than 1 seconds",
    "select levenshtein(repeat('a', 200000), repeat('b', 200000))": "more than 1 seconds",
    "select list_sum(range(3000000000))": "memory",
    "select length(repeat('x', 1500000000))": "memory",
    "select * from marts.states_daily a, marts.states_daily b order by random()": "memory|more than 1 seconds",
    "select repeat('x', 200000)": "the first row has more than 100,000 letters",
}


def databases(path: Path) -> list[str]:
    """The database files beside it, and what the engine keeps of them; other tests write reports there meanwhile."""
    return sorted(file.name for file in path.parent.glob("*.duckdb*"))


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_rows_come_as_json_has_them(published: Path) -> None:
    query = (
        "select date '2024-12-27' as day, 'nan'::double as lost, 1.5::decimal(4, 2) as half, null as none, [1, 2] as n"
    )
    found = select(published, query)
    assert found.columns == ["day", "lost", "half", "none", "n"]
    assert found.rows == [["2024-12-27", "nan", 1.5, None, "[1, 2]"]]
    assert found.types[0] == "DATE"
    assert not found.is_cut


def test_no_more_rows_than_wanted_and_no_more_letters_than_an_agent_reads(published: Path) -> None:
    few = select(published, "select * from range(10000000000)", rows=3)
    assert (few.rows, few.is_cut) == ([[0], [1], [2]], True)
    assert len(select(published, "select range from range(5000)", rows=5000).rows) == one_select.MOST_ROWS
    long = select(published, "select repeat('x', 30000) from range(5)")
    assert (len(long.rows), long.is_cut) == (3, True)


@pytest.mark.parametrize("query", ATTACKS)
def test_nothing_is_read_or_written_beside_the_marts(query: str, published: Path, tmp_path: Path) -> None:
    before = digest(published), databases(published)
    written = query.replace("FILE", str(published)).replace("FOLDER", str(tmp_path))
    with pytest.raises(NotAnswered, match=ATTACKS[query]):
        select(published, written)
    assert (digest(published), databases(published)) == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("query", GREEDY)
def test_no_query_takes_all_there_is(query: str, published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_select, "GRACE", 2.0)
    started = time.monotonic()
    with pytest.raises(NotAnswered, match=GREEDY[query]):
        select(published, query, seconds=1)
    assert time.monotonic() - started < 10
