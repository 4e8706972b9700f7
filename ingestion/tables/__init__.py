"""One file a raw table: key, columns, rules, known_at, meaning. All else about a raw table is derived from it."""

from ingestion.tables.base import LogTable, RawTable
from ingestion.tables.exchange_breadth import EXCHANGE_BREADTH
from ingestion.tables.index_levels import INDEX_LEVELS
from ingestion.tables.index_membership import INDEX_MEMBERSHIP
from ingestion.tables.index_weights import INDEX_WEIGHTS
from ingestion.tables.ingestion_runs import INGESTION_RUNS
from ingestion.tables.macro_observations import MACRO_OBSERVATIONS
from ingestion.tables.positioning import POSITIONING
from ingestion.tables.prices import PRICES
from ingestion.tables.rejected_rows import REJECTED_ROWS
from ingestion.tables.releases import RELEASES
from ingestion.tables.securities import SECURITIES
from ingestion.tables.sessions import SESSIONS
from ingestion.tables.verdict_log import VERDICT_LOG

#: Tables of vintages, in loading order: identities before the rows that refer to them, the calendar's last.
RAW_TABLES: dict[str, RawTable] = {
    table.name: table
    for table in (
        SECURITIES,
        PRICES,
        INDEX_LEVELS,
        MACRO_OBSERVATIONS,
        POSITIONING,
        EXCHANGE_BREADTH,
        INDEX_MEMBERSHIP,
        INDEX_WEIGHTS,
        SESSIONS,
        RELEASES,
    )
}

#: Logs that the store writes: rejected rows, loads, verdicts.
LOG_TABLES: dict[str, LogTable] = {table.name: table for table in (REJECTED_ROWS, INGESTION_RUNS, VERDICT_LOG)}

#: Tables that sources supply, in loading order.
TABLES: tuple[str, ...] = tuple(name for name, table in RAW_TABLES.items() if table.rules)

#: The columns each of them receives from a source, in order. Every frame may carry one more column, `known_at` (naive
#: UTC): then the source itself states when each row became known; without it the table's own known_at applies.
COLUMNS: dict[str, tuple[str, ...]] = {name: tuple(RAW_TABLES[name].delivered) for name in TABLES}

#: Tables that no source supplies: computed from the exchange's calendar and the seeds.
CALENDAR: tuple[str, ...] = tuple(name for name, table in RAW_TABLES.items() if not table.rules)
