"""Charts over sessions: lines, bars, ribbons and grids, all drawn alike.

A NULL is a gap, never bridged: the sessions without any value are shaded and the tooltip gives the reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from app.pictures.axes import (
    AXIS_WIDTH,
    DAY,
    FRAMELESS,
    GAP_WIDTH,
    Span,
    anchor_layers,
    bar_width,
    gap_opacity,
    legend,
    line_width,
    rule_layers,
    x_sessions,
    y_axis,
)
from app.pictures.colours import DOWN, GREY, NEUTRAL, RED, UP

Chart = alt.Chart | alt.LayerChart | alt.FacetChart

alt.utils.schemapi.DEBUG_MODE = False  # parts are not checked one by one (a third of the time), the whole chart is


@dataclass(frozen=True)
class Line:
    """One column drawn as a line."""

    column: str
    label: str
    colour: str
    width: float = 1.6
    dash: tuple[int, ...] = ()


def lines(
    rows: pd.DataFrame,
    series: Sequence[Line],
    span: Span,
    *,
    height: int,
    rules: Sequence[float] = (),
    ticks: Sequence[float] = (),
    dots: Mapping[str, tuple[str, str]] | None = None,
    band: Mapping[str, str] | None = None,
    domain: tuple[float, float] | None = None,
    bottom: bool = True,
    number: str = ",.2f",
) -> Chart:
    """Lines over sessions; `rules` are levels to compare with and `ticks` the only levels named on the axis.

    `dots` maps a boolean column to (label, colour): marked on the first line where it is true. `band` maps the columns
    of its lower and upper bound to their labels.
    """
    scale = alt.Scale(domain=list(domain), nice=False) if domain else alt.Scale(zero=False)
    axis = y_axis(number, ticks)
    colours = alt.Scale(domain=[line.label for line in series], range=[line.colour for line in series])
    named = legend() if len(series) > 1 else None
    layers = [*rule_layers(rules, axis, scale), *anchor_layers(span, bottom)]
    y = [alt.Y(f"{line.column}:Q", axis=axis, scale=scale) for line in series]
    if band:
        low, high = band
        shade = alt.Chart().mark_area(color=GREY, opacity=0.2, clip=True)
        bounds = {"y": alt.Y(f"{low}:Q", axis=axis, scale=scale), "y2": alt.Y2(f"{high}:Q")}
        layers.insert(0, shade.encode(x=x_sessions(span, bottom), **bounds))
    layers += [
        alt.Chart()
        .transform_calculate(line=f"'{line.label}'")
        .mark_line(strokeWidth=line_width(line.width, span), strokeDash=list(line.dash) or alt.Undefined, clip=True)
        .encode(x=x_sessions(span, bottom), y=level, color=alt.Color("line:N", scale=colours, legend=named))
        for line, level in zip(series, y, strict=True)
    ]
    layers += [
        alt.Chart()
        .transform_filter(alt.datum[column])
        .mark_point(size=46, filled=True, color=colour, shape="triangle-up", opacity=1, clip=True)
        .encode(x=x_sessions(span, bottom), y=y[0], tooltip=[alt.Tooltip("day:N", title=label)])
        for column, (label, colour) in (dots or {}).items()
    ]
    shown = [(line.column, line.label) for line in series]
    return _finished(layers, rows, shown, span, height, number, bottom, flags=list(dots or ()), beside=band or {})


def bars(
    rows: pd.DataFrame,
    column: str,
    label: str,
    span: Span,
    *,
    height: int,
    bottom: bool = True,
    number: str = ",.0f",
    more: Mapping[str, str] | None = None,
) -> Chart:
    """One column as bars from zero, coloured by sign; `more` columns appear in the tooltip."""
    bar = (
        alt.Chart()
        .mark_bar(size=bar_width(span), clip=True)
        .encode(
            x=x_sessions(span, bottom),
            y=alt.Y(f"{column}:Q", axis=y_axis(number)),
            color=alt.condition(alt.datum[column] < 0, alt.value(DOWN), alt.value(UP)),
        )
    )
    shown = [(column, label), *(more or {}).items()]
    return _finished([bar, *anchor_layers(span, bottom)], rows, shown, span, height, number, bottom)


def mirrored(
    rows: pd.DataFrame,
    up: tuple[str, str],
    down: tuple[str, str],
    span: Span,
    *,
    height: int,
    bottom: bool = True,
    number: str = ",.0f",
) -> Chart:
    """Two counts back to back: (column, label) `up` above zero, `down` below it; the axis shows both as positive."""
    axis = alt.Axis(**(y_axis(number).to_dict() | {"labelExpr": "format(abs(datum.value), ',d')"}))
    colours = alt.Scale(domain=[up[1], down[1]], range=[UP, DOWN])
    layers = [*anchor_layers(span, bottom)]
    for (column, label), sign in ((up, ""), (down, "-")):
        layers.append(
            alt.Chart()
            .transform_calculate(
                drawn=f"isValid(datum['{column}']) ? {sign}datum['{column}'] : null", side=f"'{label}'"
            )
            .mark_bar(size=bar_width(span), clip=True)
            .encode(
                x=x_sessions(span, bottom),
                y=alt.Y("drawn:Q", axis=axis),
                color=alt.Color("side:N", scale=colours, legend=legend("square")),
            )
        )
    return _finished(layers, rows, [up, down], span, height, number, bottom)


def ribbon(spells: pd.DataFrame, colours: Mapping[str, str], labels: Mapping[str, str], span: Span) -> Chart:
    """Runs of a state (state, from_session, to_session, until, sessions) as a band; a run without value stays empty."""
    runs = spells[spells["state"].isin(list(colours))].copy()
    runs["from_day"] = runs["from_session"].dt.strftime("%Y-%m-%d")
    runs["to_day"] = runs["to_session"].dt.strftime("%Y-%m-%d")
    runs["label"] = runs["state"].map(labels)
    ends = [runs.assign(**{DAY: runs[end]}) for end in ("from_session", "until")]
    present = [state for state in colours if state in set(runs["state"])]
    scale = alt.Scale(domain=[labels[state] for state in present], range=[colours[state] for state in present])
    bands: Chart = (
        alt.Chart(pd.concat(ends))
        .mark_line(strokeWidth=16, strokeCap="butt", clip=True)
        .encode(
            x=x_sessions(span, False),
            y=alt.value(8),
            detail="from_day:N",
            color=alt.Color("label:N", scale=scale, legend=None),
            tooltip=[
                alt.Tooltip("label:N", title="State"),
                alt.Tooltip("from_day:N", title="From"),
                alt.Tooltip("to_day:N", title="To"),
                alt.Tooltip("sessions:Q", title="Sessions"),
            ],
        )
        .properties(height=16, padding={"left": AXIS_WIDTH + 2, "right": 6, "top": 0, "bottom": 0})
        .configure_view(strokeWidth=0)
    )
    return bands


def grid(
    rows: pd.DataFrame,
    across: str,
    down: str,
    value: str,
    *,
    tooltip: Mapping[str, str],
    shades: Mapping[float, str],
    number: str,
    height: int,
    order: str = "",
    text: str = "",
    white_below: float = 0,
    every: int = 1,
) -> Chart:
    """Cells of a matrix: rows in the order of the rows, columns in that of the column `order`.

    `shades` maps values to the colours between them; a cell without value is red and `tooltip` (column -> title) says
    why. `text` is the format of the number written in cells below the last shade, white in those below `white_below`;
    `every` is how many columns share a label.
    """
    labels = list(dict.fromkeys(rows.sort_values(order or across, kind="stable")[across]))
    plain: dict[str, Any] = {
        "title": None, "labelFontSize": 11, "ticks": False, "domain": False, "grid": False, "labelFlush": False,
    }  # fmt: skip
    x = alt.X(f"{across}:N", sort=labels, axis=alt.Axis(values=labels[::-every][::-1], labelAngle=0, **plain))
    y = alt.Y(
        f"{down}:N",
        sort=list(dict.fromkeys(rows[down])),
        axis=alt.Axis(labelLimit=170, labelOverlap=False, **plain),
    )
    scale = alt.Scale(domain=list(shades), range=list(shades.values()), clamp=True)
    tooltips = [
        alt.Tooltip(f"{column}:Q", title=title, format=number) if column == value else alt.Tooltip(column, title=title)
        for column, title in tooltip.items()
    ]
    known = f"isValid(datum['{value}'])"
    layers = [
        alt.Chart()
        .mark_rect(strokeWidth=0.5, stroke="#858b9433")
        .encode(
            x=x, y=y, tooltip=tooltips,
            color=alt.condition(known, alt.Color(f"{value}:Q", scale=scale, legend=None), alt.value(RED)),
        )
    ]  # fmt: skip
    if text:
        cells_with_text = alt.Chart().transform_filter(alt.datum[value] < max(shades))
        ink = alt.condition(alt.datum[value] < white_below, alt.value("#ffffff"), alt.value(GREY))
        letters = cells_with_text.mark_text(fontSize=10, fontWeight=600)
        layers.append(letters.encode(x=x, y=y, text=alt.Text(f"{value}:Q", format=text), color=ink))
    return alt.layer(*layers, data=rows, height=height, **FRAMELESS)


def _finished(
    layers: list[alt.Chart],
    rows: pd.DataFrame,
    shown: Sequence[tuple[str, str]],
    span: Span,
    height: int,
    number: str,
    bottom: bool,
    flags: Sequence[str] = (),
    beside: Mapping[str, str] | None = None,
) -> Chart:
    """Layers with the session under the pointer named: its exact date, every value drawn, and why one is missing.

    `flags` go into the data only, `beside` (column -> label) into the tooltip too.
    """
    drawn = [column for column, _ in shown]
    reasons = ["null_reason"] if "null_reason" in rows and rows["null_reason"].notna().any() else []
    data = rows[[DAY, *drawn, *flags, *(beside or ()), *reasons]]
    # the session as text beside it: what a tooltip shows cannot depend on a time zone
    data = data.assign(day=data[DAY].dt.strftime("%Y-%m-%d"), is_gap=data[drawn].isna().all(axis=1))
    under = alt.selection_point(on="pointerover", nearest=True, clear="pointerout", fields=[DAY], empty=False)
    tooltip: list[Any] = [alt.Tooltip("day:N", title="Session")]
    tooltip += [
        alt.Tooltip(f"{column}:Q", title=label, format=number) for column, label in [*shown, *(beside or {}).items()]
    ]
    if reasons:
        tooltip.append(alt.Tooltip("null_reason:N", title="No value because"))
    pointer = (
        alt.Chart()
        .mark_rule(color=GREY, strokeWidth=1)
        .encode(x=x_sessions(span, bottom), opacity=alt.condition(under, alt.value(0.7), alt.value(0)), tooltip=tooltip)
        .add_params(under)
    )
    gaps = (
        alt.Chart()
        .transform_filter(alt.datum["is_gap"])
        .mark_rule(color=NEUTRAL, opacity=gap_opacity(span), strokeWidth=GAP_WIDTH * bar_width(span), clip=True)
        .encode(x=x_sessions(span, bottom))
    )
    below = [gaps] if data["is_gap"].any() else []
    return alt.layer(*below, *layers, pointer, data=data, height=height, **FRAMELESS)
