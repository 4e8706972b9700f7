"""What must hold of a run beyond dbt's data tests: the last session is in, enough of it, nothing from later."""

from datetime import date, datetime
from pathlib import Path

import dagster as dg

from ingestion import calendar
from ingestion.settings import DBT_PROJECT, Settings
from ingestion.store.audit import COVERAGE_FLOOR, audit
from ingestion.store.warehouse import Warehouse
from orchestration.assets.models import build_of
from orchestration.resources import LOCAL_MARKETS, Request

PRICES = dg.AssetKey(["raw", "prices"])
BREADTH = dg.AssetKey(["marts", "breadth_daily"])


def build_checks(marts: set[dg.AssetKey], project: Path = DBT_PROJECT) -> list[dg.AssetChecksDefinition]:
    """The checks; those on breadth_daily only when that mart is among `marts`."""
    of_marts = [_coverage(project), _nothing_from_the_future(project)] if BREADTH in marts else []
    return [_last_session_loaded(), *of_marts]


def _last_session_loaded() -> dg.AssetChecksDefinition:
    @dg.asset_check(asset=PRICES, description="The newest finished session has prices; files at hand may end earlier.")
    def last_session_loaded(
        settings: dg.ResourceParam[Settings], warehouse: dg.ResourceParam[Warehouse], now: dg.ResourceParam[datetime]
    ) -> dg.AssetCheckResult:
        newest = warehouse.watermarks().get("prices")
        expected = calendar.last_finished_session(now)
        loaded = isinstance(newest, date) and (newest >= expected or settings.market in LOCAL_MARKETS)
        return dg.AssetCheckResult(
            passed=loaded,
            severity=dg.AssetCheckSeverity.WARN,
            description=f"prices end on {newest}; the last finished session is {expected}",
            metadata={"newest": str(newest), "last_finished_session": str(expected)},
        )

    return last_session_loaded


def _coverage(project: Path) -> dg.AssetChecksDefinition:
    @dg.asset_check(asset=BREADTH, description=f"At least {COVERAGE_FLOOR:.0%} of the universe can be valued.")
    def coverage_above_floor(
        settings: dg.ResourceParam[Settings], request: Request, now: dg.ResourceParam[datetime]
    ) -> dg.AssetCheckResult:
        build = build_of(settings, request, now, project)
        found = audit(build.path, build.as_of or now)
        return dg.AssetCheckResult(
            passed=found.coverage is not None and found.coverage >= COVERAGE_FLOOR,
            severity=dg.AssetCheckSeverity.WARN,
            metadata={"coverage": found.coverage or 0.0, "last_session": str(found.last_session)},
        )

    return coverage_above_floor


def _nothing_from_the_future(project: Path) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=BREADTH, blocking=True, description="No row of a model is known later than the build, nor any session."
    )
    def nothing_from_the_future(
        settings: dg.ResourceParam[Settings], request: Request, now: dg.ResourceParam[datetime]
    ) -> dg.AssetCheckResult:
        build = build_of(settings, request, now, project)
        known_to = build.as_of or now
        found = audit(build.path, known_to)
        early = found.last_session is not None and found.last_session > calendar.to_new_york(known_to).date()
        return dg.AssetCheckResult(
            passed=not found.from_the_future and not early,
            metadata={
                "rows_known_later": sum(found.from_the_future.values()),
                "tables": ", ".join(found.from_the_future) or "none",
                "last_session": str(found.last_session),
            },
        )

    return nothing_from_the_future
