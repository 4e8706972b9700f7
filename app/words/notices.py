"""Notices of the viewer and the report: what is missing, old or made up, and what to run."""

PRODUCT = "market-internals"

RUN = {
    "sample": "`make run` or `market-internals run`",
    "folder": "`market-internals run --market folder --folder PATH` (`make run` makes the sample market)",
}
NOTHING_PUBLISHED = "Nothing has been published for the market “{market}” yet: run {command}, then reload this page."
MADE_UP = "Made-up market “{market}”: nobody ever paid these prices; the names that are not invented are only borrowed."
STALE_BUILD = (
    "This file was built on {built:%Y-%m-%d %H:%M} UTC, {age} days ago; its last session is {last}. "
    "To renew it, run {command}."
)
STALE_SESSION = (
    "The last session in this file is {last}, {age} days before the day it was built for ({as_of:%Y-%m-%d}): "
    "its sources bring nothing newer."
)
NO_SESSION = "{requested} was no session; showing {session}"
NOT_A_DAY = "“{text}” in the address is not a date (YYYY-MM-DD); showing the newest session, {newest}."
OUTSIDE = "{day} in the address is outside this file ({oldest} to {newest}); showing the newest session."
NO_ANCHOR = (
    "“{text}” in the address names neither an event of this file nor a day of it; measured from the verdict's anchor."
)
NOT_IN_FILE = "Not in this file yet: {mart} has no {columns}."
NO_VALUES = "No value of {columns} in {mart} for this choice."
NO_ROWS = "No rows of {mart} for this choice."
NO_EVENT = "No session of this file to measure from."
BEFORE_EVENT = "The anchor {event} lies after the session: choose another anchor or a later session."
EVENTS_ALONE = "Who makes the gap is linked session by session from the anchor of an event: choose an event to see it."
BEFORE_WEIGHTS = (
    "The first dated weights of this file are of {first}: before that session nobody can say what the seven carried, "
    "so only their ratio to the index is drawn."
)
WEIGHTS_FROM = "Weights are dated from {first} on: the part of the window before it has no attribution."
NO_WEIGHTS = "This file holds no dated weights: nobody can say what the seven carried; only their ratio is drawn."


def command(market: str) -> str:
    """The command that publishes this market."""
    return RUN.get(market, f"`market-internals run --market {market}`")
