"""FRED's series as CSV: one file a series, `observation_date,<SERIES>`; a missing value is empty or '.'."""

import pandas as pd

from ingestion.sources.base import SourceRefused
from ingestion.sources.text import read_table


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
