"""What the crash tests share: the small market built and published twice, once without its last sessions."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from ingestion.settings import Settings
from ingestion.store import identity
from ingestion.store.recovery import save_copy
from ingestion.store.warehouse import Warehouse
from tests.built_market import parse_ahead, shared_build
from tests.crash import console_run, small_market
from tests.run_record import RunRecord

#: Sessions that arrive one by one, one a killed run.
ARRIVING = 10

#: Where a build keeps how its run went.
ENDED = "ended.json"


@dataclass(frozen=True)
class SmallMarket:
    """The small market: its rows, its days, two undisturbed builds, before the last sessions and after them, and how
    the run of the second went."""

    frames: dict[str, pd.DataFrame]
    days: list[date]
    before: Settings
    after: Settings
    undisturbed: console_run.Ended

    def copy(self, to: Path) -> Settings:
        """The build from before the last sessions, in a data folder and with files that a test may spoil."""
        shutil.copytree(self.before.data, to / "data")
        settings = self.before.model_copy(update={"data": to / "data", "folder": to / "files"})
        identity.adopt(settings, Warehouse(settings))
        save_copy(settings)
        self.write(settings, self.days[-1 - ARRIVING])
        return settings

    def write(self, settings: Settings, last: date) -> None:
        """Let the market's files end on `last`."""
        assert settings.folder is not None
        small_market.write(self.frames, settings.folder, last)


@pytest.fixture(scope="session")
def small() -> Iterator[SmallMarket]:
    """The small market, built and published by two undisturbed console runs, shared by all processes."""
    frames = small_market.cut_down()
    days = small_market.sessions(frames)

    def at(built: Settings) -> Settings:
        return built.model_copy(update={"folder": built.data / "files"})

    def run_up_to(last: date, built: Settings) -> RunRecord:
        settings = at(built)
        small_market.write(frames, built.data / "files", last)
        parse_ahead(settings)
        ended = console_run.run(settings)
        assert ended.code == 0, ended.complaint
        (built.data / ENDED).write_text(json.dumps(asdict(ended)))
        return RunRecord({}, {})

    with (
        shared_build("before", "folder", None, partial(run_up_to, days[-1 - ARRIVING])) as before,
        shared_build("after", "folder", None, partial(run_up_to, days[-1])) as after,
    ):
        undisturbed = console_run.Ended(**json.loads((after.settings.data / ENDED).read_text()))
        yield SmallMarket(frames, days, at(before.settings), at(after.settings), undisturbed)
