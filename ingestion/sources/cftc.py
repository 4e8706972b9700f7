"""The CFTC's Traders in Financial Futures report, futures only: weekly long and short positions by kind of trader."""

import pandas as pd

from ingestion.sources.base import COLUMNS, SourceRefused
from ingestion.sources.text import read_table

#: Our column -> the CFTC's. Long and short are both positive; spreading is a third column that nets to nothing.
FIELDS = {
    "contract_code": "CFTC_Contract_Market_Code",
    "obs_date": "Report_Date_as_YYYY-MM-DD",
    "open_interest": "Open_Interest_All",
    "dealer_long": "Dealer_Positions_Long_All",
    "dealer_short": "Dealer_Positions_Short_All",
    "asset_manager_long": "Asset_Mgr_Positions_Long_All",
    "asset_manager_short": "Asset_Mgr_Positions_Short_All",
    "leveraged_long": "Lev_Money_Positions_Long_All",
    "leveraged_short": "Lev_Money_Positions_Short_All",
}
REQUIRED = ("contract_code", "obs_date", "open_interest")


def parse_positioning(content: bytes, contracts: tuple[str, ...], origin: str) -> pd.DataFrame:
    """Rows of the followed `contracts` as positioning (cells as text) with row_number.

    A subset of the position columns is fine, missing ones are NULL; raises SourceRefused when a key column is missing.
    """
    expected = f"the columns {', '.join(FIELDS[name] for name in REQUIRED)} and positions"
    table = read_table(content, origin, expected=expected)
    table.columns = table.columns.str.strip()
    missing = [FIELDS[name] for name in REQUIRED if FIELDS[name] not in table]
    if missing:
        came = ", ".join(table.columns)[:200]
        raise SourceRefused(f"{origin}: expected {expected}; missing {', '.join(missing)}, came with {came}")
    rows = pd.DataFrame(
        {
            name: table[FIELDS[name]].str.strip() if FIELDS[name] in table else pd.Series(pd.NA, table.index, "string")
            for name in COLUMNS["positioning"]
        }
    ).assign(row_number=table.index + 2)
    return rows[rows["contract_code"].isin(contracts)]
