"""A folder with one large prices.csv: time and memory of the first run, beside polars reading and aggregating the same.

Polars gives the numbers that breadth starts from (advances, declines, the share above each average, the mean return of
each day) and stores nothing. Prints a table and writes JSON to data/bench/.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd

from ingestion import calendar
from ingestion.clock import utc_now
from ingestion.settings import PROJECT_ROOT
from orchestration.assets.publication import revision

#: What a person would write for the same numbers; a process of its own, so that its memory is its own.
IN_POLARS = """
import sys
import polars as pl

column = pl.col
steps = column.close - column.close.shift(1).over("symbol")
averages = {length: column.close.rolling_mean(length).over("symbol") for length in (20, 50, 100, 200)}
days = (
    pl.scan_csv(sys.argv[1], try_parse_dates=True)
    .sort("symbol", "date")
    .with_columns(
        step=steps,
        price_return=column.close.pct_change().over("symbol"),
        **{f"above_{length}": column.close > average for length, average in averages.items()},
    )
    .group_by("date")
    .agg(
        (column.step > 0).sum().alias("advances"),
        (column.step < 0).sum().alias("declines"),
        column.price_return.mean(),
        *[column(f"above_{length}").mean() for length in averages],
    )
    .sort("date")
    .collect()
)
assert len(days)
"""


def main() -> int:
    """Write the file, run the command and polars on it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--sessions", type=int, default=3_800)
    parser.add_argument("--out", type=Path, default=PROJECT_ROOT / "data" / "bench", metavar="PATH")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "files"
        folder.mkdir()
        rows = write(folder / "prices.csv", options.rows, options.sessions)
        polars_seconds, polars_bytes = child([sys.executable, "-c", IN_POLARS, str(folder / "prices.csv")])
        command = [sys.executable, "-m", "orchestration.cli", "run", "--folder", str(folder), "--data", place]
        own_seconds, own_bytes = child(command)
    found = {
        "rows": rows,
        "run_seconds": own_seconds,
        "run_bytes": own_bytes,
        "polars_seconds": polars_seconds,
        "polars_bytes": polars_bytes,
    }
    print(f"{rows:,} rows")
    print(f"{'market-internals run':<24}{own_seconds:>8.1f} s{own_bytes / 1e9:>8.2f} GB   (bar 1.50 GB)")
    print(f"{'polars, nothing stored':<24}{polars_seconds:>8.1f} s{polars_bytes / 1e9:>8.2f} GB")
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "own_file.json"
    told = {"measured_at": f"{utc_now():%Y-%m-%d %H:%M} UTC", "revision": revision(PROJECT_ROOT), **found}
    path.write_text(json.dumps(told | {"cores": os.cpu_count(), "load": os.getloadavg()[0]}, indent=1) + "\n")
    print(f"written: {path}")
    return 0


def write(path: Path, rows: int, sessions: int) -> int:
    """Write closes of so many rows, the names a block each; returns how many rows were written."""
    last = pd.Timestamp(utc_now()).year - 1
    days = calendar.sessions(last)["session_date"].tail(sessions).astype(str).to_numpy()
    draw = np.random.default_rng(5)
    with path.open("w", encoding="utf-8") as file:
        file.write("symbol,date,close\n")
        for number in range(rows // sessions):
            closes = 50 * np.exp(np.cumsum(draw.normal(0.0003, 0.02, sessions)))
            file.writelines(f"N{number:05},{day},{close:.4f}\n" for day, close in zip(days, closes, strict=True))
    return rows // sessions * sessions


def child(command: list[str]) -> tuple[float, int]:
    """Seconds and the largest resident set (bytes) of a command."""
    began = perf_counter()
    process = subprocess.Popen(command, cwd=PROJECT_ROOT, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command[:4]} ended with {os.waitstatus_to_exitcode(status)}")
    return perf_counter() - began, usage.ru_maxrss * 1024


if __name__ == "__main__":
    sys.exit(main())
