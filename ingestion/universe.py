"""Who is in the market: reads the seed CSVs that dbt reads too, so that both sides agree on every symbol and series."""

import csv
from datetime import date
from functools import cache

from ingestion.settings import SEEDS
from ingestion.sources.base import SourceRefused

#: Headers of the seeds that a user fills in.
HEADERS = {"renames": ("symbol_old", "symbol_new", "changed_on", "source")}


@cache
def seed(name: str) -> tuple[dict[str, str], ...]:
    """Rows of seeds/universe/<name>.csv as dictionaries of text.

    Raises FileNotFoundError for an unknown seed, SourceRefused for another header than that of HEADERS.
    """
    with (SEEDS / f"{name}.csv").open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        came = tuple(reader.fieldnames or ())
        if name in HEADERS and came != HEADERS[name]:
            expected = ",".join(HEADERS[name])
            raise SourceRefused(f"{name}.csv: expected the header {expected}; came {','.join(came)[:200] or 'none'}")
        return tuple(reader)


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
    """The old and the new ticker of each company that only changed it, newest change first.

    Raises SourceRefused for a file with another header, or a row without both tickers and a day.
    """
    rows = seed("renames")
    for line, row in enumerate(rows, start=2):
        if not (row["symbol_old"] and row["symbol_new"] and _is_day(row["changed_on"])):
            came = ",".join(cell for cell in row.values() if isinstance(cell, str))
            raise SourceRefused(f"renames.csv, line {line}: expected {','.join(HEADERS['renames'])}; came {came[:200]}")
    rows = tuple(sorted(rows, key=lambda row: row["changed_on"], reverse=True))
    return tuple((row["symbol_old"], row["symbol_new"]) for row in rows)


@cache
def calendar_dates(calendar_id: str) -> tuple[dict[str, str], ...]:
    """Rows of seeds/universe/calendar_dates.csv of one calendar, by day described and then by announcement."""
    rows = [row for row in seed("calendar_dates") if row["calendar_id"] == calendar_id]
    return tuple(sorted(rows, key=lambda row: (row["obs_date"], row["announced_on"])))


def compared_series(source: str) -> tuple[str, ...]:
    """Series that `source` ('fred', 'cboe') supplies only to be compared with a second source."""
    seeded = {row["series_id"] for row in seed("series")}
    return tuple(
        row["series_id"] for row in seed("comparisons") if row["source"] == source and row["series_id"] not in seeded
    )


def compared_symbols() -> dict[str, str]:
    """Symbol -> name of every index whose closes are only compared with a series of a second source."""
    return {row["symbol"]: row["name"] for row in seed("comparisons") if row["symbol"] not in instruments()}


def _is_day(text: str | None) -> bool:
    try:
        return bool(date.fromisoformat(text or ""))
    except ValueError:
        return False
