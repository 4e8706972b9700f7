"""Points, intervals, paths and stacked bars: pictures whose axis is not sessions, or with many values a session.

Drawn like app.pictures.charts; a NULL is left out of a cloud of points and is a gap in a row of bars.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from app.pictures.axes import DAY, PLAIN, Span, bar_width, legend, utc, x_sessions, y_axis
from app.pictures.colours import BLUE, GREY, ORANGE, REFERENCE
from app.pictures.picture import FRAMELESS, PADDED, ROWS, Picture, picture


def stacked(
    rows: pd.DataFrame,
    part: str,
    value: str,
    span: Span,
    *,
    colours: Mapping[str, str],
    height: int,
    number: str,
    hollow: str = "",
    between: tuple[str, str] | None = None,
) -> Picture:
    """Signed bars of each `part` on each other, a session a bar; the part named `hollow` is drawn pale and dashed.

    `between` are the columns of the least and the most that a part could be: a whisker from one to the other.
    """
    data = rows[[DAY, part, value, *(between or ())]].assign(
        day=rows[DAY].dt.strftime("%Y-%m-%d"), **{DAY: utc(rows[DAY])}
    )
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    is_hollow = alt.datum[part] == hollow
    bars = (
        alt.Chart()
        .mark_bar(size=bar_width(span), clip=True, strokeWidth=1)
        .encode(
            x=alt.X(**x_sessions(span, end=6)),
            y=alt.Y(f"sum({value}):Q", axis=alt.Axis(**y_axis(number)), stack="zero"),
            color=alt.Color(f"{part}:N", scale=scale, sort=list(colours), legend=legend("square")),
            order=alt.Order("position:Q"),
            fillOpacity=alt.condition(is_hollow, alt.value(0.25), alt.value(1)),
            stroke=alt.Stroke(f"{part}:N", scale=scale, sort=list(colours), legend=legend("square")),
            strokeDash=alt.condition(is_hollow, alt.value([2, 2]), alt.value([])),
            tooltip=[
                alt.Tooltip("day:N", title="Session"), alt.Tooltip(f"{part}:N", title="Driver"),
                alt.Tooltip(f"sum({value}):Q", title="bp", format=number),
            ],
        )
    )  # fmt: skip
    data["position"] = data[part].map({name: place for place, name in enumerate(colours)})
    zero = alt.Chart().mark_rule(color=GREY, strokeWidth=1).encode(y=alt.datum(0))
    whiskers = []
    if between:
        low, high = between
        could = [alt.Tooltip("day:N", title="Session"), alt.Tooltip(f"{low}:Q", title="From, bp", format=number)]
        could.append(alt.Tooltip(f"{high}:Q", title="to, bp", format=number))
        rule = alt.Chart().transform_filter(f"isValid(datum['{low}'])").mark_rule(style="ink", strokeWidth=1.5)
        whiskers.append(
            rule.encode(
                x=alt.X(**x_sessions(span, end=6)), y=alt.Y(f"{low}:Q", axis=alt.Axis(**y_axis(number))),
                y2=f"{high}:Q", tooltip=could,
            )
        )  # fmt: skip
    return picture(alt.layer(bars, *whiskers, zero, *_anchor(span), data=ROWS, height=height, **FRAMELESS), data)


def parts(
    rows: pd.DataFrame, part: str, value: str, span: Span, *, colours: Mapping[str, str], dashed: str, height: int,
    number: str,
) -> Picture:  # fmt: skip
    """A line for each `part` over the sessions; the one named `dashed` is dashed."""
    data = rows[[DAY, part, value]].assign(day=rows[DAY].dt.strftime("%Y-%m-%d"), **{DAY: utc(rows[DAY])})
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    lines = (
        alt.Chart()
        .mark_line(strokeWidth=1.8, clip=True, point=alt.OverlayMarkDef(size=14, filled=True))
        .encode(
            x=alt.X(**x_sessions(span, end=6)),
            y=alt.Y(f"{value}:Q", axis=alt.Axis(**y_axis(number))),
            color=alt.Color(f"{part}:N", scale=scale, sort=list(colours), legend=legend()),
            strokeDash=alt.condition(alt.datum[part] == dashed, alt.value([3, 3]), alt.value([1, 0])),
            tooltip=[
                alt.Tooltip("day:N", title="Session"), alt.Tooltip(f"{part}:N", title="Driver"),
                alt.Tooltip(f"{value}:Q", title="bp", format=number),
            ],
        )
    )  # fmt: skip
    zero = alt.Chart().mark_rule(color=REFERENCE, strokeDash=[3, 3], strokeWidth=1).encode(y=alt.datum(0))
    return picture(alt.layer(zero, lines, data=ROWS, height=height, **FRAMELESS), data)


def cloud(
    rows: pd.DataFrame,
    x: tuple[str, str],
    y: tuple[str, str],
    kind: str,
    *,
    colours: Mapping[str, str],
    height: int,
    number: str,
    path: bool = False,
) -> Picture:
    """Sessions as points of (column, title) `x` and `y`, coloured by `kind`, the last ringed; `path` joins them."""
    data = rows[[DAY, x[0], y[0], kind]].dropna(subset=[x[0], y[0]])
    data = data.assign(day=data[DAY].dt.strftime("%Y-%m-%d"), is_last=data[DAY] == data[DAY].max())
    present = [name for name in colours if name in set(data[kind])]
    scale = alt.Scale(padding=12)  # no point on the rows, nor under the legend
    across = alt.X(
        f"{x[0]}:Q", scale=scale,
        axis=alt.Axis(**(y_axis(number) | {"title": x[1], "minExtent": 0, "orient": "bottom"})),
    )  # fmt: skip
    up = alt.Y(f"{y[0]}:Q", scale=scale, axis=alt.Axis(**(y_axis(number) | {"title": y[1]})))
    tooltips = [
        alt.Tooltip("day:N", title="Session"), alt.Tooltip(f"{x[0]}:Q", title=x[1], format=number),
        alt.Tooltip(f"{y[0]}:Q", title=y[1], format=number), alt.Tooltip(f"{kind}:N", title="State"),
    ]  # fmt: skip
    colour = alt.Color(
        f"{kind}:N",
        scale=alt.Scale(domain=present, range=[colours[name] for name in present]),
        legend=alt.Legend(**(legend("circle").to_dict() | {"columns": 2, "labelLimit": 260})),
    )
    axes = [
        alt.Chart().mark_rule(color=REFERENCE, strokeWidth=1).encode(y=alt.datum(0)),
        alt.Chart().mark_rule(color=REFERENCE, strokeWidth=1).encode(x=alt.datum(0)),
    ]
    tail = alt.Chart().mark_line(color=GREY, strokeWidth=1, opacity=0.6).encode(x=across, y=up, order=f"{DAY}:T")
    dots = alt.Chart().mark_circle(size=46, opacity=0.9).encode(x=across, y=up, color=colour, tooltip=tooltips)
    ring = alt.Chart().transform_filter("datum.is_last").mark_point(size=230, strokeWidth=2.5, color=GREY)
    named = alt.Chart().transform_filter("datum.is_last").mark_text(dy=-15, style="ink", fontWeight=600)
    layers = [
        *axes,
        *([tail] if path else []),
        dots,
        ring.encode(x=across, y=up),
        named.encode(x=across, y=up, text="day:N"),
    ]
    return picture(alt.layer(*layers, data=ROWS, height=height, **FRAMELESS), data)


def intervals(
    rows: pd.DataFrame, name: str, value: str, low: str, high: str, base: str, *, thin: str,
    tooltip: Sequence[alt.Tooltip],
) -> Picture:  # fmt: skip
    """A row for each `name`: its value with the interval, a tick for the base; hollow where `thin` is true."""
    y = alt.Y(f"{name}:N", sort=list(rows[name]), axis=alt.Axis(**(PLAIN | {"labelLimit": 260, "labelOverlap": False})))
    axis = alt.Axis(**(y_axis(".0%") | {"minExtent": 0, "orient": "top"}))
    x: dict[str, Any] = {"axis": axis, "scale": alt.Scale(domain=[0, 1])}
    spread = alt.Chart().mark_rule(strokeWidth=3, color=BLUE, opacity=0.45)
    ticks = alt.Chart().mark_tick(color=ORANGE, thickness=2.5, size=14)
    dots = alt.Chart().mark_point(size=70, opacity=1, color=BLUE, strokeWidth=2)
    layers = [
        spread.encode(x=alt.X(f"{low}:Q", **x), x2=f"{high}:Q", y=y, tooltip=list(tooltip)),
        ticks.encode(x=alt.X(f"{base}:Q", **x), y=y, tooltip=list(tooltip)),
        dots.encode(
            x=alt.X(f"{value}:Q", **x), y=y, tooltip=list(tooltip),
            fill=alt.condition(alt.datum[thin], alt.value("transparent"), alt.value(BLUE)),
        ),
    ]  # fmt: skip
    return picture(alt.layer(*layers, data=ROWS, height=22 * len(rows), **FRAMELESS), rows)


def fan(
    rows: pd.DataFrame, across: str, lines: Mapping[str, tuple[str, str]], band: tuple[str, str] | None, *, height: int
) -> Picture:
    """Lines (column -> label, colour) over a number such as the horizon, with a band between two columns."""
    x = alt.X(
        f"{across}:O", axis=alt.Axis(labelAngle=0, **PLAIN), scale=alt.Scale(type="point", padding=0.3),
    )  # fmt: skip
    axis = alt.Axis(**y_axis("+.2f"))
    scale = alt.Scale(domain=[label for label, _ in lines.values()], range=[colour for _, colour in lines.values()])
    tooltips = [alt.Tooltip(f"{across}:O", title="Horizon, sessions")]
    tooltips += [alt.Tooltip(f"{column}:Q", title=label, format="+.2f") for column, (label, _) in lines.items()]
    tooltips += [alt.Tooltip(f"{column}:Q", title=column, format="+.2f") for column in band or ()]
    layers = [alt.Chart().mark_rule(color=REFERENCE, strokeDash=[3, 3]).encode(y=alt.datum(0))]
    if band:
        shade = alt.Chart().mark_area(color=BLUE, opacity=0.2)
        layers.append(shade.encode(x=x, y=alt.Y(f"{band[0]}:Q", axis=axis), y2=f"{band[1]}:Q"))
    for column, (label, _) in lines.items():
        base = alt.Chart().transform_calculate(line=f"'{label}'")
        drawn = base.mark_line(strokeWidth=2, point=alt.OverlayMarkDef(size=50, filled=True))
        colour = alt.Color("line:N", scale=scale, legend=legend())
        layers.append(drawn.encode(x=x, y=alt.Y(f"{column}:Q", axis=axis), color=colour, tooltip=tooltips))
    return picture(alt.layer(*layers, data=ROWS, height=height, **FRAMELESS), rows)


def events(
    rows: pd.DataFrame, day: str, value: str, *, height: int, number: str, tooltip: Sequence[alt.Tooltip]
) -> Picture:
    """A dot for each event at its day, coloured by the sign of what followed."""
    x = alt.X(
        f"{day}:T",
        scale=alt.Scale(type="utc", padding=10),
        axis=alt.Axis(title=None, grid=False, format="%Y"),
    )
    dots = (
        alt.Chart()
        .mark_circle(size=60, opacity=0.9)
        .encode(
            x=x, y=alt.Y(f"{value}:Q", axis=alt.Axis(**y_axis(number))), tooltip=list(tooltip),
            color=alt.condition(alt.datum[value] < 0, alt.value(ORANGE), alt.value(BLUE)),
        )
    )  # fmt: skip
    zero = alt.Chart().mark_rule(color=REFERENCE, strokeWidth=1).encode(y=alt.datum(0))
    return picture(alt.layer(zero, dots, data=ROWS, height=height, **FRAMELESS), rows)


def columns_of_dots(
    rows: pd.DataFrame, across: str, row: str, value: str, *, colours: Mapping[str, str], height: int, number: str,
    tooltip: Sequence[alt.Tooltip],
) -> Picture:  # fmt: skip
    """For each `across` a row of dots per `row`, with their median as a bar and their number."""
    x = alt.X(f"{value}:Q", axis=alt.Axis(**(y_axis(number) | {"minExtent": 0, "orient": "bottom"})))
    y = alt.Y(f"{row}:N", sort=list(dict.fromkeys(rows[row])), axis=alt.Axis(labelOverlap=False, **PLAIN))
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    colour = alt.Color(f"{across}:N", scale=scale, legend=None)
    zero = alt.Chart().mark_rule(color=REFERENCE, strokeWidth=1).encode(x=alt.datum(0))
    dots = alt.Chart().mark_circle(size=22, opacity=0.45).encode(x=x, y=y, color=colour, tooltip=list(tooltip))
    middle = alt.Chart().mark_tick(thickness=3, size=15, color=GREY).encode(x=alt.X(f"median({value}):Q"), y=y)
    count = alt.Chart().mark_text(align="right", style="ink", dx=-2)
    counted = count.encode(x=alt.value("width"), y=y, text=alt.Text(f"count({value}):Q", format="d"))
    layered = alt.layer(zero, dots, middle, counted).properties(height=height, width=250)
    facet = alt.Column(
        f"{across}:N", sort=list(colours), title=None, header=alt.Header(labelFontSize=12, labelFontWeight=600)
    )
    return picture(layered.facet(column=facet, data=ROWS, **PADDED), rows)


def columns_of_bars(
    rows: pd.DataFrame, across: str, row: str, value: str, count: str, *, colours: Mapping[str, str], height: int,
    number: str, tooltip: Sequence[alt.Tooltip],
) -> Picture:  # fmt: skip
    """For each `across` a bar of `value` per `row`, with the `count` that it is of at the right edge."""
    axis = alt.Axis(**(y_axis(number) | {"minExtent": 0, "orient": "bottom"}))
    x = alt.X(f"{value}:Q", scale=alt.Scale(padding=26), axis=axis)  # no bar under the count
    y = alt.Y(f"{row}:N", sort=list(dict.fromkeys(rows[row])), axis=alt.Axis(labelOverlap=False, **PLAIN))
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    colour = alt.Color(f"{across}:N", scale=scale, legend=None)
    zero = alt.Chart().mark_rule(color=REFERENCE, strokeWidth=1).encode(x=alt.datum(0))
    bars = alt.Chart().mark_bar(size=11).encode(x=x, y=y, color=colour, tooltip=list(tooltip))
    counted = alt.Chart().mark_text(align="right", style="ink", dx=-2)
    layered = alt.layer(bars, zero, counted.encode(x=alt.value("width"), y=y, text=alt.Text(f"{count}:Q", format="d")))
    facet = alt.Column(
        f"{across}:N", sort=list(colours), title=None, header=alt.Header(labelFontSize=12, labelFontWeight=600)
    )
    return picture(layered.properties(height=height, width=250).facet(column=facet, data=ROWS, **PADDED), rows)


def _anchor(span: Span) -> list[alt.Chart]:
    if not span.holds_anchor:
        return []
    days = alt.InlineData(values=[{DAY: f"{span.anchor}T00:00:00Z"}])
    rule = alt.Chart(days).mark_rule(color=GREY, strokeDash=[2, 2], strokeWidth=1)
    return [rule.encode(x=alt.X(**x_sessions(span, end=6)))]
