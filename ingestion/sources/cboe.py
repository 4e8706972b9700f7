"""Cboe's daily index files: VIX family, implied correlation, SKEW, VVIX, DSPX.

Only the close is used: the HIGH of COR1M shows bad prints (526.02 on 2025-04-07).
"""

import pandas as pd

from ingestion.sources.base import SourceRefused
from ingestion.sources.text import read_table

SHAPE = "DATE,OPEN,HIGH,LOW,CLOSE or DATE,<series>"


def parse_levels(content: bytes, series_id: str, origin: str) -> pd.DataFrame:
    """Rows of one index file as index_levels (cells as text) with row_number; raises SourceRefused on another shape."""
    table = read_table(content, origin, expected=SHAPE)
    names = [name.strip().upper() for name in table.columns]
    table.columns = pd.Index(names)
    close = "CLOSE" if "CLOSE" in names else series_id.upper()
    if "DATE" not in names or close not in names:
        raise SourceRefused(f"{origin}: expected columns {SHAPE}; came with {', '.join(names)}")
    dates = pd.to_datetime(table["DATE"], format="%m/%d/%Y", errors="coerce")
    return pd.DataFrame(
        {
            "series_id": series_id,
            "obs_date": dates.astype("object").where(dates.notna(), table["DATE"]),
            **{name.lower(): table[name] if name in names else None for name in ("OPEN", "HIGH", "LOW")},
            "close": table[close],
            "row_number": table.index + 2,
        }
    )
