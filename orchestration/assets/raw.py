"""One asset a raw table: fetched from the market's source, appended, accounted for. Contracts stand in ingestion."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Any

import dagster as dg
import duckdb

from ingestion.loading import Loaded, load, load_calendar
from ingestion.settings import Settings
from ingestion.sources.base import TABLES, Source, SourceError, SourceRefused
from ingestion.tables import RAW_TABLES
from ingestion.warehouse import Warehouse
from orchestration.progress import Progress
from orchestration.resources import Request

#: Without these there is no market: their failure stops the run. Any other table only costs the columns it feeds.
REQUIRED = frozenset({"securities", "prices", "index_membership"})

#: Tables that name securities come after the table that gives them their identity.
NAME_SECURITIES = frozenset({"prices", "index_membership", "index_weights"})

#: What needs no source: computed from the exchange's calendar and the seeds.
CALENDAR = ("sessions", "releases")

#: A long weekend is four days; a table that nobody loaded for longer is stale.
FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=timedelta(days=5), warn_window=timedelta(days=4))

_WORDS = {
    "sessions": "Sessions of the New York Stock Exchange, with the instant each becomes final.",
    "releases": "When each series is expected to be published next.",
    "securities": "Who carries a ticker from when; the integer identity of everything else.",
    "prices": "Daily bars of equities, ETFs and indices, adjusted for splits only.",
    "index_levels": "Levels of Cboe's indices: the VIX family, implied correlation, SKEW.",
    "macro_observations": "Yields, spreads and macro series.",
    "positioning": "Weekly futures positions by kind of trader.",
    "exchange_breadth": "Advancing and declining issues of an exchange.",
    "index_membership": "Dated spells of index membership.",
    "index_weights": "Index weights at dated holdings.",
    "rejected_rows": "Rows that broke their contract, with reason and payload.",
    "ingestion_runs": "One row a batch and table, with its counts.",
}

Sources = Callable[[], Mapping[str, Source]]


def build_raw_assets() -> list[dg.AssetsDefinition]:
    """The calendar, every raw table that a source supplies, and the two accounts that every load writes."""
    return [_calendar(), *(_raw_table(table) for table in TABLES), _accounts()]


def _calendar() -> dg.AssetsDefinition:
    @dg.multi_asset(
        name="raw_calendar",
        specs=[
            dg.AssetSpec(["raw", name], group_name="raw", description=_WORDS[name], freshness_policy=FRESHNESS)
            for name in CALENDAR
        ],
    )
    def raw_calendar(
        warehouse: dg.ResourceParam[Warehouse],
        now: dg.ResourceParam[datetime],
        progress: dg.ResourceParam[Progress],
    ) -> Iterator[dg.MaterializeResult]:
        began = monotonic()
        progress.started("raw.calendar")
        warehouse.create()
        stored = load_calendar(warehouse, now)
        progress.finished("raw.calendar", f"{stored.received:,} rows", monotonic() - began)
        for name in CALENDAR:
            yield dg.MaterializeResult(asset_key=["raw", name], metadata={"dagster/row_count": warehouse.count(name)})

    return raw_calendar


def _raw_table(table: str) -> dg.AssetsDefinition:
    answered = dg.AssetCheckSpec(
        "source_answered",
        asset=dg.AssetKey(["raw", table]),
        description="The source delivered rows of the right shape; while it does not, what is stored stays in use.",
    )

    @dg.asset(
        key=["raw", table],
        group_name="raw",
        description=_WORDS[table],
        deps=[dg.AssetKey(["raw", name]) for name in _before(table)],
        check_specs=[answered],
        freshness_policy=FRESHNESS,
        metadata={"required": table in REQUIRED},
    )
    def raw_table(
        context: dg.AssetExecutionContext,
        settings: dg.ResourceParam[Settings],
        warehouse: dg.ResourceParam[Warehouse],
        sources: dg.ResourceParam[Sources],
        request: Request,
        now: dg.ResourceParam[datetime],
        progress: dg.ResourceParam[Progress],
    ) -> Iterator[dg.MaterializeResult]:
        began = monotonic()
        step = f"raw.{table}"
        progress.started(step)
        warehouse.create()
        try:
            loaded = _load(table, settings, warehouse, sources, request, now, lambda line: progress.moved(step, line))
        except SourceError as error:
            if table in REQUIRED:
                raise
            context.log.warning(str(error))
            progress.finished(step, f"unavailable: {error}", monotonic() - began)
            yield _unavailable(table, warehouse, error)
            return
        progress.finished(step, _summary(loaded), monotonic() - began)
        yield dg.MaterializeResult(
            metadata=_metadata(loaded, warehouse),
            check_results=[dg.AssetCheckResult(passed=True, check_name="source_answered")],
        )

    return raw_table


def _before(table: str) -> tuple[str, ...]:
    """The raw tables that must be in before this one."""
    return ("sessions", "securities") if table in NAME_SECURITIES else ("sessions",)


def _load(
    table: str,
    settings: Settings,
    warehouse: Warehouse,
    sources: Sources,
    request: Request,
    now: datetime,
    progress: Callable[[str], None],
) -> Loaded:
    """Load one table; raises SourceRefused too when it is still empty afterwards."""
    source = sources()[table]
    newest = warehouse.watermarks().get(table)
    window = request.window(settings.market, newest if isinstance(newest, date) else None, now)
    loaded = load(source, table, window, warehouse, now, progress)
    if not loaded.received and newest is None:
        raise SourceRefused(f"{source.name} has no {table.replace('_', ' ')}: expected rows, came none")
    return loaded


def _accounts() -> dg.AssetsDefinition:
    names = ("rejected_rows", "ingestion_runs")

    @dg.multi_asset(
        name="raw_accounts",
        specs=[
            dg.AssetSpec(
                ["raw", name],
                group_name="raw",
                description=_WORDS[name],
                deps=[dg.AssetKey(["raw", table]) for table in TABLES],
            )
            for name in names
        ],
    )
    def accounts(warehouse: dg.ResourceParam[Warehouse]) -> Iterator[dg.MaterializeResult]:
        for name in names:
            with warehouse.reading() as connection:
                stored = connection.table(f"raw.{name}")
                newest = _preview(stored.order("batch_id desc").limit(10))
                metadata: dict[str, Any] = {"dagster/row_count": len(stored), "newest": newest}
            yield dg.MaterializeResult(asset_key=["raw", name], metadata=metadata)

    return accounts


def _metadata(loaded: Loaded, warehouse: Warehouse) -> dict[str, Any]:
    asked = len(loaded.accounts)
    received = sum(account.status == "received" for account in loaded.accounts)
    metadata: dict[str, Any] = {
        "source": loaded.source,
        "received": loaded.received,
        "new": loaded.new,
        "unchanged": loaded.unchanged,
        "restated": loaded.restated,
        "rejected": loaded.rejected,
        "symbols": received,
        "coverage": received / asked if asked else 0.0,
        "last_session": str(loaded.newest) if loaded.newest else "undated",
        "dagster/row_count": warehouse.count(loaded.table),
    }
    missing = [f"{account.symbol} ({account.status})" for account in loaded.accounts if account.status != "received"]
    if missing:
        metadata["not_received"] = ", ".join(missing[:50])
    return metadata | {"preview": _newest_rows(loaded.table, warehouse)}


def _unavailable(table: str, warehouse: Warehouse, error: SourceError) -> dg.MaterializeResult:
    """What is stored stays in use; the check and the metadata say that nothing came."""
    return dg.MaterializeResult(
        metadata={"unavailable": str(error), "dagster/row_count": warehouse.count(table)},
        check_results=[
            dg.AssetCheckResult(
                passed=False,
                check_name="source_answered",
                severity=dg.AssetCheckSeverity.WARN,
                description=str(error),
            )
        ],
    )


def _summary(loaded: Loaded) -> str:
    parts = [f"{loaded.received:,} rows", f"{loaded.new:,} new"]
    parts += [f"{loaded.restated:,} restated"] if loaded.restated else []
    parts += [f"{loaded.rejected:,} rejected"] if loaded.rejected else []
    return ", ".join(parts)


def _newest_rows(table: str, warehouse: Warehouse) -> dg.MarkdownMetadataValue:
    with warehouse.reading() as connection:
        described = RAW_TABLES[table].described
        return _preview(connection.table(f"raw.{table}").order(f"{described} desc").limit(5))


def _preview(rows: duckdb.DuckDBPyRelation) -> dg.MarkdownMetadataValue:
    """The rows of a small DuckDB relation as a Markdown table."""
    frame = rows.df().astype("string").fillna("")
    lines = [frame.columns, ["---"] * len(frame.columns), *frame.itertuples(index=False)]
    cells = [" | ".join(str(cell).replace("|", "\\|")[:80] for cell in line) for line in lines]
    return dg.MetadataValue.md("\n".join(f"| {line} |" for line in cells))
