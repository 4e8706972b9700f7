"""Cboe's daily index files: VIX family, implied correlation, SKEW, VVIX, DSPX.

Only the close is used: the HIGH of COR1M shows bad prints (526.02 on 2025-04-07).
"""

from collections.abc import Callable, Iterator

import pandas as pd

from ingestion import universe
from ingestion.settings import Settings
from ingestion.sources.base import Delivery, SourceRefused, Window
from ingestion.sources.files import read_table
from ingestion.sources.transport import Web, series_deliveries, whole_lines
from ingestion.tables.cells import month_first

SHAPE = "DATE,OPEN,HIGH,LOW,CLOSE or DATE,<series>"


def parse_levels(content: bytes, series_id: str, origin: str) -> pd.DataFrame:
    """Rows of one index file as index_levels (cells as text) with row_number; raises SourceRefused on another shape."""
    table = read_table(content, origin, expected=SHAPE)
    names = [name.strip().upper() for name in table.columns]
    table.columns = pd.Index(names)
    close = "CLOSE" if "CLOSE" in names else series_id.upper()
    if "DATE" not in names or close not in names:
        raise SourceRefused(f"{origin}: expected columns {SHAPE}; came with {', '.join(names)}")
    return pd.DataFrame(
        {
            "series_id": series_id,
            "obs_date": month_first(table["DATE"]),
            **{name.lower(): table[name] if name in names else None for name in ("OPEN", "HIGH", "LOW")},
            "close": table[close],
            "row_number": table.index + 2,
        }
    )


class CboeSource:
    """Every index of the seed that Cboe supplies; an index that does not come costs only itself."""

    name = "cboe"
    tables = frozenset({"index_levels"})

    def __init__(
        self,
        settings: Settings,
        failed: Callable[[], frozenset[str]] = frozenset,
        web: Web | None = None,
    ) -> None:
        self._address, self._failed = settings.cboe_url.rstrip("/"), failed
        self._web = web or Web(self.name, settings)

    def fetch(self, table: str, window: Window) -> Iterator[Delivery]:
        """One delivery an index; raises SourceError when none came."""
        if table not in self.tables:
            raise ValueError(f"cboe has no table {table!r}")

        def fetch_series(series_id: str) -> pd.DataFrame:
            content = self._web.get(f"{self._address}/{series_id}_History.csv", series_id)
            return parse_levels(whole_lines(content, f"cboe: {series_id}"), series_id, f"cboe: {series_id}")

        yield from series_deliveries(table, tuple(universe.series(self.name)), fetch_series, window, self._failed())
