"""Pictures as they are handed to the browser: gaps stay gaps, dates stay dates, colours can be seen on both grounds."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from app.pictures import charts, colours
from app.pictures.axes import Span
from app.pictures.panels import Bars, Line, Lines, Mirrored, Panel, Ribbon
from app.pictures.picture import Picture
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


def shapes(sessions: pd.DataFrame, span: Span = SPAN) -> dict[str, Picture]:
    lines = [Line("a", "A", colours.BLUE), Line("b", "B", colours.ORANGE)]
    panels: dict[str, Panel] = {
        "lines": Lines("Lines, %", lines, 100, rules=[0], dots={"flag": ("Flag", colours.RED)}),
        "bars": Bars("Bars, bp", "a", "A", 100),
        "mirrored": Mirrored("Counts, members", ("a", "A"), ("b", "B"), 100),
    }
    alone = {name: charts.stack(sessions, span, [panel]) for name, panel in panels.items()}
    return alone | {"stack": charts.stack(sessions, span, list(panels.values()))}


def layers(spec: dict) -> Iterator[dict]:
    """Every layer that draws something."""
    for layer in spec["layer"]:
        yield from layers(layer) if "layer" in layer else [layer]


KINDS = ("lines", "bars", "mirrored", "stack")


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_value_is_a_shaded_gap_that_says_why(sessions, kind):
    picture = shapes(sessions)[kind]
    rows = picture.rows["rows"]
    assert rows["a"].isna().tolist() == [False, False, True, False, False]
    assert rows["is_gap_0"].tolist() == [False, False, True, False, False]
    first, *_ = layers(picture.spec)
    assert first["transform"] == [{"filter": "datum['is_gap_0']"}]
    pointer = picture.spec["layer"][-1]
    told = {tip["field"]: tip["title"] for tip in pointer["encoding"]["tooltip"]}
    assert told["null_reason"] == "No value because"
    assert not any("impute" in str(layer) or "interpolate" in str(layer) for layer in layers(picture.spec))


@pytest.mark.parametrize("kind", KINDS)
def test_every_picture_names_the_exact_session_in_utc(sessions, kind):
    picture = shapes(sessions)[kind]
    assert picture.rows["rows"]["day"].tolist()[0] == "2024-12-16"
    assert str(picture.rows["rows"]["session_date"].dt.tz) == "UTC"
    pointer = picture.spec["layer"][-1]
    assert pointer["encoding"]["tooltip"][0] == {"field": "day", "title": "Session", "type": "nominal"}
    scales = [layer["encoding"]["x"]["scale"] for layer in layers(picture.spec) if "x" in layer.get("encoding", {})]
    assert scales
    assert all(scale["type"] == "utc" for scale in scales)


def test_panels_do_not_overlap_and_each_carries_its_title(sessions):
    picture = shapes(sessions)["stack"]
    titles = [
        layer["mark"] for layer in layers(picture.spec) if layer["mark"]["type"] == "text" and "text" in layer["mark"]
    ]
    assert [title["text"] for title in titles] == ["Lines, %", "Bars, bp", "Counts, members"]
    ranges = []
    for layer in layers(picture.spec):
        scale = layer.get("encoding", {}).get("y", {}).get("scale", {})
        if "range" in scale and scale["range"] not in ranges:
            ranges.append(scale["range"])
    assert len(ranges) == 3
    for title, (bottom, top) in zip(titles, ranges, strict=True):
        assert title["y"] + 12 <= top < bottom <= picture.spec["height"]
    assert all(upper[0] < lower["y"] for upper, lower in zip(ranges, titles[1:], strict=False))


def test_the_last_value_is_written_at_the_end_of_each_line_and_none_lie_on_each_other(sessions):
    close = sessions.assign(b=sessions["a"] + 0.01)
    ends = shapes(close)["lines"].rows["ends"]
    assert ends["text"].tolist() == ["5.00", "5.01"]
    assert ends["session_date"].dt.strftime("%Y-%m-%d").tolist() == ["2024-12-20"] * 2
    low, high = ends["value"]
    assert high - low >= 0.9 * charts.LABEL * (5.01 + 2) / 100  # in pixels of a panel of 100
    missing = sessions.assign(a=[1.0, -2.0, np.nan, 4.0, np.nan])
    assert shapes(missing)["bars"].rows["ends"].empty  # a NULL is no value, and the one before is not the last


def test_the_spec_names_no_session_so_that_a_change_of_it_only_replaces_rows(sessions):
    later = sessions.assign(session_date=sessions["session_date"] + pd.Timedelta(days=7))
    span = Span(date(2024, 12, 23), date(2024, 12, 27), anchor=None, sessions=5)
    for kind in KINDS:
        assert shapes(sessions, replace(SPAN, anchor=None))[kind].spec == shapes(later, span)[kind].spec


def test_bars_beyond_two_years_are_weeks_and_lines_stay_sessions():
    days = pd.bdate_range("2021-01-04", periods=600)
    rows = pd.DataFrame({"session_date": days, "a": np.arange(600.0), "b": np.arange(600.0), "flag": False})
    span = Span(days[0].date(), days[-1].date(), sessions=600)
    picture = shapes(rows, span)["bars"]
    weeks = picture.rows["weeks"]
    assert len(weeks) == 120
    assert weeks["a"].tolist()[:2] == [2.0, 7.0]
    assert {layer["data"]["name"] for layer in layers(picture.spec) if layer["mark"]["type"] == "bar"} == {"weeks"}
    assert len(picture.rows["rows"]) == 600
    assert any("mean of each week" in str(layer["mark"].get("text")) for layer in layers(picture.spec))
    assert "weeks" not in shapes(rows.iloc[:504], replace(span, sessions=504))["bars"].rows


def test_orange_is_stress_whichever_way_it_lies(sessions):
    def colour(panel: Bars) -> dict:
        (bar,) = [
            layer for layer in layers(charts.stack(sessions, SPAN, [panel]).spec) if layer["mark"]["type"] == "bar"
        ]
        return bar["encoding"]["color"]

    falls = {"condition": {"test": "datum['a'] < 0", "value": colours.ORANGE}, "value": colours.BLUE}
    assert colour(Bars("Return, %", "a", "A", 100)) == falls
    rises = {"condition": {"test": "datum['a'] < 0", "value": colours.BLUE}, "value": colours.ORANGE}
    assert colour(Bars("VIX", "a", "A", 100, rising_is_stress=True)) == rises


def test_the_anchor_is_marked_only_inside_the_span(sessions):
    def rules(span: Span) -> int:
        return [layer["mark"]["type"] for layer in layers(shapes(sessions, span)["lines"].spec)].count("rule")

    assert rules(SPAN) == rules(replace(SPAN, anchor=date(2024, 11, 11))) + 1


def test_a_run_without_a_state_stays_empty_in_the_ribbon(sessions):
    days = pd.to_datetime(["2024-12-16", "2024-12-18", "2024-12-20"])
    spells = pd.DataFrame(
        {"state": ["neutral", "no value", "extreme_low"], "from_session": days, "to_session": days, "until": days,
         "sessions": [2, 2, 1]}
    )  # fmt: skip
    ribbon = Ribbon("State", spells, colours.STATES, labels.STATES)
    picture = charts.stack(sessions, SPAN, [ribbon, Bars("Bars", "a", "A", 100)])
    assert picture.rows["spells_0"]["label"].tolist() == ["neutral", "extreme low"]
    assert picture.key == {"extreme low": colours.ORANGE, "neutral": colours.PALE}


@pytest.mark.parametrize("dark", [False, True])
def test_a_picture_is_a_canvas_with_type_of_twelve_pixels(sessions, dark):
    spec = shapes(sessions)["stack"].themed(dark)
    assert spec["usermeta"]["embedOptions"]["renderer"] == "canvas"
    assert spec["config"]["axis"]["labelFontSize"] >= 12
    assert spec["config"]["style"]["ink"]["fontSize"] >= 12
    sizes = [layer["mark"].get("fontSize", 12) for layer in layers(spec) if layer["mark"]["type"] == "text"]
    assert min(sizes) >= 12


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("ink", "ground"), [("light", "#fdfcfa"), ("dark", "#14171b")])
def test_the_ink_of_pictures_can_be_read_on_its_ground(ink, ground):
    assert contrast(colours.INK[ink], ground) >= 4.5


@pytest.mark.parametrize("name", ["DARK_BLUE", "DARK_ORANGE"])
def test_white_can_be_read_on_a_full_cell(name):
    assert contrast(getattr(colours, name), "#ffffff") >= 4.5


@pytest.mark.parametrize("ground", ["#fdfcfa", "#14171b"])
@pytest.mark.parametrize("name", ["BLUE", "ORANGE", "TEAL", "PLUM", "RED", "GREY"])
def test_colours_stand_out_on_a_light_and_a_dark_ground(name, ground):
    assert contrast(getattr(colours, name), ground) >= 3


def test_every_state_has_a_colour_and_a_name():
    assert set(colours.STATES) == set(labels.STATES)
