"""Every dbt model as an asset and every data test as an asset check, built in one go. The models themselves are SQL."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, dbt_assets
from dagster_dbt.asset_utils import (
    get_asset_check_key_for_test,
    get_subset_selection_for_context,
)

from ingestion import overlay
from ingestion.settings import DBT_PROJECT, Settings
from ingestion.store.audit import row_counts
from ingestion.store.universes import add_universe
from ingestion.store.warehouse import Warehouse
from orchestration import dbt, unchanged
from orchestration.part_runs import unpublished
from orchestration.progress import Progress
from orchestration.resources import Lock, Request


class SubjectIsGroup(DagsterDbtTranslator):
    """Key = schema and name, as in SQL; group = subject = the folder below models/, seeds a group of their own."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """The Dagster key of one dbt node."""
        return dg.AssetKey([dbt_resource_props["schema"], dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The Dagster group of one dbt node."""
        if dbt_resource_props["resource_type"] == "seed":
            return "seeds"
        return str(dbt_resource_props["fqn"][1])


def build_models(manifest: Path, project: Path = DBT_PROJECT) -> dg.AssetsDefinition:
    """All models and seeds of the parsed project at `manifest` as one step that can run in part."""
    translator = SubjectIsGroup()
    parsed = json.loads(manifest.read_text())

    @dbt_assets(manifest=parsed, name="models", dagster_dbt_translator=translator, exclude="resource_type:unit_test")
    def models(
        context: dg.AssetExecutionContext,
        settings: dg.ResourceParam[Settings],
        request: Request,
        now: dg.ResourceParam[datetime],
        progress: dg.ResourceParam[Progress],
        warehouse: dg.ResourceParam[Warehouse],
        lock: dg.ResourceParam[Lock],
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        build = build_of(settings, request, now, project)
        last_results = None if context.is_subset else unchanged.results(build, warehouse)
        if last_results is not None:
            progress.finished("models", "no row is new and none has become known: nothing is built", 0)
            yield from _events(context, last_results, parsed, translator, row_counts(build.path))
            return
        warehouse.create()  # one that an older version left has no table of the user's own things
        if request.as_of:
            dbt.discard(build)
        selection, indirect = get_subset_selection_for_context(
            context, parsed, "fqn:*", None, None, translator, current_dbt_indirect_selection_env=None
        )
        arguments = [*dbt.EVERY_BUILD, *selection] + (["--indirect-selection", indirect] if indirect else [])
        progress.started("models")
        results = engine_of(settings)(build, arguments, lambda node: progress.moved("models", node))
        counted = row_counts(build.path) if build.path.exists() else {}
        _tell(progress, results, parsed, counted)
        yield from _events(context, results, parsed, translator, counted)
        dbt.require_green(results)
        if not context.is_subset:
            _add_universes(build, progress)

    return models


def _add_universes(build: dbt.Build, progress: Progress) -> None:
    """Compute evidence and verdict of each of the user's universes, test them, and add their rows to the marts."""
    for universe in overlay.read(build.settings).universes:
        began, step = monotonic(), f"universe {universe}"
        progress.started(step)
        its_build = replace(build, of_universe=universe, engine="duckdb")
        selected = ["--select", "path:models/evidence", "path:models/verdict"]
        results = dbt.run("build", its_build, [*dbt.EVERY_BUILD, *selected], partial(progress.moved, step))
        dbt.require_green(results)
        rows = add_universe(build.path, universe)
        progress.finished(step, f"{rows:,} rows, {len(results)} models and tests, all green", monotonic() - began)


def engine_of(settings: Settings) -> Callable[..., list[dict[str, Any]]]:
    """What builds and tests the models: dbt on DuckDB, or on Spark, of which nothing is imported before."""
    if settings.engine == "spark":
        from orchestration import spark

        return spark.run
    return partial(dbt.run, "build")


def build_of(settings: Settings, request: Request, now: datetime, project: Path) -> dbt.Build:
    """The build that a request is for: today's, or what was known at a past session."""
    if request.as_of:
        return dbt.as_of_build(settings, request.known_to(now), project)
    return dbt.todays_build(settings, now, request.whole_history, project)


def _tell(
    progress: Progress,
    results: list[dict[str, Any]],
    manifest: Mapping[str, Any],
    counted: Mapping[tuple[str, str], int],
) -> None:
    """One line a table; seeds, views and tests have one line together, failures one each."""
    together: dict[str, list[float]] = {"seeds": [], "views": [], "data tests": []}
    for result in results:
        node = manifest["nodes"].get(result["unique_id"])
        if node is None:  # an exposure, which nobody builds
            continue
        kind, name = node["resource_type"], f"{node['schema']}.{node['name']}"
        rows = counted.get((node["schema"], node["name"]))
        if result["status"] not in dbt.GREEN:
            progress.finished(node["name"], result["status"], result["seconds"])
        elif kind == "model" and rows is not None:
            progress.finished(name, f"{rows:,} rows", result["seconds"])
        else:
            together[{"seed": "seeds", "model": "views"}.get(kind, "data tests")].append(result["seconds"])
    for words, seconds in together.items():
        if seconds:
            progress.finished(words, f"{len(seconds)}, all green", sum(seconds))


def _events(
    context: dg.AssetExecutionContext,
    results: list[dict[str, Any]],
    manifest: Mapping[str, Any],
    translator: DagsterDbtTranslator,
    counted: Mapping[tuple[str, str], int],
) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
    """What was built, then how it was tested; a singular test that belongs to no one asset has no event."""
    notice = unpublished(context)
    for result in results:
        node = manifest["nodes"].get(result["unique_id"])
        if node is None or node["resource_type"] not in ("model", "seed") or result["status"] not in dbt.GREEN:
            continue
        metadata: dict[str, Any] = {"seconds": result["seconds"], "engine_seconds": result["engine_seconds"], **notice}
        rows = counted.get((node["schema"], node["name"]))
        if rows is not None:
            metadata["dagster/row_count"] = rows
        key = translator.get_asset_spec(manifest, node["unique_id"], None).key
        yield dg.MaterializeResult(asset_key=key, metadata=metadata)
    for result in results:
        if not result["unique_id"].startswith("test."):
            continue
        check = get_asset_check_key_for_test(manifest, translator, result["unique_id"], None)
        if check is None or check not in context.selected_asset_check_keys or result["status"] == "skipped":
            continue
        warned = result["status"] == "warn"
        yield dg.AssetCheckResult(
            passed=result["status"] == "pass",
            asset_key=check.asset_key,
            check_name=check.name,
            severity=dg.AssetCheckSeverity.WARN if warned else dg.AssetCheckSeverity.ERROR,
            metadata={"failures": result["failures"] or 0, "seconds": result["seconds"]},
            description=result["message"] or None,
        )
