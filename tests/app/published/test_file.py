"""Opening the published file: read-only, once a page, never an old version, and one sentence where it is unreadable."""

import os
import shutil
from pathlib import Path

import duckdb
import pytest

from app.published import contents
from app.published.file import NothingPublished, Published, UnreadableFile


class Counted(Published):
    """A published file that counts how often it is attached."""

    attached = 0

    def _attach(self) -> None:
        self.attached += 1
        super()._attach()


def last_session(published: Published) -> str:
    return str(contents.publication(published).rows["last_session"][0].date())


def test_without_a_file_the_query_says_so(tmp_path):
    with pytest.raises(NothingPublished):
        contents.publication(Published(tmp_path / "none.duckdb"))


def test_the_file_is_opened_read_only_and_closed_after_a_query(tiny):
    path = tiny()
    before = path.stat().st_mtime_ns
    published = Published(path)
    with pytest.raises(duckdb.Error):
        published.query("create table marts.mine as select 1")
    contents.publication(published)
    duckdb.connect(str(path)).close()
    assert path.stat().st_mtime_ns == before


def test_a_page_sees_the_file_that_was_swapped_in_while_it_was_drawn(tiny, tmp_path):
    newer = shutil.copy(tiny(last="2024-12-27"), tmp_path / "newer.duckdb")
    published = Published(tiny(last="2024-12-26"))
    with published, published:
        assert last_session(published) == "2024-12-26"
        os.replace(newer, published.path)
        assert last_session(published) == "2024-12-27"
    duckdb.connect(str(published.path)).close()  # to write: the file is no longer attached


def test_a_page_opens_the_file_once_and_single_queries_each_time(sample):
    published = Counted(sample)
    with published:
        contents.publication(published)
        contents.universes(published)
    assert published.attached == 1
    contents.events(published)
    contents.window_start(published, contents.publication(published).rows["last_session"][0].date(), 21)
    assert published.attached == 3


def test_a_cached_result_needs_no_opening(sample):
    published = Counted(sample)
    first = contents.universes(published).rows
    opened = published.attached
    assert contents.universes(published).rows.equals(first)
    assert published.attached == opened


def test_the_cache_is_bounded(sample, monkeypatch):
    monkeypatch.setattr("app.published.file.CACHED_RESULTS", 3)
    published = Counted(sample)
    for number in range(5):
        assert published.query("select $number as number", number=number)["number"].tolist() == [number]
    opened = published.attached
    published.query("select $number as number", number=4)
    assert published.attached == opened
    published.query("select $number as number", number=0)
    assert published.attached == opened + 1


def test_a_caller_cannot_change_what_the_next_one_gets(sample):
    published = Published(sample)
    universes = contents.universes(published).rows
    universes["universe_id"] = "mine"
    assert "mine" not in set(contents.universes(published).rows["universe_id"])


def _text(path: Path, sound: bytes) -> None:
    path.write_text("not a database " * 1000)


def _cut(path: Path, sound: bytes) -> None:
    path.write_bytes(sound[: len(sound) // 3])


def _flipped(path: Path, sound: bytes) -> None:
    damaged = bytearray(sound)
    for place in range(20_000, len(damaged), 4096):
        damaged[place] ^= 0xFF
    path.write_bytes(damaged)


def _another(path: Path, sound: bytes) -> None:
    duckdb.connect(str(path)).close()


@pytest.mark.parametrize("damage", [_text, _cut, _flipped, _another])
def test_a_file_that_cannot_be_read_is_one_sentence_and_its_successor_is_read(tiny, tmp_path, damage):
    sound = tiny()
    content = sound.read_bytes()
    damaged = tmp_path / "damaged.duckdb"
    damage(damaged, content)
    published = Published(damaged)
    with published:
        with pytest.raises(UnreadableFile) as refused:
            contents.publication(published)
        sentence = str(refused.value)
        assert sentence.startswith(f"The published file {damaged} cannot be read: ")
        assert sentence.endswith(".")
        assert "\n" not in sentence
        damaged.unlink()
        damaged.write_bytes(content)
        assert last_session(published) == "2024-12-27"
