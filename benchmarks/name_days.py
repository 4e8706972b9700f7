"""Name-days and day aggregates at scale: full rebuild and daily run beside polars, pandas and the floor of the engine.

Makes markets of several sizes, checks on each that all three give the same numbers, measures each way in a process of
its own (seconds, peak memory), medians of several, and prints a table and the ratios that matter; the same as JSON in
data/bench/. `make bench-scale`; hours at full size, seconds with --names 50 --years 2 --repeats 1.
"""

import argparse
import json
import multiprocessing
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import duckdb

from benchmarks import made_market, peers, same
from benchmarks.steps import forget_peak, peak_mb
from ingestion.clock import utc_now
from ingestion.settings import PROJECT_ROOT, Settings
from orchestration import dbt
from orchestration.assets.publication import revision

#: The models measured: name-days, what day aggregates are made of, and the aggregates.
PLUMBING = ("int_sessions", "int_asset_days", "int_index_weights_daily", "int_session_changes")
MODELS = (*PLUMBING, "int_name_days", "int_breadth_counts", "int_member_return_days", "int_correlation_windows")
WITHOUT_TESTS = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")


@dataclass(frozen=True)
class Measure:
    """One measurement: wall seconds of the work itself and of what is around it, and the peak of its process.

    Of a build `seconds` are those of its statements in the engine, `startup_seconds` dbt's own: to start, to read the
    project, to render and record each node. `cpu_seconds` are the processor's for both.
    """

    names: int
    years: int
    way: str
    seconds: float
    cpu_seconds: float
    startup_seconds: float
    peak_mb: float | None


def main() -> int:
    """Measure every size asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--names", type=int, nargs="+", default=[500, 3000])
    parser.add_argument("--years", type=int, nargs="+", default=[5, 12, 25])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--memory", default="1GB", help="memory_limit of a run (default: 1GB)")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS), help="what to measure (default: all)")
    parser.add_argument("--out", type=Path, default=PROJECT_ROOT / "data" / "bench", metavar="PATH")
    options = parser.parse_args()
    medians = []
    for names in options.names:
        for years in options.years:
            with tempfile.TemporaryDirectory() as data:
                settings = Settings(data=Path(data), market="sample", folder=None, memory_limit=options.memory)
                _alone(prepare, settings, names, years)
                _alone(rebuild, settings)
                _alone(same.check, settings)
                # by turns, so that a machine that slows down slows all ways
                rounds = [
                    [_alone(measure, settings, names, years, way) for way in options.ways]
                    for _ in range(options.repeats)
                ]
                for runs in zip(*rounds, strict=True):
                    medians.append(_median(runs))
                    print(line(medians[-1]), flush=True)
    print("\n".join(["", *ratios(medians)]))
    print(f"written: {write(options.out, options.memory, options.repeats, medians)}")
    return 0


def prepare(settings: Settings, names: int, years: int) -> None:
    """Make the market, build everything but its last session from nothing, and keep a copy to start each run from."""
    made_market.make(settings, names, years)
    _build(settings, ["--select", *(f"+{model}" for model in MODELS)])
    shutil.copy(settings.warehouse_path, _kept(settings))


def measure(settings: Settings, names: int, years: int, way: str) -> Measure:
    """One way once, in this process."""
    return Measure(names, years, way, *WAYS[way](settings))


Figures = tuple[float, float, float, float | None]


def rebuild(settings: Settings) -> Figures:
    """Every model from nothing, the last session included."""
    shutil.copy(_kept(settings), settings.warehouse_path)
    made_market.arrive(settings)
    return _measured_build(settings, full=True)


def daily_run(settings: Settings) -> Figures:
    """One new session."""
    shutil.copy(_kept(settings), settings.warehouse_path)
    made_market.arrive(settings)
    return _measured_build(settings, full=False)


def daily_run_with_a_split(settings: Settings) -> Figures:
    """One new session, in which a split restates the whole history of one name."""
    shutil.copy(_kept(settings), settings.warehouse_path)
    made_market.arrive(settings)
    made_market.split(settings)
    return _measured_build(settings, full=False)


def with_polars(settings: Settings) -> Figures:
    """All of it from a file, in memory, and gone when the process ends."""
    return _measured(lambda: peers.in_polars(made_market.bars(settings)))


def with_polars_stored(settings: Settings) -> Figures:
    """All of it from a file into files, as a build leaves tables behind."""
    with tempfile.TemporaryDirectory(dir=settings.market_folder) as folder:
        return _measured(lambda: peers.store(*peers.in_polars(made_market.bars(settings)), Path(folder)))


def with_pandas(settings: Settings) -> Figures:
    """All of it from a file, in memory, and gone when the process ends."""
    return _measured(lambda: peers.in_pandas(made_market.bars(settings)))


def scan(settings: Settings) -> Figures:
    """The floor: every bar read once."""
    return _measured_query(settings, "select sum(close), sum(volume), sum(dividend) from raw.prices")


def sorted_pass(settings: Settings) -> Figures:
    """The floor: every bar sorted by name and day once, with one return."""
    return _measured_query(
        settings,
        """
        select sum(change)
        from (
            select close / lag(close) over (partition by security_id order by obs_date) as change
            from raw.prices
        )
        """,
    )


WAYS: dict[str, Callable[[Settings], Figures]] = {
    "rebuild": rebuild,
    "daily": daily_run,
    "daily with a split": daily_run_with_a_split,
    "polars": with_polars,
    "polars, stored": with_polars_stored,
    "pandas": with_pandas,
    "scan": scan,
    "sorted pass": sorted_pass,
}


def _measured_build(settings: Settings, full: bool) -> Figures:
    forget_peak()
    began, worked = perf_counter(), process_time()
    results = _build(settings, ["--select", *MODELS], full)
    engine = sum(result["engine_seconds"] for result in results)
    return engine, process_time() - worked, perf_counter() - began - engine, peak_mb()


def _build(settings: Settings, selection: list[str], full: bool = False) -> list[dict]:
    wanted = dbt.Build(settings, settings.warehouse_path, made_market.NOW, full=full)
    results = dbt.run("build", wanted, [*WITHOUT_TESTS, *selection])
    dbt.require_green(results)
    return results


def _measured_query(settings: Settings, query: str) -> Figures:
    config = {"memory_limit": settings.engine_memory, "threads": settings.threads}
    with duckdb.connect(str(settings.warehouse_path), read_only=True, config=config) as connection:
        connection.execute("set enable_progress_bar = false")
        return _measured(lambda: connection.execute(query).fetchall())


def _measured(work: Callable[[], object]) -> Figures:
    forget_peak()
    began, worked = perf_counter(), process_time()
    work()
    return perf_counter() - began, process_time() - worked, 0.0, peak_mb()


def _alone(work: Callable, *arguments):
    """Do it in a process of its own, so that nothing of it stays in memory."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
        return alone.submit(work, *arguments).result()


