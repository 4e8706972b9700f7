"""One run at a time: who holds the lock is named, it can be taken again in one process, and it ends with its holder."""

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from ingestion.settings import PROJECT_ROOT, Settings
from ingestion.store.disk import CannotWrite
from ingestion.store.lock import AnotherRun, run_lock

NOW = datetime(2024, 12, 27, 23, 30)

#: Holds the lock of the data folder until it is told to end.
HOLDS = """
import sys
from datetime import datetime
from pathlib import Path
from ingestion.settings import Settings
from ingestion.store.lock import run_lock
with run_lock(Settings(data=Path(sys.argv[1]), market="sample", folder=None), datetime(2024, 12, 27, 18, 30)):
    print("holds", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path, market="sample", folder=None)


@pytest.fixture
def holder(settings: Settings):
    command = [sys.executable, "-c", HOLDS, str(settings.data)]
    process = subprocess.Popen(command, cwd=PROJECT_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "holds\n"
    yield process
    process.kill()
    process.wait()


def test_a_second_process_is_refused_and_hears_who_is_at_work(settings: Settings, holder) -> None:
    sentence = f"another run is at work on the market 'sample': process {holder.pid}, since 2024-12-27 18:30:00 UTC"
    with pytest.raises(AnotherRun, match=sentence), run_lock(settings, NOW):
        pass


def test_the_lock_ends_with_its_holder_however_that_ends(settings: Settings, holder) -> None:
    holder.kill()
    holder.wait()
    with run_lock(settings, NOW):
        pass


def test_another_market_is_not_locked(settings: Settings, holder) -> None:
    with run_lock(settings.model_copy(update={"market": "live"}), NOW):
        pass


def test_within_one_process_it_may_be_taken_again(settings: Settings) -> None:
    with run_lock(settings, NOW):
        with run_lock(settings, NOW):
            pass
        command = [sys.executable, "-c", HOLDS, str(settings.data)]
        second = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, input="")
        assert "AnotherRun" in second.stderr, "the inner block has not released it"


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = Settings(data=tmp_path / "file", market="sample", folder=None)
    with pytest.raises(CannotWrite, match="cannot be written"), run_lock(settings, NOW):
        pass
