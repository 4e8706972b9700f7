"""A user's own files at the door: what is read, and the sentence with file, line and what was expected."""

from pathlib import Path

import pytest

from ingestion import overlay, universe
from ingestion.settings import Settings
from ingestion.sources.base import SourceRefused
from ingestion.store.warehouse import Warehouse


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path, market="folder")


def write(settings: Settings, relative: str, text: str) -> None:
    path = settings.mine_folder / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_without_a_folder_there_is_nothing(settings: Settings) -> None:
    found = overlay.read(settings)
    assert (found.universes, found.symbols, found.notified) == ((), {}, ())
    assert not any(found.rows.values())


def test_init_writes_an_example_of_each_file_once_and_its_examples_are_right(settings: Settings) -> None:
    written = overlay.init(settings)
    assert {path.name for path in written} == {*(f"{name}.csv" for name in overlay.FILES), "EXAMPLE.csv"}
    assert overlay.init(settings) == []
    assert overlay.read(settings) == overlay.Overlay(dict.fromkeys(overlay.FILES, ()))
    for path in written:
        meaning, example, header = path.read_text(encoding="utf-8").splitlines()
        assert meaning.startswith("# ")
        path.write_text(f"{meaning}\n{header}\n{example.removeprefix('# ')}\n", encoding="utf-8")
    found = overlay.read(settings)
    assert all(len(rows) == 1 for rows in found.rows.values())
    assert found.universes == ("EXAMPLE",)
    assert "AAPL" in found.symbols


def test_the_folder_is_beside_the_data_unless_it_is_given(settings: Settings, tmp_path: Path) -> None:
    assert settings.mine_folder == tmp_path.resolve() / "mine"
    assert Settings(mine=tmp_path / "elsewhere").mine_folder == tmp_path.resolve() / "elsewhere"


ADDED = ",2024-02-28,A,2024-03-01"
DATED = "symbol,valid_from,valid_to\n"
EVENTS = "event_id,anchor_date,name,added_on\n"
CALLS = "call_id,position,off,name,sentence,grounds,horizon,target,argues_for,reason\n"


@pytest.mark.parametrize(
    ("relative", "text", "sentence"),
    [
        ("events.csv", "# one\nevent_id,when\n", "events.csv, line 2: expected the columns event_id,anchor_date"),
        ("events.csv", f"{EVENTS}a,2024-02-30,A,2024-03-01\n", "line 2: expected anchor_date as YYYY-MM-DD; came"),
        ("events.csv", f"{EVENTS}a,2024-02-28,A,\n", "events.csv, line 2: expected added_on; came nothing"),
        ("events.csv", f"{EVENTS}a{ADDED}\n\n# again\na{ADDED}\n", "line 5: expected event_id once"),
        ("events.csv", f"{EVENTS}2024-12-18{ADDED}\n", "events.csv, line 2: expected event_id that is not"),
        ("events.csv", f"{EVENTS}a,2024-02-28,A,2024-03-01,more\n", "line 2: expected 4 cells; came 5"),
        ("symbols.csv", "symbol,name,asset_type\nEWG,Germany,fund\n", "line 2: expected asset_type as one of equity"),
        ("claims.csv", "claim_id\n", "claims.csv, line 1: expected the columns claim_id,made_on"),
        ("calls.csv", f"{CALLS}buying_thrust,,,,,,,,,\n", "calls.csv, line 2: expected off=true for the project's"),
        ("calls.csv", f"{CALLS}own,1,,N,S,breadth,21,vix_up_30pct,more,\n", "line 2: expected reason of the call own"),
        ("calls.csv", f"{CALLS}own,x,,N,S,breadth,21,vix_up_30pct,more,r\n", "expected position as a whole number"),
        ("universes/SP500.csv", "symbol,valid_from,valid_to\n", "universes/SP500.csv: expected a name of capitals"),
        ("universes/x'y.csv", "symbol,valid_from,valid_to\n", "expected a name of capitals"),
        ("universes/U.csv", f"{DATED}A,2024-01-02,2024-01-02\n", "line 2: expected valid_to after"),
        ("universes/U.csv", f"{DATED}A,2024-01-02,\nA,2024-02-02,\n", "line 3: expected A once at a time"),
        ("event.csv", EVENTS, "event.csv: expected one of calls.csv, claims.csv"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_file_line_and_what_was_expected(
    settings: Settings, relative: str, text: str, sentence: str
) -> None:
    write(settings, relative, text)
    with pytest.raises(SourceRefused) as refused:
        overlay.read(settings)
    assert sentence in str(refused.value)


def test_semicolons_a_byte_order_mark_and_a_class_of_shares_are_read(settings: Settings) -> None:
    write(settings, "universes/U.csv", "\ufeffsymbol;valid_from;valid_to\nBRK.B;2024-01-02;2024-02-02\n")
    (row,) = overlay.read(settings).members
    assert (row["universe_id"], row["symbol"], row["valid_to"]) == ("U", "BRK-B", "2024-02-02")


def test_every_column_of_a_seed_has_its_place_in_the_users_file() -> None:
    for name in ("events", "claims", "calls"):
        assert set(universe.seed(name)[0]) <= set(overlay.FILES[name].columns), name


def test_the_tables_hold_the_rows_of_the_newest_run_alone(settings: Settings) -> None:
    warehouse = Warehouse(settings)
    warehouse.create()
    for day in ("2024-03-01", "2024-03-02"):
        write(settings, "events.csv", f"{EVENTS}a,2024-02-28,It's mine,{day}\n")
        warehouse.store_overlay(overlay.read(settings))
    with warehouse.reading() as connection:
        assert connection.execute("select event_id, name, added_on from mine.events").fetchall() == [
            ("a", "It's mine", "2024-03-02")
        ]
        assert connection.execute("select count(*) from mine.universe_members").fetchall() == [(0,)]