def _kept(settings: Settings) -> Path:
    return settings.market_folder / "kept.duckdb"


def _median(runs: Sequence[Measure]) -> Measure:
    first = runs[0]
    peaks = [run.peak_mb for run in runs if run.peak_mb is not None]
    return Measure(
        first.names,
        first.years,
        first.way,
        median(run.seconds for run in runs),
        median(run.cpu_seconds for run in runs),
        median(run.startup_seconds for run in runs),
        max(peaks) if peaks else None,
    )


def line(found: Measure) -> str:
    """One measurement as a line of the table."""
    peak = "" if found.peak_mb is None else f"{found.peak_mb:,.0f} MB"
    return (
        f"{found.names:>6,} names {found.years:>3} years  {found.way:<20}{found.seconds:>9.2f} s "
        f"{found.cpu_seconds:>9.2f} s cpu {found.startup_seconds:>7.2f} s start-up {peak:>10}"
    )


def ratios(medians: list[Measure]) -> list[str]:
    """The bars: what is compared, the ratio found and the ratio wanted; a comparison without both sides is left out."""
    by_size = {(found.names, found.years, found.way): found.seconds for found in medians}
    names, years = max(size[0] for size in by_size), max(size[1] for size in by_size)
    least = min(size[1] for size in by_size)
    wanted = [
        (f"daily run, {years} years / {least} years", ("daily", years), ("daily", least), 1.3),
        ("daily run / polars", ("daily", years), ("polars", years), 1 / 15),
        ("full rebuild / polars", ("rebuild", years), ("polars", years), 1.3),
        ("full rebuild / polars, stored", ("rebuild", years), ("polars, stored", years), 1.3),
        ("full rebuild / pandas", ("rebuild", years), ("pandas", years), 0.5),
    ]
    told = []
    for words, (way, long), (other, short), bar in wanted:
        mine, theirs = by_size.get((names, long, way)), by_size.get((names, short, other))
        if mine is not None and theirs:
            told.append(f"{words:<36} {mine / theirs:>7.3f}  (bar {bar:.3f}, {names:,} names)")
    return told


def write(out: Path, memory: str, repeats: int, medians: list[Measure]) -> Path:
    """The medians as JSON, with the machine and the revision they were measured on."""
    out.mkdir(parents=True, exist_ok=True)
    path = out / "name_days.json"
    told = {
        "measured_at": f"{utc_now():%Y-%m-%d %H:%M} UTC",
        "revision": revision(PROJECT_ROOT),
        "machine": {"system": platform.platform(), "cores": os.cpu_count(), "load": os.getloadavg()[0]},
        "memory_limit": memory,
        "repeats": repeats,
        "medians": [asdict(found) for found in medians],
    }
    path.write_text(json.dumps(told, indent=1) + "\n")
    return path


if __name__ == "__main__":
    sys.exit(main())
