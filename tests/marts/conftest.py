"""What the tests of the marts share: the built files of the sample and of the folder market, each as a parameter."""

from pathlib import Path

import pytest


@pytest.fixture(scope="module", params=["sample", "folder"])
def market(request: pytest.FixtureRequest) -> tuple[Path, Path]:
    """Warehouse and published file of a built market."""
    published = request.getfixturevalue("published" if request.param == "sample" else "folder_built")
    return request.getfixturevalue(f"{request.param}_settings").warehouse_path, published


@pytest.fixture(scope="module")
def warehouse(market: tuple[Path, Path]) -> Path:
    """The built warehouse of a market: marts and what they are made of."""
    return market[0]
