"""raw.releases: publications and events with what was announced of each, computed by releases.expected."""

from ingestion.tables import known_at
from ingestion.tables.base import Column, RawTable

RELEASES = RawTable(
    name="releases",
    meaning="What was announced of each publication of a series and of each dated event, and since when.",
    key={
        "series_id": Column(
            "varchar", "Series of the seed, TFF for the CFTC's weekly report, or the event of a calendar."
        ),
        "obs_date": Column("date", "Day that the release describes, or of the event as first announced."),
        "announced_on": Column("date", "Day of the announcement; 1900-01-01 for a standing rule."),
    },
    values={
        "released_at": Column("timestamp", "When it is published (UTC); NULL while no date is known."),
        "is_called_off": Column("boolean", "Whether the announcement says that it will never come."),
        "basis": Column("varchar", "release_calendar, or lag_rule for a standing rule."),
    },
    known_at=known_at.always,
    changes_daily=False,
)
