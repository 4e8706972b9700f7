"""What an evening of the folder market costs beside another checkout: with nothing new, and with one new session.

Each checkout first runs on the files without their newest session; what that leaves is put back before every measured
run. The two take turns, so that a machine that slows down slows both. Prints medians of wall-clock and CPU seconds
(user and system, children included) and writes JSON to data/bench/.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import pandas as pd

from benchmarks.steps import FOLDER
from ingestion.clock import utc_now
from ingestion.settings import PROJECT_ROOT
from orchestration.assets.publication import revision

#: An evening may take at most this share of what it takes the other checkout.
BARS = {"nothing new": 0.5, "one new session": 0.7}

#: Files of a series a file, and the column and form of its days.
SERIES = {"cboe": ("DATE", "%m/%d/%Y"), "fred": ("observation_date", None), "breadth": ("session_date", None)}


@dataclass(frozen=True)
class Run:
    """One measured run of one checkout."""

    checkout: str
    evening: str
    wall: float
    cpu: float


def main() -> int:
    """Measure both checkouts by turns."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("other", type=Path, help="another checkout with an environment of its own in .venv")
    parser.add_argument("--folder", type=Path, default=FOLDER, metavar="PATH", help="files of the folder market")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, default=PROJECT_ROOT / "data" / "bench", metavar="PATH")
    options = parser.parse_args()
    checkouts = {"this": PROJECT_ROOT, "other": options.other.resolve()}
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        versions = {"nothing new": root / "before", "one new session": root / "after"}
        for files in versions.values():
            writable_copy(options.folder.resolve(), files)
        cut_newest_session(versions["nothing new"])
        for name, checkout in checkouts.items():
            measured(checkout, root / name, versions["nothing new"])
            shutil.copytree(root / name, root / f"{name} kept")
        runs = []
        for _ in range(options.repeats):
            for evening, files in versions.items():
                for name, checkout in checkouts.items():
                    shutil.rmtree(root / name)
                    # with their times: by these a run knows that the backup is that of the warehouse
                    shutil.copytree(root / f"{name} kept", root / name)
                    runs.append(Run(name, evening, *measured(checkout, root / name, files)))
    found = {evening: medians(runs, evening) for evening in versions}
    print(f"{'evening':<18}{'this':>14}{'other':>14}{'ratio':>8}   (wall-clock, CPU seconds)")
    for evening, of in found.items():
        for kind in ("wall", "cpu"):
            mine, theirs = of[kind]
            bar = f"   (bar {BARS[evening]})" if kind == "wall" else ""
            print(f"{evening + ', ' + kind:<22}{mine:>10.1f}{theirs:>14.1f}{mine / theirs:>8.2f}{bar}")
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "evening.json"
    told = {
        "measured_at": f"{utc_now():%Y-%m-%d %H:%M} UTC",
        "revisions": {name: revision(checkout) for name, checkout in checkouts.items()},
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "runs": [asdict(run) for run in runs],
    }
    path.write_text(json.dumps(told, indent=1))
    print(f"written: {path}")
    return 0


def measured(checkout: Path, data: Path, files: Path) -> tuple[float, float]:
    """Wall-clock and CPU seconds of one run of the folder market of `checkout` on a copy of `files`."""
    folder = data / "files"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(files, folder)
    command = [checkout / ".venv" / "bin" / "market-internals", "run", "--folder", folder, "--data", data / "data"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MARKET_INTERNALS_")}
    with (data / "log").open("w") as log:
        began = perf_counter()
        process = subprocess.Popen(command, cwd=checkout, env=environment, stdout=log, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{checkout} ended with {os.waitstatus_to_exitcode(status)}:\n{(data / 'log').read_text()}")
    return perf_counter() - began, used.ru_utime + used.ru_stime


def writable_copy(files: Path, copy: Path) -> None:
    """Copy a folder that may be read only."""
    shutil.copytree(files, copy)
    for path in [copy, *copy.rglob("*")]:
        path.chmod(path.stat().st_mode | 0o200)


def cut_newest_session(folder: Path) -> None:
    """Leave the folder as it was an evening earlier: without the newest day of its bars and all from then on."""
    bars = pd.read_parquet(folder / "prices.parquet")
    newest = bars["date"].max()
    bars[bars["date"] < newest].to_parquet(folder / "prices.parquet", index=False)
    for below, (column, form) in SERIES.items():
        for path in (folder / below).glob("*.csv"):
            rows = pd.read_csv(path, dtype=str, keep_default_na=False)
            rows[pd.to_datetime(rows[column], format=form) < pd.Timestamp(newest)].to_csv(path, index=False)


def medians(runs: list[Run], evening: str) -> dict[str, tuple[float, float]]:
    """Medians of this and of the other checkout."""
    of = {name: [run for run in runs if (run.checkout, run.evening) == (name, evening)] for name in ("this", "other")}
    return {kind: tuple(median(getattr(run, kind) for run in of[name]) for name in of) for kind in ("wall", "cpu")}


if __name__ == "__main__":
    sys.exit(main())
