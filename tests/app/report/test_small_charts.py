"""The small charts of the report: gaps stay gaps, names do not cover each other, every text is escaped."""

import re

import numpy as np
import pandas as pd

from app.pictures.colours import DOWN, UP
from app.report.small_charts import Bars, Line, Panel, Strip, bar_chart, line_chart, strip_chart

DAYS = pd.to_datetime(["2024-12-23", "2024-12-24", "2024-12-26", "2024-12-27"]).tolist()
TEXTS = re.compile(r'<text x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</text>')


def test_a_session_without_a_value_is_a_gap():
    line = Line([1.0, np.nan, 2.0, 3.0], "Close 3", UP)
    (path,) = re.findall(
        rf'<path d="([^"]+)" fill="none" stroke="{UP}"', line_chart("c", DAYS, [Panel("Close", [line])])
    )
    assert path.count("M") == 2
    assert path.count("L") == 1


def test_the_last_value_is_at_the_end_of_its_line_and_names_do_not_cover_each_other():
    lines = [Line([1.0, 1.0, 1.0, level], f"Line {number}", UP) for number, level in enumerate((1.0, 1.01, 9.0))]
    texts = TEXTS.findall(line_chart("c", DAYS, [Panel("Close, points", lines)]))
    heights = {text: float(y) for _, y, text in texts if text.startswith("Line")}
    assert heights["Line 2"] < heights["Line 1"] < heights["Line 0"]
    assert heights["Line 0"] - heights["Line 1"] >= 13
    assert "Close, points" in {text for *_, text in texts}
    assert {"2024-12-23", "2024-12-27"} <= {text for *_, text in texts}


def test_a_panel_without_values_says_so():
    assert "no values" in line_chart("c", DAYS, [Panel("Close", [Line([np.nan] * 4, "Close", UP)])])


def test_bars_are_coloured_by_their_sign_and_carry_their_value():
    drawn = bar_chart("c", DAYS, [Bars("News, bp", [12.3, -45.6, np.nan, 0.2])])
    assert re.findall(r'fill="(#\w+)"', drawn) == [UP, DOWN, UP]
    assert [text for *_, text in TEXTS.findall(drawn)][:4] == ["News, bp", "+12", "−46", "0"]


def test_cells_of_one_colour_are_drawn_together_and_unknown_ones_not_at_all():
    drawn = strip_chart("c", "Stage", DAYS, [Strip("Panic", [UP, UP, None, DOWN], "●")])
    assert re.findall(r'fill="(#\w+)"', drawn) == [UP, DOWN]


def test_text_is_escaped_and_the_chart_has_its_name():
    drawn = line_chart('A "chart" <b>', DAYS, [Panel("<b>", [Line([1.0] * 4, "<i>", UP)])])
    assert 'role="img" aria-label="A &quot;chart&quot; &lt;b&gt;"' in drawn
    assert "<b>" not in drawn
    assert "<i>" not in drawn
