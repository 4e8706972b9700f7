"""A disk that is full and a folder that cannot be written: one sentence, the documented exit code, the old file."""

from pathlib import Path

import pytest

from ingestion.settings import Settings
from orchestration.exits import DISK
from tests.crash import console_run
from tests.crash.conftest import SmallMarket


@pytest.mark.parametrize(
    "share", [pytest.param(0.0, id="from the first byte"), pytest.param(1.0, id="as large as the warehouse was")]
)
def test_a_full_disk_gives_four_and_one_sentence(share: float, small: SmallMarket, tmp_path: Path) -> None:
    settings = small.copy(tmp_path)
    small.write(settings, small.days[-1])
    before = settings.published_path.read_bytes()
    largest = int(share * settings.warehouse_path.stat().st_size) + 4096
    ended = console_run.run(settings, largest_file=largest)
    assert settings.published_path.read_bytes() == before
    _is_one_sentence(ended, "market-internals: ")
    assert ended.code == DISK, ended.complaint


@pytest.mark.parametrize("below", ["a_file/data", "/proc/nothing"])
def test_a_folder_that_cannot_be_written_gives_four_and_one_sentence(below: str, tmp_path: Path) -> None:
    (tmp_path / "a_file").write_text("")
    settings = Settings(data=tmp_path / below, market="sample", folder=None)
    ended = console_run.run(settings, words=tmp_path)
    _is_one_sentence(ended, "market-internals: the data folder ")
    assert "cannot be written" in ended.complaint
    assert ended.code == DISK


def _is_one_sentence(ended: console_run.Ended, start: str) -> None:
    assert ended.complaint.startswith(start), ended.complaint
    assert ended.complaint.count("\n") == 1, ended.complaint
    assert len(ended.complaint) < 400, ended.complaint
