"""The shape of every raw table: its key, its values and their SQL types. What is done with them: warehouse.py."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RawTable:
    """Shape of one raw table: its key, and the value columns with their SQL types.

    `described` is the key column that holds the day a row describes. Columns in `fallback` count as a difference only
    where the column they stand in for is missing (adj_close moves with every dividend; that restates nothing).
    """

    name: str
    key: dict[str, str]
    values: dict[str, str]
    described: str = "obs_date"
    fallback: tuple[tuple[str, str], ...] = ()


RAW_TABLES = {
    table.name: table
    for table in (
        RawTable(
            "securities",
            {"symbol": "varchar", "valid_from": "date"},
            {
                "security_id": "integer",
                "name": "varchar",
                "asset_type": "varchar",
                "gics_sector": "varchar",
                "gics_sub_industry": "varchar",
            },
            described="valid_from",
        ),
        RawTable(
            "prices",
            {"security_id": "integer", "obs_date": "date"},
            {
                "open": "double",
                "high": "double",
                "low": "double",
                "close": "double",
                "adj_close": "double",
                "volume": "double",
                "dividend": "double",
                "split": "double",
                "later_splits": "double",
            },
            fallback=(("adj_close", "close"), ("later_splits", "close")),
        ),
        RawTable(
            "index_levels",
            {"series_id": "varchar", "obs_date": "date"},
            {"open": "double", "high": "double", "low": "double", "close": "double"},
        ),
        RawTable("macro_observations", {"series_id": "varchar", "obs_date": "date"}, {"value": "double"}),
        RawTable(
            "positioning",
            {"contract_code": "varchar", "obs_date": "date"},
            {
                "open_interest": "double",
                "dealer_long": "double",
                "dealer_short": "double",
                "asset_manager_long": "double",
                "asset_manager_short": "double",
                "leveraged_long": "double",
                "leveraged_short": "double",
            },
        ),
        RawTable(
            "exchange_breadth",
            {"exchange": "varchar", "obs_date": "date"},
            {"advances": "integer", "declines": "integer", "unchanged": "integer"},
        ),
        RawTable(
            "index_membership",
            {"index_id": "varchar", "security_id": "integer", "valid_from": "date"},
            {"valid_to": "date"},
            described="valid_from",
        ),
        RawTable(
            "index_weights",
            {"index_id": "varchar", "security_id": "integer", "obs_date": "date"},
            {"weight": "double"},
        ),
        RawTable(
            "sessions",
            {"session_date": "date"},
            {
                "session_number": "integer",
                "open_at": "timestamp",
                "close_at": "timestamp",
                "cutoff_at": "timestamp",
                "is_early_close": "boolean",
            },
            described="session_date",
        ),
        RawTable("releases", {"series_id": "varchar", "obs_date": "date"}, {"released_at": "timestamp"}),
    )
}
