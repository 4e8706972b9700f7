"""Loads one table from one source: fetch, check the contract, date, append, and log in raw.ingestion_runs."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

import pandas as pd

from ingestion import calendar, releases, universe
from ingestion.sources.base import Account, Delivery, Source, SourceError, SourceRefused, SourceUnavailable, Window
from ingestion.store.vintages import Appended
from ingestion.store.warehouse import Warehouse
from ingestion.tables import RAW_TABLES, contracts
from ingestion.tables.base import Circumstances

#: A file is refused when one reason sets aside more than this share of its rows; fewer rows than FEWEST_ROWS show no
#: such pattern, and are only set aside.
REFUSED_SHARE, FEWEST_ROWS = 0.5, 5

#: Tables whose rows the release calendars date.
DATED_BY_CALENDAR = ("macro_observations", "positioning")


@dataclass(frozen=True)
class Loaded:
    """What one load did: received = new + unchanged + restated + rejected; `reasons` counts the rejected rows by
    reason, `missing` is a sentence on what the answer as a whole lacks, `read` is False where nothing was read because
    the files are those of an earlier load."""

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
    reasons: dict[str, int] = field(default_factory=dict)
    missing: str = ""
    read: bool = True


def load(
    source: Source,
    table: str,
    window: Window,
    warehouse: Warehouse,
    now: datetime,
    progress: Callable[[str], None] = lambda line: None,
) -> Loaded:
    """Load `table` from `source` within `window`; `now` is naive UTC.

    Rows go in delivery by delivery, each all or nothing, so that rows fetched before an error are stored. Raises
    SourceError after logging it: nothing already stored is touched. A file that one reason sets aside by more than
    half is refused whole.
    """
    batch_id = warehouse.next_batch()
    circumstances = Circumstances(
        today=calendar.to_new_york(now).date(),
        sessions=pd.DatetimeIndex(calendar.sessions(now.year)["session_date"]),
        indices=warehouse.symbols("index"),
        first_bars=warehouse.first_bars() if table == "prices" else {},
        renamed=warehouse.renamed() if table == "index_membership" else {},
    )
    total, rejected, newest = Appended(), 0, None
    accounts: list[Account] = []
    notes: list[str] = []
    missing: list[str] = []
    reasons: Counter[str] = Counter()
    of_file: Counter[str] = Counter()

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
            try:
                reasons += _counted(delivery, checked, of_file)
            except SourceRefused:
                if delivery.file_rows > len(delivery.frame):
                    warehouse.take_back(table, batch_id)
                raise
            dated = _dated(table, checked.accepted)
            renames = (*delivery.renames, *universe.renames()) if table == "securities" else ()
            warehouse.rename(renames, batch_id=batch_id, at=now)
            appended = warehouse.append(table, dated, source=source.name, batch_id=batch_id, ingested_at=now)
            # again, since both tickers of a rename may have come only now
            warehouse.rename(renames, batch_id=batch_id, at=now)
            warehouse.reject(
                checked.rejected, source=source.name, table=table, origin=delivery.origin, batch_id=batch_id, at=now
            )
            known = checked.repeated + delivery.unread
            total += appended + Appended(known, 0, known, 0)
            rejected += len(checked.rejected)
            accounts.extend(delivery.accounts)
            notes.extend(filter(None, [delivery.note]))
            missing.extend(filter(None, [delivery.missing]))
            newest = max(filter(None, (newest, _newest(checked.accepted))), default=None)
            of_all = f"{len(accounts):,} of {delivery.requested:,} asked, " if delivery.requested else ""
            progress(f"{table}: {of_all}{total.received + rejected:,} rows")
    except SourceError as error:
        log("unavailable" if isinstance(error, SourceUnavailable) else "refused", str(error))
        raise
    log("unavailable" if missing else "ok", "; ".join([*missing, *notes]))
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
        missing="; ".join(missing),
        reasons=dict(reasons.most_common()),
    )


def _counted(delivery: Delivery, checked: contracts.Checked, of_file: Counter[str]) -> Counter[str]:
    """The rejected rows of a delivery by reason, added to those of its file, or SourceRefused where they are most."""
    reasons: Counter[str] = Counter()
    for reason, (rows, first) in checked.kinds().items():
        reasons[reason] += rows
        of_file[f"{delivery.origin}: {reason}"] += rows
        count = of_file[f"{delivery.origin}: {reason}"]
        is_most = delivery.file_rows >= FEWEST_ROWS and count > REFUSED_SHARE * delivery.file_rows
        if is_most and reason != contracts.SUPERSEDED:
            raise SourceRefused(
                f"{delivery.origin}: {count:,} of {delivery.file_rows:,} rows break one rule, none is stored; {first}"
            )
    return reasons


def load_calendar(warehouse: Warehouse, now: datetime) -> Appended:
    """Store sessions and what is announced of every release to the end of next year, so that SQL shares the clock.

    Where the release calendars have changed, rows that an earlier one dated are dated again, and that is logged.
    """
    sessions = _dated("sessions", calendar.sessions(now.year + 1))
    stored = warehouse.append("sessions", sessions, source="calendar", batch_id=0, ingested_at=now)
    expected = releases.expected(now.year + 1)
    changed = warehouse.replace("releases", expected, now)
    if changed:
        for table in DATED_BY_CALENDAR:
            if count := warehouse.date_again(table):
                _log_dated_again(warehouse, table, count, now)
    new = min(changed, len(expected))
    return stored + Appended(len(expected), new, len(expected) - new, 0)


def _log_dated_again(warehouse: Warehouse, table: str, count: int, now: datetime) -> None:
    warehouse.log_run(
        {
            "batch_id": warehouse.next_batch(), "source": "calendar", "table_name": table, "started_at": now,
            "finished_at": now, "status": "ok", "message": f"{count:,} rows dated again by the release calendars",
        }
    )  # fmt: skip


def _dated(table: str, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with known_at (naive UTC) and whether the source stated it itself."""
    if "known_at" in rows:
        return rows.assign(vintage_stated=True)
    return rows.assign(known_at=RAW_TABLES[table].known_at(rows), vintage_stated=False)


def _newest(accepted: pd.DataFrame) -> date | None:
    return accepted["obs_date"].max().date() if "obs_date" in accepted and not accepted.empty else None
