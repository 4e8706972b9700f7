"""Pictures of one session, or of many series beside each other: sums in steps, ranked bars, curves, matrices, strips.

Drawn like app.pictures.charts; the browser places the steps of a waterfall.
"""

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from app.pictures.axes import DAY, PLAIN, Span, legend, utc, x_sessions, y_axis
from app.pictures.colours import BLUE, DARK_BLUE, DARK_ORANGE, DOWN, GREY, NEUTRAL, ORANGE, RED, UP
from app.pictures.picture import FRAMELESS, ROWS, Picture, picture

# of a correlation; the jump at 0.6 leaves no shade on which neither the ink nor white can be read
_SHADES = {
    -1: DARK_ORANGE, -0.601: DARK_ORANGE, -0.6: f"{ORANGE}38",
    0: f"{BLUE}00", 0.6: f"{BLUE}38", 0.601: DARK_BLUE, 1: DARK_BLUE,
}  # fmt: skip


def waterfall(
    steps: Sequence[tuple[str, float]], total: str, *, height: int, number: str, title: str, unit: str = ""
) -> Picture:
    """Steps (label, value) one on the other, and the level they lead to as the last bar, named `total`."""
    rows = [(label, value, False) for label, value in steps] + [(total, None, True)]
    data = pd.DataFrame(rows, columns=["step", "value", "is_total"]).assign(position=range(len(rows)))
    written = f"replace(format(datum.is_total ? datum.end : datum.value, '{number}'), '-', '−')"
    stepped = (
        alt.Chart()
        .transform_window(end="sum(value)", sort=[alt.SortField("position")], frame=[None, 0])
        .transform_calculate(
            start="datum.is_total ? 0 : datum.end - datum.value",
            top="max(datum.start, datum.end)",
            side="datum.is_total ? 'total' : datum.value < 0 ? 'down' : 'up'",
            written=written,
            with_unit=f"{written} + ' {unit}'",
            reached=f"replace(format(datum.end, '{number}'), '-', '−') + ' {unit}'",
        )
    )
    labels = [label for label, _, _ in rows]
    x = alt.X("step:N", sort=labels, axis=alt.Axis(labelAngle=0, labelLimit=110, labelOverlap=False, **PLAIN))
    axis, scale = alt.Axis(**y_axis(number)), alt.Scale(padding=16)
    colours = alt.Scale(domain=["up", "down", "total"], range=[UP, DOWN, GREY])
    bars = stepped.mark_bar(size=34).encode(
        x=x, y=alt.Y("start:Q", axis=axis, scale=scale), y2="end:Q",
        color=alt.Color("side:N", scale=colours, legend=None),
        tooltip=[alt.Tooltip("step:N", title=title), alt.Tooltip("with_unit:N", title="Value"),
                 alt.Tooltip("reached:N", title="Sum so far")],
    )  # fmt: skip
    letters = stepped.mark_text(dy=-7, style="ink", fontWeight=600)
    zero = alt.Chart().mark_rule(color=GREY, strokeWidth=1).encode(y=alt.datum(0))
    named = letters.encode(x=x, y=alt.Y("top:Q", axis=axis, scale=scale), text="written:N")
    return picture(alt.layer(bars, zero, named, data=ROWS, height=height, **FRAMELESS), data)


def ranked(
    rows: pd.DataFrame, name: str, value: str, *, height: int, number: str, tooltip: Mapping[str, tuple[str, str]]
) -> Picture:
    """Bars from zero in the order of the rows, coloured by sign; `tooltip` maps columns to (title, format)."""
    drawn = rows[list(dict.fromkeys([name, value, *tooltip]))]
    y = alt.Y(
        f"{name}:N", sort=list(rows[name]), axis=alt.Axis(labelOverlap=False, minExtent=46, labelLimit=150, **PLAIN)
    )
    axis = alt.Axis(**(y_axis(number) | {"minExtent": 0, "maxExtent": 40, "orient": "bottom"}))
    tooltips = [alt.Tooltip(f"{name}:N", title="Series")]
    tooltips += [alt.Tooltip(f"{column}:Q", title=title, format=how) for column, (title, how) in tooltip.items()]
    bars = (
        alt.Chart()
        .mark_bar(size=14)
        .encode(
            x=alt.X(f"{value}:Q", axis=axis, scale=alt.Scale(padding=34)), y=y, tooltip=tooltips,
            color=alt.condition(alt.datum[value] < 0, alt.value(DOWN), alt.value(UP)),
        )
    )  # fmt: skip
    beyond = alt.ExprRef(f"datum['{value}'] < 0 ? -4 : 4")
    side = alt.ExprRef(f"datum['{value}'] < 0 ? 'right' : 'left'")
    letters = (
        alt.Chart()
        .mark_text(dx=beyond, align=side, style="ink")
        .encode(x=f"{value}:Q", y=y, text=alt.Text(f"{value}:Q", format=number))
    )
    return picture(alt.layer(bars, letters, data=ROWS, height=height, **FRAMELESS), drawn)


