"""FRED's series as CSV: one file a series, `observation_date,<SERIES>`; a missing value is empty or '.'."""

from collections.abc import Iterator

import pandas as pd

from ingestion import universe
from ingestion.settings import Settings
from ingestion.sources.base import Delivery, SourceRefused, Window
from ingestion.sources.files import read_table
from ingestion.sources.transport import Web, series_deliveries, whole_lines


def parse_observations(content: bytes, series_id: str, origin: str) -> pd.DataFrame:
    """Rows of one series as macro_observations (cells as text) with row_number; raises SourceRefused otherwise."""
    expected = f"observation_date,{series_id}"
    table = read_table(content, origin, expected=expected)
    if list(table.columns[:2]) != ["observation_date", series_id]:
        raise SourceRefused(f"{origin}: expected columns {expected}; came with {', '.join(map(str, table.columns))}")
    return pd.DataFrame(
        {
            "series_id": series_id,
            "obs_date": table["observation_date"],
            "value": table[series_id],
            "row_number": table.index + 2,
        }
    )


class FredSource:
    """Every series of the seed that FRED supplies; a series that does not come costs only itself.

    The files come whole, revisions included; a rolling window (the ICE BofA spreads) deletes nothing that is stored.
    """

    name = "fred"
    tables = frozenset({"macro_observations"})

    def __init__(self, settings: Settings, web: Web | None = None) -> None:
        self._address = settings.fred_url
        self._web = web or Web(self.name, settings)

    def fetch(self, table: str, window: Window) -> Iterator[Delivery]:
        """One delivery a series; raises SourceError when none came."""
        if table not in self.tables:
            raise ValueError(f"fred has no table {table!r}")

        def fetch_series(series_id: str) -> pd.DataFrame:
            content = self._web.get(self._address, series_id, id=series_id)
            return parse_observations(whole_lines(content, f"fred: {series_id}"), series_id, f"fred: {series_id}")

        yield from series_deliveries(table, tuple(universe.series(self.name)), fetch_series, window)
