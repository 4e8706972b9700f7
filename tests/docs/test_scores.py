"""The tables of odds in docs/scores.md are those that the folder market's build gives."""

from pathlib import Path

from benchmarks.odds import BEGIN, END, PAGE, odds


def test_the_tables_of_the_page_are_those_of_the_build(folder_built: Path) -> None:
    shown = PAGE.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0]
    assert shown == odds(folder_built)
