"""The present. Everything else is told what time it is."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present, naive UTC, in whole seconds: what is stored now must be known to a build as of now."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)
