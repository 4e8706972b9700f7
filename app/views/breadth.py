"""Breadth: is there selling, how broad is it, is it extreme, and on which side; pictures of marts.breadth_daily."""

from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from app.pictures import charts, colours, tomorrow
from app.pictures.panels import Bars, Line, Lines, Mirrored, Ribbon
from app.pictures.picture import Picture
from app.published import any_mart, contents
from app.published.answer import Answer
from app.views import page
from app.words import captions, labels

TODAY = (
    "advances", "declines", "ad_pct", "neg_breadth_streak", "pos_breadth_streak", "pct_above_sma20", "pct_above_sma50",
    "pct_above_sma200", "eligible_sma200", "new_highs_252", "new_lows_252", "eligible_252", "mcclellan_osc",
    "mcclellan_sum", "pct_outperforming_21d",
    "adv_ratio_ema10", "zbt_days", "up_volume_pct", "lowry_90_down", "lowry_90_up", "participation_score",
    "participation_state", "participation_extreme_age", "narrowness_score", "narrowness_state",
    "narrowness_extreme_age", "is_proxy",
)  # fmt: skip
SECTORS = (
    "members", "coverage", "advances", "declines", "ad_pct", "pct_above_sma20", "pct_above_sma50", "pct_above_sma200",
    "new_highs_252", "new_lows_252", "up_volume_pct", "mcclellan_osc",
)  # fmt: skip
LADDER = (-3, 0, 3)  # moves named in words, %


