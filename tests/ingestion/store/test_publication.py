"""Copy, verify, swap: the published file is the old one or the new one, and says what it is."""

import os
import shutil
import subprocess
import sys
import textwrap
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from ingestion.settings import PROJECT_ROOT
from ingestion.store.audit import audit, headline, row_counts
from ingestion.store.disk import CannotWrite
from ingestion.store.publication import NotAudited, Stamp, publish

STAMP = Stamp(
    market="sample",
    is_made_up=True,
    as_of=datetime(2024, 12, 30, 13, 10),
    rule_version="1a2b3c4d",
    git_revision="abc1234",
    built_at=datetime(2024, 12, 30, 13, 11),
    tests_passed=7,
)


#: Tables that a published file holds and no build does.
ADDED = {"publication", "verdict_log"}


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A database with one mart of two sessions, commented, and a table that must not be published."""
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        connection.execute("create schema staging")
        connection.execute("create table staging.rows_of_ours as select timestamp '2025-01-01' as known_at")
        connection.execute('create table marts.index_daily (session_date date not null, "share of" double)')
        connection.execute("insert into marts.index_daily values ('2024-12-26', 1.5), ('2024-12-27', null)")
        connection.execute("comment on table marts.index_daily is 'It''s an index'")
        connection.execute("""comment on column marts.index_daily."share of" is 'a share, in %: "quoted"' """)
    return path


def query(path: Path, sql: str) -> list[tuple]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_marts_arrive_with_rows_comments_and_constraints(built: Path, tmp_path: Path) -> None:
    target = tmp_path / "out" / "published.duckdb"
    published = publish(built, target, STAMP)
    assert published.rows == {"index_daily": 2}
    assert published.last_session == date(2024, 12, 27)
    assert query(target, 'select session_date, "share of" from marts.index_daily order by 1') == [
        (date(2024, 12, 26), 1.5),
        (date(2024, 12, 27), None),
    ]
    assert query(target, "select comment from duckdb_tables() where table_name = 'index_daily'") == [("It's an index",)]
    assert query(target, "select comment from duckdb_columns() where column_name = 'share of'") == [
        ('a share, in %: "quoted"',)
    ]
    assert query(target, "select is_nullable from duckdb_columns() where column_name = 'session_date'") == [(False,)]
    assert query(target, "select distinct schema_name from duckdb_tables()") == [("marts",)]
    assert [path.name for path in target.parent.iterdir()] == ["published.duckdb"]


def test_the_file_says_what_it_is(built: Path, tmp_path: Path) -> None:
    target = tmp_path / "published.duckdb"
    publish(built, target, STAMP)
    found = headline(target)
    assert found == {
        "market": "sample",
        "is_made_up": True,
        "as_of": datetime(2024, 12, 30, 13, 10),
        "last_session": date(2024, 12, 27),
        "is_final": True,
        "rule_version": "1a2b3c4d",
        "git_revision": "abc1234",
        "built_at": datetime(2024, 12, 30, 13, 11),
        "tests_passed": 7,
        "engine": "duckdb",
    }
    unexplained = "select column_name from duckdb_columns() where table_name = 'publication' and comment is null"
    assert query(target, unexplained) == []


def test_a_session_is_provisional_until_its_cutoff(built: Path, tmp_path: Path) -> None:
    evening = replace(STAMP, as_of=datetime(2024, 12, 27, 23, 30))
    assert not publish(built, tmp_path / "published.duckdb", evening).is_final


def test_nothing_to_publish_leaves_the_old_file(built: Path, tmp_path: Path) -> None:
    target = tmp_path / "published.duckdb"
    publish(built, target, STAMP)
    before = target.read_bytes()
    empty = tmp_path / "empty.duckdb"
    duckdb.connect(str(empty)).close()
    for source in (empty, tmp_path / "absent.duckdb"):
        with pytest.raises(NotAudited, match="nothing to publish"):
            publish(source, target, STAMP)
    assert target.read_bytes() == before


def test_a_reader_keeps_the_file_it_opened(built: Path, tmp_path: Path) -> None:
    target = tmp_path / "published.duckdb"
    publish(built, target, STAMP)
    with target.open("rb") as reader:
        inode = os.fstat(reader.fileno()).st_ino
        publish(built, target, replace(STAMP, market="folder"))
        assert os.fstat(reader.fileno()).st_ino == inode
        assert target.stat().st_ino != inode
    assert headline(target)["market"] == "folder"


def test_what_a_crashed_run_left_is_swept_away(built: Path, tmp_path: Path) -> None:
    target = tmp_path / "published.duckdb"
    for name in (".published.duckdb.999.part", ".published.duckdb.999.part.wal", "published.duckdb.wal"):
        (tmp_path / name).write_bytes(b"half a file")
    publish(built, target, STAMP)
    assert {path.name for path in tmp_path.iterdir()} == {"published.duckdb", "warehouse.duckdb"}


def test_a_folder_that_is_none_gives_one_sentence(built: Path, tmp_path: Path) -> None:
    (tmp_path / "a_file").write_text("")
    with pytest.raises(CannotWrite, match=r"^cannot publish to .*; the file there is as it was$"):
        publish(built, tmp_path / "a_file" / "published.duckdb", STAMP)


def test_a_full_disk_gives_one_sentence_and_leaves_the_old_file(built: Path, tmp_path: Path) -> None:
    target = tmp_path / "published.duckdb"
    publish(built, target, STAMP)
    before = target.read_bytes()
    program = textwrap.dedent(
        """
        import resource, signal, sys
        from pathlib import Path
        from ingestion.store.disk import CannotWrite
        from ingestion.store.publication import publish
        from tests.ingestion.store.test_publication import STAMP
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        try:
            publish(Path(sys.argv[1]), Path(sys.argv[2]), STAMP)
        except CannotWrite as error:
            print(error)
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(built), str(target)],
        capture_output=True,
        text=True,
        cwd=PROJECT_ROOT,
        check=True,
    )
    assert done.stdout.strip() == f"cannot publish to {target}: the disk is full; the file there is as it was"
    assert target.read_bytes() == before
    assert not list(tmp_path.glob("*.part*"))
    assert not list(tmp_path.glob(".*.part*"))


def test_audit_finds_rows_known_later(built: Path) -> None:
    found = audit(built, datetime(2024, 12, 30))
    assert found.from_the_future == {"staging.rows_of_ours": 1}
    assert audit(built, datetime(2025, 1, 1)).from_the_future == {}


def test_published_sample_equals_its_build(published: Path, sample_settings) -> None:
    warehouse = row_counts(sample_settings.warehouse_path)
    marts = {name: rows for (schema, name), rows in warehouse.items() if schema == "marts"}
    found = {name: rows for (_, name), rows in row_counts(published).items() if name not in ADDED}
    assert found == marts
    # the sample market begins in 2017, after the sessions on which the odds' prior was chosen
    assert [name for name, rows in found.items() if not rows] == ["odds_prior_score"]


def test_every_published_column_is_explained(published: Path) -> None:
    unexplained = "select table_name, column_name from duckdb_columns() where schema_name = 'marts' and comment is null"
    assert query(published, unexplained) == []


def test_publishing_the_sample_again_gives_the_same_rows(published: Path, sample_settings, tmp_path: Path) -> None:
    copy = tmp_path / "warehouse.duckdb"
    shutil.copy(sample_settings.warehouse_path, copy)
    again = publish(copy, tmp_path / "again.duckdb", STAMP)
    assert again.rows == {name: rows for (_, name), rows in row_counts(published).items() if name not in ADDED}
