"""raw.releases: expected publications, computed by calendar.releases from the seeds."""

from ingestion.tables import known_at
from ingestion.tables.base import Column, RawTable

RELEASES = RawTable(
    name="releases",
    meaning="When each series is expected to be published next, by the lag rules of the seed.",
    key={
        "series_id": Column("varchar", "Series of the seed, or TFF for the CFTC's weekly report."),
        "obs_date": Column("date", "Day that the release describes."),
    },
    values={"released_at": Column("timestamp", "When it is expected to be published (UTC).")},
    known_at=known_at.always,
    changes_daily=False,
)
