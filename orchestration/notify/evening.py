"""Reporting a run to every service: what is due to each, and what each has received. Never fails the run."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from difflib import get_close_matches

import duckdb

from ingestion import calendar, overlay
from ingestion.clock import LAST_YEAR
from ingestion.settings import PREFIX, Settings
from ingestion.store import states
from ingestion.store.disk import CannotWrite
from ingestion.store.states import Readings
from orchestration.notify import memory, message, services
from orchestration.notify.memory import Told
from orchestration.notify.message import THRUSTS, Message


@dataclass(frozen=True)
class Due:
    """What one service is to be told: a message, or None and why there is none; `then` is what it knows afterwards."""

    number: int
    address: str
    message: Message | None
    then: Told
    why: str = ""

    @property
    def name(self) -> str:
        """The service without anything of its address that could be secret."""
        kind = self.address.partition(":")[0]
        return f"{kind} (address {self.number} of {PREFIX}NOTIFY)"


def published(settings: Settings, missing: Sequence[str] = (), evening: date | None = None) -> list[str]:
    """Tell every service what changed with the published session, and what did not come (`missing`, in sentences).

    A service that was never told anything is told nothing now: what the next session is compared with is remembered. A
    session is reported once; `evening` is the session that the run was about. Returns what went wrong, in sentences.
    """
    if not settings.notify_addresses:
        return []
    try:
        return unknown_states(settings) + _deliver(settings, due_of_session(settings, missing, evening))
    except (duckdb.Error, LookupError) as error:
        return [f"nobody was notified: {' '.join(str(error).split())}"]


def failed(settings: Settings, sentence: str, evening: date) -> list[str]:
    """Tell every service, once a session, that a run published nothing; returns what went wrong, in sentences."""
    told = memory.read(settings)
    due = []
    for number, address in enumerate(settings.notify_addresses, start=1):
        knows = told.get(memory.key_of(address), Told())
        if knows.failed != evening:
            text = message.of_failure(settings.market, evening, sentence, _last_published(settings))
            due.append(Due(number, address, text, replace(knows, failed=evening)))
    return _deliver(settings, due)


def test(settings: Settings) -> list[str]:
    """Send a message without news to every service; returns what went wrong, in sentences."""
    told = memory.read(settings)
    text = message.of_test(settings.market)
    addresses = enumerate(settings.notify_addresses, start=1)
    return _deliver(
        settings, [Due(number, each, text, told.get(memory.key_of(each), Told())) for number, each in addresses]
    )


def shown(settings: Settings) -> list[str]:
    """Lines: what each service would receive now, and what one that was told of the session before would receive."""
    lines = unknown_states(settings)
    for due in due_of_session(settings):
        lines += [f"{due.name}: {due.why}"] if due.message is None else [f"{due.name}:", *_lines(due.message)]
    lines.append("What changed with the newest session, for a service that was told of the session before:")
    changed = since_the_session_before(settings)
    return lines + (_lines(changed) if changed else ["  nothing"])


def due_of_session(settings: Settings, missing: Sequence[str] = (), evening: date | None = None) -> list[Due]:
    """What each service is to be told of the newest published session, as `published` sends it."""
    told = memory.read(settings)
    found = []
    for number, address in enumerate(settings.notify_addresses, start=1):
        knows = told.get(memory.key_of(address), Told())
        readings = states.read(settings.published_path, knows.session)
        if knows.sent and knows.sent >= readings.session:
            found.append(Due(number, address, None, knows, f"the session of {knows.sent} was reported"))
            continue
        new = list(missing) if knows.failed != evening else []
        text = compose(knows, readings, chosen_states(settings), new)
        why = (
            f"nothing changed since the session of {knows.session}" if knows.session else "nothing to compare with yet"
        )
        then = knows.knowing(readings, chosen_states(settings), THRUSTS)
        if text:
            then = replace(then, sent=readings.session, failed=evening if new else knows.failed)
        found.append(Due(number, address, text, then, why))
    return found


def chosen_states(settings: Settings) -> tuple[str, ...]:
    """The states of the setting and those of the user's notify.csv."""
    return (*settings.notify_chosen, *overlay.read(settings).notified)


def compose(knows: Told, now: Readings, chosen: tuple[str, ...], missing: Sequence[str] = ()) -> Message | None:
    """The message for a service that knows `knows`; None where there is nothing to tell it."""
    if knows.session is None:
        return None
    sentences = message.changes(knows, now, chosen)
    return message.of_session(now, sentences, missing) if sentences or missing else None


def since_the_session_before(settings: Settings) -> Message | None:
    """The message of the newest published session for a service that was last told of the session before it."""
    path, chosen = settings.published_path, chosen_states(settings)
    newest = states.read(path)
    before = states.previous_session(path, newest.session)
    if before is None:
        return None
    knows = Told().knowing(states.read(path, session=before), chosen, THRUSTS)
    return compose(knows, states.read(path, before), chosen)


def unknown_states(settings: Settings) -> list[str]:
    """A sentence for each chosen state that the published file does not have, with the nearest name."""
    known = states.read(settings.published_path).states
    unknown = [name for name in chosen_states(settings) if name not in known]
    nearest = {name: get_close_matches(name, known, n=1, cutoff=0.0) for name in unknown}
    return [
        f"{PREFIX}NOTIFY_STATES: there is no state {name}" + (f"; the nearest is {found[0]}" if found else "")
        for name, found in nearest.items()
    ]


def evening_of(now: datetime) -> date:
    """The session that a run at `now` (naive UTC) is about; the day itself where the clock cannot be right."""
    return calendar.last_finished_session(now) if now.year <= LAST_YEAR else now.date()


def _deliver(settings: Settings, due: Sequence[Due]) -> list[str]:
    wrong = []
    for each in due:
        try:
            if each.message:
                services.send(each.address, each.message.title, each.message.text)
            # after each: a service that took its message must not get it again because the next one did not
            told = memory.read(settings)
            if told.get(memory.key_of(each.address)) != each.then:
                memory.write(settings, told | {memory.key_of(each.address): each.then})
        except (services.NotSent, CannotWrite) as error:
            wrong.append(f"{each.name}: {error}")
    return wrong


def _lines(shown: Message) -> list[str]:
    return [f"  {line}" for line in (shown.title, *shown.text.splitlines())]


def _last_published(settings: Settings) -> date | None:
    if not settings.published_path.exists():
        return None
    try:
        return states.read(settings.published_path).session
    except (duckdb.Error, LookupError):
        return None
