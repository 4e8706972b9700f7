"""The full builds that the laws compare with, one a market, first vintages only: restatements are a separate matter."""

from pathlib import Path

import pytest

from tests.conftest import NOW
from tests.laws import law


@pytest.fixture(scope="session")
def sample_whole(sample_settings, published, tmp_path_factory) -> Path:
    """A full build of the sample market with all it knows."""
    path = law.copy_raw(sample_settings.warehouse_path, tmp_path_factory.mktemp("laws") / "warehouse.duckdb", True)
    return law.build("sample", path, path, NOW)


@pytest.fixture(scope="session")
def folder_whole(folder_settings, folder_built, tmp_path_factory) -> Path:
    """A full build of the folder market with all it knows."""
    path = law.copy_raw(folder_settings.warehouse_path, tmp_path_factory.mktemp("laws") / "warehouse.duckdb", True)
    return law.build("folder", path, path, NOW)
