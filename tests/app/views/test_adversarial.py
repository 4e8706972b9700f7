"""The Verdict page and the report on sessions of the adversarial market, on which what they read is missing."""

import html

import pytest
from bs4 import BeautifulSoup
from streamlit.testing.v1 import AppTest

from app import report
from ingestion.settings import Settings
from tests.app.conftest import look_at
from tests.app.views.test_pages import page, said
from tests.built_market import BuiltMarket
from tests.marts.adversarial_market import FAULTS
from tests.marts.built import read

#: The worst of its faults: no numbers of a kind at all, or of every kind.
WORST = (
    "nothing before", "no VIX", "no COR1M", "no bonds", "a crash", "no members", "one member", "no close of the index",
    "no close of SPY", "all members unchanged", "no bars but of the index",
)  # fmt: skip


@pytest.fixture
def settings(adversarial_built: BuiltMarket, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of the adversarial market, which the viewer reads in this test."""
    look_at(monkeypatch, adversarial_built.settings)
    return adversarial_built.settings


@pytest.mark.parametrize("fault", WORST)
def test_the_verdict_is_shown_and_reported_on_a_session_of_a_fault(settings, sources_open, fault):
    sessions = read(settings.warehouse_path, "select session_date from intermediate.int_sessions order by 1")
    session = sessions.session_date[FAULTS[fault][1] - 1].date()
    verdict = read(settings.published_path, "select headline from marts.verdict_daily where session_date = ?", session)
    app = AppTest.from_function(page, args=("verdict",), default_timeout=120)
    app.query_params["session"] = str(session)
    app.run()
    assert not app.exception
    assert str(session) in said(app)
    (headline,) = verdict.headline
    assert headline in html.unescape(said(app))
    for path in report.write_report(settings, session):
        assert headline in BeautifulSoup(path.read_text(), "lxml").get_text().replace("\N{NO-BREAK SPACE}", " ")
