"""Layout of the daily report: HTML with its pictures inside it, and Markdown; all text from outside is escaped,
and nothing is fetched or queried."""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from app.pictures import colours
from app.words import argument, notices

WIDTH, HEIGHT, LEFT, TOP = 760, 210, 56, 26  # of the picture, in its own units

STYLE = "\n" + Path(__file__).with_name("report.css").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Table:
    """A titled table of text."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Sheet:
    """The content of one report."""

    session: date
    market: str
    is_made_up: bool
    call: str
    grounds: str
    headline: str
    paragraphs: tuple[tuple[str, str], ...]
    falsifier: str
    tables: tuple[Table, ...]
    index: pd.DataFrame
    stages: pd.DataFrame
    footnotes: tuple[str, ...]


def as_html(sheet: Sheet) -> str:
    """The report as one page without any request to a network."""
    safe = html.escape
    market = f"market {safe(sheet.market)}"
    badge = f'<b class="made-up">MADE-UP {market}</b>' if sheet.is_made_up else f"<b>{market}</b>"
    note = f"<p>{safe(notices.MADE_UP.format(market=sheet.market))}</p>" if sheet.is_made_up else ""
    words = "".join(f"<dt>{safe(name)}</dt><dd>{safe(text)}</dd>" for name, text in sheet.paragraphs if text)
    tables = "".join(_html_table(table) for table in sheet.tables if table.rows)
    notes = "".join(f"<li>{safe(text)}</li>" for text in sheet.footnotes)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{notices.PRODUCT} {sheet.session}</title><style>{STYLE}</style></head><body>"
        f'<p class="strip">{badge} · session {sheet.session:%Y-%m-%d %a}</p>{note}'
        f"<h1>{safe(sheet.call or sheet.headline)}</h1><p>{safe(sheet.grounds)}</p>"
        f'<p class="day">{safe(sheet.headline)}</p>'
        f'<dl>{words}</dl><p class="wrong">{safe(sheet.falsifier)}</p>{picture(sheet.index, sheet.stages)}{tables}'
        f"<footer><h2>Data quality</h2><ul>{notes}</ul></footer></body></html>\n"
    )


def as_markdown(sheet: Sheet) -> str:
    """The same in Markdown, without the picture."""
    made_up = f"**MADE-UP market {_plain(sheet.market)}**" if sheet.is_made_up else f"Market {_plain(sheet.market)}"
    lines = [f"# {_plain(sheet.call or sheet.headline)}", "", f"{made_up} · session {sheet.session}", ""]
    if sheet.is_made_up:
        lines += [_plain(notices.MADE_UP.format(market=sheet.market)), ""]
    lines += [text for part in (sheet.grounds, sheet.headline) if part for text in (_plain(part), "")]
    for name, text in sheet.paragraphs:
        if text:
            lines += [f"**{_plain(name)}.** {_plain(text)}" if name else _plain(text), ""]
    lines += [f"> **{_plain(sheet.falsifier)}**", ""]
    for table in sheet.tables:
        if table.rows:
            lines += [
                f"## {_plain(table.title)}",
                "",
                _cells(map(_plain, table.heads)),
                _cells("---" for _ in table.heads),
            ]
            lines += [_cells(_plain(cell) for cell in row) for row in table.rows]
            lines.append("")
    lines += ["## Data quality", "", *(f"- {_plain(text)}" for text in sheet.footnotes), ""]
    return "\n".join(lines)


def picture(index: pd.DataFrame, stages: pd.DataFrame) -> str:
    """The index under the ribbon of stages as an SVG in the page; a session without a close is a gap in the line."""
    closes = index.dropna(subset=["close"])
    if len(closes) < 2:
        return ""
    days, low, high = index["session_date"], closes["close"].min(), closes["close"].max()
    start, length = days.iloc[0], (days.iloc[-1] - days.iloc[0]).days or 1
    bottom = HEIGHT - 20

    def x(day: pd.Timestamp) -> float:
        return LEFT + (WIDTH - LEFT - 8) * float(min(max((day - start).days / length, 0), 1))

    def y(close: float) -> float:
        return bottom - (bottom - TOP - 6) * float((close - low) / ((high - low) or 1))

    runs: list[list[str]] = []
    points: list[str] = []
    for day, close in zip(days, index["close"], strict=True):
        if pd.isna(close):
            runs, points = [*runs, points], []
        else:
            points.append(f"{x(day):.1f},{y(close):.1f}")
    lines = "".join(
        f'<polyline fill="none" stroke="#2f7fc1" stroke-width="1.8" points="{" ".join(run)}"/>'
        for run in [*runs, points]
    )
    bands = "".join(
        f'<rect x="{x(row.from_session):.1f}" y="2" height="12" '
        f'width="{max(x(row.until) - x(row.from_session), 1):.1f}" '
        f'fill="{colours.STAGES[row.state]}"><title>{argument.STAGES[row.state]}</title></rect>'
        for row in stages.itertuples()
        if row.state in argument.STAGES
    )
    shown = [stage for stage in argument.STAGES if stage in set(stages["state"])]
    key = " · ".join(
        f'<span style="color:{colours.STAGES[stage]}">■</span> {argument.STAGES[stage]}' for stage in shown
    )
    text = 'font-size="11" fill="#858b94"'
    marks = "".join(
        f'<text x="{LEFT - 6}" y="{y(level) + 4:.1f}" text-anchor="end" {text}>{level:,.0f}</text>'
        for level in (low, high)
    )
    ends = (
        f'<text x="{LEFT}" y="{HEIGHT - 4}" {text}>{start:%Y-%m-%d}</text>'
        f'<text x="{WIDTH - 8}" y="{HEIGHT - 4}" text-anchor="end" {text}>{days.iloc[-1]:%Y-%m-%d}</text>'
    )
    return (
        f"<h2>S&amp;P 500, close, and the stage of capitulation</h2>"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="100%" role="img" aria-label="index and stages">{bands}{lines}'
        f'{marks}{ends}</svg><p class="strip">{key}</p>'
    )


def _html_table(table: Table) -> str:
    heads = "".join(f"<th>{html.escape(head)}</th>" for head in table.heads)
    rows = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in table.rows)
    return f"<h2>{html.escape(table.title)}</h2><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _cells(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """Text from outside that Markdown takes for nothing but text, on one line."""
    flat = " ".join(text.split())
    escaped = re.sub(r"([\\`*_\[\]|#~])", r"\\\1", flat)
    return re.sub(r"&(?=#?\w+;)", "&amp;", escaped).replace("<", "&lt;").replace(">", "&gt;")
