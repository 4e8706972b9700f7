"""What pictures share: the span of days, axes, legends and reference lines.

Grid and type are left to the theme. Times are drawn in UTC, so that a session keeps its date in every time zone. The
days of an axis are those of the rows: a spec that names no day stays the same when the session changes, and the browser
then only replaces the rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import altair as alt
import pandas as pd

AXIS_WIDTH = 50  # pixels of every y axis, so that pictures above each other share their left edge
END_WIDTH = 58  # pixels right of the last session, for the last value
DAY = "session_date"
GAP_WIDTH = 1.6  # of the mark of a session without value, in bars: a little more than one session
WEEKS_FROM = 505  # sessions from which bars are weeks: more of them than pixels would only be a smear
PLAIN: dict[str, Any] = {"title": None, "ticks": False, "domain": False, "grid": False, "labelFlush": False}
_PANEL = 480  # pixels that a panel of a pair is wide on a common screen

# on an axis a number drops the zeros and the sign that a tooltip shows
_TRIMMED = {
    ",.0f": ",~f", ".1f": "~f", ",.1f": ",~f", ",.2f": ",.3~f", ".3f": ".3~f", "+.2f": "~f", "+.1f": "~f",
    "+,.1f": ",~f", "+,.0f": ",~f", ".1%": "~%",
}  # fmt: skip


@dataclass(frozen=True)
class Span:
    """The days that a picture covers, and the anchor drawn in it where it lies inside."""

    first: date
    last: date
    anchor: date | None = None
    sessions: int | None = None  # None: every session from `first` on

    @property
    def length(self) -> int:
        """Sessions in the span, roughly where their number is not given."""
        return self.sessions or max(1, round((self.last - self.first).days * 252 / 365))

    @property
    def holds_anchor(self) -> bool:
        """Whether the anchor is to be drawn."""
        return self.anchor is not None and self.first <= self.anchor <= self.last


def x_sessions(span: Span, field: str = DAY, end: int = END_WIDTH) -> dict[str, Any]:
    """The days of the rows, as the encoding of x; `end` pixels on the right stay free for the last values."""
    days = span.length * 365 / 252
    days_range: list[Any] = [0, {"signal": f"width - {end}"}]
    scale: dict[str, Any] = {"type": "utc", "nice": False, "padding": 6, "range": days_range}
    return {
        "field": field,
        "type": "temporal",
        "scale": scale,
        "axis": {
            "format": "%Y-%m-%d" if days < 130 else "%Y-%m" if days < 1400 else "%Y",
            "tickCount": {"signal": f"max(2, min({5 if days < 130 else 7}, width / 90))"},
            "title": None, "grid": False, "domain": True, "domainOpacity": 0.4, "labelFlush": True,
            "labelOverlap": True, "labelPadding": 4, "ticks": True,
        },
    }  # fmt: skip


def y_axis(number: str, ticks: Sequence[float] = (), count: int = 4) -> dict[str, Any]:
    """A value axis of fixed width; `ticks` are the only levels named where given."""
    named: dict[str, Any] = {"values": list(ticks)} if ticks else {"tickCount": count}
    return {
        **named, "title": None, "format": _TRIMMED.get(number, number), "minExtent": AXIS_WIDTH,
        "maxExtent": AXIS_WIDTH, "labelPadding": 4, "domain": False, "ticks": False, "gridOpacity": 0.5,
        "orient": "left",
    }  # fmt: skip


def legend(symbol: str = "stroke") -> alt.Legend:
    """A legend over the picture, of so many columns as the widths of phones and of panels take."""
    return alt.Legend(
        orient="top", direction="horizontal", title=None, symbolType=symbol, symbolSize=110, symbolStrokeWidth=2.5,
        offset=2, padding=0, columnPadding=12, columns={"expr": "max(1, floor(width / 170))"},
    )  # fmt: skip


def utc(days: pd.Series) -> pd.Series:
    """Days as instants: the browser reads a time without a zone as its own."""
    return days.dt.tz_localize("UTC") if days.dt.tz is None else days


def bar_width(span: Span) -> dict[str, str]:
    """As wide as possible without touching the next bar."""
    bars = span.length / 5 if span.length >= WEEKS_FROM else span.length
    return {"expr": f"clamp(0.72 * (width - {END_WIDTH}) / {bars:.0f}, 0.8, 14)"}


def line_width(width: float, span: Span) -> float:
    """Lines of many sessions overlap themselves; thinner ones stay legible."""
    return width if span.length < 600 else 0.6 * width


def gap_width(span: Span) -> float:
    """Pixels of the mark of a session without value."""
    return GAP_WIDTH * max(0.8, min(12.0, 0.72 * _PANEL / span.length))


def gap_opacity(span: Span) -> float:
    """Of the mark of one session without value, so that overlapping marks on a long span still make a faint band."""
    overlap = max(1.0, gap_width(span) * span.length / _PANEL)
    return 1.0 - float((1 - 0.16) ** (1 / overlap))
