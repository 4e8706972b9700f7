"""Dagster's home of a market: its folder, its settings, and runs in it whose process is gone."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.exits import DISK, Refused

if TYPE_CHECKING:
    from dagster import DagsterInstance

    from ingestion.settings import Settings

#: Tag of a console run: the process it runs in.
PROCESS = "market_internals/process"

#: The option of Python that hides the warning of its helper for locks.
LOCKS_REMOVED = "ignore:resource_tracker"


def prepare(settings: "Settings") -> None:
    """Give Dagster a home of this market's own, so that synthetic and real runs are never in one list.

    Raises Refused when the data folder cannot be written.
    """
    folder = settings.market_folder / ".dagster"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "dagster.yaml").write_bytes(Path(__file__).with_name("dagster.yaml").read_bytes())
    except OSError as error:
        raise Refused(DISK, f"the data folder {settings.market_folder} cannot be written: {error.strerror}") from error
    os.environ["DAGSTER_HOME"] = str(folder)
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"
    os.environ["DO_NOT_TRACK"] = "1"


def silence_lock_helper() -> None:
    """Keep Python's helper process, which removes dbt's locks when this process ends, from printing that it did.

    The option is for the helper of this process, the variable for those of its children: pipx starts a command with -E,
    and then the helper reads no variable.
    """
    sys.warnoptions.append(LOCKS_REMOVED)
    os.environ["PYTHONWARNINGS"] = LOCKS_REMOVED


def fail_dead_runs(instance: "DagsterInstance") -> None:
    """Mark console runs whose process is gone as failed: Dagster cannot tell, and its queue would wait for them."""
    import dagster as dg

    for left in instance.get_runs(filters=dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])):
        if PROCESS in left.tags and not _is_alive(int(left.tags[PROCESS])):
            instance.report_run_failed(left, "its process was killed")


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True
