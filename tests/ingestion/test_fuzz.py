"""Whatever a source sends is stored or refused with a reason: bytes of every wire format changed at random, and frames
of random cells. 200 cases a format and a table; `make laws` runs 2,000."""

from collections.abc import Callable
from datetime import date, datetime

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion import calendar, loading, universe
from ingestion.sources.base import Delivery, SourceError, Window
from ingestion.sources.cboe import parse_levels
from ingestion.sources.cftc import parse_current_week, parse_positioning, unpack_year
from ingestion.sources.fred import parse_observations
from ingestion.sources.membership import dated_spells, parse_page
from ingestion.sources.weights import parse_ishares, parse_spdr
from ingestion.sources.yahoo import YahooSource
from ingestion.store.stored import Stored
from ingestion.store.warehouse import Warehouse
from ingestion.tables import COLUMNS, TABLES, contracts
from ingestion.tables.base import Circumstances
from tests.ingestion.live_market import FRIDAY, evening_of
from tests.ingestion.stand_in import Answer
from tests.ingestion.stand_in_data import World, as_json

WORLD = World(first=date(2024, 12, 2), today=FRIDAY)
CIRCUMSTANCES = Circumstances(
    today=date(2024, 12, 31), sessions=pd.DatetimeIndex(calendar.sessions(2024)["session_date"])
)
NOW = datetime(2024, 12, 31, 23, 30)


def members(content: bytes) -> pd.DataFrame:
    page = parse_page(content, "page")
    spells = dated_spells(dict(zip(page.members["symbol"], page.members["added"], strict=True)), page.changes)
    return pd.DataFrame(spells.rows, columns=["symbol", "valid_from", "valid_to"]).assign(index_id="SP500")


def positions(content: bytes) -> pd.DataFrame:
    return parse_positioning(unpack_year(content, "zip"), universe.contracts(), "zip")


#: wire format: table, an answer as it should be, and its reader
FORMATS: dict[str, tuple[str, bytes, Callable[[bytes], pd.DataFrame]]] = {
    "cboe": ("index_levels", WORLD.cboe("VIX").encode(), lambda body: parse_levels(body, "VIX", "VIX")),
    "cboe short": ("index_levels", WORLD.cboe("SKEW").encode(), lambda body: parse_levels(body, "SKEW", "SKEW")),
    "fred": ("macro_observations", WORLD.fred("DGS10").encode(), lambda body: parse_observations(body, "DGS10", "D")),
    "cftc year": ("positioning", WORLD.cftc_year(2024) or b"", positions),
    "cftc week": (
        "positioning",
        WORLD.cftc_week().encode(),
        lambda body: parse_current_week(body, universe.contracts(), "week"),
    ),
    "ishares": ("index_weights", WORLD.ishares().encode(), lambda body: parse_ishares(body, "IVV")),
    "wikipedia": ("index_membership", WORLD.wikipedia().encode(), members),
    "spdr": ("index_weights", WORLD.spdr(), lambda body: parse_spdr(body, "SPY")),
}

#: How often each law is tried in every run of the tests, and in `make laws`.
SOME, MANY = 30, 2_000

bites = st.tuples(
    st.sampled_from(["flip", "cut", "insert", "repeat", "end", "swap"]),
    st.floats(0, 1),
    st.integers(1, 40),
    st.binary(min_size=1, max_size=8)
    | st.sampled_from([b",", b'"', b"\n", b"\r", b"\x00", b"nan", b"1e999", b"-", b"<"]),
)


def bitten(body: bytes, changes: list[tuple[str, float, int, bytes]]) -> bytes:
    for kind, where, length, new in changes:
        at = int(where * len(body))
        if kind == "flip":
            body = body[:at] + new + body[at + len(new) :]
        elif kind == "cut":
            body = body[:at] + body[at + length :]
        elif kind == "insert":
            body = body[:at] + new + body[at:]
        elif kind == "repeat":
            body = body[:at] + body[at : at + length] * 3 + body[at + length :]
        elif kind == "end":
            body = body[:at]
        else:
            lines = body.split(b"\n")
            line = at % len(lines)
            body = b"\n".join([*lines[line:], *lines[:line]])
    return body


def judged(table: str, frame: pd.DataFrame) -> contracts.Checked:
    """What the contract makes of a frame; every row of it is accounted for and every rejected one has a reason."""
    checked = contracts.check(table, frame, CIRCUMSTANCES, "fuzz")
    assert len(frame) == len(checked.accepted) + len(checked.rejected) + checked.repeated
    assert checked.rejected["reason"].astype(str).str.len().gt(0).all()
    return checked


