"""The first screen of the Verdict: what five seconds are for. The call, the four answers, the odds, tomorrow, what
changed, and what would prove the call wrong; everything else stands below it."""

import html
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app.published import any_mart
from app.views import page
from app.views.four_answers import FourAnswers
from app.words import argument, labels, the_day

ODDS = (
    "study_id", "state_id", "age_sessions", "n_events", "hits", "ci_low", "ci_high", "base_share", "base_share_vix",
    "share_said", "skill_known_low",
)  # fmt: skip
VIX_ODDS = ("vix", "base_share", "base_share_vix", "skill_known", "skill_known_low")
#: What the odds are of, and within how many sessions.
FALLS = (("drawdown_over_3pct", 21), ("fall_over_3pct", 5))
STATES_SHOWN = 2  # of those that are on, for each fall: four rows
LEVELS = ("level_name", "reading", "unit", "is_met", "level", "distance", "distance_sigma", "within_reach")
DATES = ("calendar_name", "event_date", "weekday", "position")
NEAREST = 3


class FirstScreen:
    """The first screen of one day."""

    def __init__(self, day: page.Day, verdict: pd.Series, lines: pd.DataFrame) -> None:
        self.day, self.published, self.session, self.verdict, self.lines = (
            day, day.published, day.session, verdict, lines,
        )  # fmt: skip
        self.answers = FourAnswers(day, verdict, day.published.universe)

    def draw(self) -> None:
        """All of it, in the order in which it is read."""
        self.call()
        self.answers.draw()
        left = f"{self.odds()}{self.changed()}"
        st.html(
            f'<div class="mi-below"><div>{left}</div><div>{self.tomorrow()}{self.dates()}</div></div>{self.wrong_if()}'
        )

    def call(self) -> None:
        """The argument of the day, its grounds, and the day itself."""
        call, grounds = argument.call(self.lines)
        st.html(
            f'<h1 class="mi-call">{html.escape(call) or "No call"}</h1>'
            f'<div class="mi-grounds">{html.escape(grounds)}</div>'
            f'<div class="mi-headline">{html.escape(str(self.verdict["headline"]))}</div>'
        )

    def odds(self) -> str:
        """A row for each fall and each of the states on, at most four; whether such odds have had skill."""
        names = any_mart.on_session(
            self.published, "states_daily", ["state_id", "state_name"], self.session, is_on=True
        ).rows
        named = dict(zip(names.get("state_id", ()), names.get("state_name", ()), strict=True))
        rows, remarks = [], []
        for target, horizon in FALLS:
            keys: dict[str, Any] = {"target": target, "horizon": horizon}
            vix = any_mart.on_session(self.published, "vix_odds_daily", VIX_ODDS, self.session, **keys)
            if not vix.has(*VIX_ODDS):
                continue
            alone = vix.rows.iloc[0]
            within = f"{argument.FALLS[target]} within {labels.sessions(horizon)}"
            remarks.append(_skill(horizon, alone))
            states = any_mart.on_session(
                self.published, "odds_daily", ODDS, self.session, ["age_sessions desc", "study_id"], track="all", **keys
            ).rows
            if states.empty:
                cells = (within, "no studied state on", *map(_share, (alone.base_share_vix, alone.base_share_vix)))
                rows.append((*cells, _share(alone.base_share), "–", "–"))
                continue
            is_of_the_verdict = states["study_id"] == self.verdict["odds_study_id"]
            for row in states.loc[is_of_the_verdict.sort_values(ascending=False, kind="stable").index].itertuples():
                if sum(written[0] == within for written in rows) == STATES_SHOWN:
                    break
                cases = f"{row.hits} of {row.n_events}, {_share(row.ci_low)} to {_share(row.ci_high)}"
                rows.append(
                    (
                        within,
                        named.get(row.state_id, argument.named({}, row.state_id)),
                        _share(row.share_said),
                        _share(row.base_share_vix),
                        _share(row.base_share),
                        cases if row.n_events else "no case closed yet",
                        "adds to the VIX" if row.skill_known_low > 0 else "adds nothing shown",
                    )
                )
        if not rows:
            return _section("Odds", '<p class="mi-none">No odds: the VIX of the session is not known.</p>')
        heads = ("Within", "After", "Odds", "VIX alone", "Any day", "Cases on all days, 90 %", "Skill")
        return _section(
            "Odds", _table(_merged(rows), heads, {2, 3, 4}) + f"<small>{html.escape(' '.join(remarks))}</small>"
        )

    def changed(self) -> str:
        """What changed, a thrust or a new stage first and bold."""
        rows = self.lines[self.lines["section"] == "changed"].sort_values("position")
        said = [
            f"<b>{html.escape(row.sentence)}</b>" if row.position == 1 else html.escape(row.sentence)
            for row in rows.itertuples()
        ]
        return _section("Changed since yesterday", f'<p class="mi-changed">{" ".join(said) or "–"}</p>')

    def tomorrow(self) -> str:
        """The nearest level of each reading that one can watch, three in all."""
        answer = any_mart.on_session(
            self.published, "levels_next", LEVELS, self.session, universe_id=self.published.universe, within_reach=True
        )
        rows: list[tuple[str, ...]] = []
        if answer.has(*LEVELS):
            index = labels.index_name(self.published.universe)
            readings = [reading.format(index=index) for reading in argument.WATCHED]
            watched = answer.rows[answer.rows["reading"].isin(readings)]
            size = watched["distance_sigma"].abs()
            nearest = watched.loc[size.groupby(watched["reading"]).idxmin()].sort_values("distance_sigma", key=abs)
            rows = [
                (
                    row.level_name,
                    f"{the_day.flip(row.is_met)} at {labels.number(row.level, 2)}",
                    labels.number(row.distance, 2, True),
                    f"{labels.number(row.distance_sigma, 1, True)} σ",
                )
                for row in nearest.head(NEAREST).itertuples()
            ]
        body = _table(rows, ("Tomorrow's close", "Level", "Away", "In σ"), {1, 2, 3}) if rows else (
            '<p class="mi-none">No level within reach of a month.</p>'
        )  # fmt: skip
        return _section("Tomorrow", body)

    def dates(self) -> str:
        """The next dates that are known."""
        answer = any_mart.on_session(self.published, "calendar_ahead", DATES, self.session, ["position"])
        rows = answer.rows.head(NEAREST) if answer.has(*DATES) else pd.DataFrame()
        known = [f"<b>{row.event_date:%a %-d %b}</b> {html.escape(row.calendar_name)}" for row in rows.itertuples()]
        return _section("Next", f'<p class="mi-changed">{" · ".join(known) or "No date is known."}</p>')

    def wrong_if(self) -> str:
        """What would prove the call wrong, and how such calls did before."""
        rows = self.lines[self.lines["section"] == argument.WRONG_IF].sort_values("position")["sentence"].tolist()
        if not rows:
            return ""
        record = html.escape(" ".join(rows[1:]))
        return f'<div class="mi-wrong"><b>{html.escape(rows[0])}</b> <span>{record}</span></div>'


