"""Panels over sessions in one picture: lines, bars, counts back to back and ribbons of states, on one axis of days.

One view holds all panels, each with its own range of pixels, so that one pointer names one session in all of them.
A panel carries its title with its unit, and the last value at the end of its line. A NULL is a gap, never bridged: the
sessions without any value are shaded and the tooltip gives the reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from app.pictures import axes
from app.pictures.axes import DAY, Span
from app.pictures.colours import DOWN, GREY, NEUTRAL, REFERENCE, UP
from app.pictures.panels import Bars, Lines, Mirrored, Panel, Ribbon, beside_of, columns_of, key_of, used_of
from app.pictures.picture import FRAMELESS, Picture, Spec

TITLE, GAP = 18, 10  # pixels: of a panel's title, and between panels
LABEL = 13  # pixels that two last values need not to overlap


def stack(rows: pd.DataFrame, span: Span, panels: Sequence[Panel]) -> Picture:
    """The panels under each other, drawn from `rows`, one a session; only the lowest names the days."""
    layers: list[Spec] = []
    datasets: dict[str, pd.DataFrame] = {}
    key: dict[str, str] = {}
    data = rows.assign(**{DAY: axes.utc(rows[DAY]), "day": rows[DAY].dt.strftime("%Y-%m-%d")})
    is_weekly = span.length >= axes.WEEKS_FROM
    ends, top, x = [], 0, axes.x_sessions(span)
    for place, panel in enumerate(panels):
        frame = _Frame(place, top + TITLE, panel.height, x, span, "weeks" if is_weekly else "rows")
        title = panel.title
        if isinstance(panel, Ribbon):
            name = f"spells_{place}"
            datasets[name] = _runs(panel)
            key |= {label: panel.colours[state] for state, label in _present(panel).items()}
            layers.append(_ribbon(name, frame))
        else:
            if not isinstance(panel, Lines):
                title = f"{title}, mean of each week" if is_weekly else title
            data[f"is_gap_{place}"] = data[[column for column, _ in columns_of(panel)]].isna().all(axis=1)
            layers.append({"layer": [_gaps(frame), *_marks(panel, frame)]})
            ends += _ends(panel, data, frame)
            key |= key_of(panel)
        layers.append(_title(title, top))
        top += TITLE + panel.height + GAP
    height = top - GAP
    drawn = [panel for panel in panels if not isinstance(panel, Ribbon)]
    used = list(dict.fromkeys(column for panel in drawn for column in used_of(panel)))
    datasets["rows"] = data[[DAY, "day", *used, *(name for name in data if name.startswith("is_gap_")), *_reason(rows)]]
    if is_weekly:
        datasets["weeks"] = _weeks(data, [column for panel in drawn for column, _ in columns_of(panel)])
    datasets["ends"] = pd.DataFrame(ends, columns=[DAY, "panel", "value", "text"])
    if span.holds_anchor:
        layers.append(_anchor(span, x))
    layers.append(_pointer(drawn, x, _reason(rows)))
    spec = {
        "layer": layers, "data": {"name": "rows"}, "height": height, "resolve": {"scale": {"y": "independent"}},
        **FRAMELESS,
    }  # fmt: skip
    return Picture(spec, datasets, key)


@dataclass(frozen=True)
class _Frame:
    """Where a panel lies in the picture, in pixels, and what its bars are drawn from."""

    place: int
    top: int
    height: int
    x: Spec
    span: Span
    bars: str

    def y(self, column: str, panel: Panel, **scale: Any) -> Spec:
        """The encoding of a column on the panel's own scale."""
        ticks, number = getattr(panel, "ticks", ()), getattr(panel, "number", "")
        axis = axes.y_axis(number, ticks, 4 if self.height > 90 else 3)
        if isinstance(panel, Mirrored):
            axis["labelExpr"] = "format(abs(datum.value), ',d')"
        return {
            "field": column, "type": "quantitative", "axis": axis,
            "scale": {"range": [self.top + self.height, self.top], **scale},
        }  # fmt: skip


