"""Whether a run would build what is published already: same rows, same code, nothing that became known since."""

from datetime import datetime
from functools import cache
from hashlib import sha256
from typing import Any

import duckdb

from ingestion import calendar, overlay
from ingestion.rereading import code_digest
from ingestion.settings import PROJECT_ROOT
from ingestion.store import contents
from ingestion.store.audit import headline
from ingestion.store.publication import Published
from ingestion.store.warehouse import Warehouse
from orchestration import dbt


def published_before(build: dbt.Build, warehouse: Warehouse) -> datetime | None:
    """When the published file was built, where this build would give the same; None where it has to be built.

    Only for the usual build of a market; a full one, or one of a past session, is always built. So is one whose data
    tests are not recorded as green.
    """
    if build.full or build.as_of is None or build.raw_path or not build.settings.published_path.exists():
        return None
    if dbt.last_results(build) is None:
        return None
    built_at = contents.published_before(warehouse, _identity(build), build.as_of)
    try:
        published = headline(build.settings.published_path).get("built_at") if built_at else None
    except duckdb.Error:
        return None
    return built_at if published == built_at else None


def results(build: dbt.Build, warehouse: Warehouse) -> list[dict[str, Any]] | None:
    """What dbt reported of the build that is published, where this build would give the same; None otherwise."""
    return dbt.last_results(build) if published_before(build, warehouse) else None


def remember(build: dbt.Build, warehouse: Warehouse, published: Published) -> None:
    """Remember what the usual build of a market was published from."""
    stamp, cutoff = published.stamp, calendar.cutoff(published.last_session)
    contents.remember_publication(warehouse, _identity(build), stamp.as_of, stamp.built_at, cutoff)


def _identity(build: dbt.Build) -> str:
    """Fingerprint of all that a published file is made from beside the rows."""
    own = repr(overlay.read(build.settings))
    parts = (
        code_digest(),
        _orchestration_digest(),
        dbt.project_digest(build.project),
        build.variables_of_parsing(),
        build.engine,
        own,
    )
    return sha256(" ".join(parts).encode()).hexdigest()


@cache
def _orchestration_digest() -> str:
    digest = sha256()
    for path in sorted((PROJECT_ROOT / "orchestration").rglob("*.py")):
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()
