"""What each step of a run costs, by market: seconds, rows and peak memory of every raw table, model and publication.

Prints one table a market and writes the same as JSON to data/bench/. Each market is built twice in a process of its
own: from nothing, and once more with nothing new, as a daily run does. Steps run one after another, so that a peak
belongs to one of them; Dagster's own cost is not among them.
"""

import argparse
import json
import multiprocessing
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from time import perf_counter

from ingestion import markets
from ingestion.clock import utc_now
from ingestion.loading import load, load_calendar
from ingestion.settings import PROJECT_ROOT, Settings
from ingestion.store.audit import row_counts
from ingestion.store.publication import Stamp, publish
from ingestion.store.warehouse import Warehouse
from ingestion.tables import RAW_TABLES, TABLES
from orchestration import dbt
from orchestration.assets.publication import revision
from orchestration.resources import EVERYTHING

FOLDER = PROJECT_ROOT.parent / "shared" / "data" / "market"
BUILDS = ("first", "again")


@dataclass(frozen=True)
class Step:
    """One step of one build; peak_mb is the most memory that the whole process held while it ran."""

    build: str
    step: str
    seconds: float
    rows: int | None
    peak_mb: float | None


def main() -> int:
    """Measure the markets asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--market", choices=("sample", "folder"), action="append", help="default: both")
    parser.add_argument("--folder", type=Path, default=FOLDER, metavar="PATH", help="files of the folder market")
    parser.add_argument("--out", type=Path, default=PROJECT_ROOT / "data" / "bench", metavar="PATH")
    options = parser.parse_args()
    for market in options.market or ("sample", "folder"):
        folder = options.folder.resolve() if market == "folder" else None
        if folder and not folder.is_dir():
            print(f"folder: not measured, there is no directory {folder}")
            continue
        with tempfile.TemporaryDirectory() as data, multiprocessing.get_context("spawn").Pool(1) as alone:
            steps = alone.apply(measure, (Settings(data=Path(data), market=market, folder=folder),))
        print(table(market, steps))
        path = write(options.out, f"steps_{market}", {"market": market, "steps": [asdict(step) for step in steps]})
        print(f"written: {path}\n")
    return 0


def measure(settings: Settings) -> list[Step]:
    """Build a market twice in an empty data folder."""
    steps: list[Step] = []
    for build in BUILDS:
        steps += [*_raw(build, settings), *_models(build, settings), _publication(build, settings)]
    return steps


def _raw(build: str, settings: Settings) -> list[Step]:
    warehouse, now = Warehouse(settings), utc_now()
    warehouse.create()
    sources = markets.sources(settings)
    calendar = _measured(build, "raw.sessions, raw.releases", lambda: load_calendar(warehouse, now).received)
    steps = [calendar]
    for name in TABLES:
        load_one = _loader(settings, warehouse, name, sources, now)
        steps.append(_measured(build, f"raw.{name}", load_one))
    return steps


def _loader(settings, warehouse: Warehouse, name: str, sources, now: datetime) -> Callable[[], int]:
    def load_one() -> int:
        load(sources[name], name, EVERYTHING, warehouse, now)
        return warehouse.count(RAW_TABLES[name].name)

    return load_one


def _models(build: str, settings: Settings) -> list[Step]:
    """One dbt build, node after node; tests have one line together, and so has what dbt needs besides its nodes."""
    wanted = dbt.Build(settings, settings.warehouse_path, utc_now())
    peaks: dict[str, float | None] = {}

    def listen(node: str) -> None:
        if node not in peaks:
            peaks[node] = forget_peak()
        else:
            peaks[node] = peak_mb()

    began = perf_counter()
    results = dbt.run("build", wanted, dbt.EVERY_BUILD, listen)
    whole = perf_counter() - began
    dbt.require_green(results)
    counted = {name: rows for (_, name), rows in row_counts(settings.warehouse_path).items()}
    steps, tests = [], []
    for result in results:
        kind, _, name = result["unique_id"].split(".")[:3]
        if kind == "test":
            tests.append((result["seconds"], peaks.get(name) or 0))
        else:
            steps.append(Step(build, f"{kind} {name}", result["seconds"], counted.get(name), peaks.get(name)))
    seconds = sum(second for second, _ in tests)
    steps.append(Step(build, f"{len(tests)} data tests", seconds, None, max(peak for _, peak in tests) or None))
    steps.append(Step(build, "dbt besides", whole - sum(step.seconds for step in steps), None, None))
    return steps


def _publication(build: str, settings: Settings) -> Step:
    now = utc_now()
    stamp = Stamp(settings.market, settings.market in markets.MADE_UP, now, dbt.rule_version(), "bench", now, 0)

    def publish_all() -> int:
        return sum(publish(settings.warehouse_path, settings.published_path, stamp).rows.values())

    return _measured(build, "published", publish_all)


def _measured(build: str, step: str, work: Callable[[], int]) -> Step:
    forget_peak()
    began = perf_counter()
    rows = work()
    return Step(build, step, perf_counter() - began, rows, peak_mb())


def forget_peak() -> None:
    """Let the kernel count the peak of this process from now on; without Linux no peak is given."""
    if sys.platform == "linux":
        Path("/proc/self/clear_refs").write_text("5")


def peak_mb() -> float | None:
    """The most memory that this process held since forget_peak; None without Linux."""
    if sys.platform != "linux":
        return None
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) / 1024


def table(market: str, steps: list[Step]) -> str:
    """The steps as text: both builds side by side."""
    by_name: dict[str, dict[str, Step]] = {}
    for step in steps:
        by_name.setdefault(step.step, {})[step.build] = step
    lines = [
        f"market {market}",
        f"{'step':<44}{'rows':>12}{'first s':>10}{'peak MB':>10}{'again s':>10}{'peak MB':>10}",
    ]
    for name, builds in by_name.items():
        rows = next((step.rows for step in builds.values() if step.rows is not None), None)
        line = f"{name:<44}{'' if rows is None else f'{rows:,}':>12}"
        for build in BUILDS:
            step = builds.get(build)
            line += f"{'' if step is None else f'{step.seconds:.2f}':>10}"
            line += f"{'' if step is None or step.peak_mb is None else f'{step.peak_mb:,.0f}':>10}"
        lines.append(line)
    line = f"{'all':<56}"
    for build in BUILDS:
        mine = [step for step in steps if step.build == build]
        line += f"{sum(step.seconds for step in mine):>10.2f}{max(step.peak_mb or 0 for step in mine):>10,.0f}"
    return "\n".join([*lines, line])


def write(out: Path, name: str, figures: dict[str, object]) -> Path:
    """The figures as JSON, with the machine and the revision they were measured on."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{name}.json"
    told = {
        "measured_at": f"{utc_now():%Y-%m-%d %H:%M} UTC",
        "revision": revision(PROJECT_ROOT),
        "machine": {"system": platform.platform(), "cores": os.cpu_count(), "load": os.getloadavg()[0]},
    }
    path.write_text(json.dumps(told | figures, indent=1) + "\n")
    return path


if __name__ == "__main__":
    sys.exit(main())
