"""raw.sessions: the exchange's calendar, computed by calendar.sessions."""

from ingestion.tables import known_at
from ingestion.tables.base import Column, RawTable

SESSIONS = RawTable(
    name="sessions",
    meaning="Sessions of the New York Stock Exchange to the end of next year, with the instant each becomes final.",
    key={"session_date": Column("date", "Day of the session.")},
    values={
        "session_number": Column("integer", "Number of the session, 1 on 1990-01-02."),
        "open_at": Column("timestamp", "Opening (UTC)."),
        "close_at": Column("timestamp", "Close (UTC)."),
        "cutoff_at": Column("timestamp", "When all of the session is known (UTC): 80 minutes before the next open."),
        "is_early_close": Column("boolean", "Whether the session closed early."),
    },
    known_at=known_at.always,
    described="session_date",
    changes_daily=False,
)
