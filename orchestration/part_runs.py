"""What a run of a part of the graph says: that nothing is published by it, and which job publishes."""

from typing import Any

import dagster as dg

#: The job that takes everything from the sources to the published file, and the published file itself.
DAILY = "daily"
PUBLISHED = dg.AssetKey(["published"])

#: Where Dagster's pages start the job; the location is named by ui.py.
LAUNCHPAD = f"/locations/orchestration.definitions/jobs/{DAILY}/playground"

NOTICE = "Nothing is published by this run: readers still open the file of the last whole run."


def unpublished(context: dg.AssetExecutionContext) -> dict[str, Any]:
    """Metadata for what a run materialises without the published file, said in its log too; none where it publishes."""
    selection = context.run.asset_selection  # empty: the whole job
    if not selection or PUBLISHED in selection:
        return {}
    context.log.warning(f"{NOTICE} The job {DAILY} publishes.")
    return {"not_published": dg.MetadataValue.md(f"{NOTICE} [Run the job {DAILY}]({LAUNCHPAD}), which publishes.")}
