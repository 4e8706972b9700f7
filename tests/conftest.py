"""What the tests of every room share: the sample and the folder market, built and published once for all of them."""

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import dagster as dg
import pytest

from ingestion.settings import PROJECT_ROOT, Settings
from orchestration.commands import GARBAGE_THRESHOLDS
from orchestration.definitions import build_defs
from orchestration.part_runs import DAILY
from tests.built_market import BuiltMarket, parsed_once, shared_build
from tests.crash import small_market
from tests.marts import adversarial_market
from tests.orchestration import own_bars, own_things
from tests.run_record import RunRecord

#: Naive UTC; an evening after every session that any market of the tests describes.
NOW = datetime(2025, 3, 7, 23, 30)

MARKET_FOLDER = PROJECT_ROOT.parent / "shared" / "data" / "market"

#: Files that take minutes come first: processes share the suite by file, and would wait for a long one begun last. Each
#: of the first three builds another market of which the others then have the use.
LONGEST = (
    "marts/test_capitulation_golden.py", "marts/test_law_of_words.py", "orchestration/test_job.py",
    "orchestration/test_unattended.py", "install/test_wheel.py", "app/test_browser.py",
    "orchestration/test_notify_console.py", "app/test_mcp.py", "crash/test_kills.py", "laws/test_truncation.py",
    "orchestration/test_ui_browser.py", "orchestration/test_unchanged.py", "laws/test_incremental.py",
    "ingestion/sources/test_file_faults.py", "crash/test_disk.py", "dbt/test_unit_tests.py", "app/report/test_print.py",
)  # fmt: skip

Turn = Callable[..., dg.ExecuteInProcessResult]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, all else in its own order."""
    places = {PROJECT_ROOT / "tests" / file: place for place, file in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


@pytest.fixture(scope="session", autouse=True)
def _quick_builds() -> Iterator[None]:
    """Builds in this process collect garbage as rarely as a run, and dbt reads the project's files once for all."""
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    with parsed_once():
        yield


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
def sample_market(turn: Turn) -> Iterator[BuiltMarket]:
    """The sample market from source to published file, shared by all processes. To change something, copy it."""
    with shared_build("sample", "sample", None, lambda settings: _daily(turn, settings)) as built:
        yield built


@pytest.fixture(scope="session")
def sample_settings(sample_market: BuiltMarket) -> Settings:
    """Settings of the built sample market."""
    return sample_market.settings


@pytest.fixture(scope="session")
def sample_run(sample_market: BuiltMarket) -> RunRecord:
    """What the run reported that took the sample market from its source to the published file."""
    return sample_market.run


@pytest.fixture(scope="session")
def published(sample_market: BuiltMarket) -> Path:
    """The published file of the sample market."""
    return sample_market.settings.published_path


@pytest.fixture
def sample_copy(sample_settings: Settings, tmp_path: Path) -> Settings:
    """The built sample market in a data folder that a test may change."""
    shutil.copytree(sample_settings.market_folder, tmp_path / "sample")
    return sample_settings.model_copy(update={"data": tmp_path})


def _with_files(settings: Settings) -> Settings:
    """Settings of a market whose files are in its own data folder."""
    return settings.model_copy(update={"folder": settings.data / "files"})


@pytest.fixture(scope="session")
def small_built(turn: Turn) -> Iterator[BuiltMarket]:
    """A market of some forty names and 300 sessions from files to published file, shared by all processes."""

    def build(settings: Settings) -> RunRecord:
        frames = small_market.cut_down()
        small_market.write(frames, settings.data / "files", small_market.sessions(frames)[-1])
        return _daily(turn, _with_files(settings))

    with shared_build("small", "folder", None, build) as built:
        yield replace(built, settings=_with_files(built.settings))


@pytest.fixture(scope="session")
def adversarial_built(turn: Turn) -> Iterator[BuiltMarket]:
    """A market of some sixty names in which every input is missing on some sessions, shared by all processes."""

    def build(settings: Settings) -> RunRecord:
        adversarial_market.write(settings.data / "files")
        return _daily(turn, _with_files(settings))

    with shared_build("adversarial", "folder", None, build) as built:
        yield built


@pytest.fixture(scope="session", params=[1, pytest.param(3, marks=pytest.mark.laws), 30])
def own_built(turn: Turn, request: pytest.FixtureRequest) -> Iterator[BuiltMarket]:
    """A market of one, three and thirty names from one file with symbol, date and close, shared by all processes."""

    def build(settings: Settings) -> RunRecord:
        own_bars.write(settings.data / "files", request.param)
        return _daily(turn, _with_files(settings))

    with shared_build(f"own{request.param}", "folder", None, build) as built:
        yield replace(built, settings=_with_files(built.settings))


@pytest.fixture(scope="session")
def own_things_built(turn: Turn) -> Iterator[BuiltMarket]:
    """The small market with a user's own events, claims, pairs, symbols, calls and a universe MINE."""

    def build(settings: Settings) -> RunRecord:
        frames = small_market.cut_down()
        small_market.write(frames, settings.data / "files", small_market.sessions(frames)[-1])
        own_things.write(settings.mine_folder, frames)
        return _daily(turn, _with_files(settings))

    with shared_build("own_things", "folder", None, build) as built:
        yield replace(built, settings=_with_files(built.settings))


@pytest.fixture
def small_copy(small_built: BuiltMarket, tmp_path: Path) -> Settings:
    """The built small market in a data folder that a test may change."""
    shutil.copytree(small_built.settings.market_folder, tmp_path / "folder")
    return small_built.settings.model_copy(update={"data": tmp_path})


@pytest.fixture(scope="session")
def market_folder() -> Path:
    """The folder with real market data beside the checkout; without it tests skip, but never in CI."""
    if not (MARKET_FOLDER / "prices.parquet").exists():
        if os.environ.get("CI"):
            pytest.fail("CI runs with the real market folder, and it is not beside the checkout (shared/data/market)")
        pytest.skip("the real market folder is not beside the checkout (shared/data/market)")
    return MARKET_FOLDER


@pytest.fixture(scope="session")
def real_market(market_folder: Path, turn: Turn) -> Iterator[BuiltMarket]:
    """The folder market from files to published file, shared by all processes. To change something, copy it."""
    with shared_build("folder", "folder", market_folder, lambda settings: _daily(turn, settings)) as built:
        yield built


@pytest.fixture(scope="session")
def folder_settings(real_market: BuiltMarket) -> Settings:
    """Settings of the built folder market."""
    return real_market.settings


@pytest.fixture(scope="session")
def folder_built(real_market: BuiltMarket) -> Path:
    """The published file of the real market folder: what golden facts are read from."""
    return real_market.settings.published_path


def _daily(turn: Turn, settings: Settings) -> RunRecord:
    """The daily job of a market, which must be green."""
    result = turn(settings)
    assert result.success, failures(result)
    return RunRecord.of(result)


def failures(result: dg.ExecuteInProcessResult) -> str:
    """What went wrong in a run, for an assertion's message."""
    return "\n".join(
        f"{event.step_key}: {event.step_failure_data.error_display_string}"
        for event in result.all_events
        if event.is_step_failure
    )
