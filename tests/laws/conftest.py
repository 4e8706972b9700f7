"""The full builds that the laws compare with, one a market, first vintages only: restatements are a separate matter."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestion.settings import Settings
from tests.built_market import BuiltMarket, shared_build
from tests.conftest import NOW
from tests.laws import law
from tests.run_record import RunRecord


@pytest.fixture(scope="session")
def sample_whole(sample_settings: Settings) -> Iterator[Path]:
    """A full build of the sample market with all it knows."""

    def build(settings: Settings) -> RunRecord:
        path = law.copy_raw(sample_settings.warehouse_path, settings.warehouse_path, first_vintages=True)
        law.build("sample", path, path, NOW)
        return RunRecord({}, {})

    with shared_build("sample_whole", "sample", None, build) as built:
        yield built.settings.warehouse_path


@pytest.fixture(scope="session")
def small_whole(small_built: BuiltMarket) -> Path:
    """A full build of the small market with all it knows: for what has to be quick, or is about the laws themselves."""
    warehouse = small_built.settings.warehouse_path
    assert law.later_vintages(warehouse) == 0
    return warehouse


@pytest.fixture(scope="session")
def folder_whole(real_market: BuiltMarket) -> Path:
    """A full build of the folder market with all it knows: files that were loaded once have no later vintage."""
    warehouse = real_market.settings.warehouse_path
    assert law.later_vintages(warehouse) == 0
    return warehouse
