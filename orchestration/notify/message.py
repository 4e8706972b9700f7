"""The message of a session: what differs from what was last told, in sentences with their sessions. Sends nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ingestion.markets import MADE_UP
from ingestion.store.states import Readings
from orchestration.notify.memory import Told

#: States that are reported on the session on which they begin, whether or not they were chosen.
THRUSTS = ("breakaway_momentum", "whaley_thrust", "zweig_thrust", "zweig_thrust_nyse")


@dataclass(frozen=True)
class Message:
    """A title of one line and a text of several."""

    title: str
    text: str


def new_thrusts(told: Told, now: Readings) -> tuple[tuple[str, date], ...]:
    """The thrusts (state_id, session) from the session last told on that were not told with it."""
    first = told.session or now.session
    return tuple(
        (name, day) for name, day in now.onsets if name in THRUSTS and day >= first and (name, day) not in told.thrusts
    )


def changes(told: Told, now: Readings, chosen: tuple[str, ...]) -> list[str]:
    """One sentence for each difference between `now` and what was told; none where a reading is unknown."""
    sentences = []
    if now.stage and told.stage and now.stage != told.stage:
        sentences.append(f"Stage since {now.stage_since}: {_stage(now.stage)}; before: {_stage(told.stage)}.")
    for name, day in new_thrusts(told, now):
        sentences.append(f"Thrust on {day}: {now.states[name].name}.")
    for name in chosen:
        state, was_on = now.states.get(name), told.states.get(name)
        if state is None or state.is_on is None or was_on is None or state.is_on == was_on:
            continue
        when = f"On since {state.since}" if state.is_on else f"Off on {now.session}"
        sentences.append(f"{when}: {state.name}.")
    return sentences


def of_session(now: Readings, sentences: Sequence[str], missing: Sequence[str]) -> Message:
    """The message of a published session: its headline, the changes, and what did not come."""
    state = "final" if now.is_final else "provisional"
    lines = [now.headline, *sentences, *(f"Did not come: {words}" for words in missing)]
    return Message(f"{_market(now.market)}: session {now.session}, {state}", "\n".join(lines))


def of_failure(market: str, evening: date, sentence: str, published: date | None) -> Message:
    """The message of a run that published nothing; `published` is the session that readers still see."""
    remains = f"Published before: session {published}." if published else "Nothing is published yet."
    return Message(f"{_market(market)}: the run for the session of {evening} failed", f"{sentence}\n{remains}")


def of_test(market: str) -> Message:
    """A message without news."""
    return Message(f"{_market(market)}: a test", "This address receives what changes. Nothing has changed.")


def _market(market: str) -> str:
    return f"market-internals {market}{' (made up)' if market in MADE_UP else ''}"


def _stage(stage: str) -> str:
    return "no stage" if stage == "none" else stage
