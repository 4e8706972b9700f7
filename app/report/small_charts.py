"""Small static charts as SVG, drawn without a library: lines, signed bars and strips. What they show is in pictures.py.

Text is 13 units high and a chart is 280 units wide; report.css never draws one narrower than 260 px, so that text on a
screen has 12 px at least. Text has the colour of the page (currentColor), and only what is drawn has another.
"""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from app.pictures.colours import DOWN, UP

WIDTH, HEIGHT, TEXT, BASE = 280, 164, 13, 148
LEFT, RIGHT = 32, 176  # of a plot; the scale is left of it, names and last values are right of it


@dataclass(frozen=True)
class Line:
    """One value a session, and its name with the last value, which is written at the line's end."""

    values: Sequence[float]
    name: str
    colour: str


@dataclass(frozen=True)
class Panel:
    """Lines on one scale under a title with its unit; `rule` is a level that readers compare with."""

    title: str
    lines: Sequence[Line]
    rule: float | None = None


@dataclass(frozen=True)
class Bars:
    """Signed bars under a title with its unit, one a session, each with its value."""

    title: str
    values: Sequence[float]


@dataclass(frozen=True)
class Strip:
    """A row of coloured cells, one a session (None where nothing is known), its name, and a mark at its end."""

    name: str
    cells: Sequence[str | None]
    mark: str = ""


def line_chart(label: str, days: Sequence[pd.Timestamp], panels: Sequence[Panel]) -> str:
    """Panels above each other over the same sessions; a session without a value is a gap."""
    height = BASE / len(panels)
    drawn = "".join(_panel(panel, number * height, (number + 1) * height) for number, panel in enumerate(panels))
    return _svg(label, drawn + _ends(days, 4, RIGHT))


def bar_chart(label: str, days: Sequence[pd.Timestamp], panels: Sequence[Bars]) -> str:
    """Panels of bars above each other over the same few sessions."""
    height, step = BASE / len(panels), (WIDTH - 8) / max(1, len(days))
    high = max((abs(value) for panel in panels for value in panel.values if pd.notna(value)), default=0.0) or 1.0
    parts = []
    for number, panel in enumerate(panels):
        top = number * height
        middle, reach = top + height / 2 + 9, height / 2 - 24
        parts.append(_text(4, top + 12, panel.title, bold=True))
        parts.append(f'<path d="M4 {middle:.1f}H{WIDTH - 4}" stroke="currentColor" stroke-opacity=".5"/>')
        for place, value in enumerate(panel.values):
            if pd.notna(value):
                parts.append(_bar(4 + (place + 0.5) * step, middle, reach * value / high, value))
    names = [_text(4 + (place + 0.5) * step, HEIGHT - 3, f"{day:%a %d}", "middle") for place, day in enumerate(days)]
    return _svg(label, "".join(parts + names))


def strip_chart(label: str, title: str, days: Sequence[pd.Timestamp], strips: Sequence[Strip]) -> str:
    """Rows of cells over the same sessions, each named on its left."""
    left, right, height = 82, WIDTH - 28, (BASE - 16) / max(1, len(strips))
    step = (right - left) / max(1, len(days))
    parts = [_text(4, 12, title, bold=True)]
    for number, strip in enumerate(strips):
        top = 17 + number * height
        parts.append(_text(4, top + height - 4, strip.name))
        parts.append(_text(right + 5, top + height - 4, strip.mark))
        start = 0
        for place in range(1, len(strip.cells) + 1):
            if place == len(strip.cells) or strip.cells[place] != strip.cells[start]:
                if colour := strip.cells[start]:
                    parts.append(
                        f'<rect x="{left + start * step:.1f}" y="{top + 2:.1f}" width="{(place - start) * step:.1f}" '
                        f'height="{height - 4:.1f}" fill="{colour}"/>'
                    )
                start = place
    return _svg(label, "".join(parts) + _ends(days, left, right))