def _skill(horizon: int, alone: pd.Series) -> str:
    """Whether the odds of the VIX have had skill against any day, as known on the session."""
    if pd.isna(alone.skill_known) or pd.isna(alone.skill_known_low):
        return f"{horizon} sessions: too few closed to score the odds."
    shown = f"{labels.number(100 * alone.skill_known, 0, True)} % against any day"
    return f"{horizon} sessions: skill of the VIX's odds {shown}{'' if alone.skill_known_low > 0 else ', not shown'}."


def _merged(rows: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The rows, a first cell that repeats the one above left empty."""
    above, merged = "", []
    for first, *rest in rows:
        merged.append(("" if first == above else first, *rest))
        above = first
    return merged


def _table(rows: Sequence[tuple[str, ...]], heads: Sequence[str], right: set[int]) -> str:
    def cells(tag: str, row: Sequence[str]) -> str:
        aligned = (' class="mi-right"' if place in right else "" for place in range(len(row)))
        return "".join(f"<{tag}{how}>{html.escape(text)}</{tag}>" for how, text in zip(aligned, row, strict=True))

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return (
        f'<div class="mi-scroll" tabindex="0"><table class="mi-table"><thead><tr>{cells("th", heads)}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _section(name: str, body: str) -> str:
    return f"<section><h2>{html.escape(name)}</h2>{body}</section>"


def _share(share: float) -> str:
    return "–" if pd.isna(share) else f"{100 * share:.0f} %"
