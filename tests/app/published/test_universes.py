"""Which universe a file is about, and that readers of one universe see no row of another."""

from pathlib import Path

import duckdb
import pytest

from app.published.file import Published
from app.published.universes import of_universe
from ingestion.store.audit import main_universe


def with_verdicts(path: Path, *universes: str) -> Path:
    """The file with a verdict of one session of each universe."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "create table marts.verdict_daily (session_date date, universe_id varchar, headline varchar)"
        )
        for name in universes:
            connection.execute("insert into marts.verdict_daily values ('2024-12-27', $1, 'about ' || $1)", [name])
    return path


@pytest.mark.parametrize(
    ("universes", "first"),
    [
        pytest.param(("AAA", "OWN"), "OWN", id="a list before the names of the file"),
        pytest.param(("AAA", "SP500"), "SP500", id="a list before the index"),
        pytest.param(("ZZZ", "AAA"), "AAA", id="two lists"),
        pytest.param((), "SP500", id="none"),
    ],
)
def test_a_file_is_about_the_index_or_its_own_names_before_any_list(tiny, universes: tuple[str, ...], first: str):
    path = with_verdicts(tiny(), *universes)
    published = Published(path)
    assert published.universe == first
    assert sorted(published.universes) == sorted(universes or ("SP500",))
    with duckdb.connect(str(path), read_only=True) as connection:
        assert main_universe(connection) == first, "readers and runs agree"


def test_a_reader_of_one_universe_sees_no_row_of_another(tiny):
    published = Published(with_verdicts(tiny(), "AAA", "OWN"))
    question = "select headline from marts.verdict_daily"
    assert published.query(question)["headline"].tolist() == ["about OWN"]
    assert of_universe(published, "AAA").query(question)["headline"].tolist() == ["about AAA"]
    assert of_universe(published, "NONE").query(question)["headline"].tolist() == ["about OWN"]