def _marks(panel: Panel, frame: _Frame) -> list[Spec]:
    if isinstance(panel, Lines):
        return _lines(panel, frame)
    columns = [column for column, _ in columns_of(panel)]
    sides = zip(columns, ("", "-"), strict=False)  # of counts back to back the second lies below zero
    layers = []
    for column, sign in sides:
        colour: Spec = {"value": DOWN if sign else UP}
        if isinstance(panel, Bars):
            above, below = (DOWN, UP) if panel.rising_is_stress else (UP, DOWN)
            colour = {"condition": {"test": f"datum['{column}'] < 0", "value": below}, "value": above}
        layers.append(
            {
                "data": {"name": frame.bars},
                "transform": [
                    {"calculate": f"isValid(datum['{column}']) ? {sign}datum['{column}'] : null", "as": "drawn"}
                ],
                "mark": {"type": "bar", "size": axes.bar_width(frame.span)},
                "encoding": {"x": frame.x, "y": frame.y("drawn", panel), "color": colour},
            }
        )
    return [*layers, _end_labels(frame, frame.y("value", panel))]


def _lines(panel: Lines, frame: _Frame) -> list[Spec]:
    scale: Spec = {"type": "log", "nice": False} if panel.log else {"zero": False}
    if panel.domain:
        scale = {"domain": list(panel.domain), "nice": False, "clamp": True}
    layers: list[Spec] = []
    if panel.rules:
        layers.append(
            {
                "data": {"values": [{"level": level} for level in panel.rules]},
                "mark": {"type": "rule", "color": REFERENCE, "strokeDash": [3, 3], "strokeWidth": 1},
                "encoding": {"y": frame.y("level", panel, **scale)},
            }
        )
    if panel.band:
        low, high = panel.band
        layers.append(
            {
                "mark": {"type": "area", "color": GREY, "opacity": 0.2},
                "encoding": {"x": frame.x, "y": frame.y(low, panel, **scale), "y2": {"field": high}},
            }
        )
    layers += [
        {
            "mark": {
                "type": "line", "color": line.colour, "strokeWidth": axes.line_width(line.width, frame.span),
                **({"strokeDash": list(line.dash)} if line.dash else {}),
            },
            "encoding": {"x": frame.x, "y": frame.y(line.column, panel, **scale)},
        }
        for line in panel.series
    ]  # fmt: skip
    layers += [
        {
            "transform": [{"filter": f"datum['{column}']"}],
            "mark": {
                "type": "point",
                "size": 46,
                "filled": True,
                "color": colour,
                "shape": "triangle-up",
                "opacity": 1,
            },
            "encoding": {"x": frame.x, "y": frame.y(panel.series[0].column, panel, **scale)},
        }
        for column, (_, colour) in panel.dots.items()
    ]
    return [*layers, _end_labels(frame, frame.y("value", panel, **scale))]


def _end_labels(frame: _Frame, y: Spec) -> Spec:
    return {
        "data": {"name": "ends"},
        "transform": [{"filter": f"datum.panel === {frame.place}"}],
        "mark": {"type": "text", "style": "ink", "align": "left", "dx": 7},
        "encoding": {"x": frame.x, "y": y, "text": {"field": "text"}},
    }


def _ends(panel: Panel, data: pd.DataFrame, frame: _Frame) -> list[tuple[Any, int, float, str]]:
    """The last value of each column, and where its label goes: moved apart where two would overlap."""
    columns = [column for column, _ in columns_of(panel)]
    values = data[columns].to_numpy(dtype=float, na_value=float("nan"))
    known = values[~pd.isna(values)]
    if not len(known) or pd.isna(values[-1]).all():
        return []
    if isinstance(panel, Mirrored):
        signed = [values[-1][0], -values[-1][1]]
        lasts = [value for value in signed if pd.notna(value) and value]
    else:
        lasts = [value for value in values[-1] if pd.notna(value)]
    rules = panel.rules if isinstance(panel, Lines) else ()
    low, high = getattr(panel, "domain", None) or (min([known.min(), *rules]), max([known.max(), *rules]))
    places = _apart(sorted(lasts), LABEL * float(high - low or 1) / panel.height, float(high))
    newest = data[DAY].iloc[-1]
    written = [_written(value, panel) for value in sorted(lasts)]
    return [(newest, frame.place, place, text) for place, text in zip(places, written, strict=True)]


def _apart(values: Sequence[float], least: float, highest: float) -> list[float]:
    """Rising values moved up until each is `least` above the one before, then down until none is above `highest`."""
    places: list[float] = []
    for value in values:
        places.append(max(value, places[-1] + least) if places else value)
    for place in range(len(places) - 1, -1, -1):
        above = places[place + 1] - least if place + 1 < len(places) else max(highest, values[-1])
        places[place] = min(places[place], above)
    return places


