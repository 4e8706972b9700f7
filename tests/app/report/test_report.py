"""The daily report: what it says on the sample market, that it fetches nothing, and that outside text stays text."""

import html
import re
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from app import report
from app.report import layout
from ingestion.settings import Settings
from orchestration.cli import main

#: The Markdown report of the newest session of the sample market. To renew it after a change that is meant:
#: `market-internals run && market-internals report`, then copy the .md file that is named over this one.
GOLDEN = Path(__file__).with_name("golden_report.md")
HOSTILE = "<script>alert(1)</script> | `x` [a](http://b) *c* &lt;"


@pytest.fixture
def sheet() -> layout.Sheet:
    """A report in which every text from outside is hostile."""
    days = pd.to_datetime(["2024-12-24", "2024-12-26", "2024-12-27"])
    return layout.Sheet(
        session=date(2024, 12, 27), market=HOSTILE, is_made_up=True, call=HOSTILE, grounds=HOSTILE,
        headline=HOSTILE,
        paragraphs=((HOSTILE, HOSTILE),), falsifier=HOSTILE,
        tables=(layout.Table(HOSTILE, (HOSTILE, "b"), ((HOSTILE, HOSTILE),)),),
        index=pd.DataFrame({"session_date": days, "close": [1.0, None, 3.0]}),
        stages=pd.DataFrame({"state": ["washout", HOSTILE], "from_session": days[:2], "until": days[1:]}),
        footnotes=(HOSTILE,),
    )  # fmt: skip


def test_text_from_outside_is_never_markup(sheet):
    page = layout.as_html(sheet)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    text = layout.as_markdown(sheet)
    assert "<script" not in text
    assert "[a](http" not in text
    assert "&amp;lt;" in text
    (row,) = [line for line in text.splitlines() if line.startswith("| ") and "script" in line and "b |" not in line]
    assert row.replace("\\|", "").count("|") == 3


def test_a_session_without_a_close_is_a_gap_in_the_picture(sheet):
    drawn = layout.picture(sheet.index, sheet.stages)
    assert drawn.count("<polyline") == 2
    assert drawn.count("<rect") == 1
    assert layout.picture(sheet.index.iloc[:1], sheet.stages) == ""


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
    for path in report.write_report(sample_settings, session):
        assert path.read_text().count(note) == 1
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
    assert "MADE-UP market sample" in written
    assert "://" not in written
    assert "<svg" in written
    for title in ("Why: ", "When: the legs", "Evidence: ", "Where every number stands", "Data quality"):
        assert title in written
        assert title in text.read_text(encoding="utf-8")
    for part in (headline, falsifier):
        assert html.escape(part) in written
    assert f"<h1>{html.escape(argument)}</h1><p>{html.escape(call.removeprefix(argument).strip())}</p>" in written
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


def test_an_unreadable_file_is_refused_in_one_sentence(tiny, tmp_path, capsys):
    path = tiny()
    path.write_text("not a database " * 1000)
    assert main(["report", "--data", str(tmp_path), "--market", "folder", "--folder", str(tmp_path)]) == 4
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"market-internals: The published file {path} cannot be read")


def test_the_settings_given_win_over_those_of_the_environment(tiny, tmp_path):
    tiny()
    with pytest.raises(report.NoVerdict, match="holds no verdict of 2024-12-27"):
        report.write_report(Settings(data=tmp_path, market="folder", folder=None), None)
