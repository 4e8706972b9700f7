"""A picture as the browser gets it: a Vega-Lite spec, the rows that it names, and the key to its colours.

Pictures are drawn on a canvas, which costs the page one node each, in type of at least 12 px.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import altair as alt
import pandas as pd

from app.pictures.colours import INK

Spec = dict[str, Any]

alt.utils.schemapi.DEBUG_MODE = False  # parts are not checked one by one: a third of the time of a picture

#: The rows of a picture of one table.
ROWS = alt.NamedData("rows")
#: Passed to the constructor of a chart, because every method of a chart copies the whole chart.
PADDED: dict[str, Any] = {"padding": {"left": 2, "right": 6, "top": 4, "bottom": 2}}
#: Of a picture of one view: its width is that of the page, its height that of the plot, axes and legend come on top.
FRAMELESS: dict[str, Any] = {"autosize": {"type": "fit-x", "contains": "padding"}, **PADDED}
LABEL_SIZE = 12


@dataclass(frozen=True)
class Picture:
    """A spec without data, its rows by name, and the colours to explain above it (label -> colour)."""

    spec: Spec
    rows: Mapping[str, pd.DataFrame]
    key: Mapping[str, str] = field(default_factory=dict)

    def themed(self, dark: bool) -> Spec:
        """The whole spec for a light or a dark ground."""
        ink = INK["dark" if dark else "light"]
        text = {"labelColor": ink, "titleColor": ink, "labelFontSize": LABEL_SIZE, "titleFontSize": LABEL_SIZE}
        config = {
            "view": {"strokeWidth": 0}, "axis": text, "legend": text, "header": text,
            "style": {"ink": {"color": ink, "fontSize": LABEL_SIZE}},
        }  # fmt: skip
        return {
            **self.spec, "config": config, "datasets": dict(self.rows),
            "usermeta": {"embedOptions": {"renderer": "canvas"}},
        }  # fmt: skip


def picture(chart: alt.Chart | alt.LayerChart | alt.FacetChart, rows: pd.DataFrame) -> Picture:
    """The picture of a chart of ROWS; its spec is ours and is not checked again on every page."""
    return Picture(chart.to_dict(validate=False), {"rows": rows})