class Breadth:
    """The page for one universe and segment on one day."""

    def __init__(self, day: page.Day, universe: str, segment: str) -> None:
        self.published, self.session, self.universe = day.published, day.session, universe
        self.keys = {"universe_id": universe, "segment_id": segment}
        self.span = page.span_of(day, "breadth_daily", **self.keys)

    def history(self, *columns: str) -> Answer:
        """The columns over the window."""
        return any_mart.history(self.published, "breadth_daily", columns, self.span.first, self.session, **self.keys)

    def panel(
        self,
        name: str,
        answer: Answer,
        draw: Callable[[], Sequence[Picture]],
        last: Sequence[str] | Callable[[pd.Series], str],
        beside: Sequence[Answer] = (),
    ) -> None:
        """The panel `name` of captions.BREADTH; it needs every column that its answer was to have."""
        needs = [*answer.rows.columns, *answer.missing]
        page.panel(name, captions.BREADTH[name], answer, draw, needs=needs, last=last, beside=beside)

    def facts(self) -> None:
        """The session at a glance."""
        answer = any_mart.on_session(self.published, "breadth_daily", TODAY, self.session, **self.keys)
        if not answer.has(*(name for name in TODAY if not name.startswith(("participation", "narrowness")))):
            return
        row = answer.rows.iloc[0]

        def of(column: str) -> str:
            return labels.formatted(column, row.get(column))

        led = _led(row)
        streak = "neg_breadth_streak" if led == "declines" else "pos_breadth_streak"
        cells = [
            ("Advances / declines", f"{of('advances')} / {of('declines')}", f"net {of('ad_pct')}"),
            ("Streak", labels.sessions(row[streak]), f"{led} led, running"),
            ("Above 20-day", of("pct_above_sma20"), "of eligible"),
            ("Above 50-day", of("pct_above_sma50"), "of eligible"),
            ("Above 200-day", of("pct_above_sma200"), f"of {of('eligible_sma200')} eligible"),
            ("52-week highs / lows", f"{of('new_highs_252')} / {of('new_lows_252')}", f"of {of('eligible_252')}"),
            ("McClellan oscillator", of("mcclellan_osc"), f"summation {of('mcclellan_sum')}"),
            ("Thrust gauge", of("adv_ratio_ema10"), f"{labels.sessions(row['zbt_days'])} since below 0.40"),
            ("Up volume", of("up_volume_pct"), _ninety(row)),
            ("Ahead of the index", of("pct_outperforming_21d"), "over 21 sessions, of members"),
        ]
        cells += [
            (name.capitalize(), of(f"{name}_score"), labels.state(row, name))
            for name in ("participation", "narrowness")
            if f"{name}_state" in row
        ]
        page.facts(cells)

    def shares(self) -> None:
        """Shares above three averages, the index on top."""
        columns = ["pct_above_sma20", "pct_above_sma50", "pct_above_sma200"]
        answer, named = self.history(*columns), labels.index_name(self.published.universe)
        index = any_mart.history(
            self.published, "index_daily", ["close"], self.span.first, self.session, index_id=self.published.universe
        )

        def draw() -> list[Picture]:
            lines = [
                Line("pct_above_sma20", "20-day", colours.LIGHT_BLUE, 1.2),
                Line("pct_above_sma50", "50-day", colours.BLUE, 1.8),
                Line("pct_above_sma200", "200-day", colours.ORANGE, 1.8),
            ]
            shares = Lines("% of eligible members above", lines, 220, ".1f", rules=[50], domain=(0, 100))
            if not index.has("close"):
                return [charts.stack(answer.rows, self.span, [shares])]
            price = Lines(f"{named}, index points", [Line("close", named, colours.GREY, 1.8)], 90, log=True)
            both = answer.rows.merge(index.rows[["session_date", "close"]], on="session_date", how="left")
            return [charts.stack(both, self.span, [price, shares])]

        def last(row: pd.Series) -> str:
            level = ""
            if index.has("close"):
                level = f"{named} {labels.formatted('close', index.rows['close'].iloc[-1])} · "
            shares = (f"{labels.label(column)} {labels.formatted(column, row[column])}" for column in columns)
            return level + " · ".join(shares)

        self.panel("shares", answer, draw, last, [index])

    def advances(self) -> None:
        """Net advances, the running streak and the cumulated line."""
        answer = self.history(
            "advances", "declines", "net_advances", "neg_breadth_streak", "pos_breadth_streak", "ad_line"
        )

        def draw() -> list[Picture]:
            more = {"advances": "Advances", "declines": "Declines"}
            streaks = ("pos_breadth_streak", "Advances led"), ("neg_breadth_streak", "Declines led")
            line = [Line("ad_line", "Advance-decline line", colours.GREY, 1.8)]
            panels = [
                Bars("Advances less declines, members", "net_advances", "Net", 104, "+,.0f", more),
                Mirrored("One side has led, sessions running", *streaks, 84),
                Lines("Cumulative advance-decline line", line, 84, ",.0f"),
            ]
            return [charts.stack(answer.rows, self.span, panels)]

        def last(row: pd.Series) -> str:
            led = _led(row)
            streak = row["neg_breadth_streak"] if led == "declines" else row["pos_breadth_streak"]
            return (
                f"net {labels.formatted('net_advances', row['net_advances'])} · {led} led "
                f"{labels.sessions(streak)} running · "
                f"line {labels.formatted('ad_line', row['ad_line'])}"
            )

        self.panel("advances", answer, draw, last)

    def mcclellan(self) -> None:
        """Oscillator above, summation below."""
        columns = ["mcclellan_osc", "mcclellan_sum"]
        answer = self.history(*columns)

        def draw() -> list[Picture]:
            line = [Line("mcclellan_sum", "Summation", colours.PLUM, 1.8)]
            panels = [
                Bars("Oscillator, rana points", "mcclellan_osc", "Oscillator", 118, "+,.1f"),
                Lines("Summation, rana points", line, 94, ",.0f", rules=[0]),
            ]
            return [charts.stack(answer.rows, self.span, panels)]

        self.panel("mcclellan", answer, draw, columns)

    def highs(self) -> None:
        """New highs above zero, new lows below; their balance as a share."""
        columns = ["new_highs_252", "new_lows_252", "nhnl_pct", "eligible_252"]
        answer = self.history(*columns)

        def draw() -> list[Picture]:
            sides = ("new_highs_252", "New highs"), ("new_lows_252", "New lows")
            line = [Line("nhnl_pct", "Highs less lows, % of eligible", colours.TEAL)]
            panels = [
                Mirrored("New highs and lows, members", *sides, 118),
                Lines("Highs less lows, % of eligible", line, 94, "+.1f", rules=[0]),
            ]
            return [charts.stack(answer.rows, self.span, panels)]

        self.panel("highs", answer, draw, columns)

    def thrust(self) -> None:
        """The Zweig gauge between its two lines, and the five-session share."""
        columns = ["adv_ratio_ema10", "whaley_5d", "deemer_ratio10"]
        answer = self.history(*columns, "zbt_days", "zbt_signal", "bam_signal")

        def draw() -> list[Picture]:
            gauge = [Line("adv_ratio_ema10", "Advances, 10-day EMA", colours.BLUE, 1.8)]
            week = [Line("whaley_5d", "Advances, 5 days", colours.TEAL, 1.4)]
            fired = {
                "zbt_signal": ("Zweig thrust", colours.NAVY), "bam_signal": ("Break-away momentum", colours.PLUM),
            }  # fmt: skip
            panels = [
                Lines(
                    "Share of advances, 10-day EMA", gauge, 130, ".3f", rules=[0.40, 0.615],
                    ticks=[0.2, 0.40, 0.615, 0.8], dots=fired, domain=(0.2, 0.8),
                ),
                Lines(
                    "Share of advances, 5 days", week, 90, ".3f", rules=[0.25, 0.735], ticks=[0.25, 0.735],
                    domain=(0, 1),
                ),
            ]  # fmt: skip
            return [charts.stack(answer.rows, self.span, panels)]

        self.panel("thrust", answer, draw, columns)

    def volume(self) -> None:
        """Up volume with the 90 % days marked."""
        answer = self.history("up_volume_pct", "lowry_90_up", "lowry_90_down")

        def draw() -> list[Picture]:
            line = [Line("up_volume_pct", "Up volume", colours.GREY, 1.2)]
            dots = {"lowry_90_up": ("90 % up day", colours.BLUE), "lowry_90_down": ("90 % down day", colours.ORANGE)}
            panel = Lines(
                "Volume in rising members, %", line, 230, ".1f", rules=[10, 90], ticks=[10, 50, 90], dots=dots,
                domain=(0, 100),
            )  # fmt: skip
            return [charts.stack(answer.rows, self.span, [panel])]

        self.panel("volume", answer, draw, _volume)

    def score(self, name: str) -> None:
        """One reading of breadth: the ribbon of its state over its score."""
        answer = self.history(f"{name}_score", f"{name}_state", f"{name}_extreme_date", f"{name}_extreme_age")
        spells = any_mart.spells(
            self.published, "breadth_daily", f"{name}_state", self.span.first, self.session, **self.keys
        )

        def draw() -> list[Picture]:
            line = [Line(f"{name}_score", name.capitalize(), colours.PLUM, 1.8)]
            panels = [
                Ribbon("State", spells.rows, colours.STATES, labels.STATES),
                Lines("Score, z of 252 sessions", line, 150, "+.2f", rules=[-2, 0, 2], ticks=[-4, -2, 0, 2, 4]),
            ]
            return [charts.stack(answer.rows, self.span, panels)]

        def last(row: pd.Series) -> str:
            return f"{labels.formatted(f'{name}_score', row[f'{name}_score'])} · {labels.state(row, name)}"

        self.panel(name, answer, draw, last, [spells])

    def sectors(self) -> None:
        """Every segment of the universe on the session."""
        answer = any_mart.on_session(
            self.published,
            "breadth_daily",
            ["segment_id", *SECTORS],
            self.session,
            ["segment_id"],
            universe_id=self.universe,
        )
        if len(answer.rows) < 2:
            return
        columns = {"segment_id": st.column_config.TextColumn("Segment", width=162, pinned=True)}
        for column in SECTORS:
            how, title = labels.COLUMNS[column], labels.SECTOR_TABLE[column]
            if column.startswith("pct_above"):
                columns[column] = st.column_config.ProgressColumn(
                    title, format="%.1f", min_value=0, max_value=100, width=104
                )
            else:
                number = "percent" if column == "coverage" else f"%{'+' if how.signed else ''}.{how.digits}f"
                columns[column] = st.column_config.NumberColumn(title, format=number, width=62)
        named = answer.rows.assign(segment_id=answer.rows["segment_id"].replace("ALL", labels.ALL_MEMBERS))

        def draw() -> list[Picture]:
            page.table(named, columns)
            return []

        page.panel("sectors", captions.BREADTH["sectors"], answer, draw)

    def ladder(self) -> None:
        """What the next session would show if every member moved by the same."""
        columns = ["move_pct", *(f"pct_above_sma{days}" for days in (20, 50, 200)), "new_highs_252", "new_lows_252"]
        answer = any_mart.on_session(
            self.published, "breadth_ladder", ["session_date", *columns], self.session, ["move_pct"],
            universe_id=self.universe,
        )  # fmt: skip
        if answer.rows.empty or self.keys["segment_id"] != "ALL":
            return

        def draw() -> list[Picture]:
            shares = {
                "pct_above_sma20": ("above 20-day, %", colours.LIGHT_BLUE),
                "pct_above_sma50": ("above 50-day, %", colours.BLUE),
                "pct_above_sma200": ("above 200-day, %", colours.ORANGE),
            }
            sides = ("new_highs_252", "New highs"), ("new_lows_252", "New lows")
            return tomorrow.ladder(answer.rows, "move_pct", shares, *sides)

        def last(_: pd.Series) -> str:
            moves = answer.rows.set_index("move_pct")["pct_above_sma50"]
            said = (
                f"{labels.number(move, 0, True)} %: {labels.formatted('pct_above_sma50', moves.get(move))}"
                for move in LADDER
            )
            return f"above 50-day if every member moves by {', '.join(said)}"

        page.panel("ladder", captions.BREADTH["ladder"], answer, draw, needs=columns, last=last)

    def coverage(self) -> None:
        """How much of the universe could be counted."""
        columns = ["coverage", "valid", "members"]
        answer = self.history(*columns)

        def draw() -> list[Picture]:
            line = [Line("coverage", "Coverage", colours.GREY, 1.8)]
            levels = [0.5, 0.95]
            panel = Lines("Counted as a share of members", line, 90, ".3f", rules=levels, ticks=[*levels, 0.75])
            return [charts.stack(answer.rows, self.span, [panel])]

        self.panel("coverage", answer, draw, columns)


