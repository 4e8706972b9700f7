"""The four answers of the first screen (Selling, Why, Where, When): each a word, its number, the number of the session
before, its place in a year, and a small picture of 63 sessions."""

import html
from dataclasses import dataclass
from datetime import date

import pandas as pd
import streamlit as st

from app.pictures import colours, sparklines
from app.published import any_mart, contents, since_a_day
from app.views import page
from app.words import argument, labels, the_day

SESSIONS = 63
PICTURED = ("declines", "stock_return")
NEWS = ("news_growth_bp_low", "news_growth_bp_high", "why_day")
STAGE = ("stage", "stage_since", "stage_age_sessions")
LEGS = ("legs_met", "legs_missing", *(f"{leg}_age" for leg in argument.LEGS))
BESIDE = {"^RUT": "small_caps_from_anchor", "MAG7": "mega_caps_from_anchor"}
BAD_STAGES = ("stress", "washout", "capitulated")


@dataclass(frozen=True)
class Card:
    """One answer as it is drawn; `tone` is orange (stress, falling), blue (relief, rising) or grey (context)."""

    name: str
    word: str
    lines: tuple[str, ...]  # HTML, each its own line
    pictures: tuple[tuple[str, str], ...]  # each an SVG, empty where there is nothing to draw, and what it shows
    tone: str


