"""How the world is asked: the throttle, the waits, what a status and an absence mean, the thread that works ahead."""

import threading
import time
from datetime import UTC, date, datetime, timedelta

import pytest

from ingestion.settings import Settings
from ingestion.sources.base import SourceRefused, SourceUnavailable, SymbolUnknown
from ingestion.sources.hosts import Throttle
from ingestion.sources.transport import (
    DELISTED_AFTER,
    TryAgain,
    Web,
    classify_absence,
    prefetched,
    raise_for_status,
    read_retry_after,
    whole_lines,
    with_retries,
)
from tests.ingestion.stand_in import StandIn, edited, half, hanging, status

NOW = datetime(2025, 3, 7, 23, 30, tzinfo=UTC)


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.now += seconds


def test_the_throttle_spaces_the_questions_to_one_host_and_not_to_another():
    clock = Clock()
    throttle = Throttle(4, clock, clock.sleep)
    for path in ("a", "b", "c"):
        throttle.wait(f"https://one.example/{path}")
    assert clock.now == pytest.approx(0.5)
    throttle.wait("https://other.example/a")
    assert clock.slept == [0.25, 0.25]


def test_a_pause_earns_no_burst():
    clock = Clock()
    throttle = Throttle(1, clock, clock.sleep)
    throttle.wait("https://one.example")
    clock.now += 60
    throttle.wait("https://one.example")
    throttle.wait("https://one.example")
    assert clock.slept == [1]


def test_threads_share_the_throttle():
    clock, lock = Clock(), threading.Lock()
    turns: list[float] = []

    def sleep(seconds: float) -> None:
        with lock:
            turns.append(round(seconds, 3))

    throttle = Throttle(10, clock, sleep)
    threads = [threading.Thread(target=throttle.wait, args=("https://one.example",)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(turns) == [0.1, 0.2, 0.3, 0.4]


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (None, None),
        ("", None),
        ("120", 120.0),
        ("soon", None),
        ("Fri, 07 Mar 2025 23:31:00 GMT", 60.0),
        ("Fri, 07 Mar 2025 23:00:00 GMT", 0.0),
    ],
)
def test_a_wish_to_wait_is_read_as_seconds_or_as_a_date(said, seconds):
    assert read_retry_after(said, NOW) == seconds


@pytest.mark.parametrize("code", [200, 204])
def test_a_success_is_no_error(code):
    raise_for_status(code, None, "someone")


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (429, TryAgain),
        (408, TryAgain),
        (500, TryAgain),
        (503, TryAgain),
        (999, TryAgain),
        (404, SymbolUnknown),
        (410, SymbolUnknown),
        (400, SourceRefused),
        (403, SourceRefused),
        (304, SourceRefused),
    ],
)
def test_a_status_means_one_thing(code, error):
    with pytest.raises(error, match=f"someone: .*{code}"):
        raise_for_status(code, None, "someone")


def patient(**others: object) -> Settings:
    return Settings(**{"attempts": 4, "backoff_seconds": 1, "longest_wait_seconds": 30, **others})


def failing(times: int, error: Exception):
    calls: list[int] = []

    def ask() -> str:
        calls.append(1)
        if len(calls) <= times:
            raise error
        return "came"

    return ask, calls


def test_the_wait_doubles_and_has_jitter():
    clock = Clock()
    ask, calls = failing(3, TryAgain("down"))
    assert with_retries(patient(), ask, clock.sleep) == "came"
    assert len(calls) == 4
    for slept, least in zip(clock.slept, (1, 2, 4), strict=True):
        assert least <= slept <= least + 1


def test_a_wish_to_wait_counts_when_it_is_longer():
    clock = Clock()
    ask, _ = failing(1, TryAgain("busy", after=20))
    assert with_retries(patient(), ask, clock.sleep) == "came"
    assert clock.slept == [20]


def test_a_wish_beyond_patience_ends_it_at_once():
    clock = Clock()
    ask, calls = failing(9, TryAgain("busy", after=31))
    with pytest.raises(TryAgain, match="busy"):
        with_retries(patient(), ask, clock.sleep)
    assert (len(calls), clock.slept) == (1, [])


def test_the_last_error_comes_out_after_the_last_attempt():
    ask, calls = failing(9, TryAgain("down"))
    with pytest.raises(SourceUnavailable, match="down"):
        with_retries(patient(), ask, Clock().sleep)
    assert len(calls) == 4


