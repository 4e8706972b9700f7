"""The viewer as Streamlit runs it, without a browser: full, empty, stale, half built, and on any past day."""

import html
import json
import re
from datetime import date, datetime, timedelta

import duckdb
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app.words import labels
from tests.app.conftest import MAIN, VIEWS

TITLES = {
    "breadth": [
        "Share of members above their own average", "Advances less declines", "McClellan", "New 52-week highs and lows",
        "Thrust gauge", "Up volume", "Participation", "Narrowness", "Sectors on the session", "Coverage",
    ],
    "since_the_event": [
        "Total return since the anchor", "Below the anchor", "Lead of the S&amp;P 500 over the Russell 2000",
        "The same split, session by session", "Return, relative points, drawdown and days below",
    ],
    "indexation": [
        "Where the return of the S&amp;P 500 came from", "What each of the seven gave", "What each sector gave",
        "The S&amp;P 500 against itself without the Mag7", "Weight of the Mag7", "log ratio, its slope, and bonds",
    ],
    "correlation": [
        "(COR1M)", "(COR3M)", "Implied against realised", "Do members move together", "Dispersion",
        "Stocks against bonds", "Correlation across assets", "States, and how common they are",
    ],
    "volatility": [
        "VIX and its state", "The family", "Term structure: VIX against VIX3M", "Term curve today",
        "Implied against realised", "Volatility of volatility", "States, and how common they are",
    ],
    "data_health": [
        "Coverage by year", "Freshness of levels", "Release calendar", "Freshness by series", "Gaps", "Restatements",
        "Rejected rows", "Flagged rows",
    ],
}  # fmt: skip


def said(app: AppTest) -> str:
    """All HTML of the page: strip, notices, titles and figures."""
    return "\n".join(element.proto.body for element in app.get("html"))


def run(**query: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=120)
    app._page_hash = calc_hash("breadth")  # AppTest.switch_page knows pages by file, these are functions
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def page(name: str) -> None:
    """What main does for one page; runs inside AppTest."""
    import importlib

    from app.views import controls, page

    day = controls.choose(page.published())
    page.remarks(day)
    importlib.import_module(f"app.views.{name}").show(day)


def rows(path, query: str) -> list[tuple]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


@pytest.mark.parametrize("name", VIEWS)
def test_every_page_draws_the_sample_market_without_an_exception(sample, sources_open, name):
    app = AppTest.from_function(page, args=(name,), default_timeout=120).run()
    assert not app.exception
    text = said(app)
    for title in TITLES.get(name, []):
        assert title in text
    assert "Not in this file yet" not in text
    if name in TITLES:
        assert "No rows of" not in text
        assert "No value of" not in text
    assert all("select" in block.value for block in app.code)
    assert app.code
    columns = [each for table in app.dataframe for each in json.loads(table.proto.columns or "{}").items()]
    assert not [name for name, column in columns if column.get("hidden") and name != "_index"]


def test_a_source_is_made_only_once_it_is_opened(sample):
    app = run()
    assert app.expander
    assert not app.code


def test_the_strip_says_that_a_sample_market_is_made_up(sample):
    text = said(run())
    (last, rules), *_ = rows(sample, "select last_session, rule_version from marts.publication")
    assert "MADE-UP market sample" in text
    assert "nobody ever paid" in text
    assert f"{last:%Y-%m-%d}" in text
    assert rules in text
    assert "final" in text


def test_the_figures_are_those_of_the_mart(sample):
    ((advances, declines),) = rows(
        sample,
        """
        select advances, declines from marts.breadth_daily
        where universe_id = 'SP500' and segment_id = 'ALL'
            and session_date = (select last_session from marts.publication)
        """,
    )
    assert f"{advances} / {declines}" in said(run())


def test_any_past_session_can_be_picked_and_a_day_off_shows_the_session_before(sample):
    app = run()
    app.date_input[0].set_value(date(2024, 11, 29)).run()
    assert "2024-11-29 Fri" in said(app)
    app.date_input[0].set_value(date(2024, 12, 1)).run()
    assert "2024-12-01 was no session; showing 2024-11-29" in said(app)
    app.button(key="step Later").click().run()
    assert "2024-12-02 Mon" in said(app)
    app.button(key="step Earlier").click().run()
    assert "2024-11-29 Fri" in said(app)
    app.button(key="step Newest").click().run()
    assert "looking back" not in said(app)
    assert not app.exception


def test_the_url_chooses_session_window_and_universe(sample, sources_open):
    app = run(session="2024-10-15", window="3 months", universe="Sector SPDRs (proxy)")
    assert "2024-10-15 Tue" in said(app)
    assert app.selectbox(key="window").value == "3 months"
    assert app.selectbox(key="universe").value == "SECTOR_ETFS"
    assert any("'SECTOR_ETFS'" in block.value for block in app.code)