def show(day: page.Day) -> None:
    """Draw the page."""
    universe, segment = _choice(day)
    named = labels.UNIVERSES.get(universe, universe)
    page.title(captions.BREADTH["page"], named if segment == "ALL" else f"{named}, {segment}")
    if universe in labels.UNIVERSE_NOTES:
        page.note(labels.UNIVERSE_NOTES[universe])
    panels = Breadth(day, universe, segment)
    panels.facts()
    page.pair("levels", panels.shares, panels.advances)
    page.pair("swings", panels.mcclellan, panels.highs)
    page.pair("thrusts", panels.thrust, panels.volume)
    page.pair("scores", lambda: panels.score("participation"), lambda: panels.score("narrowness"))
    page.pair("ends", panels.ladder, panels.coverage)
    panels.sectors()


def _led(row: pd.Series) -> str:
    """Which side leads; a day without breadth has no streak of either."""
    is_falling = pd.notna(row["neg_breadth_streak"]) and row["neg_breadth_streak"] > 0
    return "declines" if is_falling else "advances"


def _volume(row: pd.Series) -> str:
    return f"{labels.formatted('up_volume_pct', row['up_volume_pct'])} · {_ninety(row)}"


def _ninety(row: pd.Series) -> str:
    if pd.isna(row["lowry_90_up"]):
        return "no volume" if pd.isna(row["up_volume_pct"]) else "not judged: early close"
    return "90 % down day" if row["lowry_90_down"] else "90 % up day" if row["lowry_90_up"] else "no 90 % day"


def _choice(day: page.Day) -> tuple[str, str]:
    """The universe and the segment, by their names in the URL too."""
    universes = contents.universes(day.published).rows
    known = sorted(universes["universe_id"].unique(), key=lambda name: name != day.published.universe)
    with page.choices():
        universe = st.selectbox(
            "Universe", known, width=220,
            format_func=lambda name: labels.UNIVERSES.get(name, name),
            key="universe", bind="query-params", persist_state="session",
        )  # fmt: skip
        segments = universes.loc[universes["universe_id"] == universe, "segment_id"].tolist()
        segment = segments[0]
        if len(segments) > 1:
            segment = st.selectbox(
                "Segment", segments, width=220, format_func=lambda name: labels.ALL_MEMBERS if name == "ALL" else name,
                key="segment", bind="query-params", persist_state="session",
            )  # fmt: skip
    return universe, segment
