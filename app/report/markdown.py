"""The daily report as Markdown: the same argument, the charts by their last values."""

import re
from collections.abc import Iterable

from app.report.sheet import Sheet, Table
from app.words import notices


def as_markdown(sheet: Sheet) -> str:
    """The report as Markdown; all text from outside is escaped."""
    page = sheet.page_one
    made_up = f"**MADE-UP market {_plain(sheet.market)}**" if sheet.is_made_up else f"Market {_plain(sheet.market)}"
    universe = f" · universe {_plain(sheet.universe)}" if sheet.universe else ""
    lines = [f"# {_plain(page.call)}", "", f"{made_up}{universe} · session {sheet.session} · {sheet.status}", ""]
    if sheet.is_made_up:
        lines += [_plain(notices.MADE_UP.format(market=sheet.market)), ""]
    lines += [text for part in (page.grounds, page.headline) if part for text in (_plain(part), "")]
    if page.chain:
        lines += [_plain(page.chain.sentence), ""]
        if page.chain.doubts:
            lines += [f"**The data do not support:** {_plain('; '.join(page.chain.doubts))}.", ""]
    for answer in page.answers:
        lines += [f"**{_plain(answer.name)}: {_plain(answer.word)}.** {_plain(answer.note)}".strip(), ""]
        for number in answer.numbers:
            lines.append(f"- {_plain(f'{number.now}, was {number.before}; {number.place}')}")
        lines.append("")
    lines += [f"- {_plain(picture.title)}: {_plain(picture.says)}" for picture in page.pictures] + [""]
    for table in (page.odds, page.levels):
        lines += _table(table)
    lines += [f"> **{_plain(page.wrong_if)}**", "", "## The argument", ""]
    for name, text in sheet.sections:
        if text:
            lines += [f"**{_plain(name)}.** {_plain(text)}", ""]
    for table in (*sheet.movers, *sheet.tables):
        lines += _table(table)
    for table in sheet.appendices:
        lines += _table(table, "Appendix: ")
    lines += ["## Appendix: data quality", "", *(f"- {_plain(text)}" for text in sheet.notes), ""]
    return "\n".join(lines)


def _table(table: Table, before: str = "") -> list[str]:
    if not table.rows:
        return []
    title = table.title[:1].lower() + table.title[1:] if before else table.title
    return [
        f"## {before}{_plain(title)}",
        "",
        _cells(map(_plain, table.heads)),
        _cells("---" for _ in table.heads),
        *(_cells(map(_plain, row)) for row in table.rows),
        "",
    ]


def _cells(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """Text from outside that Markdown takes for nothing but text, on one line."""
    flat = " ".join(text.split())
    escaped = re.sub(r"([\\`*_\[\]|#~])", r"\\\1", flat)
    return re.sub(r"&(?=#?\w+;)", "&amp;", escaped).replace("<", "&lt;").replace(">", "&gt;")
