"""Evidence: what each state did before, with n, interval and q, and how good the calls were; pictures of
marts.odds_daily, marts.event_study, marts.event_study_events and marts.verdict_score."""

from dataclasses import replace
from typing import Any

import altair as alt
import pandas as pd
import streamlit as st

from app.pictures import colours, scatter, tomorrow
from app.pictures.picture import Picture
from app.published import any_mart
from app.views import page
from app.words import argument, labels
from app.words.argument import EVIDENCE

ODDS = (
    "study_id", "age_sessions", "n_events", "hits", "base_n", "share", "ci_low", "ci_high", "base_share",
    "base_share_vix", "finding",
)  # fmt: skip
PATH_SESSIONS = 21  # drawn of a case at least
HORIZONS = (21, 1, 5, 10, 42, 63)
_NUMBER, _TEXT, _DAY = st.column_config.NumberColumn, st.column_config.TextColumn, st.column_config.DateColumn
STUDY = {
    "study_id": _TEXT("After", width=230, pinned=True),
    "target": _TEXT("What", width=170),
    "n_events": _NUMBER("n", format="%d"),
    "n_open": _NUMBER("Open", format="%d"),
    "base_n": _NUMBER("Base n", format="localized"),
    "mean": _NUMBER("Mean", format="%.3f"),
    "base_mean": _NUMBER("Base", format="%.3f"),
    "diff": _NUMBER("Difference", format="%+.3f"),
    "diff_ci_low": _NUMBER("90 % from", format="%+.3f"),
    "diff_ci_high": _NUMBER("to", format="%+.3f"),
    "diff_vix_matched": _NUMBER("At the same VIX", format="%+.3f"),
    "p_down": _NUMBER("p(down)", format="percent"),
    "base_p_down": _NUMBER("any day", format="percent"),
    "q": _NUMBER("q", format="%.3f"),
    "verdict": _TEXT("Verdict", width=140),
}
SCORE = {
    "call_name": _TEXT("Call", width=240, pinned=True),
    "share_of_days": _NUMBER("Share of days", format="percent"),
    "argues_for": _TEXT("Argues for", width=120),
    "target": _TEXT("Of", width=190),
    "horizon": _NUMBER("Within", format="%d", help="Sessions"),
    "n_closed": _NUMBER("n", format="localized"),
    "share": _NUMBER("Came", format="percent"),
    "ci_low": _NUMBER("90 % from", format="percent"),
    "ci_high": _NUMBER("to", format="percent"),
    "share_vix": _NUMBER("VIX alone", format="percent"),
    "share_proved_wrong": _NUMBER("Proved wrong", format="percent"),
    "drawdown_21_share": _NUMBER("3 % drawdown, 21", format="percent"),
    "drawdown_21_share_vix": _NUMBER("VIX alone, 21", format="percent"),
    "fall_5_share": _NUMBER("3 % lower, 5", format="percent"),
    "fall_5_share_vix": _NUMBER("VIX alone, 5", format="percent"),
}
SKILL = {
    "target": _TEXT("Odds of", width=210, pinned=True),
    "horizon": _NUMBER("Within", format="%d", help="Sessions"),
    "since": _DAY("Since", format="YYYY-MM-DD"),
    "n_days": _NUMBER("Sessions", format="localized"),
    "brier_skill": _NUMBER("Skill", format="%+.3f"),
    "skill_ci_low": _NUMBER("90 % from", format="%+.3f"),
    "skill_ci_high": _NUMBER("to", format="%+.3f"),
}
EVENTS = ("session_date", "closes_on", "state_value", "is_clean", "forward_return_pct", "forward_max_drawdown_pct")
OPEN = {
    "session_date": _DAY("Began", format="YYYY-MM-DD"),
    "closes_on": _DAY("Closes", format="YYYY-MM-DD"),
    "state_value": _NUMBER("Reading", format="%.2f"),
    "is_clean": st.column_config.CheckboxColumn("Clean"),
}