class FourAnswers:
    """The answers of one day, from marts.answers_daily and what each of them is made of."""

    def __init__(self, day: page.Day, verdict: pd.Series, universe: str) -> None:
        self.published, self.session, self.verdict, self.day = day.published, day.session, verdict, day
        self.universe, self.index_series = universe, "^GSPC" if universe == "SP500" else universe
        self.first: date = (
            contents.window_start(day.published, day.session, SESSIONS).rows["first_session"].iloc[0].date()
        )
        self.answer = any_mart.on_session(
            day.published, "answers_daily", ["answer_id", "value", "previous", "pctl_252", "counted"], day.session,
            universe_id=universe,
        )  # fmt: skip
        self.numbers = self.answer.rows.set_index("answer_id") if self.answer.has("answer_id") else pd.DataFrame()
        self.history = any_mart.across(
            day.published, "answers_daily", "value", "answer_id", {name: name for name in PICTURED}, self.first,
            day.session, universe_id=universe,
        )  # fmt: skip
        self.why_lines = any_mart.on_session(
            day.published, "verdict_lines", ["position", "sentence"], day.session, ["position"], universe_id=universe,
            section="why",
        )  # fmt: skip
        self.index = any_mart.history(
            day.published, "index_daily", ["close"], self.first, day.session, index_id=universe
        )
        self.stages = any_mart.spells(day.published, "capitulation_daily", "stage", self.first, day.session)

    def draw(self) -> None:
        """The four side by side."""
        st.html(f'<div class="mi-answers">{"".join(_html(card) for card in self.cards())}</div>')

    def cards(self) -> tuple[Card, ...]:
        """The four, in the order in which they are read."""
        return self.selling(), self.why(), self.where(), self.when()

    def selling(self) -> Card:
        """How many fell, and how strong the selling was."""
        fell, counted = self._number("declines"), self._number("declines", "counted")
        word = argument.named(the_day.DAY_STATES, self.verdict["day_state"], "no count")
        lines = [
            f"<b>{_count(fell)} of {_count(counted)} fell</b> · {_before(_count(self._number('declines', 'previous')))}"
        ]
        lines.append(labels.place_in_a_year(self._number("declines", "pctl_252")))
        pressure, before = self._number("selling_pressure"), self._number("selling_pressure", "previous")
        lines.append(f"pressure {_count(pressure)} of 100 · {_before(_count(before))}")
        falling = pd.notna(fell) and pd.notna(counted) and fell > counted / 2
        tone = colours.DOWN if falling else colours.UP
        picture = sparklines.bars(self._values("declines"), tone), f"Members that fell, {SESSIONS} sessions"
        return Card("Selling", word, tuple(lines), (picture,), tone)

    def why(self) -> Card:
        """The move of the day split into news, and what stocks moved with."""
        move, growth, discount = (self._number(name) for name in ("stock_return", "news_growth", "news_discount"))
        news = any_mart.on_session(self.published, "drivers_summary_daily", NEWS, self.session)
        moved = self.why_lines.rows
        moved = moved[moved["position"].isin(argument.MOVED_WITH)]["sentence"] if self.why_lines.has("position") else ()
        word, lines, split = "not known", [], ""
        if pd.notna(growth) and pd.notna(discount) and news.has(*NEWS):
            row = news.rows.iloc[0]
            low, high = row["news_growth_bp_low"], row["news_growth_bp_high"]
            larger = sorted({"discount rate": discount, "growth": growth}.items(), key=lambda part: -abs(part[1]))
            (word, value), (other, rest) = larger
            word = f"{word.capitalize()} {_bp(value)}"
            between = f"growth {_bp(low)} to {_bp(high)}"
            before = _bp(self._number("stock_return", "previous"))
            lines = [
                f"<b>{other} {_bp(rest)}</b> · of {_bp(move)} bp · {_before(before)}",
                f"signs allow {between} · move {labels.place_in_a_year(self._number('stock_return', 'pctl_252'))}",
            ]
            parts = [(value, _news_colour(value, False)), (rest, _news_colour(rest, True))]
            split = sparklines.signed(parts, (low, high))
        lines.append(html.escape(" ".join(moved)))
        tone = colours.DOWN if pd.notna(move) and move < 0 else colours.UP if pd.notna(move) else colours.GREY
        pictures = (
            (
                split,
                f"The move of the day: {word.lower()} bp full, the other news pale; whisker: what growth news could be",
            ),
            (sparklines.bars(self._values("stock_return"), tone), f"Move of SPY, {SESSIONS} sessions"),
        )
        return Card("Why, in bp", word, tuple(lines), pictures, tone)

    def where(self) -> Card:
        """The index, small caps and mega-caps from the anchor; the regime."""
        now, before = self._from_anchor()
        anchor = self.day.span.anchor
        known = (
            anchor is not None
            and anchor <= self.session
            and self.index_series in now
            and pd.notna(now[self.index_series])
        )
        word = f"{_percent(now[self.index_series])} since {anchor:%-d %b}" if known else "no anchor before this session"
        lines = []
        if known:
            beside = " · ".join(f"{name} {_percent(now.get(key))}" for key, name in argument.BESIDE_THE_INDEX.items())
            place = labels.place_in_a_year(self._number("index_from_anchor", "pctl_252"))
            lines = [
                f"<b>{beside}</b> · {_before(_percent(before[self.index_series]))}",
                f"close {labels.formatted('close', self._close())}, {place}",
            ]
        row = self.verdict
        regime = [
            argument.named({}, row["where_quadrant"], "between the sides"),
            f"risk {argument.named(argument.RISKS, row['risk_state'])}",
            f"curve {argument.named(argument.CURVES, row['where_curve'])}",
        ]
        lines.append(html.escape(" · ".join(regime)))
        tone = colours.GREY if not known else colours.DOWN if now[self.index_series] < 0 else colours.UP
        closes = self.index.rows["close"].tolist() if self.index.has("close") else []
        picture = sparklines.line(closes, tone), f"{labels.index_name(self.universe)}, {SESSIONS} sessions"
        return Card("Where", word, tuple(lines), (picture,), tone)

    def when(self) -> Card:
        """The stage with its day, and the seven legs with their ages."""
        answer = any_mart.on_session(self.published, "capitulation_daily", [*STAGE, *LEGS], self.session)
        word, lines, tone = "not known", [], colours.GREY
        if answer.has(*STAGE, *LEGS):
            row = answer.rows.iloc[0]
            stage = row["stage"]
            word = argument.named(argument.STAGES, stage, "not known").capitalize()
            if isinstance(stage, str) and stage != "none" and pd.notna(row["stage_age_sessions"]):
                word += f", day {int(row['stage_age_sessions']) + 1}"
                tone = colours.DOWN if stage in BAD_STAGES else colours.UP
            lines = [_legs(row)]
        before, stage_before = self._number("stage_age", "previous"), self._stage_before()
        if pd.notna(before):
            day = "" if stage_before == argument.STAGES["none"] else f", day {int(before) + 1}"
            lines.append(f"yesterday {stage_before}{day}")
        held = self._number("asset_manager_positioning")
        if pd.notna(held):
            lines.append(
                f"asset managers hold {held:.0f} % of open interest net, "
                f"{labels.place_in_a_year(self._number('asset_manager_positioning', 'pctl_252'))}"
            )
        rows = self.stages.rows
        runs = [
            (colours.STAGES.get(state, f"{colours.PALE}44"), int(count))
            for state, count in zip(rows["state"], rows["sessions"], strict=True)
        ] if self.stages.has("state") else []  # fmt: skip
        picture = sparklines.strip(runs) if runs else "", f"Stage of capitulation, {SESSIONS} sessions"
        return Card("When", word, tuple(lines), (picture,), tone)

    def _from_anchor(self) -> tuple[dict[str, float], dict[str, float]]:
        """Price change in % from the anchor, and that of the session before, by series."""
        if self.day.span.anchor == _day(self.verdict["reference_date"]):
            return tuple(
                {
                    series: self._number(answer_id, column)
                    for series, answer_id in {self.index_series: "index_from_anchor", **BESIDE}.items()
                }
                for column in ("value", "previous")
            )  # type: ignore[return-value]
        if self.day.span.anchor is None:
            return {}, {}
        rows = since_a_day.change_since(self.published, self.day.span.anchor, self.session).rows.set_index("series_id")
        return rows["change_pct"].to_dict(), rows["previous_pct"].to_dict()

    def _number(self, answer_id: str, column: str = "value") -> float:
        value = self.numbers[column].get(answer_id) if column in self.numbers else None
        return float("nan") if value is None or pd.isna(value) else float(value)

    def _values(self, answer_id: str) -> list[float]:
        return self.history.rows[answer_id].tolist() if self.history.has(answer_id) else []

    def _close(self) -> object:
        return self.index.rows["close"].iloc[-1] if self.index.has("close") else None

    def _stage_before(self) -> str:
        """The stage of the session before, from the runs of stages."""
        rows = self.stages.rows
        if not self.stages.has("state"):
            return "not known"
        last = rows.iloc[-1]
        state = last["state"] if last["sessions"] > 1 else rows.iloc[-2]["state"] if len(rows) > 1 else None
        return argument.named(argument.STAGES, state, "not known")


