"""The published file as read-only tools for an agent: a server of the Model Context Protocol on standard streams.

Every tool reads the file as it is when the tool is called; nothing here runs the job, fetches or writes.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

import pandas as pd
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import Field

from app.published import any_mart, contents, one_mart, one_select
from app.published.file import NothingPublished, Published, UnreadableFile
from app.published.universes import of_universe
from app.words import notices
from ingestion.settings import Settings

INSTRUCTIONS = """\
Breadth, leadership, correlation, volatility, positioning and regime of a stock market, one row a session, computed
after the close. Begin with `verdict`. Each number comes from a column of a mart; `dictionary` has its unit, formula and
meaning, and `query` answers one SELECT of DuckDB on schema marts. A value that is null is unknown, not zero. Where
`is_made_up` is true every price is synthetic: say so. Shares and odds have their count of cases beside them: give it.
"""

#: What a client may know of each tool without reading it.
READ_ONLY = ToolAnnotations(read_only_hint=True, idempotent_hint=True, destructive_hint=False, open_world_hint=False)

VERDICT = (
    "is_final", "complete", "missing", "call_id", "call", "headline", "falsifier", "day_state", "why_primary",
    "where_quadrant", "risk_state", "when_stage", "stage_since", "legs_met", "legs_missing", "odds_line",
    "changed_since_yesterday", "next_releases",
)  # fmt: skip
ANSWERS = ("answer", "answer_id", "value", "previous", "pctl_252", "unit", "counted")
STATES = ("state_id", "state_name", "is_on", "since", "age_sessions", "value", "threshold", "share_of_days_on", "mart")
LEVELS = (
    "level_id", "level_name", "reading", "unit", "comparator", "level", "value", "distance", "distance_sigma", "is_met",
)  # fmt: skip

Session = Annotated[date | None, Field(description="YYYY-MM-DD; the newest session where it is left out")]
Universe = Annotated[
    str | None, Field(description="universe_id, such as SP500; the one that the file is about where it is left out")
]


def serve(settings: Settings) -> None:
    """Answer on standard input and output until the client closes them."""
    build_server(settings).run("stdio")


def build_server(settings: Settings) -> MCPServer:
    """The server of one market."""
    published = Published(settings.published_path)
    server: MCPServer = MCPServer(notices.PRODUCT, instructions=INSTRUCTIONS, log_level="WARNING")

    @server.tool(annotations=READ_ONLY)
    def verdict(session: Session = None, universe: Universe = None) -> dict[str, Any]:
        """The day in words and numbers: the call, its headline, the four answers (selling, why, where, when), the
        sentences by section, what would prove the call wrong and what is missing."""
        with _reading(settings, published):
            chosen = _of_universe(published, universe)
            day, keys = _session(published, session), {"universe_id": chosen.universe}
            found = _records(any_mart.on_session(chosen, "verdict_daily", VERDICT, day, **keys).rows)
            if not found:
                raise ToolError(f"the file has no verdict of {day} for {keys['universe_id']}")
            answers = any_mart.on_session(chosen, "answers_daily", ANSWERS, day, ["answer", "answer_id"], **keys)
            lines = any_mart.on_session(
                chosen, "verdict_lines", ("section", "sentence"), day, ["section", "position"], **keys
            )
            sections: dict[str, list[str]] = {}
            for line in _records(lines.rows):
                sections.setdefault(line["section"], []).append(line["sentence"])
            return _about(published, day) | keys | found[0] | {"answers": _records(answers.rows), "sections": sections}

    @server.tool(annotations=READ_ONLY)
    def states(session: Session = None, universe: Universe = None, on_only: bool = True) -> dict[str, Any]:
        """The states of a session, those that are on unless `on_only` is false: since when, the value and threshold,
        and on what share (0-1) of all days the state is on."""
        with _reading(settings, published):
            chosen = _of_universe(published, universe)
            day, keys = _session(published, session), {"universe_id": chosen.universe}
            rows = any_mart.on_session(chosen, "states_daily", STATES, day, ["state_id"], **keys).rows
            shown = [row for row in _records(rows) if row["is_on"] or not on_only]
            return _about(published, day) | keys | {"states": shown}

    @server.tool(annotations=READ_ONLY)
    def state_history(
        state_id: Annotated[str, Field(description="from `states`")],
        last: Annotated[int, Field(ge=1, le=500, description="how many spells, the newest first")] = 20,
        universe: Universe = None,
    ) -> dict[str, Any]:
        """When a state was on: each spell with its first and last session and its number of sessions."""
        with _reading(settings, published):
            chosen = _of_universe(published, universe)
            day, keys = _session(published, None), {"universe_id": chosen.universe}
            today = any_mart.on_session(chosen, "states_daily", STATES, day, ["state_id"], **keys).rows
            if state_id not in set(today["state_id"]):
                raise ToolError(f"there is no state {state_id!r}; there are {', '.join(today['state_id'])}")
            spells = one_mart.state_spells(chosen, state_id, keys["universe_id"], last)
            now = _records(today[today["state_id"] == state_id])[0]
            return _about(published, day) | keys | now | {"spells": _records(spells.rows)}

    @server.tool(annotations=READ_ONLY)
    def levels(session: Session = None, universe: Universe = None) -> dict[str, Any]:
        """What the next session would have to do: the level at which each state changes, how far the reading is from it
        in its unit and in daily standard deviations (63 sessions), the nearest first."""
        with _reading(settings, published):
            chosen = _of_universe(published, universe)
            day, keys = _session(published, session), {"universe_id": chosen.universe}
            rows = any_mart.on_session(chosen, "levels_next", LEVELS, day, ["level_id"], **keys).rows
            nearest = rows.sort_values("distance_sigma", key=lambda distance: distance.abs(), kind="stable")
            return _about(published, day) | keys | {"levels": _records(nearest)}

    @server.tool(annotations=READ_ONLY)
    def dictionary(
        mart: Annotated[str | None, Field(description="such as breadth_daily: all of its columns")] = None,
        search: Annotated[
            str | None, Field(description="words of which each occurs in a column's name or text")
        ] = None,
    ) -> dict[str, Any]:
        """What the file has: its marts or, for a mart or a search, columns with type, unit, formula and meaning."""
        with _reading(settings, published):
            marts = contents.marts(published).rows
            if mart is None and not search:
                return _about(published) | {"marts": _records(marts)}
            if mart is not None and mart not in set(marts["mart"]):
                raise ToolError(f"there is no mart {mart!r}; there are {', '.join(marts['mart'])}")
            columns = contents.columns(published).rows
            chosen = columns if mart is None else columns[columns["mart"] == mart]
            texts = chosen.fillna("").agg(" ".join, axis=1)
            for word in (search or "").split():
                chosen = chosen[texts.loc[chosen.index].str.contains(re.escape(word), case=False)]
            return {"columns": _records(chosen.head(200)), "is_cut": len(chosen) > 200}

    @server.tool(annotations=READ_ONLY)
    def query(
        sql: Annotated[str, Field(description="one SELECT, such as select * from marts.breadth_daily where …")],
        max_rows: Annotated[int, Field(ge=1, le=one_select.MOST_ROWS)] = 200,
    ) -> dict[str, Any]:
        """The rows of one SELECT of DuckDB on the published marts: at most 10 seconds, 1,000 rows and 100,000 letters;
        `is_cut` says whether there are more. No file, no extension, no other statement."""
        with _reading(settings, published):
            try:
                found = one_select.select(published.path, sql, max_rows)
            except one_select.NotAnswered as error:
                raise ToolError(str(error)) from error
            return _about(published) | asdict(found)

    return server


@contextmanager
def _reading(settings: Settings, published: Published) -> Iterator[None]:
    """The published file open for one tool; what is wrong with it is a sentence for the agent."""
    try:
        with published:
            contents.publication(published)
            yield
    except NothingPublished as error:
        raise ToolError(f"nothing is published yet: run {notices.command(settings.market)} first") from error
    except UnreadableFile as error:
        raise ToolError(str(error)) from error


def _session(published: Published, session: date | None) -> date:
    """The requested session, the newest where none is; raises ToolError for a day that is none."""
    chosen: date = contents.sessions_around(published, session or date.max).rows.iloc[0]["session"].date()
    if session is not None and chosen != session:
        raise ToolError(f"{session} is no session of this file; the nearest one it has is {chosen}")
    return chosen


def _of_universe(published: Published, universe: str | None) -> Published:
    """The file for the requested universe, for the one that it is about where none is; raises ToolError for an unknown
    one."""
    if universe is not None and universe not in published.universes:
        raise ToolError(f"there is no universe {universe!r}; there are {', '.join(published.universes)}")
    return of_universe(published, universe)


def _about(published: Published, session: date | None = None) -> dict[str, Any]:
    """What an answer begins with: of which market it is, and of which session."""
    publication = contents.publication(published).rows.iloc[0]
    about: dict[str, Any] = {"market": str(publication["market"]), "is_made_up": bool(publication["is_made_up"])}
    return about | ({"session_date": session.isoformat()} if session else {})


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON has them: days as YYYY-MM-DD, nothing where a value is unknown."""
    texts = {name: rows[name].dt.strftime("%Y-%m-%d") for name in rows.select_dtypes("datetime")}
    whole = rows.assign(**texts).astype(object)
    return [
        {str(name): None if pd.isna(cell) else cell for name, cell in row.items()} for row in whole.to_dict("records")
    ]
