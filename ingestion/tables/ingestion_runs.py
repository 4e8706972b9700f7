"""raw.ingestion_runs: the log of every load."""

from ingestion.tables.base import Column, LogTable

INGESTION_RUNS = LogTable(
    name="ingestion_runs",
    meaning="One row a batch and table, with its counts.",
    columns={
        "batch_id": Column("integer", "Number of the batch."),
        "source": Column("varchar", "Source that was requested."),
        "table_name": Column("varchar", "Raw table that was loaded."),
        "started_at": Column("timestamp", "When it began (UTC)."),
        "finished_at": Column("timestamp", "When it ended (UTC)."),
        "status": Column("varchar", "ok, unavailable or refused."),
        "message": Column("varchar", "Error of the source, or its remarks."),
        "asked": Column("bigint", "Symbols, series or files that were requested."),
        "received": Column("bigint", "Rows that came: new + unchanged + restated + rejected."),
        "new": Column("bigint", "Rows of keys that were not stored before."),
        "unchanged": Column("bigint", "Rows that equal the newest stored vintage."),
        "restated": Column("bigint", "Rows that differ from the newest stored vintage."),
        "rejected": Column("bigint", "Rows that broke their contract."),
        "window_start": Column("date", "First day that was requested."),
        "window_end": Column("date", "Last day that was requested."),
        "newest_obs_date": Column("date", "Newest day among the accepted rows."),
        "accounts": Column("varchar", "Symbols, series or files that did not come, as JSON."),
    },
)