def _written(value: float, panel: Panel) -> str:
    number = abs(value) if isinstance(panel, Mirrored) else value
    return format(float(number), getattr(panel, "number", "")).replace("-", "−")


def _title(text: str, top: int) -> Spec:
    return {
        "data": {"values": [{}]},
        "mark": {
            "type": "text", "style": "ink", "align": "left", "baseline": "top", "x": 0, "y": top, "text": text,
            "fontWeight": 600,
        },
    }  # fmt: skip


def _gaps(frame: _Frame) -> Spec:
    return {
        "transform": [{"filter": f"datum['is_gap_{frame.place}']"}],
        "mark": {
            "type": "rule", "color": NEUTRAL, "opacity": axes.gap_opacity(frame.span),
            "strokeWidth": axes.gap_width(frame.span),
        },
        "encoding": {"x": frame.x, "y": {"value": frame.top}, "y2": {"value": frame.top + frame.height}},
    }  # fmt: skip


def _present(panel: Ribbon) -> dict[str, str]:
    """The states that occur, in the order of their colours, with their labels."""
    occurring = set(panel.spells["state"])
    return {state: panel.labels[state] for state in panel.colours if state in occurring}


def _runs(panel: Ribbon) -> pd.DataFrame:
    runs = panel.spells[panel.spells["state"].isin(list(panel.colours))]
    return pd.DataFrame(
        {
            DAY: axes.utc(runs["from_session"]),
            "until": axes.utc(runs["until"]),
            "colour": runs["state"].map(panel.colours),
            "label": runs["state"].map(panel.labels),
            "from_day": runs["from_session"].dt.strftime("%Y-%m-%d"),
            "to_day": runs["to_session"].dt.strftime("%Y-%m-%d"),
            "sessions": runs["sessions"],
        }
    )


def _ribbon(name: str, frame: _Frame) -> Spec:
    shown = {"label": "State", "from_day": "From", "to_day": "To", "sessions": "Sessions"}
    return {
        "data": {"name": name},
        "mark": {"type": "rect"},
        "encoding": {
            "x": frame.x, "x2": {"field": "until"}, "y": {"value": frame.top},
            "y2": {"value": frame.top + frame.height},
            "color": {"field": "colour", "type": "nominal", "scale": None},
            "tooltip": [{"field": column, "type": "nominal", "title": title} for column, title in shown.items()],
        },
    }  # fmt: skip


def _anchor(span: Span, x: Spec) -> Spec:
    assert span.anchor is not None
    return {
        "data": {"values": [{DAY: f"{span.anchor}T00:00:00Z", "label": span.anchor.isoformat()}]},
        "mark": {"type": "rule", "color": GREY, "strokeDash": [2, 2], "strokeWidth": 1},
        "encoding": {"x": x, "tooltip": [{"field": "label", "type": "nominal", "title": "Anchor"}]},
    }


def _pointer(panels: Sequence[Panel], x: Spec, reason: Sequence[str]) -> Spec:
    """The session under the pointer: its exact date, every value drawn, and why one is missing."""
    tooltip: list[Spec] = [{"field": "day", "type": "nominal", "title": "Session"}]
    for panel in panels:
        tooltip += [
            {"field": column, "type": "quantitative", "title": label, "format": getattr(panel, "number", "")}
            for column, label in [*columns_of(panel), *beside_of(panel).items()]
        ]
    tooltip += [{"field": name, "type": "nominal", "title": "No value because"} for name in reason]
    return {
        "params": [
            {
                "name": "under",
                "select": {
                    "type": "point", "on": "pointerover", "nearest": True, "clear": "pointerout", "fields": [DAY],
                },
            }
        ],
        "mark": {"type": "rule", "color": GREY, "strokeWidth": 1},
        "encoding": {
            "x": x, "tooltip": tooltip,
            "opacity": {"condition": {"param": "under", "empty": False, "value": 0.7}, "value": 0},
        },
    }  # fmt: skip


def _reason(rows: pd.DataFrame) -> list[str]:
    return ["null_reason"] if "null_reason" in rows and rows["null_reason"].notna().any() else []


def _weeks(data: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """The mean of each week, at its last session."""
    week = data[DAY].dt.tz_localize(None).dt.to_period("W")
    means = data.groupby(week)[list(dict.fromkeys(columns))].mean()
    return means.assign(**{DAY: data.groupby(week)[DAY].max()}).reset_index(drop=True)
