"""The resources of a run: its request, clock, lock, warehouse and sources. The work itself is in assets/."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from functools import cache
from typing import TypeAlias

import dagster as dg
from pydantic import Field

from ingestion import calendar, markets
from ingestion.clock import utc_now
from ingestion.settings import Settings
from ingestion.sources.base import Source, Window
from ingestion.store.lock import run_lock
from ingestion.store.warehouse import Warehouse
from orchestration.progress import Progress, Silence

#: Markets whose source is at hand: reading all of it is cheaper than deciding what to leave out.
LOCAL_MARKETS = frozenset({"sample", "folder"})

#: Every day a file could describe, the impossible ones included: those must be rejected by name, not left unread.
EVERYTHING = Window(date.min, date.max)

#: The resource that holds the market's lock from a run's first step to its last; every step that writes requires it.
Lock: TypeAlias = None

#: Makes the sources of a market, by raw table; they read the clock they are given (naive UTC).
MakeSources = Callable[[Settings, Callable[[], datetime]], Mapping[str, Source]]


class Request(dg.ConfigurableResource):  # type: ignore[type-arg]  # it takes no parameter when it runs
    """The request for a run; in the launchpad under resources, request. Empty means the usual run."""

    window_start: str = Field(default="", description="first day to request from the sources, YYYY-MM-DD")
    window_end: str = Field(default="", description="last day to request from the sources, YYYY-MM-DD")
    whole_history: bool = Field(default=False, description="request the whole history and rebuild every model")
    clock_is_right: bool = Field(
        default=False, description="the clock was ahead in an earlier run: date what it stored to now"
    )
    folder_moved: bool = Field(
        default=False, description="the files of the folder market have moved: its warehouse goes on with the new place"
    )
    as_of: str = Field(
        default="", description="a past session, YYYY-MM-DD: build what was known then into a file of its own"
    )

    def window(self, market: str, now: datetime) -> Window:
        """The days to request from the sources: all there are, up to the last finished session.

        A distant source leaves out by itself what raw holds of a name, unless the days or the whole history are asked
        for by name: each name has a watermark of its own, so that one that failed for weeks heals whole.
        """
        usual = EVERYTHING
        if market not in LOCAL_MARKETS:
            usual = Window(calendar.FIRST_DAY, calendar.last_finished_session(now))
        start = date.fromisoformat(self.window_start) if self.window_start else usual.start
        end = date.fromisoformat(self.window_end) if self.window_end else usual.end
        return Window(start, end, again=self.whole_history or bool(self.window_start))

    def known_to(self, now: datetime) -> datetime:
        """The instant up to which rows are known to the build: now, or the cutoff of the requested session."""
        return calendar.cutoff(date.fromisoformat(self.as_of)) if self.as_of else now


def build_resources(
    settings: Settings,
    clock: Callable[[], datetime] = utc_now,
    sources: MakeSources = markets.sources,
    progress: Progress | None = None,
) -> dict[str, object]:
    """The resources of every asset, by key. `now` is read once a run; sources are created on first use."""
    return {
        "settings": settings,
        "lock": dg.ResourceDefinition(lambda context: _locked(settings, clock)),
        "warehouse": Warehouse(settings),
        "request": Request(),
        "now": dg.ResourceDefinition(lambda _: clock()),
        "sources": dg.ResourceDefinition(lambda _: cache(lambda: sources(settings, clock))),
        "progress": dg.ResourceDefinition(lambda _: progress or Silence()),
    }


def _locked(settings: Settings, clock: Callable[[], datetime]) -> Iterator[None]:
    with run_lock(settings, clock()):
        yield
