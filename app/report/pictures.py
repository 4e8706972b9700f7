"""The six small charts of page one: which numbers each of them shows. They are drawn in small_charts.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.pictures import colours
from app.published import any_mart, contents
from app.published.answer import Answer
from app.published.file import Published
from app.report.small_charts import Bars, Line, Panel, Strip, bar_chart, line_chart, strip_chart
from app.words import argument, labels, the_day

HALF_YEAR, QUARTER, WEEK = 126, 63, 5
AVERAGES = {
    "pct_above_sma20": ("20-day", colours.LIGHT_BLUE),
    "pct_above_sma50": ("50-day", colours.BLUE),
    "pct_above_sma200": ("200-day", colours.ORANGE),
}
NEWS = {"news_growth": "Growth news", "news_discount": "Discount rate"}
LEG_CELLS = {"met": colours.ORANGE, "missing": colours.PALE, "not known": None}
LEG_MARKS = {"met": "●", "missing": "○", "not known": "?"}


@dataclass(frozen=True)
class Picture:
    """A chart as SVG, and the same in words: its title and its last values."""

    title: str
    says: str
    svg: str


def pictures(published: Published, session: date, anchor: date | None) -> tuple[Picture, ...]:
    """The charts of a session, in the order of the argument; one without any value is left out."""
    half_year = _first(published, session, HALF_YEAR)
    drawn = (
        _since_anchor(published, session, anchor) if anchor else None,
        _mega_caps(published, session, half_year),
        _correlation(published, session, half_year),
        _breadth(published, session, half_year),
        _news(published, session),
        _legs(published, session),
    )
    return tuple(picture for picture in drawn if picture)


def _first(published: Published, session: date, sessions: int) -> date:
    first: date = contents.window_start(published, session, sessions).rows["first_session"].iloc[0].date()
    return first


def _since_anchor(published: Published, session: date, anchor: date) -> Picture | None:
    names = {"sp500": "^GSPC", "russell_2000": "^RUT", "equal_weight": "RSP"}
    answer = any_mart.rebased(published, "asset_index_daily", "total_return_index", "series_id", names, anchor, session)
    drawn = {
        "sp500": ("S&P", colours.GREY),
        "russell_2000": ("Russell", colours.ORANGE),
        "equal_weight": ("Equal", colours.LIGHT_ORANGE),
    }
    title = "S&P 500, Russell 2000 and equal weight"
    return _lines(title, answer, [(f"Total return, {anchor} = 100", drawn, 1, 100.0)])


def _mega_caps(published: Published, session: date, first: date) -> Picture | None:
    ratio = any_mart.rebased(
        published, "relative_performance_daily", "rs_ratio", "pair_id", {"ratio": "MAG7/SPY"}, first, session
    )
    bonds = any_mart.rebased(
        published, "asset_index_daily", "total_return_index", "series_id", {"bonds": "TLT"}, first, session
    )
    if not ratio.has("ratio") or not bonds.has("bonds"):
        return None
    both = Answer(ratio.rows.merge(bonds.rows, on="session_date", how="left"), ratio.mart, "")
    return _lines(
        "Mag7 against the S&P 500, and bonds",
        both,
        [
            ("Mag7 / S&P 500, start = 100", {"ratio": ("Mag7", colours.BLUE)}, 1, None),
            ("Bonds 20y+, start = 100", {"bonds": ("Bonds", colours.PLUM)}, 1, None),
        ],
    )


def _correlation(published: Published, session: date, first: date) -> Picture | None:
    drawn = {"cor1m": ("COR1M", colours.BLUE), "cor1m_realised_twin": ("Realised", colours.ORANGE)}
    answer = any_mart.history(published, "implied_correlation_daily", list(drawn), first, session)
    return _lines("Implied correlation and its realised twin", answer, [("COR1M and realised, points", drawn, 1, None)])


def _breadth(published: Published, session: date, first: date) -> Picture | None:
    answer = any_mart.history(
        published, "breadth_daily", list(AVERAGES), first, session, universe_id=published.universe, segment_id="ALL"
    )
    return _lines("Members above their average", answer, [("Above average, % of eligible", AVERAGES, 0, 50.0)])


def _lines(
    title: str,
    answer: Answer,
    panels: Sequence[tuple[str, dict[str, tuple[str, str]], int, float | None]],
) -> Picture | None:
    """A picture of panels (title with unit, column -> name and colour, digits, rule) over the rows of an answer."""
    columns = [column for _, drawn, _, _ in panels for column in drawn]
    if not answer.has(*columns) or answer.rows[columns].isna().all(axis=None):
        return None
    rows, made, said = answer.rows, [], []
    for unit, drawn, digits, rule in panels:
        lines = []
        for column, (name, colour) in drawn.items():
            if rows[column].isna().all():
                continue
            last = labels.number(rows[column].iloc[-1], digits)
            lines.append(Line(rows[column].tolist(), f"{name} {last}", colour))
            said.append(f"{name} {last}")
        made.append(Panel(unit, lines, rule))
    says = f"{', '.join(said)} ({'; '.join(unit for unit, _, _, _ in panels)})"
    return Picture(title, says, line_chart(f"{title}: {says}", rows["session_date"].tolist(), made))


def _news(published: Published, session: date) -> Picture | None:
    columns = [f"{news}{part}_bp" for news in NEWS for part in ("", "_5")]
    first = _first(published, session, WEEK)
    answer = any_mart.history(published, "drivers_summary_daily", columns, first, session)
    if not answer.has(*columns) or answer.rows[columns].isna().all(axis=None):
        return None
    rows, panels, said = answer.rows, [], []
    for news, name in NEWS.items():
        week = labels.number(rows[f"{news}_5_bp"].iloc[-1], 0, True)
        panels.append(Bars(f"{name}, bp; week {week}", rows[f"{news}_bp"].tolist()))
        said.append(f"{name.lower()} {week} bp")
    title = "News of the last five sessions"
    says = f"{', '.join(said)} at the middle of what the signs allow"
    return Picture(title, says, bar_chart(f"{title}: {says}", rows["session_date"].tolist(), panels))


def _legs(published: Published, session: date) -> Picture | None:
    columns = ["stage", "legs_met", "legs_missing"]
    first = _first(published, session, QUARTER)
    answer = any_mart.history(published, "capitulation_daily", columns, first, session)
    if not answer.has(*columns):
        return None
    rows = answer.rows
    stages = [colours.STAGES.get(stage) for stage in rows["stage"]]
    stage = argument.named(argument.STAGES, rows["stage"].iloc[-1], "not known")
    strips, said = [Strip("Stage", stages)], [f"stage {stage}"]
    for leg, name in the_day.LEG_NAMES.items():
        met = [the_day.met(leg, *lists) for lists in zip(rows["legs_met"], rows["legs_missing"], strict=True)]
        strips.append(Strip(name, [LEG_CELLS[each] for each in met], LEG_MARKS[met[-1]]))
        said.append(f"{name.lower()} {met[-1]}")
    title = "Stage and legs of capitulation"
    says = ", ".join(said)
    days = rows["session_date"].tolist()
    return Picture(title, says, strip_chart(f"{title}: {says}", f"Stage and legs, {len(days)} sessions", days, strips))
