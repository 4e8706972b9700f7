"""The daily report: what it says on the built markets, that it fetches nothing, and that outside text stays text."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest
from bs4 import BeautifulSoup

from app import report
from app.published.file import Published
from app.report import html_page, markdown
from app.report.gather import gather
from app.report.pictures import Picture
from app.report.sheet import Answer, Chain, Number, PageOne, Sheet, Table
from ingestion.settings import Settings
from orchestration.cli import main

#: The Markdown report of the newest session of the sample market. To renew it after a change that is meant:
#: `market-internals run && market-internals report`, then copy the .md file that is named over this one.
GOLDEN = Path(__file__).with_name("golden_report.md")
HOSTILE = "<script>alert(1)</script> | `x` [a](http://b) *c* &lt;"
DAY = date(2024, 12, 27)


@pytest.fixture
def sheet() -> Sheet:
    """A report in which every text from outside is hostile."""
    table = Table(HOSTILE, (HOSTILE, "b"), ((HOSTILE, HOSTILE),))
    page = PageOne(
        call=HOSTILE, grounds=HOSTILE, headline=HOSTILE, chain=Chain(HOSTILE, (HOSTILE,)),
        answers=(Answer(HOSTILE, HOSTILE, (Number(HOSTILE, HOSTILE, HOSTILE),), HOSTILE),),
        pictures=(Picture(HOSTILE, HOSTILE, "<svg></svg>"),), odds=table, levels=table, wrong_if=HOSTILE,
    )  # fmt: skip
    return Sheet(
        session=DAY, market=HOSTILE, is_made_up=True, status="final", page_one=page, sections=((HOSTILE, HOSTILE),),
        movers=(table,), tables=(table,), appendices=(table,), notes=(HOSTILE,),
    )  # fmt: skip


@pytest.fixture(params=["sample", "folder"])
def market(request: pytest.FixtureRequest) -> Path:
    """The published file of each market."""
    return request.getfixturevalue("published" if request.param == "sample" else "folder_built")


def read(page: str) -> BeautifulSoup:
    """A report, its dates and units as they are in the marts."""
    return BeautifulSoup(page.replace("\N{NO-BREAK SPACE}", " "), "lxml")


def words(found: BeautifulSoup) -> str:
    return " ".join(found.get_text().split())


def test_text_from_outside_is_never_markup(sheet):
    page = html_page.as_html(sheet)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    text = markdown.as_markdown(sheet)
    assert "<script" not in text
    assert "[a](http" not in text
    assert "&amp;lt;" in text
    rows = [line for line in text.splitlines() if line.startswith("| ") and "script" in line and "b |" not in line]
    assert len(rows) == 5
    assert all(row.replace("\\|", "").count("|") == 3 for row in rows)


def test_only_the_style_of_the_page_applies_and_nothing_is_loaded(sheet):
    page = read(html_page.as_html(sheet))
    policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert page.find_all(["script", "img", "link", "iframe"]) == []
    assert [tag for tag in page.find_all(True) if tag.has_attr("style")] == []


def test_the_chain_is_one_sentence_and_says_what_the_data_do_not_support(market):
    with Published(market) as published:
        sheet = gather(published, DAY)
    chain = sheet.page_one.chain
    links = re.fullmatch(
        r"Less support from the mega-caps \(trend (?P<trend>−[\d.]+) bp a day against five sessions ago\)"
        r" → implied correlation can blow out \(COR1M (?P<cor1m>[\d.]+), rank (?P<rank>\d+) % of a year\)"
        r" → marginal weakness is likelier until positioning goes"
        r" \(asset managers: (?P<net>[\d.]+) % of open interest net\)\.",
        chain.sentence,
    )
    assert links
    assert links["cor1m"] == f"{_one(market, 'cor1m from marts.implied_correlation_daily'):.2f}"
    assert chain.doubts == (
        "more than the usual odds with such a VIX", "“The lead of the mega-caps hangs on bonds”",
        "“The odds of marginally lower prices have risen”", "“The odds of higher volatility have risen”",
    )  # fmt: skip
    for text in (words(read(html_page.as_html(sheet))), markdown.as_markdown(sheet)):
        assert chain.sentence in text
        assert "The data do not support:" in text


def test_a_session_with_another_call_has_no_chain(folder_built):
    with Published(folder_built) as published:
        assert gather(published, date(2020, 3, 16)).page_one.chain is None


def _one(market: Path, value: str) -> float:
    with duckdb.connect(str(market), read_only=True) as connection:
        return connection.execute(f"select {value} where session_date = ?", [DAY]).fetchall()[0][0]


def test_no_name_of_a_column_is_in_the_text_before_the_appendices(market):
    with Published(market) as published:
        sheet = gather(published, DAY)
        columns = set(published.query("select distinct column_name from marts.dictionary")["column_name"])
    page = read(html_page.as_html(sheet))
    sources = page.footer.extract()
    identifiers = re.compile(r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b")
    assert {found for found in identifiers.findall(words(sources)) if found in columns}
    assert identifiers.findall(words(page)) == []
    labels = " ".join(chart["aria-label"] for chart in page.find_all("svg"))
    assert identifiers.findall(labels) == []
    argument, appendix, _ = markdown.as_markdown(sheet).partition("## Appendix: where every number stands")
    assert identifiers.findall(argument.replace("\\_", "_")) == []
    assert appendix


def test_page_one_has_six_charts_four_answers_and_at_most_four_odds(market):
    with Published(market) as published:
        page = read(html_page.as_html(gather(published, DAY)))
    first = page.find(class_="page-one")
    charts = first.find_all("svg")
    assert len(charts) == 6
    assert all(chart["role"] == "img" and ":" in chart["aria-label"] for chart in charts)
    answers = first.find(class_="answers").find_all("section")
    assert [answer.h2.get_text() for answer in answers] == ["Selling", "Why", "Where", "When"]
    assert all("was " in answer.get_text() and "of a year" in answer.get_text() for answer in answers)
    odds, levels = first.find(class_="ahead").find_all("section")
    assert 2 <= len(odds.tbody.find_all("tr")) <= 4
    assert len(levels.tbody.find_all("tr")) == 3
    assert first.find(class_="wrong").get_text().startswith("Wrong if ")


def test_the_appendices_are_closed_and_last(sample, sample_settings):
    page = read(report.write_report(sample_settings, None)[0].read_text(encoding="utf-8"))
    appendices = page.footer.find_all("details")
    assert [each.h2.get_text() for each in appendices][-2:] == [
        "Appendix: where every number stands", "Appendix: data quality"
    ]  # fmt: skip
    assert not any(each.has_attr("open") for each in appendices)
    assert page.main.find_all("details") == []
    assert page.footer.find_next_siblings() == []


def test_a_session_of_which_little_is_known_has_a_report(folder_built):
    with Published(folder_built) as published:
        sheet = gather(published, date(2010, 1, 5))
    assert sheet.page_one.chain is None
    assert len(sheet.page_one.pictures) < 6
    assert "fell –" not in markdown.as_markdown(sheet)
    assert html_page.as_html(replace(sheet, movers=()))


def test_old_weights_are_noted_in_the_words_of_the_mart(sample, sample_settings):
    with duckdb.connect(str(sample), read_only=True) as connection:
        session, note = connection.execute(
            """
            select session_date, weights_note
            from marts.index_attribution_daily
            where weights_note is not null
            order by session_date desc
            limit 1
            """
        ).fetchall()[0]
    page, text = report.write_report(sample_settings, session)
    assert text.read_text().count(note) == 1
    assert words(read(page.read_text())).count(note) == 1
    for path in report.write_report(sample_settings, None):
        assert "Index weights are" not in path.read_text()


def test_the_report_of_the_sample_market_says_the_verdict_and_fetches_nothing(sample, sample_settings):
    page, text = report.write_report(sample_settings, None)
    with duckdb.connect(str(sample), read_only=True) as connection:
        session, headline, call, falsifier = connection.execute(
            "select session_date, headline, call, falsifier from marts.verdict_daily order by session_date desc limit 1"
        ).fetchall()[0]
        argument = connection.execute(
            "select sentence from marts.verdict_lines where section = 'call' and position = 1 and session_date = ?",
            [session],
        ).fetchall()[0][0]
    assert page.stem == text.stem == str(session)
    written = page.read_text(encoding="utf-8")
    assert "://" not in written
    parsed = read(written)
    assert parsed.h1.get_text() == argument
    for part in ("MADE-UP market sample", headline, falsifier, call.removeprefix(argument).strip()):
        assert part in words(parsed)
    assert text.read_text(encoding="utf-8").startswith(f"# {argument}\n")


def without_the_build(text: str) -> str:
    """A report without what differs from build to build: rule version, when it was built, and what was known then."""
    stamp = r"Rules \w+; built \S+ \S+ UTC from what was known by \S+ \S+ UTC"
    assert len(re.findall(stamp, text)) == 1
    return re.sub(stamp, "Rules RULES; built BUILT_AT from what was known by AS_OF", text)


def test_the_report_of_the_sample_market_reads_as_committed(sample, sample_settings):
    _, text = report.write_report(sample_settings, None)
    written = without_the_build(text.read_text(encoding="utf-8"))
    assert written.splitlines() == without_the_build(GOLDEN.read_text(encoding="utf-8")).splitlines()


def test_a_day_off_and_a_missing_file_are_refused_in_words(sample, sample_settings, tmp_path, capsys):
    with pytest.raises(report.NoVerdict, match="2024-12-25 is no session of this file; the one before is 2024-12-24"):
        report.write_report(sample_settings, date(2024, 12, 25))
    assert main(["report", "--data", str(tmp_path), "--market", "sample"]) == 2
    assert "nothing is published" in capsys.readouterr().err


def test_the_report_of_the_folder_market_needs_no_folder(tiny, tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("MARKET_INTERNALS_FOLDER", raising=False)
    path = tiny()
    path.write_text("not a database " * 1000)
    assert main(["report", "--data", str(tmp_path), "--market", "folder"]) == 4
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"market-internals: The published file {path} cannot be read")


def test_the_settings_given_win_over_those_of_the_environment(tiny, tmp_path):
    tiny()
    with pytest.raises(report.NoVerdict, match="holds no verdict of 2024-12-27"):
        report.write_report(Settings(data=tmp_path, market="folder", folder=None), None)