class Evidence:
    """The page for one day, one study, target, horizon and track."""

    def __init__(self, day: page.Day, study: str, target: str, horizon: int, track: str) -> None:
        self.published, self.session = day.published, day.session
        self.study, self.target, self.horizon, self.track = study, target, horizon, track
        self.names = page.study_names(day.published)
        self.index = labels.index_name(day.published.universe)

    def odds(self) -> None:
        """Every state that is on, against any day."""
        answer = any_mart.on_session(
            self.published, "odds_daily", ["session_date", *ODDS], self.session, ["share desc", "study_id"],
            target=self.target, horizon=self.horizon, track=self.track,
        )  # fmt: skip

        def draw() -> list[Picture]:
            named = answer.rows.assign(
                study=answer.rows["study_id"].map(self.names),
                thin=answer.rows["finding"] == "insufficient",
                finding_text=answer.rows["finding"].map(argument.FINDINGS),
            )
            tips = [
                alt.Tooltip("study:N", title="After"), alt.Tooltip("share:Q", title="Share", format=".0%"),
                alt.Tooltip("ci_low:Q", title="90 % from", format=".0%"),
                alt.Tooltip("ci_high:Q", title="to", format=".0%"),
                alt.Tooltip("base_share:Q", title="Any day", format=".0%"),
                alt.Tooltip("base_share_vix:Q", title="VIX alone", format=".0%"),
                alt.Tooltip("n_events:Q", title="n"), alt.Tooltip("base_n:Q", title="Base n", format=","),
                alt.Tooltip("age_sessions:Q", title="Sessions on"),
                alt.Tooltip("finding_text:N", title="Finding"),
            ]  # fmt: skip
            drawn = named[named["n_events"] > 0]
            drawn = drawn.assign(study=drawn["study"] + "  n " + drawn["n_events"].astype(int).astype(str))
            return [
                scatter.intervals(drawn, "study", "share", "ci_low", "ci_high", "base_share", thin="thin", tooltip=tips)
            ]

        def last(newest: pd.Series) -> str:
            return f"{argument.TARGETS[self.target]}, {labels.sessions(self.horizon)} ahead"

        page.panel("odds", EVIDENCE["odds"], answer, draw, needs=ODDS, last=last)

    def fan(self) -> None:
        """Mean return by horizon against the base, and their difference in its interval."""
        columns = ["horizon", "n_events", "base_n", "mean", "base_mean", "diff", "diff_ci_low", "diff_ci_high"]
        answer = any_mart.every_row(
            self.published,
            "event_study",
            columns,
            ["horizon"],
            study_id=self.study,
            track=self.track,
            target="forward_return",
        )

        def draw() -> list[Picture]:
            means = {"mean": ("After the state", colours.BLUE), "base_mean": ("Any day", colours.GREY)}
            gap = {"diff": ("Difference", colours.BLUE)}
            band = ("diff_ci_low", "diff_ci_high") if answer.rows["diff_ci_low"].notna().any() else None
            return [
                scatter.fan(answer.rows, "horizon", means, None, height=150),
                scatter.fan(answer.rows, "horizon", gap, band, height=150),
            ]

        def last(_: pd.Series) -> str:
            counts = answer.rows.dropna(subset=["n_events"])
            written = " · ".join(f"{row.horizon}: {row.n_events}" for row in counts.itertuples())
            return f"after “{self.names[self.study]}”; n by horizon {written}"

        page.panel("fan", EVIDENCE["fan"].of_index(self.index), answer, draw, needs=["mean", "base_mean"], last=last)

    def events(self) -> None:
        """Every closed case and what followed."""
        answer = any_mart.up_to(self.published, "event_study_events", EVENTS, "closes_on", self.session, **self._keys())

        def draw() -> list[Picture]:
            named = answer.rows.assign(
                began=answer.rows["session_date"].dt.strftime("%Y-%m-%d"),
                closed=answer.rows["closes_on"].dt.strftime("%Y-%m-%d"),
            )
            tips = [
                alt.Tooltip("began:N", title="Began"), alt.Tooltip("closed:N", title="Closed"),
                alt.Tooltip("forward_return_pct:Q", title="Return, %", format="+.2f"),
                alt.Tooltip("forward_max_drawdown_pct:Q", title="Deepest fall, %", format=".2f"),
                alt.Tooltip("is_clean:N", title="Clean"),
            ]  # fmt: skip
            return [
                scatter.events(named, "session_date", "forward_return_pct", height=190, number="+.1f", tooltip=tips)
            ]

        counted = f"“{self.names[self.study]}”, {labels.sessions(self.horizon)}, {len(answer.rows)} closed cases. "
        caption = replace(EVIDENCE["events"], sentence=counted + EVIDENCE["events"].sentence)
        page.panel("events", caption, answer, draw, needs=["forward_return_pct"])

    def paths(self) -> None:
        """The index after each case, as far as it was known by the session."""
        columns = ["event_session", "step", "index_100"]
        answer = any_mart.up_to(
            self.published, "event_paths", columns, "session_date", self.session, ["event_session", "step"],
            study_id=self.study,
        )  # fmt: skip
        last_step = max(PATH_SESSIONS, self.horizon)

        def draw() -> list[Picture]:
            near = answer.rows[answer.rows["step"] <= last_step]
            named = near.assign(case=near["event_session"].dt.strftime("%Y-%m-%d"))
            return [tomorrow.paths(named[["case", "step", "index_100"]], "case", "step", "index_100", 97, height=290)]

        cases = answer.rows["event_session"].nunique() if answer.has("event_session") else 0
        caption = EVIDENCE["paths"].of_index(self.index)
        if self.study:
            caption = replace(caption, title=f"{caption.title}: {self.names[self.study]}, {cases} cases")
        page.panel("paths", caption, answer, draw, needs=columns)

    def reliability(self) -> None:
        """Odds given against what came, over the whole file."""
        columns = ["predicted", "observed", "n"]
        answer = any_mart.every_row(
            self.published, "odds_reliability", ["since", *columns], ["since", "tenth"], target=self.target,
            horizon=self.horizon, track=self.track, predictor="share_said",
        )  # fmt: skip
        if answer.has("since"):
            answer = replace(answer, rows=answer.rows[answer.rows["since"] == answer.rows["since"].min()])

        def draw() -> list[Picture]:
            return [tomorrow.reliability(answer.rows, *columns, height=250)]

        def last(newest: pd.Series) -> str:
            return f"{argument.TARGETS[self.target]}, {labels.sessions(self.horizon)}, since {newest['since']:%Y-%m-%d}"

        page.panel("reliability", EVIDENCE["reliability"], answer, draw, needs=columns, last=last)

    def skill(self) -> None:
        """The skill of the odds given, for everything that odds are given of."""
        answer = any_mart.every_row(
            self.published, "odds_score", list(SKILL), ["since", "target", "horizon"], track=self.track,
            predictor="share_said",
        )  # fmt: skip

        def draw() -> list[Picture]:
            named = answer.rows.assign(target=answer.rows["target"].map(argument.TARGETS))
            page.table(named, SKILL, visible=9)
            return []

        page.panel("skill", EVIDENCE["skill"], answer, draw, needs=["brier_skill"])

    def open(self) -> None:
        """Cases whose horizon was open on the session."""
        answer = any_mart.up_to(
            self.published, "event_study_events", list(OPEN), "session_date", self.session, **self._keys()
        )
        still = answer.rows
        if answer.has("closes_on"):
            still = still[~(still["closes_on"] <= pd.Timestamp(self.session))]

        def draw() -> list[Picture]:
            page.table(still, OPEN)
            return []

        counted = f"{len(still)} open on {self.session}. "
        caption = replace(EVIDENCE["open"], sentence=counted + EVIDENCE["open"].sentence)
        page.panel("open", caption, answer, draw, needs=["closes_on"])

    def study_table(self) -> None:
        """The whole family at the horizon and track."""
        answer = any_mart.every_row(
            self.published, "event_study", list(STUDY), ["study_id", "target"], horizon=self.horizon, track=self.track
        )

        def draw() -> list[Picture]:
            named = answer.rows.assign(
                study_id=answer.rows["study_id"].map(self.names),
                target=answer.rows["target"].str.replace("_", " "),
                verdict=answer.rows["verdict"].map(argument.FINDINGS),
            )
            page.table(named, STUDY, visible=16)
            return []

        page.panel("study", EVIDENCE["study"], answer, draw, needs=["study_id", "mean"])

    def score(self) -> None:
        """How good the calls were, over the whole file."""
        answer = any_mart.every_row(
            self.published,
            "verdict_score",
            ["call_id", *SCORE],
            ["share_of_days desc", "call_id"],
            universe_id=self.published.universe,
        )

        def draw() -> list[Picture]:
            named = answer.rows.assign(
                argues_for=answer.rows["argues_for"].map(argument.ARGUES_FOR),
                target=answer.rows["target"].map(argument.TARGETS),
            )
            page.table(named, SCORE, visible=18)
            return []

        page.panel("score", EVIDENCE["score"], answer, draw, needs=["call_name", "share"])

    def _keys(self) -> dict[str, Any]:
        return {"study_id": self.study, "horizon": self.horizon, "track": self.track}


