"""What every chart shares: the span of days, axes, legends and reference lines.

Grid and type are left to the theme. Times are drawn in UTC, so that a session keeps its date in every time zone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import altair as alt
import pandas as pd

from app.pictures.colours import GREY, REFERENCE

AXIS_WIDTH = 46  # of every y axis, so that stacked panels share their left edge
DAY = "session_date"
GAP_WIDTH = 1.6  # of the mark of a session without value, in bars: a little more than one session
# passed to a chart's constructor, because every method of a chart copies the whole chart
FRAMELESS: dict[str, Any] = {
    "padding": {"left": 2, "right": 6, "top": 4, "bottom": 2},
    "config": {"view": {"strokeWidth": 0}},
}
PLAIN: dict[str, Any] = {
    "title": None,
    "labelFontSize": 11,
    "ticks": False,
    "domain": False,
    "grid": False,
    "labelFlush": False,
}
_PANEL = 480  # pixels that a panel of a pair is wide on a common screen

# on an axis a number drops the zeros and the sign that a tooltip shows
_TRIMMED = {
    ",.0f": ",~f", ".1f": "~f", ",.1f": ",~f", ",.2f": ",.3~f", ".3f": ".3~f", "+.2f": "~f", "+.1f": "~f",
    "+,.1f": ",~f", "+,.0f": ",~f", ".1%": "~%",
}  # fmt: skip


@dataclass(frozen=True)
class Span:
    """The days that a picture covers, and the event drawn in it where it lies inside."""

    first: date
    last: date
    anchor: date | None = None
    sessions: int | None = None  # None: every session from `first` on


def _moment(day: date) -> alt.DateTime:
    return alt.DateTime(year=day.year, month=day.month, date=day.day, utc=True)


def x_sessions(span: Span, bottom: bool, field: str = DAY) -> alt.X:
    """The days of the span; only the bottom one of stacked panels names them."""
    days = (span.last - span.first).days
    axis = alt.Axis(
        format="%Y-%m-%d" if days < 130 else "%Y-%m" if days < 1400 else "%Y",
        tickCount=5 if days < 130 else 7,
        labels=bottom,
        ticks=bottom,
        title=None,
        grid=False,
        domain=True,
        domainOpacity=0.4,
        labelFlush=True,
        labelOverlap=True,
        labelFontSize=11,
        labelPadding=3,
    )
    ends = [_moment(span.first - timedelta(days=1)), _moment(span.last + timedelta(days=1 + days // 150))]
    return alt.X(f"{field}:T", scale=alt.Scale(type="utc", domain=ends, nice=False, padding=0), axis=axis)


def y_axis(number: str, ticks: Sequence[float] = ()) -> alt.Axis:
    """A value axis of fixed width; `ticks` are the only levels named where given."""
    return alt.Axis(
        values=list(ticks) or alt.Undefined,
        title=None,
        format=_TRIMMED.get(number, number),
        tickCount=4,
        minExtent=AXIS_WIDTH,
        maxExtent=AXIS_WIDTH,
        labelFontSize=11,
        labelPadding=4,
        domain=False,
        ticks=False,
        gridOpacity=0.5,
    )


def legend(symbol: str = "stroke") -> alt.Legend:
    """A legend in one line over the panel."""
    return alt.Legend(
        orient="top",
        direction="horizontal",
        title=None,
        symbolType=symbol,
        symbolSize=110,
        symbolStrokeWidth=2.5,
        labelFontSize=11,
        offset=2,
        padding=0,
        columnPadding=12,
    )


def rule_layers(levels: Sequence[float], axis: alt.Axis, scale: alt.Scale) -> list[alt.Chart]:
    """Levels that the reader compares with."""
    if not levels:
        return []
    data = pd.DataFrame({"level": list(levels)})
    dashed = alt.Chart(data).mark_rule(color=REFERENCE, strokeDash=[3, 3], strokeWidth=1)
    return [dashed.encode(y=alt.Y("level:Q", axis=axis, scale=scale))]


def anchor_layers(span: Span, bottom: bool) -> list[alt.Chart]:
    """The anchor of the chosen event, where it lies in the span."""
    if span.anchor is None or not span.first <= span.anchor <= span.last:
        return []
    data = pd.DataFrame({DAY: [pd.Timestamp(span.anchor)], "label": [span.anchor.isoformat()]})
    return [
        alt.Chart(data)
        .mark_rule(color=GREY, strokeDash=[2, 2], strokeWidth=1)
        .encode(x=x_sessions(span, bottom), tooltip=[alt.Tooltip("label:N", title="Event anchor")])
    ]


def bar_width(span: Span) -> float:
    """Pixels a bar: as wide as possible without touching the next bar."""
    return max(0.8, min(12.0, 0.72 * _PANEL / _sessions(span)))


def line_width(width: float, span: Span) -> float:
    """Lines of many sessions overlap themselves; thinner ones stay legible."""
    return width if _sessions(span) < 600 else 0.6 * width


def gap_opacity(span: Span) -> float:
    """Of the mark of one session without value, so that overlapping marks on a long span still make a faint band."""
    overlap = max(1.0, GAP_WIDTH * bar_width(span) * _sessions(span) / _PANEL)
    return 1.0 - float((1 - 0.16) ** (1 / overlap))


def _sessions(span: Span) -> int:
    return span.sessions or max(1, round((span.last - span.first).days * 252 / 365))
