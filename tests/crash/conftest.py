"""What the crash tests share: the small market built and published twice, once without its last sessions."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from ingestion.settings import Settings
from ingestion.store import identity
from ingestion.store.recovery import save_copy
from ingestion.store.warehouse import Warehouse
from tests.crash import console_run, small_market

#: Sessions that arrive one by one, one a killed run.
ARRIVING = 10


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
def small(tmp_path_factory: pytest.TempPathFactory) -> SmallMarket:
    """The small market, built and published by two undisturbed console runs."""
    frames = small_market.cut_down()
    days = small_market.sessions(frames)
    built = []
    for name, last in (("before", days[-1 - ARRIVING]), ("after", days[-1])):
        root = tmp_path_factory.mktemp(name)
        small_market.write(frames, root / "files", last)
        built.append(Settings(data=root / "data", market="folder", folder=root / "files"))
    with ThreadPoolExecutor(len(built)) as pool:
        runs = list(pool.map(console_run.run, built))
    for ended in runs:
        assert ended.code == 0, ended.complaint
    return SmallMarket(frames, days, *built, undisturbed=runs[1])
