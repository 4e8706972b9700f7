"""What is printed for cron and systemd, read by a shell and by systemd itself."""

import json
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from orchestration import schedules, timers
from orchestration.cli import main
from orchestration.exits import DISK, PUBLISHED, USAGE

SYSTEMD_ANALYZE = shutil.which("systemd-analyze")

#: Words that a shell, cron or systemd would take for something else.
ODD = ["a blank", 'a "quote"', "it's", "100%n", "$HOME", "back\\slash", "semi;colon", "#hash"]


def test_the_times_are_those_of_the_schedule() -> None:
    ticks = [f"{int(tick.split()[1]):02}:{int(tick.split()[0]):02}" for tick in schedules.TICKS]
    assert list(timers.TIMES) == ticks


def as_cron_gives_it(line: str) -> str:
    """What cron hands to the shell of a line without the fields of the time: an escaped percent sign is one."""
    return line.split("  ", 1)[1].replace("\\%", "%")


def test_the_line_of_cron_runs_at_its_minutes_of_new_york_and_at_no_other(tmp_path: Path) -> None:
    program = "import json, sys; open('ran', 'w').write(json.dumps(sys.argv[1:]))"
    command = [sys.executable, "-c", program, *ODD]
    for _ in range(2):  # the minute may end between the two
        now = datetime.now(ZoneInfo("America/New_York"))
        every_day = timers.cron("live", command, [f"{now:%H:%M}"]).splitlines()[1].replace("[1-5]", "[1-7]")
        subprocess.run(["sh", "-c", as_cron_gives_it(every_day)], cwd=tmp_path, check=True)
        if (tmp_path / "ran").exists():
            break
    assert json.loads((tmp_path / "ran").read_text()) == ODD
    (tmp_path / "ran").unlink()
    other = f"{(now.hour + 12) % 24:02}:{now:%M}"
    line = timers.cron("live", command, [other]).splitlines()[1]
    subprocess.run(["sh", "-c", as_cron_gives_it(line)], cwd=tmp_path, check=True)
    assert not (tmp_path / "ran").exists()


@pytest.mark.skipif(SYSTEMD_ANALYZE is None, reason="systemd-analyze is not on this machine")
def test_systemd_accepts_the_units(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / 'my 100% $HOME "data"'
    units = tmp_path / "units"
    assert main(["schedule", "--print", "systemd", "--to", str(units), "--data", str(data)]) == PUBLISHED
    paths = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert [path.name for path in paths] == ["market-internals-live.service", "market-internals-live.timer"]
    checked = subprocess.run([SYSTEMD_ANALYZE, "verify", *paths], capture_output=True, text=True)
    assert (checked.returncode, checked.stderr) == (0, "")
    paths[0].write_text(paths[0].read_text().replace("oneshot", "nonsense"))
    broken = subprocess.run([SYSTEMD_ANALYZE, "verify", *paths], capture_output=True, text=True)
    assert "nonsense" in broken.stderr, "systemd reads what it accepts"


def test_both_are_printed_with_the_market_folder_and_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    places = ["--market", "folder", "--folder", str(tmp_path), "--data", str(tmp_path / "data")]
    for form in ("cron", "systemd"):
        assert main(["schedule", "--print", form, *places]) == PUBLISHED
        said = capsys.readouterr().out.replace('"', "")
        assert f"run --market folder --folder {tmp_path} --data {tmp_path}/data" in said
        assert "America/New_York" in said
    assert said.startswith("# market-internals-folder.service\n")


def test_what_cannot_be_written_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schedule", "--print", "cron", "--to", str(tmp_path)]) == USAGE
    (tmp_path / "file").write_text("")
    assert main(["schedule", "--print", "systemd", "--to", str(tmp_path / "file")]) == DISK
    assert "cannot be written" in capsys.readouterr().err