def curves(
    rows: pd.DataFrame, across: str, value: str, line: str, *, colours: Mapping[str, str], height: int, number: str
) -> Picture:
    """A curve for each `line` over the columns `across`, both in the order of the rows; the last line lies lowest."""
    x = alt.X(
        f"{across}:N",
        sort=list(dict.fromkeys(rows[across])),
        axis=alt.Axis(labelAngle=0, labelPadding=5, **PLAIN),
        scale=alt.Scale(type="point", padding=0.3),
    )
    y = alt.Y(f"{value}:Q", axis=alt.Axis(**y_axis(number)), scale=alt.Scale(zero=False))
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    base = alt.Chart().encode(
        x=x, y=y,
        color=alt.Color(f"{line}:N", scale=scale, legend=legend()),
        tooltip=[alt.Tooltip(f"{line}:N", title="Session"), alt.Tooltip(f"{across}:N", title="Tenor"),
                 alt.Tooltip(f"{value}:Q", title="Value", format=number)],
    )  # fmt: skip
    drawn = rows[[across, value, line]]
    layers = base.mark_line(strokeWidth=2), base.mark_point(size=60, filled=True, opacity=1)
    return picture(alt.layer(*layers, data=ROWS, height=height, **FRAMELESS), drawn)


def matrix(rows: pd.DataFrame, row: str, column: str, value: str, *, height: int) -> Picture:
    """Numbers from -1 to 1 as cells, rows and columns in the order of the rows; a cell without value is grey."""
    sides = {"labelAngle": 0, "labelOverlap": False, **PLAIN}
    x = alt.X(f"{column}:N", sort=list(dict.fromkeys(rows[column])), axis=alt.Axis(orient="top", **sides))
    y = alt.Y(f"{row}:N", sort=list(dict.fromkeys(rows[row])), axis=alt.Axis(minExtent=46, **sides))
    scale = alt.Scale(domain=list(_SHADES), range=list(_SHADES.values()))
    known = f"isValid(datum['{value}'])"
    cells = (
        alt.Chart()
        .mark_rect(stroke="#858b9433", strokeWidth=0.5)
        .encode(
            x=x, y=y,
            color=alt.condition(known, alt.Color(f"{value}:Q", scale=scale, legend=None), alt.value(f"{NEUTRAL}55")),
            tooltip=[alt.Tooltip(f"{row}:N", title="First"), alt.Tooltip(f"{column}:N", title="Second"),
                     alt.Tooltip(f"{value}:Q", title="Correlation", format="+.3f")],
        )
    )  # fmt: skip
    letters = alt.Chart().transform_calculate(
        written=f"{known} ? replace(format(datum['{value}'], '.2f'), '-', '−') : '–'"
    )
    is_full = f"abs(datum['{value}']) > 0.6005"
    text = {"x": x, "y": y, "text": "written:N"}
    on_full = letters.transform_filter(is_full).mark_text(color="#ffffff", fontWeight=600).encode(**text)
    on_pale = letters.transform_filter(f"!({is_full})").mark_text(style="ink").encode(**text)
    drawn = rows[[row, column, value]]
    return picture(alt.layer(cells, on_full, on_pale, data=ROWS, height=height, **FRAMELESS), drawn)


def strips(
    rows: pd.DataFrame,
    name: str,
    flag: str,
    span: Span,
    *,
    colours: tuple[str, str],
    height: int,
    tooltip: Sequence[alt.Tooltip],
) -> Picture:
    """A row for each `name`, in the order of the rows, a cell from session_date to until: true, false, or empty."""
    days = {DAY: utc(rows[DAY]), "until": utc(rows["until"]), "day": rows[DAY].dt.strftime("%Y-%m-%d")}
    cells_of_days = rows.assign(**days)
    names = list(dict.fromkeys(rows[name]))
    y = alt.Y(
        f"{name}:N",
        sort=names,
        scale=alt.Scale(domain=names),  # a name without any value still gets its empty row
        axis=alt.Axis(labelOverlap=False, **PLAIN),
    )
    chosen = alt.condition(alt.datum[flag], alt.value(colours[0]), alt.value(colours[1]))
    cells = (
        alt.Chart(ROWS, height=height, **FRAMELESS)
        .transform_filter(f"isValid(datum['{flag}'])")
        .mark_rect(clip=True, stroke="#858b9422", strokeWidth=0.5)
        .encode(x=alt.X(**x_sessions(span, end=6)), x2="until:T", y=y, color=chosen, tooltip=tooltip)
    )  # fmt: skip
    return picture(cells, cells_of_days)


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
) -> Picture:
    """Cells of a matrix: rows in the order of the rows, columns in that of the column `order`.

    `shades` maps values to the colours between them; a cell without value is red and `tooltip` (column -> title) says
    why. `text` is the format of the number written in cells below the last shade, white in those below `white_below`;
    `every` is how many columns share a label.
    """
    labels = list(dict.fromkeys(rows.sort_values(order or across, kind="stable")[across]))
    x = alt.X(f"{across}:N", sort=labels, axis=alt.Axis(values=labels[::-every][::-1], labelAngle=0, **PLAIN))
    y = alt.Y(
        f"{down}:N",
        sort=list(dict.fromkeys(rows[down])),
        axis=alt.Axis(labelLimit=170, labelOverlap=False, **PLAIN),
    )
    scale = alt.Scale(domain=list(shades), range=list(shades.values()), clamp=True)
    tooltips = [
        alt.Tooltip(f"{column}:Q", title=title, format=number)
        if column == value
        else alt.Tooltip(f"{column}:N", title=title)
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
        letters = {"x": x, "y": y, "text": alt.Text(f"{value}:Q", format=text)}
        on_dark, on_pale = alt.datum[value] < white_below, alt.datum[value] >= white_below
        below = alt.Chart().transform_filter(alt.datum[value] < max(shades))
        layers += [
            below.transform_filter(on_dark).mark_text(color="#ffffff", fontWeight=600).encode(**letters),
            below.transform_filter(on_pale).mark_text(style="ink").encode(**letters),
        ]
    return picture(alt.layer(*layers, data=ROWS, height=height, **FRAMELESS), rows)