@pytest.mark.parametrize("window", ["3 months", "All"])
def test_a_window_of_any_length_and_a_sector_draw(sample, window):
    app = run(window=window, segment="Energy")
    assert app.selectbox(key="segment").value == "Energy"


def looked_at(name: str, session: str, **query: str) -> AppTest:
    app = AppTest.from_function(page, args=(name,), default_timeout=120)
    for key, value in {"session": session, **query}.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def test_the_gap_is_split_by_the_figures_of_the_mart(sample):
    event, name, session, gap, share = rows(
        sample,
        """
        select distinct event_id, event_name, session_date::varchar, gap_pp, mega_cap_share_pct
        from marts.event_gap_daily
        inner join marts.event_performance_daily using (event_id, session_date)
        where mega_cap_share_pct is not null
        order by session_date desc, event_id desc
        """,
    )[0]
    text = said(looked_at("since_the_event", session, anchor=event))
    assert name in text
    assert f"lead {labels.formatted('gap_pp', gap)}" in text
    assert f"{labels.formatted('mega_cap_share_pct', share)} of it the Mag7" in text


def test_before_the_event_the_page_says_so(sample):
    text = said(looked_at("since_the_event", "2024-06-03", anchor="2024-11-11"))
    assert "lies after the session" in text
    assert "Below the anchor" not in text


def test_any_day_is_an_anchor_and_rules_the_pages(sample):
    day = "2024-10-01"
    assert "Since the event: 2024-10-01" in said(looked_at("since_the_event", "2024-12-18", anchor=day))
    assert "since 1 Oct</strong>" in said(looked_at("verdict", "2024-12-18", anchor=day))
    assert "choose an event to see it" in said(looked_at("indexation", "2024-12-18", anchor=day))
    assert "Cumulative since the anchor" in said(looked_at("drivers", "2024-12-18", anchor=day))
    app = looked_at("since_the_event", "2024-12-18")
    app.selectbox(key="anchor").set_value("day").run()
    app.date_input(key="anchor_day").set_value(date(2024, 9, 20)).run()
    assert "Since the event: 2024-09-20" in said(app)
    assert app.query_params["anchor"] == "2024-09-20"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("session", "soon", "“soon” in the address is not a date"),
        ("session", "2099-01-04", "2099-01-04 in the address is outside this file"),
        ("session", "2024-12-25", "2024-12-25 was no session; showing 2024-12-24"),
        ("anchor", "the election", "“the election” in the address names neither an event of this file nor a day"),
        ("anchor", "1950-01-03", "“1950-01-03” in the address names neither"),
    ],
)
def test_what_the_url_names_wrongly_is_said(sample, name, value, words):
    app = run(**{name: value})
    assert words in said(app)
    assert words not in said(run())


def test_before_the_first_dated_weights_indexation_says_so_and_draws_the_ratio(sample):
    ((first, before),) = rows(
        sample,
        """
        select min(session_date)::varchar, (
            select max(session_date)::varchar from marts.relative_performance_daily
            where session_date < (select min(session_date) from marts.index_attribution_daily)
        )
        from marts.index_attribution_daily
        """,
    )
    text = said(looked_at("indexation", before))
    assert f"The first dated weights of this file are of {first}" in text
    assert "Where the return" not in text
    assert "log ratio, its slope, and bonds" in text


OLD_WEIGHTS = "select session_date::varchar, weights_note from marts.index_attribution_daily where weights_note {}"


@pytest.mark.parametrize("name", ["indexation", "verdict"])
def test_old_weights_are_noted_in_the_words_of_the_mart(sample, name):
    session, note = rows(sample, OLD_WEIGHTS.format("is not null order by session_date desc limit 1"))[0]
    assert said(looked_at(name, session)).count(note) == 1
    session, _ = rows(sample, OLD_WEIGHTS.format("is null order by session_date desc limit 1"))[0]
    assert "Index weights are" not in said(looked_at(name, session))


def test_the_verdict_begins_with_the_call_and_its_track_record_is_beside_what_would_prove_it_wrong(sample):
    words = """
        select section, position, sentence
        from marts.verdict_lines
        where section in ('call', 'day', 'wrong_if')
            and session_date = (select max(session_date) from marts.verdict_daily)
    """
    texts = {(section, position): html.escape(text) for section, position, text in rows(sample, words)}
    text = said(AppTest.from_function(page, args=("verdict",), default_timeout=120).run())
    assert f'<h1 class="mi-call">{texts["call", 1]}</h1>' in text
    assert text.index(texts["call", 1]) < text.index(texts["call", 2]) < text.index(texts["day", 1])
    assert f"<b>{texts['wrong_if', 1]}</b> <span>{texts['wrong_if', 2]}</span>" in text


