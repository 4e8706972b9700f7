"""The console command: help that loads nothing heavy, exit codes a script can rely on, one sentence a failure."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from ingestion.settings import PROJECT_ROOT, Settings
from ingestion.sources.base import SourceRefused, SourceUnavailable
from ingestion.store.audit import headline
from ingestion.store.disk import CannotWrite
from ingestion.store.publication import NotAudited
from orchestration.cli import build_parser, main
from orchestration.console import headline_lines
from orchestration.dbt import BuildFailed, TestsFailed
from orchestration.exits import DISK, PUBLISHED, RED, SOURCE, USAGE, exit_code


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the command sets for its children is taken back after each test."""
    for name in ("DAGSTER_HOME", "DAGSTER_DISABLE_TELEMETRY", "DO_NOT_TRACK"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys; from orchestration.cli import build_parser; build_parser().format_help();"
        "print(*sorted({'dagster', 'dbt', 'pandas', 'duckdb', 'pydantic', 'streamlit'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=PROJECT_ROOT, check=True)
    assert done.stdout.strip() == ""


def test_help_names_the_commands_and_the_exit_codes() -> None:
    words = build_parser().format_help()
    for name in ("run", "app", "ui", "exit codes", "market-internals run --market folder --folder PATH"):
        assert name in words


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["run", "--market", "folder"], "needs a directory"),
        (["run", "--market", "sample", "--folder", "."], "belongs to --market folder"),
        (["run", "--as-of", "2024-12-25"], "the one before is 2024-12-24"),
        (["run", "--as-of", "2199-01-04"], "is not over yet"),
    ],
)
def test_bad_usage_gives_two_and_one_sentence(arguments, sentence, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.delenv("MARKET_INTERNALS_FOLDER", raising=False)
    assert main([*arguments, "--data", str(tmp_path)]) == USAGE
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["walk"], ["run", "--as-of", "yesterday"], ["run", "--market", "mars"]])
def test_what_the_parser_does_not_know_gives_two(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == USAGE


def test_a_folder_without_prices_gives_three(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").mkdir()
    arguments = ["run", "--folder", str(tmp_path / "mine"), "--data", str(tmp_path / "data")]
    assert main(arguments) == SOURCE
    said = capsys.readouterr().err
    assert said.startswith("market-internals: ")
    assert said.count("\n") == 1


def test_a_data_folder_that_is_a_file_gives_four(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data").write_text("")
    assert main(["run", "--data", str(tmp_path / "data")]) == DISK
    said = capsys.readouterr().err
    assert "cannot be written" in said
    assert said.count("\n") == 1


def test_a_run_as_of_a_day_writes_its_own_file_and_prints_one_json_object(
    small_copy: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    before = small_copy.published_path.read_bytes(), small_copy.warehouse_path.read_bytes()
    places = ("--market", "folder", "--folder", str(small_copy.folder), "--data", str(small_copy.data))
    assert main(["run", "--json", "--as-of", "2024-06-28", *places]) == PUBLISHED
    said = capsys.readouterr()
    day = json.loads(said.out)
    assert "published" in said.err, "the steps"
    written = small_copy.as_of_path("2024-06-28")
    assert (day["published"], day["last_session"], day["is_final"]) == (str(written), "2024-06-28", True)
    with duckdb.connect(day["published"], read_only=True) as connection:
        query = "select session_date::varchar, call, headline, falsifier, when_stage from marts.verdict_daily"
        row = connection.execute(f"{query} order by session_date desc limit 1").fetchall()[0]
    assert (day["last_session"], day["call"], day["headline"], day["falsifier"], day["when_stage"]) == row
    assert [path.name for path in written.parent.iterdir() if path.is_file()] == [written.name]
    assert (small_copy.published_path.read_bytes(), small_copy.warehouse_path.read_bytes()) == before


def test_the_terminal_has_the_call_first_and_what_would_prove_it_wrong(published: Path) -> None:
    numbers = headline(published)
    assert headline_lines(numbers)[1:4] == [numbers["call"], numbers["headline"], numbers["falsifier"]]


def test_a_run_names_a_made_up_market_and_gives_the_breadth_of_its_day(published: Path) -> None:
    lines = headline_lines(headline(published))
    assert any("made up" in line for line in lines)
    assert any(line.startswith("S&P 500 breadth") for line in lines)


def test_the_headline_leaves_out_what_no_mart_holds() -> None:
    known = {
        "market": "folder",
        "is_made_up": False,
        "is_final": False,
        "last_session": "2025-03-06",
        "tests_passed": 3,
    }
    assert headline_lines(known) == ["Market folder, session 2025-03-06, provisional", "Data tests passed: 3"]


def test_old_weights_are_noted_in_the_words_of_the_mart(published: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(published), read_only=True) as connection:
        session, note = connection.execute(
            """
            select session_date, weights_note
            from marts.index_attribution_daily
            where weights_note is not null
            order by session_date desc
            limit 1
            """
        ).fetchall()[0]
    shutil.copy(published, tmp_path / "old.duckdb")
    with duckdb.connect(str(tmp_path / "old.duckdb")) as connection:
        connection.execute("update marts.publication set last_session = ?", [session])
    assert note in headline_lines(headline(tmp_path / "old.duckdb"))
    assert "Index weights are" not in "".join(headline_lines(headline(published)))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TestsFailed("2 of the data tests failed"), RED),
        (BuildFailed("breadth_daily: no such column"), RED),
        (NotAudited("the copy differs"), RED),
        (SourceRefused("prices.csv: expected columns"), SOURCE),
        (SourceUnavailable("cboe did not answer"), SOURCE),
        (CannotWrite("the disk is full"), DISK),
        (PermissionError(13, "Permission denied"), DISK),
        (duckdb.IOException("Could not set lock on file"), DISK),
    ],
)
def test_exit_codes(error: Exception, code: int) -> None:
    assert exit_code(error) == code
