"""The user's own things as assets: read from their folder, checked, and stored in the schema mine."""

from collections.abc import Iterator

import dagster as dg

from ingestion import overlay
from ingestion.settings import Settings
from ingestion.store.mine import TABLES
from ingestion.store.warehouse import Warehouse
from orchestration.part_runs import unpublished
from orchestration.resources import Lock

#: The tables of the schema mine with what they hold.
MEANINGS = {name: file.meaning for name, file in overlay.FILES.items()} | {"universe_members": overlay.UNIVERSE.meaning}


def build_own_assets() -> dg.AssetsDefinition:
    """Every table of the user's own things, replaced as a whole; empty where there is no such file."""

    @dg.multi_asset(
        name="mine",
        specs=[
            dg.AssetSpec(["mine", name], group_name="mine", description=MEANINGS[name], deps=[["raw", "sessions"]])
            for name in TABLES
        ],
    )
    def mine(
        context: dg.AssetExecutionContext,
        settings: dg.ResourceParam[Settings],
        warehouse: dg.ResourceParam[Warehouse],
        lock: dg.ResourceParam[Lock],
    ) -> Iterator[dg.MaterializeResult[None]]:
        own = overlay.read(settings)
        warehouse.store_overlay(own)
        notice = unpublished(context)
        for name in TABLES:
            rows = own.members if name == "universe_members" else own.rows[name]
            yield dg.MaterializeResult(asset_key=["mine", name], metadata={"dagster/row_count": len(rows), **notice})

    return mine
