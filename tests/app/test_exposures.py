"""Each page's exposure in dbt lists the marts that the page's code queries, and no other; so does the report's."""

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import yaml
from streamlit.testing.v1 import AppTest

from app.published.answer import Value
from app.published.file import Published
from app.report.gather import gather
from ingestion.settings import PROJECT_ROOT
from tests.app.conftest import VIEWS

MART = re.compile(r"\bmarts\.(\w+)")
REF = re.compile(r"ref\('(\w+)'\)")
#: The anchor of the verdict, an event, and a day that is no event: each may be read from another mart.
ANCHORS = ("verdict", "2024-11-11", "2024-10-01")
DRAWN_BY_EVERY_PAGE, ONLY_SQL = "every_page", "sql_users"


class Recording(Published):
    """A published file that records which marts are queried; the SQL of the app names every mart with its schema."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.marts: set[str] = set()

    def query(self, sql: str, /, **parameters: Value) -> pd.DataFrame:
        self.marts |= set(MART.findall(sql))
        return super().query(sql, **parameters)


def exposed() -> dict[str, set[str]]:
    """The marts of every exposure, by its name."""
    files = (PROJECT_ROOT / "dbt_project" / "models").rglob("_exposures.yml")
    exposures = [each for file in files for each in yaml.safe_load(file.read_text(encoding="utf-8"))["exposures"]]
    return {each["name"]: {REF.fullmatch(parent)[1] for parent in each["depends_on"]} for each in exposures}


def furniture(record) -> None:
    """The controls with the header, and the source of a panel; runs inside AppTest."""
    from app.published import contents
    from app.views import controls, page

    published = record(page.published().path)
    controls.choose(published)
    contents.dictionary(published)


def one_page(name: str, record) -> None:
    """A page without its furniture; runs inside AppTest."""
    import importlib
    from dataclasses import replace

    from app.views import controls, page

    day = controls.choose(page.published())
    show = importlib.import_module(f"app.views.{name}").show
    show(replace(day, published=record(day.published.path)))


def queried(draw: Callable[..., None], *arguments: str) -> set[str]:
    """The marts that `draw` queries on the sample market, whatever the anchor."""
    recordings: list[Recording] = []

    def record(path: Path) -> Published:
        recordings.append(Recording(path))
        return recordings[-1]

    for anchor in ANCHORS:
        app = AppTest.from_function(draw, args=(*arguments, record), default_timeout=120)
        app.query_params["anchor"] = anchor
        assert not app.run().exception
    return set().union(*(recording.marts for recording in recordings))


@pytest.mark.parametrize("name", VIEWS)
def test_the_exposure_of_a_page_is_what_its_code_queries(sample, name):
    assert exposed()[f"{name}_page"] == queried(one_page, name)


def test_what_every_page_queries_is_exposed_once(sample):
    # the publication is written when the file is published and is no model of dbt
    assert exposed()[DRAWN_BY_EVERY_PAGE] == queried(furniture) - {"publication"}


def test_the_exposure_of_the_report_is_what_it_queries(sample):
    recording = Recording(sample)
    gather(recording, None)
    assert exposed()["daily_report"] == recording.marts - {"publication"}


def test_every_exposure_is_of_a_page_of_all_pages_of_the_report_or_of_those_who_write_sql():
    marts = exposed()
    assert set(marts) == {*(f"{name}_page" for name in VIEWS), DRAWN_BY_EVERY_PAGE, "daily_report", ONLY_SQL}
    assert not marts[ONLY_SQL] & set().union(*(names for name, names in marts.items() if name != ONLY_SQL))
