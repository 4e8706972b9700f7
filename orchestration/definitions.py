"""Assembly only: which assets, checks, jobs, schedule and resources make the graph. Tests replace parts by argument."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import dagster as dg

from ingestion import markets
from ingestion.clock import utc_now
from ingestion.settings import DBT_PROJECT, Settings
from orchestration.assets.mine import build_own_assets
from orchestration.assets.models import build_models
from orchestration.assets.publication import build_publication
from orchestration.assets.raw import build_raw_assets
from orchestration.checks import build_checks
from orchestration.dbt import fresh_manifest
from orchestration.notify.hooks import tell_failure, tell_publication
from orchestration.part_runs import DAILY, PUBLISHED
from orchestration.progress import Progress
from orchestration.resources import MakeSources, build_resources
from orchestration.schedules import build_schedule

AS_OF = "as_of"


def build_defs(
    settings: Settings | None = None,
    clock: Callable[[], datetime] = utc_now,
    sources: MakeSources = markets.sources,
    progress: Progress | None = None,
    dbt_project: Path = DBT_PROJECT,
) -> dg.Definitions:
    """The whole graph of one market.

    The job `daily` takes everything from the sources to the published file; `as_of` builds what was known at a past
    session from what is stored. The console command, the UI and (daily) the schedule run the same jobs.
    """
    settings = settings or Settings()
    models = build_models(fresh_manifest(settings, dbt_project), dbt_project)
    marts = {key for key in models.keys if key.path[0] == "marts"}
    daily = dg.define_asset_job(
        DAILY,
        selection=dg.AssetSelection.all(),
        description="Sources to published file.",
        hooks={tell_failure, tell_publication},
    )
    as_of = dg.define_asset_job(
        AS_OF,
        selection=dg.AssetSelection.assets(*models.keys, PUBLISHED),
        description="What was known at a past session (resources, request, as_of), in a file of its own.",
        hooks={tell_failure},
    )
    return dg.Definitions(
        assets=[*build_raw_assets(), build_own_assets(), models, build_publication(sorted(marts), dbt_project)],
        asset_checks=build_checks(marts, dbt_project),
        jobs=[daily, as_of],
        schedules=[build_schedule(DAILY)],
        resources=build_resources(settings, clock, sources, progress),
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """The graph of the market that the environment chooses."""
    return build_defs()
