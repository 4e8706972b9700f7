"""Pictures of what has not happened yet: breadth by the next move of every member, levels by how far away they are, the
paths that followed earlier cases, and how such odds have done."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import altair as alt
import pandas as pd

from app.pictures.axes import PLAIN, legend, y_axis
from app.pictures.colours import BLUE, DOWN, GREY, ORANGE, REFERENCE, UP
from app.pictures.picture import FRAMELESS, ROWS, Picture, Spec, picture


def ladder(
    rows: pd.DataFrame, move: str, shares: Mapping[str, tuple[str, str]], up: tuple[str, str], down: tuple[str, str]
) -> list[Picture]:
    """By the move of every member (%): shares (column -> label, colour) as lines, and two counts back to back."""
    lines, bars = _ladder(move, tuple(shares.items()), up, down)
    return [Picture(lines, {"rows": rows}), Picture(bars, {"rows": rows}, {up[1]: UP, down[1]: DOWN})]


@cache
def _ladder(
    move: str, named_shares: tuple[tuple[str, tuple[str, str]], ...], up: tuple[str, str], down: tuple[str, str]
) -> tuple[Spec, Spec]:
    """The specs of both pictures, which are the same on every session."""
    shares = dict(named_shares)
    x = alt.X(
        f"{move}:Q", scale=alt.Scale(nice=False, padding=8),
        axis=alt.Axis(title="every member moves by, %", format="+~f", grid=False),
    )  # fmt: skip
    scale = alt.Scale(domain=[label for label, _ in shares.values()], range=[colour for _, colour in shares.values()])
    tips = [alt.Tooltip(f"{move}:Q", title="Move, %", format="+.1f")]
    tips += [alt.Tooltip(f"{column}:Q", title=label, format=".1f") for column, (label, _) in shares.items()]
    tips += [alt.Tooltip(f"{column}:Q", title=label, format=",.0f") for column, label in (up, down)]
    zero = alt.Chart().mark_rule(color=REFERENCE, strokeDash=[3, 3]).encode(x=alt.datum(0))
    lines: list[alt.Chart] = []
    for column, (label, _) in shares.items():
        base = alt.Chart().transform_calculate(line=f"'{label}'")
        y = alt.Y(f"{column}:Q", axis=alt.Axis(**y_axis(".1f")), scale=alt.Scale(domain=[0, 100]))
        line = base.mark_line(strokeWidth=1.8, point=alt.OverlayMarkDef(size=22, filled=True))
        lines.append(line.encode(x=x, y=y, color=alt.Color("line:N", scale=scale, legend=legend()), tooltip=tips))
    axis = alt.Axis(**(y_axis(",.0f") | {"labelExpr": "format(abs(datum.value), ',d')"}))
    bars: list[alt.Chart] = []
    for (column, _), colour, sign in ((up, UP, ""), (down, DOWN, "-")):
        drawn = alt.Chart().transform_calculate(drawn=f"{sign}datum['{column}']").mark_bar(size=9, color=colour)
        bars.append(drawn.encode(x=x, y=alt.Y("drawn:Q", axis=axis), tooltip=tips))
    above = alt.layer(zero, *lines, data=ROWS, height=200, **FRAMELESS)
    below = alt.layer(*bars, zero, data=ROWS, height=110, **FRAMELESS)
    return above.to_dict(validate=False), below.to_dict(validate=False)


def levels(rows: pd.DataFrame, name: str, sigma: str, text: str, *, tooltip: Sequence[alt.Tooltip]) -> Picture:
    """A row for each level, nearest first: how many σ of a day the reading is from it, and the level as `text`."""
    y = alt.Y(f"{name}:N", sort=list(rows[name]), axis=alt.Axis(**PLAIN | {"labelLimit": 330, "labelOverlap": False}))
    x = alt.X(
        f"{sigma}:Q", scale=alt.Scale(padding=120),
        axis=alt.Axis(title="away, in σ of a daily change", format="+~f", gridOpacity=0.5),
    )  # fmt: skip
    zero = alt.Chart().mark_rule(color=REFERENCE).encode(x=alt.datum(0))
    stems = alt.Chart().mark_bar(size=3, color=GREY).encode(x=x, y=y, tooltip=list(tooltip))
    dots = alt.Chart().mark_point(size=60, filled=True, opacity=1, color=GREY).encode(x=x, y=y, tooltip=list(tooltip))
    beyond = alt.ExprRef(f"datum['{sigma}'] < 0 ? -8 : 8")
    side = alt.ExprRef(f"datum['{sigma}'] < 0 ? 'right' : 'left'")
    letters = alt.Chart().mark_text(dx=beyond, align=side, style="ink").encode(x=x, y=y, text=f"{text}:N")
    return picture(alt.layer(zero, stems, dots, letters, data=ROWS, height=22 * len(rows), **FRAMELESS), rows)


def paths(rows: pd.DataFrame, case: str, step: str, level: str, floor: float, *, height: int) -> Picture:
    """A line for each case over the steps since, 100 at its start; `floor` is the level that a fall is judged by."""
    x = alt.X(f"{step}:Q", scale=alt.Scale(nice=False), axis=alt.Axis(title="sessions since", grid=False, format="d"))
    y = alt.Y(f"{level}:Q", axis=alt.Axis(**y_axis(".1f")), scale=alt.Scale(zero=False))
    tips = [
        alt.Tooltip(f"{case}:N", title="Case"), alt.Tooltip(f"{step}:Q", title="Sessions since"),
        alt.Tooltip(f"{level}:Q", title="Index", format=".2f"),
    ]  # fmt: skip
    lines = alt.Chart().mark_line(strokeWidth=1, color=GREY, opacity=0.5)
    median = alt.Chart().mark_line(strokeWidth=2.6, color=BLUE)
    below = alt.Chart().mark_rule(color=ORANGE, strokeWidth=1.8).encode(y=alt.datum(floor))
    start = alt.Chart().mark_rule(color=REFERENCE, strokeDash=[3, 3]).encode(y=alt.datum(100))
    layers = [
        start,
        lines.encode(x=x, y=y, detail=f"{case}:N", tooltip=tips),
        median.encode(x=x, y=alt.Y(f"median({level}):Q", axis=alt.Axis(**y_axis(".1f")))),
        below,
    ]
    drawn = picture(alt.layer(*layers, data=ROWS, height=height, **FRAMELESS), rows)
    return Picture(drawn.spec, drawn.rows, {"a case": GREY, "median of the cases": BLUE, "−3 %": ORANGE})


def reliability(rows: pd.DataFrame, predicted: str, observed: str, count: str, *, height: int) -> Picture:
    """What was forecast against what came, a dot a tenth of the forecast, larger with more sessions."""
    axis: dict[str, Any] = {"format": ".0%", "gridOpacity": 0.5, "values": [0, 0.25, 0.5, 0.75, 1]}
    scale = alt.Scale(domain=[0, 1])
    x = alt.X(f"{predicted}:Q", scale=scale, axis=alt.Axis(title="odds given", **axis))
    y = alt.Y(f"{observed}:Q", scale=scale, axis=alt.Axis(title="came", **axis))
    tips = [
        alt.Tooltip(f"{predicted}:Q", title="Odds given", format=".0%"),
        alt.Tooltip(f"{observed}:Q", title="Came", format=".0%"),
        alt.Tooltip(f"{count}:Q", title="Sessions", format=","),
    ]
    ends = alt.InlineData(values=[{predicted: 0, observed: 0}, {predicted: 1, observed: 1}])
    even = alt.Chart(ends).mark_line(color=REFERENCE, strokeDash=[3, 3], strokeWidth=1).encode(x=x, y=y)
    size = alt.Size(f"{count}:Q", legend=None, scale=alt.Scale(range=[30, 260]))
    dots = alt.Chart().mark_circle(color=BLUE, opacity=0.9).encode(x=x, y=y, size=size, tooltip=tips)
    line = alt.Chart().mark_line(color=BLUE, strokeWidth=1.2, opacity=0.6).encode(x=x, y=y)
    return picture(alt.layer(even, line, dots, data=ROWS, height=height, **FRAMELESS), rows)
