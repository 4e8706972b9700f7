"""The daily report and the first screen of many sessions of a published file, text by text, beside the numbers of the
session."""

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pandas as pd

from app.published.file import Published
from app.report.gather import gather
from app.report.markdown import as_markdown
from app.report.page_one import ODDS
from app.report.sheet import Sheet
from app.words.the_day import ANSWERS, CHAIN_CALL
from tests.marts import screen_text

#: A text of a report or of the first screen: where it is, what it is about, the numbers in it that a mart must have.
COLUMNS = ("session_date", "place", "item", "text", "now", "before", "rank", "digits")

#: Every n-th session, counted back from the newest, and more of those whose report has a chain.
SESSIONS = f"""
select session_date
from published.marts.verdict_daily
qualify (row_number() over (order by session_date desc) - 1) % $every = 0
    or (
        call_id = '{CHAIN_CALL}'
        and (row_number() over (partition by call_id order by session_date desc) - 1) % ceil($every / 10) = 0
    )
order by session_date
"""

REPORTS = """
create table reports as
with written as (
    select
        session_date,
        regexp_replace(text, '\\\\([\\\\`*_\\[\\]|#~])', '\\1', 'g') as markdown
    from texts
    where place = 'markdown'
),

unsaid as (
    select written.session_date, count(*) filter (where not contains(markdown, sentence)) as unsaid
    from written
    inner join published.marts.verdict_lines as lines on written.session_date = lines.session_date
    where lines.section not in ('odds', 'levels')
    group by written.session_date
),

chains as (
    select
        session_date,
        string_agg(text, '; ') filter (where place = 'chain') as said_chain,
        string_agg(text, '; ') filter (where place = 'doubt') as doubts
    from texts
    where place in ('chain', 'doubt', 'call')
    group by session_date
),

levels as (
    select session_date, string_agg(sentence, ' ') as level_lines
    from published.marts.verdict_lines
    where section = 'levels'
    group by session_date
)

select
    texts.*,
    days.* exclude (session_date),
    unsaid.unsaid,
    levels.level_lines,
    coalesce(chains.said_chain, '') as said_chain,
    coalesce(chains.doubts, '') as doubts,
    answers.value,
    answers.previous,
    answers.pctl_252,
    vix_odds.base_share,
    vix_odds.base_share_vix,
    state_odds.share_said,
    breadth.pct_above_sma20,
    breadth.pct_above_sma50,
    breadth.pct_above_sma200,
    count(*) over (partition by texts.session_date, texts.place) as texts_there
from texts
inner join days on texts.session_date = days.session_date
left join unsaid on texts.session_date = unsaid.session_date
left join chains on texts.session_date = chains.session_date
left join levels on texts.session_date = levels.session_date
left join published.marts.answers_daily as answers
    on texts.session_date = answers.session_date and texts.item = answers.answer_id
left join published.marts.vix_odds_daily as vix_odds
    on texts.session_date = vix_odds.session_date and texts.item = vix_odds.target || ' ' || vix_odds.horizon
left join published.marts.verdict_daily as verdicts
    on texts.session_date = verdicts.session_date
left join published.marts.odds_daily as state_odds
    on texts.session_date = state_odds.session_date
    and texts.item = 'state ' || state_odds.target || ' ' || state_odds.horizon
    and verdicts.odds_study_id = state_odds.study_id
    and state_odds.track = 'all'
left join published.marts.breadth_daily as breadth
    on texts.session_date = breadth.session_date and breadth.universe_id = 'SP500' and breadth.segment_id = 'ALL'
"""


def create_reports(connection: duckdb.DuckDBPyConnection, path: Path, every: int) -> None:
    """Create the table `reports` from the published file at `path`; a warehouse is not published and has no report.

    The reports are those of every n-th session, and of every n/10-th with a chain.
    """
    published = connection.execute(
        "select count(*) from duckdb_tables() where database_name = 'published' and table_name = 'publication'"
    ).fetchall()[0][0]
    rows = []
    if published:
        with Published(path) as file:
            for (session,) in connection.execute(SESSIONS, {"every": every}).fetchall():
                rows += texts_of(gather(file, session))
                rows += map(_filled, screen_text.texts_of(file, session))
    types = ("date", "varchar", "varchar", "varchar", "double", "double", "double", "integer")
    typed = ", ".join(f"{column}::{kind} as {column}" for column, kind in zip(COLUMNS, types, strict=True))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    connection.register("frame", frame)
    connection.execute(f"create table texts as select {typed} from frame")
    connection.unregister("frame")
    connection.execute(REPORTS)


def texts_of(sheet: Sheet) -> list[tuple]:
    """Every text of a report as rows of COLUMNS; names of marts and columns stand in the last appendix, left out."""
    return [_filled((sheet.session, *row)) for row in _texts(sheet)]


def _filled(row: tuple) -> tuple:
    """A row of COLUMNS without the numbers that it lacks."""
    return (*row, *(None,) * (len(COLUMNS) - len(row)))


def _texts(sheet: Sheet) -> Iterator[tuple]:
    page = sheet.page_one
    yield from (("call", "", page.call), ("grounds", "", page.grounds), ("headline", "", page.headline))
    yield from (("wrong_if", "", page.wrong_if), ("markdown", "", as_markdown(sheet)))
    if page.chain:
        yield "chain", "", page.chain.sentence
        yield from (("doubt", "", doubt) for doubt in page.chain.doubts)
    for (name, numbers), answer in zip(ANSWERS.values(), page.answers, strict=True):
        yield "answer", name, answer.word
        yield "note", name, answer.note
        for number in answer.numbers:
            answer_id, how = next((key, how) for key, how in numbers.items() if how[0] in number.now)
            texts = (number.now.removeprefix(how[0]), number.before, number.place)
            yield "number", answer_id, f"{number.now}; {number.before}; {number.place}", *map(_number, texts), how[2]
    yield from (("picture", picture.title, picture.says) for picture in page.pictures)
    targets = {words: f"{target} {horizon}" for target, horizon, words in ODDS}
    for event, given, odds, base, skill in page.odds.rows:
        item = targets[event] if given.startswith("VIX at ") else f"state {targets[event]}"
        yield "odds", item, f"{event}; {given}; {skill}", _number(odds), _number(base)
    yield from (("level", row[0], " | ".join(row[1:])) for row in page.levels.rows)
    yield from (("section", name, text) for name, text in sheet.sections)
    for table in (*sheet.movers, *sheet.tables, *sheet.appendices[:-1]):
        yield from (("table", row[0], " | ".join(row)) for row in table.rows)
    yield from (("data", "", note) for note in sheet.notes)


def _number(text: str) -> float | None:
    """The first number of a text."""
    found = re.search(r"[−+]?\d[\d,]*(?:\.\d+)?", text)
    return float(found[0].replace("−", "-").replace(",", "")) if found else None