@pytest.mark.parametrize("error", [SourceRefused("no"), SymbolUnknown("no"), SourceUnavailable("no"), KeyError("no")])
def test_what_waiting_does_not_mend_is_asked_once(error):
    ask, calls = failing(9, error)
    with pytest.raises(type(error)):
        with_retries(patient(), ask, Clock().sleep)
    assert len(calls) == 1


@pytest.mark.parametrize("fault", [status(500), half, hanging, status(429, retry_after="1")])
def test_the_web_asks_again_until_the_body_is_whole(stand_in: StandIn, tmp_path, fault):
    stand_in.spoil("/fred", fault, times=1)
    web = Web("fred", stand_in.settings(tmp_path), sleep=lambda _: None)
    body = web.get(f"{stand_in.address}/fred", "DGS10", id="DGS10")
    assert body == stand_in.world.fred("DGS10").encode()
    assert stand_in.asked == ["/fred?id=DGS10"] * 2


def test_a_query_in_an_address_is_kept_and_nothing_is_formatted_into_it(stand_in: StandIn, tmp_path):
    web = Web("fred", stand_in.settings(tmp_path), sleep=lambda _: None)
    web.get(f"{stand_in.address}/fred?cosd=1990-01-01", "DGS10", id="DGS10")
    web.get(f"{stand_in.address}/fred", "odd", id="A&B=1")
    assert stand_in.asked == ["/fred?cosd=1990-01-01&id=DGS10", "/fred?id=A&B=1"]


def test_a_host_that_accepts_no_connection_is_tried_once(tmp_path):
    slept: list[float] = []
    web = Web("fred", Settings(data=tmp_path), sleep=slept.append)
    for words in ("127.0.0.1 accepts no connection; is there a network?", "was not requested; 127.0.0.1 is left alone"):
        with pytest.raises(SourceUnavailable, match=f"fred: DGS10: {words}"):
            web.get("http://127.0.0.1:9/fred", "DGS10")
    assert slept == []


def test_an_endless_answer_is_refused(stand_in: StandIn, tmp_path, monkeypatch):
    monkeypatch.setattr("ingestion.sources.transport.LARGEST_ANSWER", 1_000)
    stand_in.spoil("/fred", edited(lambda body: body * 100))
    with pytest.raises(SourceRefused, match="expected less than 0 MB; came more"):
        Web("fred", stand_in.settings(tmp_path)).get(f"{stand_in.address}/fred", "DGS10", id="DGS10")


def test_a_text_that_stops_within_a_line_was_cut():
    assert whole_lines(b"a,b\n1,2\n", "x") == b"a,b\n1,2\n"
    assert whole_lines(b"", "x") == b""
    with pytest.raises(SourceUnavailable, match="x: the answer broke off within a line: '1,'"):
        whole_lines(b"a,b\n1,", "x")


TRADED = tuple(date(2025, 1, 1) + timedelta(days=number) for number in range(DELISTED_AFTER + 5))


@pytest.mark.parametrize(
    ("newest", "is_known", "traded", "word"),
    [
        (None, True, TRADED, "empty"),
        (None, False, TRADED, "unknown"),
        (TRADED[-2], True, TRADED, "empty"),
        (TRADED[-2], False, TRADED, "empty"),
        (TRADED[5], True, TRADED, "empty"),
        (TRADED[4], True, TRADED, "delisted"),
        (TRADED[4], False, TRADED, "delisted"),
        (TRADED[0], False, (), "empty"),
    ],
)
def test_absence_is_a_delisting_only_after_weeks_in_which_others_traded(newest, is_known, traded, word):
    assert classify_absence(newest, is_known, traded)[0] == word


def test_the_thread_works_ahead_but_not_far():
    made: list[int] = []

    def items():
        for number in range(10):
            made.append(number)
            yield number

    taken = prefetched(items(), depth=2)
    assert next(taken) == 0
    deadline = time.monotonic() + 5
    while len(made) < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.05)
    assert made == [0, 1, 2, 3], "one taken, two waiting, one in hand"
    assert list(taken) == list(range(1, 10))


def test_an_error_of_the_thread_comes_out_after_what_it_made():
    def items():
        yield 1
        raise SourceUnavailable("down")

    taken = prefetched(items())
    assert next(taken) == 1
    with pytest.raises(SourceUnavailable, match="down"):
        next(taken)


def test_who_stops_taking_stops_the_thread():
    def items():
        number = 0
        while True:
            yield number
            number += 1

    before = threading.active_count()
    taken = prefetched(items())
    assert next(taken) == 0
    taken.close()
    assert threading.active_count() == before
