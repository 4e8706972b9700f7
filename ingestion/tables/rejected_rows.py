"""raw.rejected_rows: rows that broke their contract."""

from ingestion.tables.base import Column, LogTable

REJECTED_ROWS = LogTable(
    name="rejected_rows",
    meaning="Rows that broke their contract, with reason and payload.",
    columns={
        "batch_id": Column("integer", "Batch that rejected the row, as in ingestion_runs."),
        "source": Column("varchar", "Source that sent the row."),
        "table_name": Column("varchar", "Raw table that the row was meant for."),
        "origin": Column("varchar", "File, series or symbol that the row came in."),
        "row_number": Column("bigint", "Line of the row in its file, or its place in the answer."),
        "symbol": Column("varchar", "Symbol, series, contract or exchange of the row."),
        "obs_date": Column("date", "Day that the row describes, where it can be read."),
        "reason": Column("varchar", "Every rule that the row breaks, separated by semicolons."),
        "payload": Column("varchar", "The row as it came, as JSON."),
        "ingested_at": Column("timestamp", "When it was rejected (UTC)."),
    },
)
