"""The schedule: after the close, and again before the next open. One schedule, no sensors."""

from datetime import datetime, timedelta

import dagster as dg

from ingestion import calendar

#: New York time: 18:30, when a session's bars are known (provisional), and 08:10, its cutoff (final). Both must stay on
#: their side of calendar.BAR_KNOWN and calendar.CUTOFF_BEFORE_OPEN.
TICKS = ["30 18 * * *", "10 8 * * *"]


NEW_YORK = str(calendar.NEW_YORK)


def build_schedule(job_name: str) -> dg.ScheduleDefinition:
    """The schedule of the job `job_name`: it runs on the evening of a session, and on the next morning that has one."""

    @dg.schedule(
        name="after_the_close",
        job_name=job_name,
        cron_schedule=TICKS,
        execution_timezone=NEW_YORK,
        description="Runs the daily job at 18:30 New York time (provisional) and at 08:10 the next morning (final).",
    )
    def after_the_close(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        return decide(context.scheduled_execution_time)

    return after_the_close


def decide(tick: datetime) -> dg.RunRequest | dg.SkipReason:
    """What a tick (an aware instant) does: evenings and mornings of sessions run, all others are skipped."""
    local = tick.astimezone(calendar.NEW_YORK)
    today = local.date()
    if calendar.session_on_or_before(today) != today:
        return dg.SkipReason(f"{today} is not a session of the New York Stock Exchange")
    evening = local.hour >= calendar.BAR_KNOWN.hour
    described = today if evening else calendar.session_on_or_before(today - timedelta(days=1))
    tags = {"session": str(described), "state": "provisional" if evening else "final"}
    return dg.RunRequest(run_key=f"{described} {tags['state']}", tags=tags)
