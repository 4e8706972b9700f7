"""Small pictures inside text: an SVG image of a few dozen sessions, without axes and without words of its own.

The text beside a picture carries its numbers, and the `alt` text of its image what it shows. Each function returns the
SVG as text; `image` makes it an HTML image.
"""

import html
from base64 import b64encode
from collections.abc import Iterable, Sequence
from itertools import pairwise

import pandas as pd

from app.pictures.colours import GREY, PALE

WIDTH, HEIGHT = 240, 34


def image(svg: str, alt: str) -> str:
    """An HTML image of an SVG; a reader who cannot see it is told `alt`."""
    source = b64encode(svg.encode()).decode()
    return f'<img class="mi-spark" alt="{html.escape(alt, quote=True)}" src="data:image/svg+xml;base64,{source}">'


def bars(values: Sequence[float], colour: str) -> str:
    """A bar from zero for each value, grey, the last one in `colour`; a missing value leaves its place empty."""
    known = [value for value in values if pd.notna(value)]
    if not known:
        return ""
    top, bottom = max(0.0, *known), min(0.0, *known)
    step, scale = WIDTH / len(values), (HEIGHT - 2) / ((top - bottom) or 1)
    shapes = []
    for place, value in enumerate(values):
        if pd.notna(value):
            height = max(0.5, abs(value) * scale)
            upper = 1 + (top - max(value, 0)) * scale
            fill = colour if place == len(values) - 1 else GREY
            shapes.append(_rect(place * step, upper, max(0.8, step - 1), height, fill))
    return _svg(shapes)


def line(values: Sequence[float], colour: str) -> str:
    """A line through the values with the last one as a dot in `colour`; a missing value is a gap."""
    known = [value for value in values if pd.notna(value)]
    if not known:
        return ""
    step, scale = (WIDTH - 8) / max(1, len(values) - 1), (HEIGHT - 8) / ((max(known) - min(known)) or 1)
    points = [
        (4 + place * step, 4 + (max(known) - value) * scale if pd.notna(value) else None)
        for place, value in enumerate(values)
    ]
    drawn = [
        f"M{left[0]:.1f} {left[1]:.1f}L{right[0]:.1f} {right[1]:.1f}"
        for left, right in pairwise(points)
        if left[1] is not None and right[1] is not None
    ]
    path = f'<path d="{"".join(drawn)}" stroke="{GREY}" stroke-width="1.6" fill="none" stroke-linecap="round"/>'
    x, y = points[-1]
    dot = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.4" fill="{colour}"/>' if y is not None else ""
    return _svg([path, dot])


def strip(runs: Iterable[tuple[str, int]]) -> str:
    """Runs (colour, sessions) side by side."""
    runs = list(runs)
    sessions = sum(count for _, count in runs) or 1
    shapes, left = [], 0.0
    for colour, count in runs:
        width = count * WIDTH / sessions
        shapes.append(_rect(left, 8, width, 12, colour))
        left += width
    return _svg(shapes)


def signed(parts: Sequence[tuple[float, str]], between: tuple[float, float] | None) -> str:
    """One bar: the parts (value, colour) stacked on their side of zero; under it a whisker for `between`."""
    below = sum(value for value, _ in parts if value < 0)
    above = sum(value for value, _ in parts if value > 0)
    low, high = min(below, 0.0, *(between or ())), max(above, 0.0, *(between or ()))
    scale = (WIDTH - 4) / ((high - low) or 1)
    zero = 2 - low * scale
    shapes, ends = [], {True: zero, False: zero}
    for value, colour in parts:
        width, negative = abs(value) * scale, value < 0
        left = ends[negative] - width if negative else ends[negative]
        shapes.append(_rect(left, 4, width, 14, colour))
        ends[negative] += -width if negative else width
    if between:
        left, right = (zero + bound * scale for bound in between)
        whisker = f"M{left:.1f} 22v6M{right:.1f} 22v6M{left:.1f} 25H{right:.1f}"
        shapes.append(f'<path d="{whisker}" stroke="{GREY}" stroke-width="1.4" fill="none"/>')
    shapes.append(f'<path d="M{zero:.1f} 1v{HEIGHT - 4}" stroke="{PALE}" stroke-width="1.4"/>')
    return _svg(shapes)


def _rect(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'


def _svg(shapes: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">'
        f"{''.join(shapes)}</svg>"
    )
