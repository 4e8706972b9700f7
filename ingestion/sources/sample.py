"""The `sample` source: hands out the synthetic market of sources/simulation, table by table, offline.

Nothing is simulated here; this file only cuts the finished frames to the requested window and accounts for each name.
"""

from collections.abc import Iterator
from functools import cached_property

import pandas as pd

from ingestion.sources.base import Account, Delivery, Window
from ingestion.sources.simulation.frames import MadeUpMarket, simulate
from ingestion.tables import COLUMNS, TABLES

#: Symbols in one delivery of prices: a few frames of some 100,000 rows, small enough to check, large enough to be fast.
SYMBOLS_A_DELIVERY = 60


class SampleSource:
    """A deterministic market with planted truths (simulation/truths.csv); another `seed` draws another one."""

    name = "sample"
    tables = frozenset(TABLES)

    def __init__(self, seed: int = 20241227) -> None:
        self.seed = seed

    @cached_property
    def market(self) -> MadeUpMarket:
        """The simulation behind all tables, run once."""
        return simulate(self.seed)

    def fetch(self, table: str, window: Window) -> Iterator[Delivery]:
        """Yield deliveries of `table` whose obs_date lies in `window`; raises ValueError for a table we do not know."""
        if table not in COLUMNS:
            raise ValueError(f"the sample market has no table {table!r}; it has {', '.join(TABLES)}")
        if table == "prices":
            yield from self._prices(window)
            return
        frame = getattr(self.market, table)
        if "obs_date" in frame:
            frame = _within(frame, window)
        yield _delivery(table, frame, f"sample/{table}", COLUMNS[table][0])

    def fingerprint(self, table: str) -> str:
        """The seed: all else that the market is made of is code."""
        return f"{table} {self.seed}"

    def _prices(self, window: Window) -> Iterator[Delivery]:
        bars = _within(self.market.prices, window)
        every = self.market.bars.symbols
        # frames are sorted by symbol, so a batch is one slice
        named = bars["symbol"].to_numpy(dtype=object)
        for number, start in enumerate(range(0, len(every), SYMBOLS_A_DELIVERY), start=1):
            symbols = tuple(every[start : start + SYMBOLS_A_DELIVERY])
            first, after = named.searchsorted(symbols[0]), named.searchsorted(symbols[-1], side="right")
            yield _delivery("prices", bars.iloc[first:after], f"sample/prices/{number}", "symbol", symbols)
        corrected = _within(self.market.corrections, window)
        if len(corrected):
            yield _delivery("prices", corrected, "sample/prices/corrections", "symbol")


def _within(frame: pd.DataFrame, window: Window) -> pd.DataFrame:
    return frame[frame["obs_date"].between(pd.Timestamp(window.start), pd.Timestamp(window.end))]


def _delivery(
    table: str, frame: pd.DataFrame, origin: str, key: str, requested: tuple[str, ...] | None = None
) -> Delivery:
    """Wrap a frame with one account per name: empty where a requested name has no row in the window."""
    rows = frame[key].value_counts(sort=False)
    names = sorted(rows.index) if requested is None else requested
    accounts = tuple(
        Account(name, "received" if name in rows.index else "empty", int(rows.get(name, 0))) for name in names
    )
    return Delivery(table, frame[[*COLUMNS[table], "known_at"]].reset_index(drop=True), origin, accounts)
