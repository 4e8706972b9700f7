"""The tools of an agent, used as an agent uses them: the SDK's own client and the command, over standard streams."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.types import CallToolResult, Tool

from ingestion.settings import PROJECT_ROOT, Settings
from tests.built_market import BuiltMarket
from tests.marts.built import read

TOOLS = {"verdict", "states", "state_history", "levels", "dictionary", "query"}

Call = Callable[..., CallToolResult]


@contextmanager
def tools(settings: Settings) -> Iterator[tuple[list[Tool], Call]]:
    """The tools that the command `mcp` of a market offers, and a function that calls one of them."""
    arguments = ["-m", "orchestration.cli", "mcp", "--market", settings.market, "--data", str(settings.data)]
    command = StdioServerParameters(command=sys.executable, args=arguments, cwd=PROJECT_ROOT, env=dict(os.environ))
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(Client(stdio_client(command))) as client:
        yield portal.call(client.list_tools).tools, lambda name, **given: portal.call(client.call_tool, name, given)


@pytest.fixture(scope="module")
def sample_tools(sample_settings: Settings) -> Iterator[Call]:
    """Calls a tool of the sample market."""
    with tools(sample_settings) as (_, call):
        yield call


def answer(result: CallToolResult) -> dict[str, Any]:
    """The structured answer of a tool that succeeded."""
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return result.structured_content


def test_every_tool_is_described_and_says_that_it_only_reads(sample_settings: Settings) -> None:
    with tools(sample_settings) as (listed, _):
        pass
    assert {tool.name for tool in listed} == TOOLS
    for tool in listed:
        assert tool.description
        assert tool.annotations.read_only_hint
        assert not tool.annotations.destructive_hint


def test_the_verdict_is_that_of_the_mart(sample_tools: Call, published: Path) -> None:
    day = answer(sample_tools("verdict"))
    row = read(published, "select * from marts.verdict_daily order by session_date desc limit 1").iloc[0]
    assert day["session_date"] == f"{row.session_date:%Y-%m-%d}"
    assert day["is_made_up"] is True
    assert [day[name] for name in ("call", "headline", "falsifier")] == [row.call, row.headline, row.falsifier]
    assert {number["answer"] for number in day["answers"]} == {"selling", "why", "where", "when"}
    lines = read(published, f"select * from marts.verdict_lines where session_date = '{day['session_date']}'")
    assert sorted(sentence for section in day["sections"].values() for sentence in section) == sorted(lines.sentence)


def test_states_and_the_history_of_one_are_those_of_the_mart(sample_tools: Call, published: Path) -> None:
    on = answer(sample_tools("states"))["states"]
    newest = "(select max(session_date) from marts.states_daily)"
    rows = read(published, f"select * from marts.states_daily where session_date = {newest} order by state_id")
    assert [state["state_id"] for state in on] == rows[rows.is_on.fillna(False).astype(bool)].state_id.tolist()
    assert len(answer(sample_tools("states", on_only=False))["states"]) == len(rows)
    spells = answer(sample_tools("state_history", state_id="leg_washout", last=500))["spells"]
    days = read(published, "select * from marts.states_daily where state_id = 'leg_washout' and is_on")
    assert sum(spell["sessions"] for spell in spells) == len(days)
    assert [spell["to_session"] for spell in spells] == sorted((spell["to_session"] for spell in spells), reverse=True)


def test_levels_have_the_nearest_first_and_the_dictionary_finds_a_column(sample_tools: Call) -> None:
    levels = answer(sample_tools("levels"))["levels"]
    distances = [abs(level["distance_sigma"]) for level in levels if level["distance_sigma"] is not None]
    assert distances == sorted(distances)
    assert len(distances) > 10
    columns = answer(sample_tools("dictionary", mart="breadth_daily", search="declines STREAK"))["columns"]
    units = {column["column_name"]: column["unit"] for column in columns}
    assert units["neg_breadth_streak"] == "sessions"
    assert len(units) < 10
    marts = [mart["mart"] for mart in answer(sample_tools("dictionary"))["marts"]]
    assert {"verdict_daily", "breadth_daily", "levels_next"} <= set(marts)


def test_an_earlier_session_is_read_by_its_day(sample_tools: Call) -> None:
    assert answer(sample_tools("verdict", session="2024-12-26"))["session_date"] == "2024-12-26"


@pytest.mark.parametrize(
    ("tool", "given", "sentence"),
    [
        ("verdict", {"session": "2024-12-25"}, "is no session of this file; the nearest one it has is 2024-12-24"),
        ("verdict", {"universe": "MARS"}, "there is no universe 'MARS'; there are SP500"),
        ("state_history", {"state_id": "x"}, "there is no state 'x'; there are breadth_divergence"),
        ("dictionary", {"mart": "x"}, "there is no mart 'x'; there are answers_daily"),
        ("query", {"sql": "select 1", "max_rows": 100_000}, "less than or equal to 1000"),
        ("query", {"sql": "select nowhere from marts.verdict_daily"}, "nowhere"),
        ("query", {"sql": "select 1; drop table marts.verdict_daily"}, "only one SELECT"),
        ("query", {"sql": "select * from read_csv('/etc/passwd')"}, "disabled by configuration"),
        ("query", {"sql": "copy (select 1) to '/dev/shm/out.csv'"}, "only one SELECT"),
        ("query", {"sql": "attach '/dev/shm/other.duckdb'"}, "only one SELECT"),
        ("query", {"sql": "install httpfs"}, "only one SELECT"),
        ("query", {"sql": "select * from marts.states_daily a, marts.states_daily b order by random()"}, "memory|more"),
    ],
)
def test_what_cannot_be_answered_is_a_sentence_and_the_server_goes_on(
    tool: str, given: dict[str, Any], sentence: str, sample_tools: Call
) -> None:
    refused = sample_tools(tool, **given)
    assert refused.is_error
    assert any(part in refused.content[0].text for part in sentence.split("|"))
    assert answer(sample_tools("query", sql="select count(*) from marts.verdict_daily"))["rows"][0][0] > 1000


def test_a_query_gives_the_rows_of_the_file(sample_tools: Call, published: Path) -> None:
    query = (
        "select session_date, advances, declines from marts.breadth_daily where segment_id = 'ALL' order by all limit 5"
    )
    found = answer(sample_tools("query", sql=query))
    rows = read(published, query)
    assert found["rows"] == [[f"{row.session_date:%Y-%m-%d}", row.advances, row.declines] for row in rows.itertuples()]
    assert found["is_made_up"] is True


def test_without_a_published_file_the_agent_is_told_what_to_run(tmp_path: Path) -> None:
    with tools(Settings(data=tmp_path, market="sample", folder=None)) as (_, call):
        refused = call("verdict")
    assert refused.is_error
    assert "market-internals run" in refused.content[0].text


def test_a_file_of_own_names_is_about_them_where_no_universe_is_requested(own_built: BuiltMarket) -> None:
    row = read(
        own_built.settings.published_path, "select * from marts.verdict_daily order by session_date desc limit 1"
    ).iloc[0]
    with tools(own_built.settings) as (_, call):
        day = answer(call("verdict"))
        assert answer(call("states", on_only=False))["states"]
        assert answer(call("levels"))["universe_id"] == "OWN"
    assert (day["universe_id"], day["headline"]) == ("OWN", row.headline)


def test_a_universe_beside_the_main_one_has_its_own_verdict_states_and_levels(own_things_built: BuiltMarket) -> None:
    path = own_things_built.settings.published_path
    newest = "universe_id = 'MINE' and session_date = (select max(session_date) from marts.verdict_daily)"
    row = read(path, f"select * from marts.verdict_daily where {newest}").iloc[0]
    with tools(own_things_built.settings) as (_, call):
        day = answer(call("verdict", universe="MINE"))
        states = answer(call("states", universe="MINE", on_only=False))["states"]
        levels = answer(call("levels", universe="MINE"))["levels"]
        first = answer(call("verdict"))
    assert (day["universe_id"], day["headline"]) == ("MINE", row.headline)
    assert len(states) == len(read(path, f"select * from marts.states_daily where {newest}")) > 0
    assert len(levels) == len(read(path, f"select * from marts.levels_next where {newest}")) > 0
    assert first["universe_id"] == "SP500"
