"""The Python of docs/use-it-from.md, run as it stands on the sample market and an export of it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from app.export import export
from ingestion.settings import PROJECT_ROOT, Settings
from orchestration.cli import build_parser

PAGE = (PROJECT_ROOT / "docs" / "use-it-from.md").read_text(encoding="utf-8")
BLOCKS = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PYTHON = [text for language, text in BLOCKS.findall(PAGE) if language == "python"]
SHELL = [line for language, text in BLOCKS.findall(PAGE) if language == "sh" for line in text.splitlines()]


@pytest.mark.parametrize("block", PYTHON, ids=lambda block: block.splitlines()[-1])
def test_a_block_of_python_runs_and_finds_rows(
    block: str, sample_settings: Settings, published: Path, tmp_path: Path
) -> None:
    export(sample_settings, tmp_path, ("regime_daily",))
    given = f"FILE, FOLDER = {str(published)!r}, {str(tmp_path)!r}\n"
    found = "\nassert all(len(value) for name, value in list(globals().items()) if name in ('days', 'spells', 'unit'))"
    done = subprocess.run([sys.executable, "-c", given + block + found], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_commands_of_ours_are_commands() -> None:
    ours = [line.split()[1:] for line in SHELL if line.startswith("market-internals ")]
    assert len(ours) == 2
    for arguments in ours:
        assert build_parser().parse_args(arguments).command == "export"
