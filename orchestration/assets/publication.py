"""The published file as an asset: audited, stamped, swapped in. Readers open nothing else."""

import re
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from time import monotonic

import dagster as dg

from ingestion import overlay
from ingestion.clock import utc_now
from ingestion.markets import MADE_UP
from ingestion.settings import DBT_PROJECT, IN_CHECKOUT, PROJECT_ROOT, Settings
from ingestion.store.day import Number, read_day
from ingestion.store.publication import Published, Stamp, publish
from ingestion.store.recovery import save_copy
from ingestion.store.warehouse import Warehouse
from orchestration import dbt, unchanged
from orchestration.assets.models import build_of
from orchestration.part_runs import PUBLISHED
from orchestration.progress import Progress
from orchestration.resources import Lock, Request


def build_publication(marts: Sequence[dg.AssetKey], project: Path = DBT_PROJECT) -> dg.AssetsDefinition:
    """The asset `published`, which comes after every mart in `marts`."""

    @dg.asset(
        key=PUBLISHED,
        deps=list(marts),
        group_name="publication",
        description="The one file that readers open; replaced only when every data test is green.",
    )
    def published(
        settings: dg.ResourceParam[Settings],
        request: Request,
        now: dg.ResourceParam[datetime],
        progress: dg.ResourceParam[Progress],
        warehouse: dg.ResourceParam[Warehouse],
        lock: dg.ResourceParam[Lock],
    ) -> dg.MaterializeResult:  # type: ignore[type-arg]  # Dagster compares the annotation with the bare class
        began = monotonic()
        progress.started("published")
        build = build_of(settings, request, now, project)
        if built_at := unchanged.published_before(build, warehouse):
            save_copy(settings)
            progress.finished("published", f"as on {built_at:%Y-%m-%d %H:%M} UTC: nothing is new", monotonic() - began)
            return dg.MaterializeResult(metadata={"unchanged_since": str(built_at), **_day(settings.published_path)})
        done = _publish(build, settings, request)
        if request.as_of:
            dbt.discard(build)
        else:
            unchanged.remember(build, warehouse, done)
            save_copy(settings)
        rows = sum(done.rows.values())
        progress.finished("published", f"{rows:,} rows in {len(done.rows)} marts", monotonic() - began)
        return dg.MaterializeResult(
            metadata={
                **_day(done.path),
                "path": dg.MetadataValue.path(str(done.path)),
                "market": settings.market,
                "is_made_up": done.stamp.is_made_up,
                "last_session": str(done.last_session),
                "is_final": done.is_final,
                "as_of": str(done.stamp.as_of),
                "tests_passed": done.stamp.tests_passed,
                "rule_version": done.stamp.rule_version,
                "git_revision": done.stamp.git_revision,
                "dagster/row_count": rows,
                "marts": dg.MetadataValue.md(_table(done)),
            }
        )

    return published


def _publish(build: dbt.Build, settings: Settings, request: Request) -> Published:
    """Publish a build whose data tests are all green; those that did not run with it run now."""
    passed = dbt.tests_passed(build)
    if passed is None:
        results = dbt.run("test", replace(build, engine="duckdb"), ["--select", "test_type:data"])
        dbt.require_green(results)
        passed = len(results)
    stamp = Stamp(
        market=settings.market,
        is_made_up=settings.market in MADE_UP,
        as_of=build.as_of or utc_now(),
        rule_version=dbt.rule_version(build.project, overlay.read(settings).rows["calls"]),
        git_revision=revision(PROJECT_ROOT) if IN_CHECKOUT else version("market-internals"),
        built_at=utc_now(),
        tests_passed=passed,
        engine=build.engine,
    )
    target = settings.as_of_path(request.as_of) if request.as_of else settings.published_path
    return publish(build.path, target, stamp)


def revision(root: Path) -> str:
    """The revision of the code at `root`, -dirty with local changes; 'unknown' outside a repository or without git."""
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--exclude=*"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return "unknown"


def _table(done: Published) -> str:
    lines = [f"| {name} | {rows:,} |" for name, rows in sorted(done.rows.items())]
    return "\n".join(["| mart | rows |", "| --- | ---: |", *lines])


def _day(path: Path) -> dict[str, str | dg.MarkdownMetadataValue]:
    """The newest session of the published file as metadata: its call, its headline and its four answers."""
    day = read_day(path)
    if day is None:
        return {}
    rows = [
        f"| {number.answer.capitalize()} | {number.answer_id.replace('_', ' ')} | {_amount(number.value, number)} "
        f"| {_amount(number.previous, number)} | {_rank(number)} |"
        for number in day.numbers
    ]
    table = [
        "| Answer | Number | Now | Session before | Percentile in a year |",
        "| --- | --- | ---: | ---: | ---: |",
        *rows,
    ]
    call, *grounds = map(_plain, day.call)
    words = [f"## {call}", " ".join(grounds), f"**{_plain(day.headline)}**", f"Session {day.session}", "\n".join(table)]
    return {"call": day.call[0], "headline": day.headline, "day": dg.MetadataValue.md("\n\n".join(words))}


def _amount(value: float | None, number: Number) -> str:
    if value is None:
        return "–"
    sign = "+" if number.unit in ("bp", "%") else ""
    unit = {"n": "", "0–100": " of 100"}.get(number.unit, f" {number.unit}")
    digits = 0 if number.unit in ("n", "sessions") else 1
    return f"{value:{sign},.{digits}f}{unit}".replace("-", "−")


def _rank(number: Number) -> str:
    return "–" if number.pctl_252 is None else f"{number.pctl_252:.0f} %"


def _plain(words: str) -> str:
    """Words of the verdict that Markdown takes for nothing but text: they may hold names from outside."""
    return re.sub(r"([\\`*_\[\]|#~<>])", r"\\\1", words)
