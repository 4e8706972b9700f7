"""The daily report as one HTML page with its charts inside it; all text from outside is escaped, nothing is fetched."""

import base64
import re
from hashlib import sha256
from html import escape
from pathlib import Path

from app.report.sheet import Answer, Chain, PageOne, Sheet, Table
from app.words import notices

STYLE = "\n" + Path(__file__).with_name("report.css").read_text(encoding="utf-8")
#: Nothing may be loaded, run or sent; only this very style applies.
POLICY = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(sha256(STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'"
)


def as_html(sheet: Sheet) -> str:
    """The report as one page without any request to a network."""
    sections = "".join(f"<dt>{_words(name)}</dt><dd>{_words(text)}</dd>" for name, text in sheet.sections if text)
    notes = "".join(f"<li>{_words(text)}</li>" for text in sheet.notes)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<title>{notices.PRODUCT} {sheet.session}</title><style>{STYLE}</style></head><body><main>"
        f'<section class="page-one">{_strip(sheet)}{_page_one(sheet.page_one)}</section>'
        f"<section><h2>The argument</h2><dl>{sections}</dl></section>"
        f'<div class="movers">{"".join(map(_section, sheet.movers))}</div>{"".join(map(_section, sheet.tables))}</main>'
        f"<footer>{''.join(_appendix(table.title, _table(table)) for table in sheet.appendices if table.rows)}"
        f"{_appendix('Data quality', f'<ul>{notes}</ul>')}</footer></body></html>\n"
    )


def _strip(sheet: Sheet) -> str:
    market = f"<b>market {escape(sheet.market)}</b>"
    note = ""
    if sheet.is_made_up:
        market = f'<b class="made-up">MADE-UP market {escape(sheet.market)}</b>'
        note = f'<p class="strip">{_words(notices.MADE_UP.format(market=sheet.market))}</p>'
    universe = f" · universe {escape(sheet.universe)}" if sheet.universe else ""
    return f'<p class="strip">{market}{universe} · session {sheet.session:%Y-%m-%d %a} · {sheet.status}</p>{note}'


def _page_one(page: PageOne) -> str:
    return (
        f"<h1>{_words(page.call)}</h1><p>{_words(page.grounds)}</p>"
        f'<p class="day">{_words(page.headline)}</p>{_chain(page.chain) if page.chain else ""}'
        f'<div class="answers">{"".join(map(_answer, page.answers))}</div>'
        f'<div class="charts">{"".join(f"<figure>{picture.svg}</figure>" for picture in page.pictures)}</div>'
        f'<div class="ahead">{_section(page.odds)}{_section(page.levels)}</div>'
        f'<p class="wrong">{_words(page.wrong_if)}</p>'
    )


def _chain(chain: Chain) -> str:
    doubts = f" <b>The data do not support:</b> {_words('; '.join(chain.doubts))}." if chain.doubts else ""
    return f'<p class="chain">{_words(chain.sentence)}{doubts}</p>'


def _answer(answer: Answer) -> str:
    numbers = "".join(
        f"<li><b>{_words(number.now)}</b> was {_words(number.before)}; {_words(number.place)}</li>"
        for number in answer.numbers
    )
    note = f'<p class="note">{_words(answer.note)}</p>' if answer.note else ""
    return f"<section><h2>{_words(answer.name)}</h2><p>{_words(answer.word)}</p><ul>{numbers}</ul>{note}</section>"


def _section(table: Table) -> str:
    return f"<section><h2>{_words(table.title)}</h2>{_table(table)}</section>" if table.rows else ""


def _appendix(title: str, content: str) -> str:
    return (
        f'<details class="appendix"><summary><h2>Appendix: {_words(title[:1].lower() + title[1:])}</h2></summary>'
        f'<div class="wide" tabindex="0">{content}</div></details>'
    )


def _table(table: Table) -> str:
    heads = "".join(f'<th scope="col">{_words(head)}</th>' for head in table.heads)
    rows = "".join(f"<tr>{''.join(f'<td>{_words(cell)}</td>' for cell in row)}</tr>" for row in table.rows)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _words(text: str) -> str:
    """Text from outside as text of the page: dates, and numbers with their % or σ, stay on one line, ids may break."""
    joined = re.sub(r"(?<=\d) (?=[%σ])", "\N{NO-BREAK SPACE}", escape(text)).replace("_", "_<wbr>")
    return re.sub(r"\b(\d{4}-\d\d-\d\d)\b", r"<time>\1</time>", joined)
