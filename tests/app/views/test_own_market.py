"""The pages of a market of the user's own names: what they say is about that index, not about the S&P 500."""

import pytest
from streamlit.testing.v1 import AppTest

from app.words import argument, labels
from ingestion.settings import Settings
from tests.app.conftest import look_at
from tests.app.views.test_pages import page, said
from tests.built_market import BuiltMarket
from tests.marts.built import read


@pytest.fixture
def settings(own_built: BuiltMarket, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a market of one, three or thirty names, which the viewer reads in this test."""
    look_at(monkeypatch, own_built.settings)
    return own_built.settings


@pytest.mark.parametrize("name", ["verdict", "evidence"])
def test_a_page_about_the_index_of_own_names_does_not_call_it_the_sp500(settings, sources_open, name):
    app = AppTest.from_function(page, args=(name,), default_timeout=120).run()
    assert not app.exception
    assert "S&P 500" not in said(app).replace("&amp;", "&")


def test_the_next_levels_of_the_index_are_named_where_there_are_some(settings, sources_open):
    readings = [reading.format(index="OWN") for reading in argument.WATCHED]
    levels = read(
        settings.published_path,
        "select * from marts.levels_next where within_reach "
        "and session_date = (select max(session_date) from marts.levels_next)",
    )
    nearest = levels[levels.reading.isin(readings)].sort_values("distance_sigma", key=abs).head(1)
    app = AppTest.from_function(page, args=("verdict",), default_timeout=120).run()
    assert ("No level within reach" in said(app)) == nearest.empty
    for row in nearest.itertuples():
        assert row.level_name in said(app)
        assert f"at {labels.number(row.level, 2)}" in said(app)
