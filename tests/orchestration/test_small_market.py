"""The small market from a folder of files to the published file: the shortest way through the whole house."""

import pandas as pd

from ingestion.store.audit import headline, row_counts
from tests.built_market import BuiltMarket


def test_every_check_is_green_and_every_mart_is_published(small_built: BuiltMarket) -> None:
    red = [name for name, check in small_built.run.checks.items() if not check.passed]
    assert red == []
    settings = small_built.settings
    built, published = row_counts(settings.warehouse_path), row_counts(settings.published_path)
    marts = {name: rows for name, rows in built.items() if name[0] == "marts"}
    assert len(marts) > 20
    assert {name: published[name] for name in marts} == marts


def test_it_ends_on_the_last_session_of_its_files(small_built: BuiltMarket) -> None:
    prices = pd.read_parquet(small_built.settings.data / "files" / "prices.parquet")
    numbers = headline(small_built.settings.published_path)
    assert numbers["last_session"] == prices["date"].max().date()
    assert numbers["market"] == "folder"
    assert numbers["tests_passed"] == small_built.run.metadata["published"]["tests_passed"] > 0
