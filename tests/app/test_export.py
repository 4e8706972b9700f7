"""Exported marts read back by other readers: pandas for Parquet and CSV, openpyxl for Excel."""

from datetime import date
from pathlib import Path

import duckdb
import openpyxl
import pandas as pd
import pytest

from app import export as exporting
from app.export import CannotExport, export
from ingestion.settings import Settings
from orchestration import cli
from orchestration.exits import DISK, PUBLISHED, USAGE
from tests.marts.built import read

MARTS = ("regime_daily", "states_daily", "publication")


@pytest.fixture
def small(tmp_path: Path) -> Settings:
    """A published file of a few rows, with what a spreadsheet or a table in Markdown might take for its own."""
    settings = Settings(data=tmp_path, market="folder", folder=tmp_path)
    settings.published_path.parent.mkdir(parents=True)
    with duckdb.connect(str(settings.published_path)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            """
            create table marts.publication as
            select 'folder' as market, false as is_made_up, timestamp '2024-12-27 23:00:00' as as_of,
                date '2024-12-27' as last_session, 'rules' as rule_version, 'revision' as git_revision
            """
        )
        connection.execute(
            """
            create table marts.names as from (values
                (date '2024-12-27', '=1+1', 1.5::double, true, 7), (date '2024-12-26', 'a | b', null, null, null)
            ) as rows (session_date, name, value, is_on, n)
            """
        )
        connection.execute(
            "create table marts.dictionary as select 'names' as mart, 'name' as column_name, 'a|b' as unit, "
            "'' as formula, E'two\\nlines' as meaning"
        )
    return settings


def test_every_mart_comes_back_from_parquet_as_it_is_published(
    published: Path, sample_settings: Settings, tmp_path: Path
) -> None:
    written = export(sample_settings, tmp_path / "new" / "folder")
    with duckdb.connect(str(published), read_only=True) as connection:
        marts = connection.execute("select table_name from duckdb_tables() where schema_name = 'marts'").fetchall()
        assert {path.name for path in written} == {f"{name}.parquet" for (name,) in marts} | {"README.md"}
        for (name,) in marts:
            exported = connection.sql(f"from '{tmp_path}/new/folder/{name}.parquet'")
            mart = connection.sql(f"from marts.{name}")
            assert (exported.columns, exported.types) == (mart.columns, mart.types)
            assert exported.except_(mart).fetchall() == mart.except_(exported).fetchall() == []


def test_rows_keep_the_order_of_their_key(sample_settings: Settings, published: Path, tmp_path: Path) -> None:
    export(sample_settings, tmp_path, ("states_daily",))
    rows = pd.read_parquet(tmp_path / "states_daily.parquet")
    pd.testing.assert_frame_equal(rows, rows.sort_values(["session_date", "state_id"], ignore_index=True))


def test_csv_has_days_as_iso_writes_them(sample_settings: Settings, published: Path, tmp_path: Path) -> None:
    export(sample_settings, tmp_path, MARTS, "csv")
    mart = read(published, "select * from marts.regime_daily")
    rows = pd.read_csv(tmp_path / "regime_daily.csv", parse_dates=["session_date"])
    assert rows.session_date.tolist() == mart.session_date.tolist()
    assert rows.yield_10y.tolist() == pytest.approx(mart.yield_10y.tolist(), nan_ok=True)
    assert pd.read_csv(tmp_path / "publication.csv").as_of[0] == f"{read(published, 'from marts.publication').as_of[0]}"


def test_excel_has_days_numbers_and_no_formula(small: Settings, tmp_path: Path) -> None:
    export(small, tmp_path / "out", ("names",), "xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "out" / "names.xlsx")["names"]
    assert [cell.value for cell in sheet[1]] == ["session_date", "name", "value", "is_on", "n"]
    assert [cell.value for cell in sheet[2]][1:] == ["=1+1", 1.5, True, 7]
    assert sheet["A2"].value.date() == date(2024, 12, 27)
    assert sheet["B2"].data_type == "s"
    assert [cell.value for cell in sheet[3]][1:] == ["a | b", None, None, None]


def test_the_readme_explains_every_column_of_the_files(
    sample_settings: Settings, published: Path, tmp_path: Path
) -> None:
    export(sample_settings, tmp_path, MARTS)
    text = (tmp_path / "README.md").read_text()
    assert "nobody ever paid these prices" in text
    for mart in MARTS:
        rows = text.split(f"\n## {mart}.parquet\n")[1].split("\n## ")[0].splitlines()
        described = [line.split(" | ")[0].removeprefix("| ") for line in rows if line.startswith("| ")][1:]
        assert described == read(published, f"select * from marts.{mart} limit 0").columns.tolist()
        assert all(line.split(" | ")[3] for line in rows if line.startswith("| ")), mart


def test_a_cell_of_the_readme_stays_in_its_row(small: Settings, tmp_path: Path) -> None:
    export(small, tmp_path / "out", ("names",))
    assert "| name | varchar | a&#124;b | two lines |  |" in (tmp_path / "out" / "README.md").read_text()


@pytest.mark.parametrize(
    ("form", "limit", "complaint"),
    [
        ("csv", {}, "the published file has no mart 'nowhere'; it has dictionary, names, publication"),
        ("xlsx", {"SHEET_ROWS": 2}, "marts.names has 2 rows and a sheet of Excel holds 2: choose others with --marts"),
        ("xlsx", {"CELL_LETTERS": 4}, "marts.names.name has texts of more than the 4 letters"),
    ],
)
def test_what_cannot_be_exported_is_a_sentence_and_leaves_what_was_there(
    form: str, limit: dict[str, int], complaint: str, small: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in limit.items():
        monkeypatch.setattr(exporting, name, value)
    target = tmp_path / "out" / f"names.{form}"
    target.parent.mkdir()
    target.write_text("before")
    with pytest.raises(CannotExport) as error:
        export(small, target.parent, ("names",) if limit else ("nowhere",), form)
    assert str(error.value).startswith(complaint)
    assert [path.read_text() for path in target.parent.iterdir()] == ["before"]


def test_the_command_prints_the_files_and_ends_in_words(
    small: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    market = ["--market", "folder", "--folder", str(tmp_path), "--data", str(tmp_path)]
    out = tmp_path / "out"
    assert cli.main(["export", *market, "--to", str(out), "--marts", "names", "--format", "csv"]) == PUBLISHED
    assert capsys.readouterr().out.splitlines() == [str(out / "names.csv"), str(out / "README.md")]
    assert cli.main(["export", *market, "--to", str(out), "--marts", "none"]) == USAGE
    assert "has no mart 'none'" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert cli.main(["export", *market, "--to", str(tmp_path / "file")]) == DISK
    assert capsys.readouterr().err == "market-internals: the export cannot be written: File exists\n"
    assert cli.main(["export", "--data", str(tmp_path / "empty"), "--to", str(out)]) == USAGE
    assert "nothing is published for the market 'sample' yet: run it first" in capsys.readouterr().err
