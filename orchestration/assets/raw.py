"""One asset per raw table: fetched from the market's source, appended, logged. Contracts are in ingestion/tables."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import dagster as dg
import duckdb

from ingestion import overlay, universe
from ingestion.clock import require_plausible
from ingestion.loading import Loaded, load_calendar
from ingestion.rereading import load_changed
from ingestion.settings import Settings
from ingestion.sources.base import Source, SourceError, SourceRefused
from ingestion.store import identity
from ingestion.store.recovery import ensure_readable
from ingestion.store.warehouse import Warehouse
from ingestion.tables import CALENDAR, LOG_TABLES, RAW_TABLES, TABLES
from orchestration.part_runs import unpublished
from orchestration.progress import Progress
from orchestration.resources import LOCAL_MARKETS, Lock, Request

#: Without these there is no market: their failure stops the run, unless it is a distant source of which something is
#: stored, which may be down for a day. Any other table only costs the columns it feeds.
REQUIRED = frozenset({"securities", "prices", "index_membership"})

#: Name of the check that a source delivered everything requested; its description says what did not come.
ANSWERED = "source_answered"

#: What became of a name that ought to have come; nothing in the window, or a departed company, is no failure.
FAILED = frozenset({"unavailable", "refused"})

#: A larger share of the rows that came is not set aside without a word at the end of the run.
SET_ASIDE_SHARE = 0.01

#: A long weekend is four days; a table that nobody loaded for longer is stale.
FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=timedelta(days=5), warn_window=timedelta(days=4))

Sources = Callable[[], Mapping[str, Source]]


def build_raw_assets() -> list[dg.AssetsDefinition]:
    """The calendar, every raw table that a source supplies, and the two accounts that every load writes."""
    return [_calendar(), *(_raw_table(table) for table in TABLES), _accounts()]


def _calendar() -> dg.AssetsDefinition:
    @dg.multi_asset(
        name="raw_calendar",
        specs=[
            dg.AssetSpec(
                ["raw", name], group_name="raw", description=RAW_TABLES[name].meaning, freshness_policy=FRESHNESS
            )
            for name in CALENDAR
        ],
    )
    def raw_calendar(
        context: dg.AssetExecutionContext,
        settings: dg.ResourceParam[Settings],
        warehouse: dg.ResourceParam[Warehouse],
        request: Request,
        now: dg.ResourceParam[datetime],
        progress: dg.ResourceParam[Progress],
        lock: dg.ResourceParam[Lock],
    ) -> Iterator[dg.MaterializeResult[None]]:
        began = monotonic()
        progress.started("raw.calendar")
        require_plausible(now, None)
        universe.renames()  # a file that the user fills in is refused before anything is requested
        if mended := ensure_readable(settings):
            context.log.warning(f"the warehouse was {mended}")
            progress.finished("warehouse", mended, monotonic() - began)
        overlay.read(settings)  # so is a file of the user's own things
        warehouse.create()
        if request.folder_moved:
            identity.adopt(settings, warehouse)
        identity.require_own(settings, warehouse, now)
        if request.clock_is_right and (dated := identity.date_back(warehouse, now)):
            progress.finished("warehouse", f"{dated:,} rows that were stored later than now are dated to now", 0)
        require_plausible(now, identity.newest_stored(warehouse))
        stored = load_calendar(warehouse, now)
        progress.finished("raw.calendar", f"{stored.received:,} rows", monotonic() - began)
        notice = unpublished(context)
        for name in CALENDAR:
            metadata = {"dagster/row_count": warehouse.count(name), **notice}
            yield dg.MaterializeResult(asset_key=["raw", name], metadata=metadata)

    return raw_calendar


def _raw_table(table: str) -> dg.AssetsDefinition:
    answered = dg.AssetCheckSpec(
        ANSWERED,
        asset=dg.AssetKey(["raw", table]),
        description="Everything requested came, in the right shape; until it does, what is stored stays in use.",
    )

    @dg.asset(
        key=["raw", table],
        group_name="raw",
        description=RAW_TABLES[table].meaning,
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
        lock: dg.ResourceParam[Lock],
    ) -> Iterator[dg.MaterializeResult[None]]:
        began = monotonic()
        step = f"raw.{table}"
        progress.started(step)
        warehouse.create()
        is_stored = warehouse.count(table) > 0
        window = request.window(settings.market, now)
        try:
            source = sources().get(table)
            loaded = source and load_changed(
                source, table, window, warehouse, now, lambda line: progress.moved(step, line)
            )
            if table in REQUIRED and not is_stored and not (loaded and loaded.received):
                raise SourceRefused(f"{settings.market} has no {table.replace('_', ' ')}: expected rows, came none")
        except SourceError as error:
            is_own_file = settings.market in LOCAL_MARKETS and isinstance(error, SourceRefused)
            if is_own_file or (table in REQUIRED and (settings.market in LOCAL_MARKETS or not is_stored)):
                raise
            missing, summary = str(error), f"unavailable: {error}"
            metadata: dict[str, Any] = {"unavailable": str(error)}
        else:
            missing = incomplete(loaded) if loaded else ""
            summary = _summary(loaded) if loaded else f"the market {settings.market} has no source of it"
            metadata = _metadata(loaded) if loaded else {}
        if missing:
            context.log.warning(missing)
        progress.finished(step, summary, monotonic() - began)
        metadata |= {"dagster/row_count": warehouse.count(table), "preview": _newest_rows(table, warehouse)}
        metadata |= unpublished(context)
        yield dg.MaterializeResult(
            metadata=metadata,
            check_results=[
                dg.AssetCheckResult(
                    passed=not missing,
                    check_name=ANSWERED,
                    severity=dg.AssetCheckSeverity.WARN,
                    description=missing or None,
                )
            ],
        )

    return raw_table


def _before(table: str) -> tuple[str, ...]:
    """The raw tables that must be in before this one."""
    return ("sessions", "securities") if RAW_TABLES[table].names_securities else ("sessions",)


def _accounts() -> dg.AssetsDefinition:
    names = ("rejected_rows", "ingestion_runs")

    @dg.multi_asset(
        name="raw_accounts",
        specs=[
            dg.AssetSpec(
                ["raw", name],
                group_name="raw",
                description=LOG_TABLES[name].meaning,
                deps=[dg.AssetKey(["raw", table]) for table in TABLES],
            )
            for name in names
        ],
    )
    def accounts(
        context: dg.AssetExecutionContext, warehouse: dg.ResourceParam[Warehouse]
    ) -> Iterator[dg.MaterializeResult[None]]:
        notice = unpublished(context)
        for name in names:
            with warehouse.reading() as connection:
                stored = connection.table(f"raw.{name}")
                newest = _preview(stored.order("batch_id desc").limit(10))
                metadata: dict[str, Any] = {"dagster/row_count": len(stored), "newest": newest, **notice}
            yield dg.MaterializeResult(asset_key=["raw", name], metadata=metadata)

    return accounts


def incomplete(loaded: Loaded) -> str:
    """Which names of an answer did not come, and which rows were set aside, in a sentence; '' when all is in."""
    sentences = [loaded.missing] if loaded.missing else []
    if failed := [account for account in loaded.accounts if account.status in FAILED]:
        names = ", ".join(account.symbol for account in failed[:5]) + (" and others" if len(failed) > 5 else "")
        sentences.append(f"{failed[0].message} ({len(failed)} of {len(loaded.accounts)} did not come: {names})")
    if loaded.rejected > SET_ASIDE_SHARE * loaded.received:
        reasons = ", ".join(f"{reason} ({rows:,})" for reason, rows in loaded.reasons.items())
        what = loaded.table.replace("_", " ")
        sentences.append(f"{loaded.rejected:,} of {loaded.received:,} rows of {what} were set aside: {reasons}")
    return "; ".join(sentences)


def unanswered(evaluations: Iterable[dg.AssetCheckEvaluation]) -> list[str]:
    """What did not come in a run, in sentences, by the checks of its raw tables."""
    silent = (check for check in evaluations if check.check_name == ANSWERED and not check.passed)
    return list(dict.fromkeys(check.description or "" for check in silent))


def _metadata(loaded: Loaded) -> dict[str, Any]:
    requested = len(loaded.accounts)
    received = sum(account.status == "received" for account in loaded.accounts)
    metadata: dict[str, Any] = {
        "source": loaded.source,
        "received": loaded.received,
        "new": loaded.new,
        "unchanged": loaded.unchanged,
        "restated": loaded.restated,
        "rejected": loaded.rejected,
        "symbols": received,
        "coverage": received / requested if requested else 0.0,
        "last_session": str(loaded.newest) if loaded.newest else "undated",
    }
    missing = [f"{account.symbol} ({account.status})" for account in loaded.accounts if account.status != "received"]
    if missing:
        metadata["not_received"] = ", ".join(missing[:50])
    return metadata


def _summary(loaded: Loaded) -> str:
    if not loaded.read:
        return f"{loaded.received:,} rows, from files that have not changed"
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
