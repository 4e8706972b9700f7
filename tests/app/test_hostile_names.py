"""Names and sentences from outside stay text on every page and in the report, whatever is written in them."""

import shutil
from base64 import b64decode
from pathlib import Path

import duckdb
import pytest
from bs4 import BeautifulSoup
from streamlit.testing.v1 import AppTest

from app import report
from ingestion.settings import Settings
from tests.app.conftest import VIEWS, look_at
from tests.app.views.test_pages import page, said

HOSTILE = "<img src=x onerror=alert(1)>"

#: Columns that hold words of a source, a seed or a composed sentence; the other texts are ours and looked up.
OUTSIDE = (
    "column_name like '%_name' and column_name not in ('column_name', 'table_name')"
    " or column_name in ('reason', 'null_reason', 'headline', 'call', 'body', 'missing', 'changed_since_yesterday',"
    " 'falsifier', 'next_releases', 'paraphrase', 'sentence')"
)


@pytest.fixture(scope="module")
def settings(sample_settings: Settings, published: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A published sample market in which every name and every sentence is hostile."""
    spoilt = sample_settings.model_copy(update={"data": tmp_path_factory.mktemp("hostile")})
    spoilt.market_folder.mkdir()
    shutil.copy(published, spoilt.published_path)
    with duckdb.connect(str(spoilt.published_path)) as connection:
        texts = connection.execute(
            f"""
            select table_name, column_name
            from duckdb_columns()
            where schema_name = 'marts' and data_type = 'VARCHAR' and ({OUTSIDE}) and table_name <> 'dictionary'
            """
        ).fetchall()
        assert {"verdict_daily", "verdict_lines", "data_quality", "macro_levels_daily"} <= {table for table, _ in texts}
        for table, column in texts:
            connection.execute(f"update marts.{table} set {column} = ?", [HOSTILE])
        connection.execute("update marts.verdict_daily set complete = false")
    return spoilt


@pytest.mark.parametrize("name", VIEWS)
def test_a_page_shows_a_hostile_name_as_text(name: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    look_at(monkeypatch, settings)
    app = AppTest.from_function(page, default_timeout=120, args=(name,)).run()
    assert not app.exception
    assert_harmless(said(app))
    assert [element.value for element in app.markdown if element.allow_html] == []
    if name == "verdict":
        assert "&lt;img src=x" in said(app), "the name is on the page"


def test_the_report_writes_a_hostile_name_as_text(settings: Settings) -> None:
    page_path, text_path = report.write_report(settings, None)
    written = page_path.read_text(encoding="utf-8")
    assert "&lt;img src=x" in written
    assert_harmless(written)
    assert "<img" not in text_path.read_text(encoding="utf-8")


def assert_harmless(html: str) -> None:
    """No element that could fetch or run something, and no handler on any; a picture inside a text is inline."""
    soup = BeautifulSoup(html, "lxml")
    for image in soup.find_all("img", class_="mi-spark"):
        kind, _, content = str(image["src"]).partition(";base64,")
        assert kind == "data:image/svg+xml"
        assert_harmless(b64decode(content).decode())
        image.extract()
    assert soup.find_all(["img", "script", "iframe", "object", "embed", "link"]) == []
    assert [tag for tag in soup.find_all(True) for name in tag.attrs if name.startswith("on")] == []


def test_what_is_harmful_is_found() -> None:
    with pytest.raises(AssertionError):
        assert_harmless(f"<p>{HOSTILE}</p>")
    with pytest.raises(AssertionError):
        assert_harmless("<p onclick=alert(1)>x</p>")
