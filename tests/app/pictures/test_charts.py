"""Charts as they are handed to the browser: gaps stay gaps, dates stay dates, colours stand on both grounds."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from app.pictures import charts, colours
from app.pictures.axes import Span
from app.pictures.charts import Line
from app.words import labels

SPAN = Span(date(2024, 12, 16), date(2024, 12, 20), anchor=date(2024, 12, 18), sessions=5)


@pytest.fixture
def sessions() -> pd.DataFrame:
    """Five sessions, the third of them below the floor of coverage."""
    days = pd.date_range("2024-12-16", periods=5)
    missing = [1.0, -2.0, np.nan, 4.0, 5.0]
    reasons = [None, None, "coverage 0.40 is below 0.50", None, None]
    flags = [False, True, None, False, False]
    return pd.DataFrame({"session_date": days, "a": missing, "b": missing, "flag": flags, "null_reason": reasons})


def drawn(chart: charts.Chart) -> pd.DataFrame:
    assert isinstance(chart.data, pd.DataFrame)
    return chart.data


def marks(chart: charts.Chart) -> list[str]:
    return [layer["mark"]["type"] for layer in chart.to_dict()["layer"]]


def shapes(sessions: pd.DataFrame) -> dict[str, charts.Chart]:
    lines = [Line("a", "A", colours.BLUE), Line("b", "B", colours.ORANGE)]
    return {
        "lines": charts.lines(sessions, lines, SPAN, height=100, rules=[0], dots={"flag": ("Flag", colours.RED)}),
        "bars": charts.bars(sessions, "a", "A", SPAN, height=100),
        "mirrored": charts.mirrored(sessions, ("a", "A"), ("b", "B"), SPAN, height=100),
    }


@pytest.mark.parametrize("kind", ["lines", "bars", "mirrored"])
def test_a_missing_value_is_a_shaded_gap_that_says_why(sessions, kind):
    chart = shapes(sessions)[kind]
    data = drawn(chart)
    assert data["a"].isna().tolist() == [False, False, True, False, False]
    assert data["is_gap"].tolist() == [False, False, True, False, False]
    spec = chart.to_dict()
    assert spec["layer"][0]["transform"] == [{"filter": "datum['is_gap']"}]
    told = {tip["field"]: tip["title"] for tip in spec["layer"][-1]["encoding"]["tooltip"]}
    assert told["null_reason"] == "No value because"
    assert not any("impute" in str(layer) or "interpolate" in str(layer) for layer in spec["layer"])


@pytest.mark.parametrize("kind", ["lines", "bars", "mirrored"])
def test_every_chart_names_the_exact_session_in_utc(sessions, kind):
    chart = shapes(sessions)[kind]
    assert drawn(chart)["day"].tolist()[0] == "2024-12-16"
    spec = chart.to_dict()
    assert spec["layer"][-1]["encoding"]["tooltip"][0] == {"field": "day", "title": "Session", "type": "nominal"}
    scales = [layer["encoding"]["x"]["scale"] for layer in spec["layer"] if "x" in layer["encoding"]]
    assert scales
    assert all(scale["type"] == "utc" for scale in scales)


def test_the_event_is_marked_only_inside_the_span(sessions):
    line = [Line("a", "A", colours.BLUE)]
    inside = charts.lines(sessions, line, SPAN, height=100)
    outside = charts.lines(sessions, line, Span(SPAN.first, SPAN.last, date(2024, 11, 11)), height=100)
    assert marks(inside).count("rule") == marks(outside).count("rule") + 1


def test_a_run_without_a_state_stays_empty_in_the_ribbon():
    days = pd.to_datetime(["2024-12-16", "2024-12-18", "2024-12-20"])
    spells = pd.DataFrame(
        {"state": ["neutral", "no value", "extreme_low"], "from_session": days, "to_session": days, "until": days,
         "sessions": [2, 2, 1]}
    )  # fmt: skip
    chart = charts.ribbon(spells, colours.STATES, labels.STATES, SPAN)
    assert set(drawn(chart)["state"]) == {"neutral", "extreme_low"}


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("ground", ["#fdfcfa", "#14171b"])
@pytest.mark.parametrize("name", ["BLUE", "ORANGE", "TEAL", "PURPLE", "RED", "GREY"])
def test_colours_stand_out_on_a_light_and_a_dark_ground(name, ground):
    light, dark = sorted((luminance(getattr(colours, name)), luminance(ground)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 3


def test_every_state_has_a_colour_and_a_name():
    assert set(colours.STATES) == set(labels.STATES)
