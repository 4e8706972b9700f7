"""The law of words over every session of three markets, and each rule against a row that breaks it."""

from collections.abc import Iterator

import duckdb
import pytest

from tests.built_market import BuiltMarket
from tests.marts.adversarial_market import FAULTS
from tests.marts.built import read
from tests.marts.law_of_words import RULES
from tests.marts.law_walk import broken, found, planted, sentences_of
from tests.marts.words.rule import Rule


@pytest.fixture(scope="module", params=["sample", "folder", "adversarial"])
def said(request: pytest.FixtureRequest) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the sentences of a market, and with their numbers."""
    if request.param == "adversarial":
        published = request.getfixturevalue("adversarial_built").settings.published_path
    else:
        published = request.getfixturevalue("published" if request.param == "sample" else "folder_built")
    with sentences_of(published) as connection:
        yield connection


def test_every_rule_has_a_name_of_its_own() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_every_session_and_every_number_is_walked(said: duckdb.DuckDBPyConnection) -> None:
    for table, least in (("days", 600), ("lines", 10_000), ("numbers", 40_000)):
        (count,) = said.execute(f"select count(*) from {table}").fetchall()[0]
        assert count > least, table


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_no_session_breaks_a_rule(said: duckdb.DuckDBPyConnection, rule: Rule) -> None:
    assert found(said, rule.of, rule) == []


@pytest.mark.laws
@pytest.mark.parametrize("market", ["sample", "folder"])
def test_no_report_of_every_tenth_session_breaks_a_rule(market: str, request: pytest.FixtureRequest) -> None:
    with sentences_of(request.getfixturevalue("published" if market == "sample" else "folder_built"), 10) as connection:
        assert broken(connection) == []


@pytest.mark.parametrize("said", ["sample", "folder"], indirect=True, scope="module")
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_finds_the_row_that_is_planted(said: duckdb.DuckDBPyConnection, rule: Rule) -> None:
    assert len(planted(said, rule)) == 1


#: Fault of the adversarial market -> what is missing on its sessions, and nothing else says that it is there.
MISSING = {
    "nothing before": ("participation score", "selling pressure", "drivers", "capitulation stage"),
    "no bonds": ("risk state",),
    "no VIX": ("volatility state",),
    "no VIX3M": ("volatility state",),
    "no members": ("advances and declines", "participation score", "narrowness score", "selling pressure"),
    "forty members": ("advances and declines", "participation score", "narrowness score", "selling pressure"),
    "one member": ("advances and declines", "participation score", "narrowness score", "selling pressure"),
    "prices of a third of the members": ("advances and declines", "participation score", "selling pressure"),
    "no close of the index": ("index close",),
    "no close of SPY": ("drivers", "mega-caps"),
    "no bars but of the index": ("advances and declines", "drivers", "mega-caps"),
}


def test_an_adversarial_session_has_a_verdict_that_says_what_is_missing(adversarial_built: BuiltMarket) -> None:
    verdicts = read(adversarial_built.settings.published_path, "select * from marts.verdict_daily order by 1")
    sessions = read(adversarial_built.settings.warehouse_path, "select * from intermediate.int_sessions order by 1")
    # the first session has no return yet, so no breadth and no verdict
    assert verdicts.session_date.tolist() == sessions.session_date.tolist()[1:]
    for fault, missing in MISSING.items():
        first, after = FAULTS[fault]
        for verdict in verdicts[verdicts.session_date.isin(sessions.session_date[first:after])].itertuples():
            assert not set(missing) - set(verdict.missing.split(", ")), (fault, verdict.session_date)
    uncounted = verdicts.missing.str.contains("advances and declines")
    assert verdicts.day_state[uncounted].isna().all()
    assert verdicts.headline[uncounted].str.startswith("Advances and declines not known, ").all()
    # a return needs the close before, too: one session more where bars are missing
    assert uncounted.sum() == 4 + 6 + 4 + (3 + 1) + (1 + 1)
    assert {"capitulated", "confirmed", "washout", "none"} <= set(verdicts.when_stage.dropna())
