"""The only clock; everything else takes the time as an argument."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present, naive UTC, in whole seconds: what is stored now must be known to a build as of now."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)