def stored_or_refused(name: str, changes: list) -> None:
    table, body, read = FORMATS[name]
    refusal = None
    try:
        judged(table, read(bitten(body, changes)))
    except SourceError as error:
        refusal = str(error)
    assert refusal is None or len(refusal) > 10


@pytest.mark.parametrize("name", FORMATS)
def test_an_untouched_answer_is_accepted_whole(name):
    table, body, read = FORMATS[name]
    assert len(judged(table, read(body)).accepted) > 5


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=SOME)
@given(changes=st.lists(bites, min_size=1, max_size=3))
def test_changed_bytes_are_read_or_refused(name, changes):
    stored_or_refused(name, changes)


@pytest.mark.laws
@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=MANY)
@given(changes=st.lists(bites, min_size=1, max_size=6))
def test_changed_bytes_are_read_or_refused_at_length(name, changes):
    stored_or_refused(name, changes)


def ask_yahoo(live, changes: list) -> None:
    body = bitten(as_json(WORLD.chart("AAPL", 0, 2_000_000_000)[1]), changes)
    live.stand_in.heal()
    live.stand_in.spoil("/chart/", lambda _: Answer(body=body, kind="application/json"))
    nothing = Stored(Warehouse(live.settings.model_copy(update={"data": live.settings.data / "nowhere"})))
    once = live.settings.model_copy(update={"attempts": 1})
    source = YahooSource(once, nothing, ("AAPL",), clock=lambda: evening_of(FRIDAY))
    (delivery,) = source.fetch("prices", Window(date(2024, 12, 2), FRIDAY))
    assert delivery.accounts[0].status == "received" or delivery.accounts[0].message
    judged("prices", delivery.frame)


@settings(max_examples=SOME, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(bites, min_size=1, max_size=3))
def test_changed_bytes_of_yahoo_pass_through_yfinance_and_are_read_or_refused(live, changes):
    ask_yahoo(live, changes)


@pytest.mark.laws
@settings(max_examples=MANY, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(bites, min_size=1, max_size=6))
def test_changed_bytes_of_yahoo_are_read_or_refused_at_length(live, changes):
    ask_yahoo(live, changes)


class Spoken:
    """A source that says one frame of each table."""

    name = "spoken"
    tables = frozenset(TABLES)

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame

    def fetch(self, table: str, window: Window):
        """The frame, as one delivery."""
        yield Delivery(table, self.frame, "fuzz")


cells = (
    st.none()
    | st.floats()
    | st.integers(-(10**20), 10**20)
    | st.dates()
    | st.datetimes()
    | st.booleans()
    | st.sampled_from(
        ["AAPL", "2024-12-20", "2024-12-19 15:30", "03/04/2024", "1.5", ".", "", "nan", "inf", "1e999", "now"]
    )
    | st.text(max_size=6)
)


@st.composite
def frames(draw, table: str) -> pd.DataFrame:
    size = draw(st.integers(0, 6))
    columns = {name: draw(st.lists(cells, min_size=size, max_size=size)) for name in COLUMNS[table]}
    return pd.DataFrame({name: pd.Series(column, dtype="object") for name, column in columns.items()})


@pytest.mark.parametrize("table", TABLES)
@settings(max_examples=SOME)
@given(data=st.data())
def test_frames_of_random_cells_are_accepted_or_rejected_row_by_row(table, data):
    judged(table, data.draw(frames(table)))


@pytest.mark.laws
@pytest.mark.parametrize("table", TABLES)
@settings(max_examples=MANY)
@given(data=st.data())
def test_frames_of_random_cells_are_accepted_or_rejected_at_length(table, data):
    judged(table, data.draw(frames(table)))


@pytest.mark.parametrize("table", TABLES)
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_frames_of_random_cells_are_stored_as_counted(table, data, warehouse):
    frame = data.draw(frames(table))
    before = warehouse.count(table)
    loaded = loading.load(Spoken(frame), table, Window(date(1900, 1, 1), date(2200, 1, 1)), warehouse, NOW)
    assert loaded.received == len(frame) == loaded.new + loaded.unchanged + loaded.restated + loaded.rejected
    extra = loaded.new + loaded.restated if table != "securities" else warehouse.count(table) - before
    assert warehouse.count(table) - before == extra
