"""Which bars an evening requests of each name, and how many names had the newest session: what makes it a success."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

import pandas as pd

from ingestion.sources.base import Account
from ingestion.store.stored import Extent

#: An evening on which fewer than this share of the names with the session before have its session is no success.
ANSWERED_SHARE = 0.9


@dataclass(frozen=True)
class BarRequest:
    """One symbol and the days to request, with what raw holds of it."""

    symbol: str
    start: date
    end: date
    extent: Extent | None
    left_index: date | None


@dataclass
class Attendance:
    """How many names have a bar of `session`, and of those that have one of the session before it."""

    session: date
    before: date
    requested: int = 0
    came: int = 0
    had_before: int = 0
    had_both: int = 0

    def counted(
        self, requests: Iterable[BarRequest], answers: Iterable[tuple[pd.DataFrame, Account]]
    ) -> Iterator[tuple[pd.DataFrame, Account]]:
        """The same answers, each counted with what is stored of its name."""
        for request, (frame, account) in zip(requests, answers, strict=False):
            newest = request.extent.newest if request.extent else date.min
            days = set(frame["obs_date"].dt.date) if len(frame) else set()
            has, had = (day <= newest or day in days for day in (self.session, self.before))
            self.requested += 1
            self.came += has
            self.had_before += had
            self.had_both += has and had
            yield frame, account

    def missing(self) -> str:
        """A sentence when too few names have a bar of the session; '' otherwise."""
        if self.requested and not self.came:
            return f"yahoo: none of {self.requested} names has a bar of {self.session}"
        if self.had_both < ANSWERED_SHARE * self.had_before:
            return f"yahoo: only {self.had_both} of {self.had_before} names have a bar of {self.session}"
        return ""
