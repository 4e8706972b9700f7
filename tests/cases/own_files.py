"""Files of a small folder market, written as a user would have them, and one raw table loaded from them.

`python -m tests.cases.own_files FOLDER...` loads the bars of each folder, for a process that needs a time zone of its
own. Not a test itself.
"""

import json
import sys
import tempfile
import zlib
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from ingestion import calendar, loading
from ingestion.settings import Settings
from ingestion.sources.base import Window
from ingestion.sources.folder import FolderSource
from ingestion.store.warehouse import Warehouse

#: The newest session of the files.
LAST = date(2025, 3, 6)

#: The evening on which one table is loaded, naive UTC.
EVENING = datetime(2025, 3, 7, 23, 30)


def sessions(count: int) -> list[date]:
    """The last `count` sessions up to LAST, oldest first."""
    days = calendar.sessions(LAST.year)["session_date"]
    return list(days[days <= LAST])[-count:]


def bars(symbols: Sequence[str], days: Sequence[date]) -> pd.DataFrame:
    """A random walk a symbol, the same each time, as rows of prices.csv; no split, no dividend."""
    frames = []
    for symbol in symbols:
        rng = np.random.default_rng(zlib.crc32(symbol.encode()))
        close = (100 * np.exp(np.cumsum(rng.normal(0.0004, 0.012, len(days))))).round(2)
        columns = {"symbol": symbol, "date": days, "open": close, "high": close, "low": close, "close": close}
        frames.append(pd.DataFrame({**columns, "adj_close": close, "volume": 1_000_000, "dividend": "", "split": ""}))
    return pd.concat(frames, ignore_index=True)


def write_members(folder: Path, members: Sequence[str]) -> None:
    """membership/ of a folder market: each name in the index since before its first bar."""
    (folder / "membership").mkdir(parents=True)
    stays = pd.DataFrame({"index_id": "SP500", "symbol": members, "valid_from": "2015-01-02", "valid_to": ""})
    stays.to_csv(folder / "membership" / "index_membership.csv", index=False)
    names = pd.DataFrame({"symbol": members, "name": members, "gics_sector": "Energy", "gics_sub_industry": "Made-up"})
    names.to_csv(folder / "membership" / "securities.csv", index=False)


def stored(folder: Path, table: str, *columns: str) -> list[tuple]:
    """The rows of a raw table after one load from `folder` into an empty warehouse, oldest first, days as text."""
    with tempfile.TemporaryDirectory() as data:
        warehouse = Warehouse(Settings(data=Path(data), market="folder", folder=folder))
        warehouse.create()
        for name in ("securities", table):
            loading.load(FolderSource(folder), name, Window(date(1990, 1, 2), LAST), warehouse, EVENING)
        with warehouse.reading() as connection:
            return connection.execute(
                f"select obs_date::varchar, {', '.join(columns)} from raw.{table} order by obs_date"
            ).fetchall()


if __name__ == "__main__":
    sys.stdout.write(json.dumps([stored(Path(folder), "prices", "close") for folder in sys.argv[1:]]))