def _chosen(day: page.Day) -> tuple[str, str, int, str]:
    """The choice of the reader, stored in the URL; the study of the verdict comes first."""
    cases = any_mart.every_row(day.published, "event_study", ["study_id", "track", "horizon"], ["study_id"])
    studies = list(dict.fromkeys(cases.rows["study_id"])) if cases.has("study_id") else []
    verdict = any_mart.on_session(
        day.published, "verdict_daily", ["odds_study_id"], day.session, universe_id=day.published.universe
    )
    first = verdict.rows["odds_study_id"].iloc[0] if verdict.has("odds_study_id") else None
    studies.sort(key=lambda study: (study != first, study))
    horizons = [horizon for horizon in HORIZONS if not cases.has("horizon") or horizon in set(cases.rows["horizon"])]
    with page.choices():
        names = page.study_names(day.published)
        study = (
            st.selectbox("State", studies, format_func=names.__getitem__, key="study", bind="query-params")
            if studies
            else ""
        )
        target = st.selectbox(
            "What follows",
            _targets(day),
            format_func=argument.TARGETS.__getitem__,
            key="target",
            bind="query-params",
        )
        horizon = st.selectbox("Horizon, sessions", horizons, key="horizon", bind="query-params")
        track = st.selectbox(
            "Track", list(argument.TRACKS), format_func=argument.TRACKS.__getitem__, key="track", bind="query-params"
        )
    return study, target, horizon, track


def _targets(day: page.Day) -> list[str]:
    """What may follow, first that whose odds have had the most skill as known on the session."""
    answer = any_mart.on_session(
        day.published,
        "vix_odds_daily",
        ["target"],
        day.session,
        ["skill_known_low desc", "target"],
        horizon=HORIZONS[0],
    )
    known = [target for target in answer.rows.get("target", ()) if target in argument.TARGETS]
    return [*known, *(target for target in argument.TARGETS if target not in known)]


def show(day: page.Day) -> None:
    """Draw the page."""
    page.title(EVIDENCE["page"])
    panels = Evidence(day, *_chosen(day))
    if day.session < day.newest:
        page.note(argument.HINDSIGHT.format(session=day.session, newest=day.newest))
    page.pair("odds", panels.odds, panels.paths)
    page.pair("events", panels.events, panels.open)
    panels.fan()
    if day.session == day.newest:
        page.pair("score", panels.reliability, panels.skill)
        panels.score()
    panels.study_table()
