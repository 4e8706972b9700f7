"""What a user waits for: `market-internals run` on the sample market, split into its parts, beside `dbt build` alone.

Both run as commands, in an environment that has run before: Python's and dbt's caches are warm. Prints medians and
writes JSON to data/bench/.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.steps import FOLDER
from ingestion.clock import utc_now
from ingestion.settings import DBT_PROJECT, PROJECT_ROOT, Settings
from orchestration import dbt
from orchestration.assets.publication import revision

#: A line of the console: step, seconds, what became of it.
STEP = re.compile(r"^  (\S.*?) +(\d+\.\d) s")

PARTS = ("start-up", "ingest", "dbt", "tests", "publish")


def main() -> int:
    """Run both as often as asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--market", choices=("sample", "folder"), default="sample")
    parser.add_argument("--folder", type=Path, default=FOLDER, metavar="PATH", help="files of the folder market")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, default=PROJECT_ROOT / "data" / "bench", metavar="PATH")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as data:
        folder = options.folder.resolve() if options.market == "folder" else None
        settings = Settings(data=Path(data), market=options.market, folder=folder)
        run(settings)
        # by turns, so that a machine that slows down slows both
        rounds = [(run(settings), dbt_alone(settings)) for _ in range(options.repeats)]
        runs, builds = [first for first, _ in rounds], [second for _, second in rounds]
        helped = [timed([sys.executable, "-m", "orchestration.cli", "--help"])[0] for _ in range(options.repeats)]
    found = {part: median(one[part] for one in runs) for part in (*PARTS, "whole")}
    found |= {"dbt build alone": median(builds), "--help": median(helped)}
    for part, seconds in found.items():
        print(f"{part:<18}{seconds:>8.2f} s")
    print(f"{'run / dbt build':<18}{found['whole'] / found['dbt build alone']:>8.2f}    (bar 1.50)")
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / f"whole_run_{options.market}.json"
    told = {
        "measured_at": f"{utc_now():%Y-%m-%d %H:%M} UTC",
        "revision": revision(PROJECT_ROOT),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "repeats": options.repeats,
        "medians": found,
    }
    path.write_text(json.dumps(told, indent=1) + "\n")
    print(f"written: {path}")
    return 0


def run(settings: Settings) -> dict[str, float]:
    """One run of the command: seconds of each part; start-up is what no step accounts for."""
    command = [sys.executable, "-m", "orchestration.cli", "run", "--market", settings.market]
    command += ["--data", str(settings.data)] + (["--folder", str(settings.folder)] if settings.folder else [])
    whole, said = timed(command)
    parts = dict.fromkeys(PARTS, 0.0)
    for line in said.splitlines():
        if step := STEP.match(line):
            parts[_part(step[1])] += float(step[2])
    return parts | {"start-up": whole - sum(parts.values()), "whole": whole}


def _part(step: str) -> str:
    if step.startswith("raw."):
        return "ingest"
    return {"data tests": "tests", "published": "publish"}.get(step, "dbt")


def dbt_alone(settings: Settings) -> float:
    """Seconds of `dbt build` as a command on the same project, database and caches."""
    build = dbt.Build(settings, settings.warehouse_path)
    command = [sys.executable, "-c", "from dbt.cli.main import cli; cli()", "build", *dbt.EVERY_BUILD]
    command += ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    command += ["--target-path", str(build.target), "--log-path", str(build.target / "logs")]
    return timed([*command, "--vars", build.variables()])[0]


def timed(command: list[str]) -> tuple[float, str]:
    """Seconds and output of a command that has to succeed."""
    began = perf_counter()
    done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    return perf_counter() - began, done.stdout


if __name__ == "__main__":
    sys.exit(main())
