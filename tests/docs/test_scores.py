"""The tables of odds and calls in docs/scores.md are those that the folder market's build gives."""

from pathlib import Path

from benchmarks.odds import MARKS, shown, tables


def test_the_tables_of_the_page_are_those_of_the_build(folder_built: Path) -> None:
    assert {name: shown(name) for name in MARKS} == tables(folder_built)
