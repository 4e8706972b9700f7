"""What the tests of every room share: the sample market built and published once a session, and the folder market."""

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import dagster as dg
import pytest

from ingestion.settings import PROJECT_ROOT, Settings
from orchestration.definitions import DAILY, build_defs

#: Naive UTC; an evening after every session that any market of the tests describes.
NOW = datetime(2025, 3, 7, 23, 30)

MARKET_FOLDER = PROJECT_ROOT.parent / "shared" / "data" / "market"

#: Files that take minutes come first: two processes share the suite by file, and would wait for a long one begun last.
LONGEST = (
    "crash/test_kills.py", "orchestration/test_unattended.py", "laws/test_truncation.py", "laws/test_incremental.py",
    "crash/test_disk.py", "orchestration/test_job.py", "marts/test_correlation_incremental.py",
)  # fmt: skip

Turn = Callable[..., dg.ExecuteInProcessResult]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, all else in its own order."""
    places = {PROJECT_ROOT / "tests" / file: place for place, file in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


@pytest.fixture(scope="session")
def turn() -> Turn:
    """Turn a job of a market in this process: turn(settings, job='daily', select=None, request={}, **parts)."""
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"

    def turn_job(
        settings: Settings,
        *,
        job: str = DAILY,
        select: list[dg.AssetKey] | None = None,
        request: dict[str, object] | None = None,
        **parts: object,
    ) -> dg.ExecuteInProcessResult:
        definitions = build_defs(settings, **({"clock": lambda: NOW} | parts))
        with dg.DagsterInstance.ephemeral() as instance:
            return definitions.resolve_job_def(job).execute_in_process(
                instance=instance,
                asset_selection=select,
                raise_on_error=False,
                run_config={
                    "resources": {"request": {"config": request or {}}},
                    "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
                },
            )

    return turn_job


@pytest.fixture(scope="session")
def sample_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of the sample market in a data folder of this session."""
    return Settings(data=tmp_path_factory.mktemp("sample"), market="sample", folder=None)


@pytest.fixture(scope="session")
def sample_run(sample_settings: Settings, turn: Turn) -> dg.ExecuteInProcessResult:
    """The run that took the sample market from its source to the published file."""
    result = turn(sample_settings)
    assert result.success, failures(result)
    return result


@pytest.fixture(scope="session")
def published(sample_settings: Settings, sample_run: dg.ExecuteInProcessResult) -> Path:
    """The published file of the sample market. Read it; to change something, copy the data folder."""
    return sample_settings.published_path


@pytest.fixture(scope="session")
def market_folder() -> Path:
    """The folder with real market data beside the checkout; without it tests skip, but never in CI."""
    if not (MARKET_FOLDER / "prices.parquet").exists():
        if os.environ.get("CI"):
            pytest.fail("CI runs with the real market folder, and it is not beside the checkout (shared/data/market)")
        pytest.skip("the real market folder is not beside the checkout (shared/data/market)")
    return MARKET_FOLDER


@pytest.fixture(scope="session")
def folder_settings(market_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of the folder market in a data folder of this session."""
    return Settings(data=tmp_path_factory.mktemp("folder"), market="folder", folder=market_folder)


@pytest.fixture(scope="session")
def folder_built(folder_settings: Settings, turn: Turn) -> Path:
    """The published file of the real market folder, built once a session: what golden facts are read from."""
    result = turn(folder_settings)
    assert result.success, failures(result)
    return folder_settings.published_path


def failures(result: dg.ExecuteInProcessResult) -> str:
    """What went wrong in a run, for an assertion's message."""
    return "\n".join(
        f"{event.step_key}: {event.step_failure_data.error_display_string}"
        for event in result.all_events
        if event.is_step_failure
    )
