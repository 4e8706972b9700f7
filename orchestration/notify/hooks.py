"""The hooks of the daily job: they run with the console, the schedule and Dagster's pages alike."""

import dagster as dg

from orchestration.assets.raw import unanswered
from orchestration.exits import BUSY, exit_code, sentence
from orchestration.notify import evening
from orchestration.part_runs import PUBLISHED

RESOURCES = {"settings", "now", "progress", "request"}


@dg.failure_hook(required_resource_keys=RESOURCES)
def tell_failure(context: dg.HookContext) -> None:
    """Hand the error of a failed step to whoever listens to the run, and report the evening."""
    error = context.op_exception
    if error is None:
        return
    context.resources.progress.failed(context.step_key, error)
    if exit_code(error) != BUSY and not context.resources.request.as_of:
        _warn(
            context,
            evening.failed(context.resources.settings, sentence(error), evening.evening_of(context.resources.now)),
        )


@dg.success_hook(required_resource_keys=RESOURCES)
def tell_publication(context: dg.HookContext) -> None:
    """Report what changed once the file is published."""
    if context.op.name != PUBLISHED.path[-1] or context.resources.request.as_of:
        return
    records = context.instance.get_records_for_run(
        context.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ).records
    events = (record.event_log_entry.dagster_event for record in records)
    missing = unanswered(event.asset_check_evaluation_data for event in events if event)
    _warn(context, evening.published(context.resources.settings, missing, evening.evening_of(context.resources.now)))


def _warn(context: dg.HookContext, sentences: list[str]) -> None:
    for line in sentences:
        context.log.warning(line)
        context.resources.progress.warned(line)