def test_a_level_whose_test_is_not_known_begins_where_it_would_be_met(sample):
    unknown = "select count(*) from marts.levels_next where within_reach and is_met is null and session_date = "
    assert rows(sample, f"{unknown} '2017-11-01'")[0][0] > 0
    assert "begins at" in said(looked_at("verdict", "2017-11-01"))


@pytest.mark.parametrize(("name", "session"), [("verdict", "2024-12-18"), ("claims", "2024-12-27")])
def test_legs_and_claims_are_in_words(sample, name, session):
    app = looked_at(name, session)
    first = app.dataframe[0].value if name == "verdict" else pd.DataFrame()
    written = said(app).split("</style>")[-1] + first.to_csv()
    assert re.findall(r"\b[a-z0-9]+_[a-z0-9_]+\b", re.sub(r"<[^>]+>", " ", written)) == []
    if name == "verdict":
        assert first.columns.tolist() == ["leg", "met", "age", "evidence"]
        assert len(first) == 7


def test_evidence_opens_on_the_outcome_whose_odds_have_had_the_most_skill(sample):
    ((target, low),) = rows(
        sample,
        """
        select target, skill_known_low from marts.vix_odds_daily
        where horizon = 21 and session_date = '2024-12-18'
        order by skill_known_low desc nulls last, target
        limit 1
        """,
    )
    assert low is not None
    assert looked_at("evidence", "2024-12-18").selectbox(key="target").value == target


def test_the_score_of_the_calls_is_shown_of_the_newest_session_alone(sample):
    newest = AppTest.from_function(page, args=("evidence",), default_timeout=120).run()
    assert "Were the calls any good" in said(newest)
    assert "Were the calls any good" not in said(looked_at("evidence", "2024-12-18"))


def test_the_horizon_of_the_attribution_is_chosen_by_the_url(sample, sources_open):
    app = looked_at("indexation", "2024-12-18", horizon="21 sessions")
    assert "21 sessions: Mag7" in said(app)
    assert any("horizon = '21'" in block.value for block in app.code)


def test_the_matrix_of_assets_can_be_read_over_another_window(sample, sources_open):
    app = looked_at("correlation", "2024-12-18")
    assert any("window_sessions = 63" in block.value for block in app.code)
    app.segmented_control(key="matrix").set_value(252).run()
    assert any("window_sessions = 252" in block.value and "asset_a, asset_b" in block.value for block in app.code)


def test_an_empty_market_says_what_to_run(nothing, monkeypatch):
    assert "market-internals run --market folder --folder PATH" in said(run())
    monkeypatch.setenv("MARKET_INTERNALS_MARKET", "sample")
    text = said(run())
    assert "<code>make run</code> or <code>market-internals run</code>" in text
    assert "mi-strip" not in text.split("</style>")[1]


def test_a_file_built_days_ago_says_so(tiny):
    built = datetime.now() - timedelta(days=9)
    tiny(built_at=built)
    text = said(run())
    assert f"built on {built:%Y-%m-%d}" in text
    assert "9 days ago" in text
    assert "last session is 2024-12-27" in text


def test_a_file_whose_last_session_is_old_says_so_but_not_for_made_up_prices(tiny):
    tiny()
    assert "The last session in this file is 2024-12-27" in said(run())
    tiny(market="sample")
    assert "The last session in this file" not in said(run())


def test_a_fresh_file_raises_no_notice(tiny):
    tiny(last=f"{datetime.now():%Y-%m-%d}")
    assert 'class="mi-note mi-alert"' not in said(run())


def test_what_a_file_lacks_is_named_and_the_rest_is_drawn(tiny):
    tiny()
    text = said(run())
    assert "Not in this file yet: marts.breadth_daily has no pct_above_sma20" in text
    assert "market folder" in text
    assert "survivor-biased" in text


@pytest.mark.parametrize("name", VIEWS)
def test_no_page_breaks_on_a_half_built_file(tiny, name):
    tiny()
    assert not AppTest.from_function(page, args=(name,), default_timeout=120).run().exception


def test_a_file_that_cannot_be_read_is_one_sentence_on_the_page(tiny):
    path = tiny()
    path.write_text("not a database " * 1000)
    text = said(run())
    assert f"The published file {path} cannot be read" in text
    assert "mi-strip" not in text.split("</style>")[1]


def test_a_newly_published_file_is_read_at_the_next_look(tiny):
    tiny(last="2024-12-26")
    assert "2024-12-26 Thu" in said(run())
    tiny(last="2024-12-27")
    assert "2024-12-27 Fri" in said(run())
