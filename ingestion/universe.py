"""Who is in the market: reads the seed CSVs that dbt reads too, so that both sides agree on every symbol and series."""

import csv
from functools import cache

from ingestion.settings import SEEDS


@cache
def seed(name: str) -> tuple[dict[str, str], ...]:
    """Rows of seeds/universe/<name>.csv as dictionaries of text; raises FileNotFoundError for an unknown seed."""
    with (SEEDS / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return tuple(csv.DictReader(file))


def instruments() -> dict[str, dict[str, str]]:
    """Symbol -> seed row (name, asset_type, role) of every instrument that the marts name."""
    return {row["symbol"]: row for row in seed("instruments")}


def series(source: str) -> dict[str, dict[str, str]]:
    """Series id -> seed row of every level series that `source` ('fred', 'cboe') supplies."""
    return {row["series_id"]: row for row in seed("series") if row["source"] == source}


def lag_rules() -> dict[str, str]:
    """Series id -> the rule of calendar.known_at by which its values are known."""
    return {row["series_id"]: row["lag_rule"] for row in seed("series")}


def contracts() -> tuple[str, ...]:
    """CFTC contract codes that the marts follow."""
    return tuple(row["contract_code"] for row in seed("contracts"))


def renames() -> tuple[tuple[str, str], ...]:
    """The old and the new ticker of each company that only changed it, newest change first."""
    rows = sorted(seed("renames"), key=lambda row: row["changed_on"], reverse=True)
    return tuple((row["symbol_old"], row["symbol_new"]) for row in rows)


@cache
def calendar_dates(calendar_id: str) -> tuple[dict[str, str], ...]:
    """Rows of seeds/universe/calendar_dates.csv of one calendar, by day described and then by announcement."""
    rows = [row for row in seed("calendar_dates") if row["calendar_id"] == calendar_id]
    return tuple(sorted(rows, key=lambda row: (row["obs_date"], row["announced_on"])))
