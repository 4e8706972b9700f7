"""What the README shows and tells: lines of the report as it is written, and commands that the program knows."""

import re
import shlex
from pathlib import Path

import pytest

from app.report import write_report
from ingestion.settings import PROJECT_ROOT, Settings
from orchestration.cli import build_parser

README = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
QUOTED = [line for line in README.splitlines() if line.startswith("> ")]
BLOCKS = re.findall(r"^```\w*\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
OURS = [line for block in BLOCKS for line in block.splitlines() if line.startswith("market-internals ")]
MAKE = [line.split()[1] for block in BLOCKS for line in block.splitlines() if line.startswith("make ")]


def bare(line: str) -> str:
    """A line of Markdown without the marks of quotation, heading, list and weight."""
    return line.replace("*", "").lstrip("># -").strip()


def test_the_lines_of_the_report_are_lines_of_the_report(
    sample_settings: Settings, published: Path, tmp_path: Path
) -> None:
    assert len(QUOTED) == 10
    _, written = write_report(sample_settings, None)
    report = {bare(line) for line in written.read_text(encoding="utf-8").splitlines()}
    assert [line for line in QUOTED if bare(line) not in report] == []


@pytest.mark.parametrize("line", OURS)
def test_a_command_is_one_of_the_programs(line: str) -> None:
    build_parser().parse_args(shlex.split(line, comments=True)[1:])


@pytest.mark.parametrize("target", MAKE)
def test_a_target_is_one_of_the_makefile(target: str) -> None:
    assert re.search(rf"^{target}:", (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_every_page_that_is_linked_is_there() -> None:
    linked = re.findall(r"\]\(([^)#]+)\)", README)
    assert [link for link in linked if "://" not in link and not (PROJECT_ROOT / link).exists()] == []
