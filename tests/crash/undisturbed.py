"""A repaired market compared with one that was never disturbed. Not a test itself."""

import os
from datetime import date
from pathlib import Path
from threading import Lock
from unittest.mock import patch

import dagster as dg
import duckdb

from ingestion.settings import Settings
from ingestion.tables import RAW_TABLES
from tests.crash.whole_file import content_of
from tests.laws import law

#: The environment is one for all threads, and Dagster's settings name its home by a variable of it.
ONE_AT_A_TIME = Lock()


def hold_against(undisturbed: Settings, repaired: Settings, last: date) -> None:
    """The repaired market is the one that was never disturbed: every raw row once, every mart the same."""
    assert not list(repaired.market_folder.glob(".*.part*")), "what a kill left is swept away"
    home = str(repaired.market_folder / ".dagster")
    with ONE_AT_A_TIME, patch.dict(os.environ, DAGSTER_HOME=home), dg.DagsterInstance.from_config(home) as instance:
        assert not instance.get_runs(filters=dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])), "none hangs"
    assert content_of(repaired.published_path) == content_of(repaired.warehouse_path)
    for table in RAW_TABLES:
        lost, doubled = _raw_differences(undisturbed.warehouse_path, repaired.warehouse_path, table)
        assert (lost, doubled) == (0, 0), f"raw.{table}: {lost} rows lost, {doubled} too many"
    differences = law.differences(undisturbed.warehouse_path, repaired.warehouse_path, last)
    assert not differences, "\n".join(map(str, differences))


def _raw_differences(undisturbed: Path, repaired: Path, table: str) -> tuple[int, int]:
    """Rows of a raw table that one market has and the other has not, copies counted; how they came does not matter."""
    rows = "select * exclude (ingested_at, batch_id) from {}.raw." + table
    with duckdb.connect() as connection:
        connection.execute(f"attach '{undisturbed}' as undisturbed (read_only)")
        connection.execute(f"attach '{repaired}' as repaired (read_only)")
        ours, theirs = rows.format("repaired"), rows.format("undisturbed")
        lost = connection.execute(f"select count(*) from ({theirs} except all {ours})").fetchall()[0][0]
        doubled = connection.execute(f"select count(*) from ({ours} except all {theirs})").fetchall()[0][0]
    return lost, doubled