def _html(card: Card) -> str:
    lines = "".join(f"<p>{line}</p>" for line in card.lines)
    pictures = "".join(sparklines.image(svg, shows) for svg, shows in card.pictures if svg)
    return (
        f'<section class="mi-answer" style="border-color:{card.tone}"><h2>{html.escape(card.name)}</h2>'
        f"<strong>{html.escape(card.word)}</strong>{lines}{pictures}</section>"
    )


def _legs(row: pd.Series) -> str:
    """Every leg as a mark with its age; a missing one hollow."""
    marks = []
    for leg in argument.LEGS:
        met, age = the_day.met(leg, row["legs_met"], row["legs_missing"]), row[f"{leg}_age"]
        ago = "" if pd.isna(age) else " today" if age == 0 else f" {int(age)} ago"
        kind = {"met": " mi-met", "missing": "", "not known": " mi-unknown"}[met]
        marks.append(f'<span><u class="mi-leg{kind}"></u>{leg}{ago if met == "met" else f" {met}"}</span>')
    return f'<span class="mi-legs">{"".join(marks)}</span>'


def _news_colour(value: float, is_pale: bool) -> str:
    if value < 0:
        return colours.LIGHT_ORANGE if is_pale else colours.ORANGE
    return colours.LIGHT_BLUE if is_pale else colours.BLUE


def _day(moment: object) -> date | None:
    return None if pd.isna(moment) else moment.date()  # type: ignore[attr-defined]


def _before(text: str) -> str:
    return f"yesterday {text}"


def _count(value: float) -> str:
    return labels.number(value)


def _bp(value: float) -> str:
    return labels.number(value, 0, True)


def _percent(value: float | None) -> str:
    return "–" if value is None or pd.isna(value) else f"{labels.number(value, 1, True)} %"
