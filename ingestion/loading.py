"""One table of one source: fetched, held against its contract, dated, appended, and accounted for in the run log."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

from ingestion import calendar, universe
from ingestion.sources.base import Account, Source, SourceError, SourceUnavailable, Window
from ingestion.store.warehouse import Appended, Warehouse
from ingestion.tables import contracts

#: When a row without a known_at of its own is known, by table; series have rules of their own in the seed.
KNOWN_AT = {
    "securities": "same_day 00:00",
    "prices": "same_day 18:00",
    "index_levels": "calendar_day 08:00",
    "macro_observations": "federal_business_day 17:00",
    "exchange_breadth": "same_day 18:00",
    "index_membership": "same_day 09:30",
    "index_weights": "calendar_day 08:00",
}


@dataclass(frozen=True)
class Loaded:
    """What one load did: received = new + unchanged + restated + rejected."""

    table: str
    source: str
    batch_id: int
    received: int
    new: int
    unchanged: int
    restated: int
    rejected: int
    newest: date | None
    accounts: tuple[Account, ...]


def load(
    source: Source,
    table: str,
    window: Window,
    warehouse: Warehouse,
    now: datetime,
    progress: Callable[[str], None] = lambda line: None,
) -> Loaded:
    """Load `table` from `source` within `window`; `now` is naive UTC.

    Rows go in delivery by delivery, each all or nothing, so that what was fetched before an error is kept. Raises
    SourceError after logging it: nothing already stored is touched.
    """
    batch_id = warehouse.next_batch()
    circumstances = contracts.Circumstances(
        today=calendar.to_new_york(now).date(),
        sessions=pd.DatetimeIndex(calendar.sessions(now.year)["session_date"]),
        indices=warehouse.symbols("index"),
    )
    total, rejected, newest = Appended(), 0, None
    accounts: list[Account] = []
    notes: list[str] = []

    def log(status: str, message: str) -> None:
        warehouse.log_run(
            {
                "batch_id": batch_id,
                "source": source.name,
                "table_name": table,
                "started_at": now,
                "finished_at": now + (datetime.now() - started),
                "status": status,
                "message": message,
                "asked": len(accounts),
                "received": total.received + rejected,
                "new": total.new,
                "unchanged": total.unchanged,
                "restated": total.restated,
                "rejected": rejected,
                "window_start": window.start,
                "window_end": window.end,
                "newest_obs_date": newest,
                "accounts": json.dumps([vars(account) for account in accounts if account.status != "received"]),
            }
        )

    started = datetime.now()
    try:
        for delivery in source.fetch(table, window):
            checked = contracts.check(table, delivery.frame, circumstances, delivery.origin)
            dated = _dated(table, checked.accepted)
            appended = warehouse.append(table, dated, source=source.name, batch_id=batch_id, ingested_at=now)
            warehouse.reject(
                checked.rejected, source=source.name, table=table, origin=delivery.origin, batch_id=batch_id, at=now
            )
            total += appended + Appended(checked.repeated, 0, checked.repeated, 0)
            rejected += len(checked.rejected)
            accounts.extend(delivery.accounts)
            notes.extend(filter(None, [delivery.note]))
            newest = max(filter(None, (newest, _newest(checked.accepted))), default=None)
            of_all = f"{len(accounts):,} of {delivery.asked:,} asked, " if delivery.asked else ""
            progress(f"{table}: {of_all}{total.received + rejected:,} rows")
    except SourceError as error:
        log("unavailable" if isinstance(error, SourceUnavailable) else "refused", str(error))
        raise
    log("ok", "; ".join(notes))
    return Loaded(
        table=table,
        source=source.name,
        batch_id=batch_id,
        received=total.received + rejected,
        new=total.new,
        unchanged=total.unchanged,
        restated=total.restated,
        rejected=rejected,
        newest=newest,
        accounts=tuple(accounts),
    )


def load_calendar(warehouse: Warehouse, now: datetime) -> Appended:
    """Store sessions and expected releases of every series to the end of next year, so that SQL shares the clock."""
    always = {"known_at": datetime(1900, 1, 1), "vintage_stated": False}
    sessions = calendar.sessions(now.year + 1).assign(**always)
    releases = calendar.releases(universe.seed("series"), universe.positioning_releases(), now.year + 1).assign(
        **always
    )
    stored = Appended()
    for table, frame in (("sessions", sessions), ("releases", releases)):
        stored += warehouse.append(table, frame, source="calendar", batch_id=0, ingested_at=now)
    return stored


def _dated(table: str, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with known_at (naive UTC) and whether the source stated it itself."""
    if "known_at" in rows:
        return rows.assign(vintage_stated=True)
    if table == "positioning":
        known = calendar.positioning_known_at(rows["obs_date"], universe.positioning_releases())
    elif "series_id" in rows:
        rules = rows["series_id"].map(universe.lag_rules()).fillna(KNOWN_AT[table])
        known = pd.concat(
            [calendar.known_at(rule, days) for rule, days in rows["obs_date"].groupby(rules)]
            or [pd.Series(dtype="datetime64[us]")]
        )
    else:
        described = "obs_date" if "obs_date" in rows else "valid_from"
        known = calendar.known_at(KNOWN_AT[table], rows[described])
    return rows.assign(known_at=known, vintage_stated=False)


def _newest(accepted: pd.DataFrame) -> date | None:
    return accepted["obs_date"].max().date() if "obs_date" in accepted and not accepted.empty else None