def _panel(panel: Panel, top: float, bottom: float) -> str:
    high_end, low_end = top + 22, bottom - 6
    known = [value for line in panel.lines for value in line.values if pd.notna(value)]
    parts = [_text(4, top + 12, panel.title, bold=True)]
    if not known:
        return "".join([*parts, _text(LEFT, (high_end + low_end) / 2, "no values")])
    known += [] if panel.rule is None else [panel.rule]
    low, high = min(known), max(known)

    def y(value: float) -> float:
        return low_end - (low_end - high_end) * (value - low) / ((high - low) or 1)

    if panel.rule is not None:
        rule = y(panel.rule)
        parts.append(
            f'<path d="M{LEFT} {rule:.1f}H{RIGHT}" stroke="currentColor" stroke-dasharray="3 3" opacity=".6"/>'
        )
    parts += [
        _text(LEFT - 4, y(level) + 4.5, f"{level:,.0f}".replace("-", "−"), "end")
        for level in ((high, low) if high > low else (high,))
    ]
    parts += [_path(line, y) for line in panel.lines]
    ends = [(y(last), line) for line in panel.lines if pd.notna(last := line.values[-1])]
    for place, line in _apart(ends, TEXT + 1, low_end + 4):
        parts.append(f'<path d="M{RIGHT + 3} {place:.1f}h7" stroke="{line.colour}" stroke-width="3"/>')
        parts.append(_text(RIGHT + 12, place + 4.5, line.name))
    return "".join(parts)


def _path(line: Line, y: Callable[[float], float]) -> str:
    step, steps, is_down = (RIGHT - LEFT) / max(1, len(line.values) - 1), [], False
    for place, value in enumerate(line.values):
        if pd.notna(value):
            steps.append(f"{'L' if is_down else 'M'}{LEFT + place * step:.1f} {y(value):.1f}")
        is_down = pd.notna(value)
    return f'<path d="{"".join(steps)}" fill="none" stroke="{line.colour}" stroke-width="2"/>'


def _apart(ends: list[tuple[float, Line]], distance: float, lowest: float) -> list[tuple[float, Line]]:
    """The ends of lines from top to bottom, moved so that their names do not cover each other."""
    placed: list[tuple[float, Line]] = []
    for place, line in sorted(ends, key=lambda end: end[0]):
        placed.append((max(place, placed[-1][0] + distance) if placed else place, line))
    beyond = max(0.0, placed[-1][0] - lowest) if placed else 0.0
    return [(place - beyond, line) for place, line in placed]


def _bar(x: float, middle: float, length: float, value: float) -> str:
    """A bar upwards from the middle where the value is positive, its value beyond its end."""
    top = middle - max(length, 0.0)
    written = f"{value:+,.0f}".replace("-", "−") if round(value) else "0"
    beyond = top - 3 if length >= 0 else middle - length + 12
    colour = UP if value > 0 else DOWN
    bar = f'<rect x="{x - 14:.1f}" y="{top:.1f}" width="28" height="{abs(length):.1f}" fill="{colour}"/>'
    return bar + _text(x, beyond, written, "middle")


def _ends(days: Sequence[pd.Timestamp], left: float, right: float) -> str:
    """The first and the last session under a chart."""
    if not len(days):
        return ""
    first, last = f"{days[0]:%Y-%m-%d}", f"{days[-1]:%Y-%m-%d}"
    return _text(left, HEIGHT - 3, first) + (_text(right, HEIGHT - 3, last, "end") if first != last else "")


def _text(x: float, y: float, words: str, anchor: str = "start", bold: bool = False) -> str:
    weight = ' font-weight="600"' if bold else ""
    side = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text x="{x:.1f}" y="{y:.1f}"{side}{weight}>{html.escape(words)}</text>'


def _svg(label: str, drawn: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{html.escape(label)}" font-size="{TEXT}" '
        f'fill="currentColor">{drawn}</svg>'
    )
