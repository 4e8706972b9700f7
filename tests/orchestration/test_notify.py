"""What a service is told: compared with what it was last told, in sentences that agree with the published file."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pytest

from ingestion.settings import DBT_PROJECT, Settings
from ingestion.store import states
from ingestion.store.states import Readings, State
from orchestration.notify import evening, memory, services
from orchestration.notify.evening import compose
from orchestration.notify.memory import Told
from orchestration.notify.message import THRUSTS
from tests.orchestration.receiver import PASSWORD, Receiver, receiving

MONDAY, TUESDAY, WEDNESDAY = date(2024, 12, 16), date(2024, 12, 17), date(2024, 12, 18)

CHOSEN = ("vix_backwardation",)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


def readings(day: date, stage: str | None = "none", is_on: bool | None = False, *fired: tuple[str, date]) -> Readings:
    return Readings(
        market="folder",
        session=day,
        is_final=False,
        headline="A day.",
        stage=stage,
        stage_since=day,
        states={
            "vix_backwardation": State("VIX above VIX3M", is_on, day if is_on else None),
            "zweig_thrust": State("Zweig breadth thrust", bool(fired), None),
        },
        onsets=fired,
    )


def knowing(now: Readings) -> Told:
    return Told().knowing(now, CHOSEN, THRUSTS)


def test_who_knows_nothing_is_told_nothing() -> None:
    assert compose(Told(), readings(MONDAY, "washout", True), CHOSEN) is None


def test_a_stage_a_chosen_state_and_a_thrust_are_reported() -> None:
    told = compose(
        knowing(readings(MONDAY)), readings(TUESDAY, "stress", True, ("zweig_thrust", TUESDAY)), CHOSEN, ["cboe: 503"]
    )
    assert told is not None
    assert told.title == "market-internals folder: session 2024-12-17, provisional"
    assert told.text.splitlines() == [
        "A day.",
        "Stage since 2024-12-17: stress; before: no stage.",
        "Thrust on 2024-12-17: Zweig breadth thrust.",
        "On since 2024-12-17: VIX above VIX3M.",
        "Did not come: cboe: 503",
    ]


def test_a_state_that_nobody_chose_is_not_reported() -> None:
    assert compose(knowing(readings(MONDAY)), readings(TUESDAY, "none", True), ()) is None


def test_a_state_chosen_later_is_compared_from_then_on() -> None:
    told = Told().knowing(readings(MONDAY), (), THRUSTS)
    assert compose(told, readings(TUESDAY, "none", True), CHOSEN) is None
    told = told.knowing(readings(TUESDAY, "none", True), CHOSEN, THRUSTS)
    off = compose(told, readings(WEDNESDAY), CHOSEN)
    assert off is not None
    assert off.text.endswith("Off on 2024-12-18: VIX above VIX3M.")


def test_an_unknown_reading_is_no_change_and_hides_none() -> None:
    told = knowing(readings(MONDAY, "stress", True))
    unknown = readings(TUESDAY, None, None)
    assert compose(told, unknown, CHOSEN) is None
    told = told.knowing(unknown, CHOSEN, THRUSTS)
    assert compose(told, readings(WEDNESDAY, "stress", True), CHOSEN) is None
    assert compose(told, readings(WEDNESDAY, "washout", True), CHOSEN) is not None


def test_a_thrust_of_a_day_without_a_run_is_reported_once() -> None:
    told = knowing(readings(MONDAY))
    now = readings(WEDNESDAY, "none", False, ("zweig_thrust", TUESDAY))
    report = compose(told, now, CHOSEN)
    assert report is not None
    assert report.text.endswith("Thrust on 2024-12-17: Zweig breadth thrust.")
    assert compose(told.knowing(now, CHOSEN, THRUSTS), now, CHOSEN) is None


def test_a_thrust_that_only_the_final_run_sees_is_reported_with_the_next_session() -> None:
    reported = knowing(readings(TUESDAY, "stress"))
    later = compose(reported, readings(WEDNESDAY, "stress", False, ("zweig_thrust", TUESDAY)), CHOSEN)
    assert later is not None
    assert later.text.endswith("Thrust on 2024-12-17: Zweig breadth thrust.")


def test_every_thrust_that_the_models_declare_is_one_here() -> None:
    declared = re.findall(
        r"- id: (\w+)\s+name: (.*)", "\n".join(path.read_text() for path in DBT_PROJECT.glob("models/*/_*.yml"))
    )
    thrusts = {state_id for state_id, name in declared if "thrust" in state_id + name and state_id[:4] != "leg_"}
    assert thrusts <= set(THRUSTS) <= {state_id for state_id, _ in declared}


def test_what_was_told_survives_being_written(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    told = replace(knowing(readings(MONDAY, "none", True, ("zweig_thrust", MONDAY))), sent=MONDAY, failed=TUESDAY)
    memory.write(settings, {"0123abcd": told, "89abcdef": Told()})
    assert memory.read(settings) == {"0123abcd": told, "89abcdef": Told()}


@pytest.mark.parametrize("content", ["", "{", "[]", '{"0123abcd": {"session": "yesterday"}}', '{"0123abcd": 3}'])
def test_a_torn_memory_starts_over(content: str, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    settings.market_folder.mkdir()
    (settings.market_folder / "notified.json").write_text(content)
    assert memory.read(settings) == {}


@pytest.mark.parametrize("every", [pytest.param(5, id="a fifth"), pytest.param(1, id="all", marks=pytest.mark.laws)])
@pytest.mark.parametrize("market", ["published", "folder_built"])
def test_every_session_is_reported_in_words_that_agree_with_the_file(market: str, every: int, request) -> None:
    path = request.getfixturevalue(market)
    with duckdb.connect(str(path), read_only=True) as connection:
        days = [
            row[0] for row in connection.execute("select session_date from marts.verdict_daily order by 1").fetchall()
        ]
        chosen = tuple(
            row[0]
            for row in connection.execute("select distinct state_id from marts.states_daily order by 1").fetchall()
        )
        on = dict(
            connection.execute(
                "select session_date, list(state_name) filter (where is_on) from marts.states_daily group by 1"
            ).fetchall()
        )
    reported = 0
    for before, day in list(zip(days[-121:], days[-120:], strict=False))[::every]:
        told = Told().knowing(states.read(path, session=before), chosen, THRUSTS)
        now = states.read(path, before, day)
        report = compose(told, now, chosen)
        if report is None:
            assert now.stage in (None, told.stage)
            continue
        reported += 1
        headline, *lines = report.text.splitlines()
        assert headline == now.headline
        for line in lines:
            assert not re.search(r"\b[a-z]+_[a-z_0-9]+\b", line), line
            when, what = re.fullmatch(r"(?:[A-Z][a-z ]+)(\d{4}-\d\d-\d\d): (.*)\.", line).groups()
            assert before < date.fromisoformat(when) <= day, line
            if line.startswith("Stage"):
                assert (
                    what == f"{now.stage.replace('none', 'no stage')}; before: {told.stage.replace('none', 'no stage')}"
                )
            else:
                assert (what in on[day]) == (not line.startswith("Off")), line
    assert reported > 20 / every


def addressed(settings: Settings, *addresses: str, chosen: str = "") -> Settings:
    """The settings with services, which follow one state of the newest session unless others are chosen."""
    known = states.read(settings.published_path).states
    chosen = chosen or next(name for name, state in known.items() if state.is_on is not None)
    return Settings(
        **settings.model_dump(exclude={"notify", "notify_states"}), notify=" ".join(addresses), notify_states=chosen
    )


def backdated(settings: Settings) -> None:
    """As if every service had been told of the session before the newest, with the chosen state the other way."""
    path, chosen = settings.published_path, settings.notify_chosen
    newest = states.read(path)
    before = states.read(path, session=states.previous_session(path, newest.session))
    opposite = {name: not newest.states[name].is_on for name in chosen}
    told = replace(Told().knowing(before, chosen, THRUSTS), states=opposite)
    memory.write(settings, {memory.key_of(each): told for each in settings.notify_addresses})


def test_a_service_that_is_down_gets_its_message_later_and_nobody_gets_it_twice(
    small_copy: Settings, receiver: Receiver
) -> None:
    with receiving() as other:
        settings = addressed(small_copy, receiver.address, other.address)
        backdated(settings)
        receiver.status = 500
        wrong = evening.published(settings)
        assert wrong == ["json (address 1 of MARKET_INTERNALS_NOTIFY): the service did not take the message"]
        assert (len(receiver.messages), len(other.messages)) == (0, 1)
        receiver.status = 200
        assert evening.published(settings) == []
        assert evening.published(settings) == []
        assert receiver.messages == other.messages
        assert len(receiver.messages[0]["message"].splitlines()) == 2
        assert PASSWORD not in (settings.market_folder / "notified.json").read_text()


def test_a_process_killed_after_sending_sends_once_more_and_never_not_at_all(
    small_copy: Settings, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = addressed(small_copy, receiver.address)
    backdated(settings)
    with monkeypatch.context() as killed:
        killed.setattr(memory, "write", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            evening.published(settings)
    assert len(receiver.messages) == 1
    evening.published(settings)
    evening.published(settings)
    assert len(receiver.messages) == 2


def test_a_failure_is_reported_once_a_session_and_leaves_the_changes_to_come(
    small_copy: Settings, receiver: Receiver
) -> None:
    settings = addressed(small_copy, receiver.address)
    backdated(settings)
    for _ in range(2):
        assert evening.failed(settings, "cboe did not answer", TUESDAY) == []
    assert [message["title"] for message in receiver.messages] == [
        "market-internals folder: the run for the session of 2024-12-17 failed"
    ]
    assert receiver.messages[0]["message"].startswith("cboe did not answer\nPublished before: session 2024-")
    evening.published(settings)
    assert len(receiver.messages) == 2


def test_a_command_gets_the_title_as_its_argument_and_the_text_as_its_input(tmp_path: Path) -> None:
    services.send(f"sh:(echo \"$1\"; cat) > '{tmp_path}/got it'", "a title", "first\nsecond")
    assert (tmp_path / "got it").read_text() == "a title\nfirst\nsecond"


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        (f"sh:echo {PASSWORD}; exit 3", "the command ended with 3"),
        (f"nosuch://{PASSWORD}@host", "apprise knows no such service, or the address is incomplete"),
        (f"json://user:{PASSWORD}@127.0.0.1:9/?retry=0", "the service did not take the message"),
    ],
)
def test_what_does_not_work_is_one_sentence_without_the_secret(address, reason, caplog, capfd) -> None:
    with pytest.raises(services.NotSent) as raised:
        services.send(address, "a title", "a text")
    assert str(raised.value) == reason
    shown = capfd.readouterr()
    assert PASSWORD not in shown.out + shown.err + caplog.text


def test_an_unknown_state_is_named_with_the_nearest(small_copy: Settings, receiver: Receiver) -> None:
    settings = addressed(small_copy, receiver.address, chosen="vix_backwardaton, zweig_thrust")
    assert evening.published(settings) == [
        "MARKET_INTERNALS_NOTIFY_STATES: there is no state vix_backwardaton; the nearest is vix_backwardation"
    ]
