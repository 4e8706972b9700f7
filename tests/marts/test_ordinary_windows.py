"""Tables built from ordinary partitioned windows, the definition of each window, equal those of the fast version."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from ingestion.settings import Settings
from orchestration import dbt
from tests.conftest import NOW

#: The tables with windows over names: their keys, and how many rows they have at least.
TABLES = {
    "int_name_days": (["security_id", "session_number"], 300_000),
    "int_ladder_counts": (["universe_id", "session_number", "rung"], 10_000),
}


class OrdinaryBuild(dbt.Build):
    """A build whose windows over names are the `default__` ones of macros/engines/name_windows.sql."""

    def variables(self) -> str:
        return json.dumps(json.loads(super().variables()) | {"ordinary_windows": True})


@pytest.fixture(scope="module")
def ordinary(warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the market's warehouse with these tables built again from ordinary windows."""
    settings = Settings(data=tmp_path_factory.mktemp("ordinary"), market=warehouse.parent.name, folder=None)
    settings.market_folder.mkdir(parents=True)
    shutil.copy(warehouse, settings.warehouse_path)
    build = OrdinaryBuild(settings, settings.warehouse_path, NOW, full=True)
    arguments = ("--select", *TABLES, "--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
    dbt.require_green(dbt.run("build", build, arguments))
    for table in TABLES:
        (compiled,) = (build.target / "compiled").rglob(f"{table}.sql")
        assert "partition by security_id order by session_number" in compiled.read_text()
        assert "over ()" not in compiled.read_text()
    return settings.warehouse_path


@pytest.mark.parametrize("table", TABLES)
def test_ordinary_windows_give_what_the_build_has(table: str, warehouse: Path, ordinary: Path) -> None:
    keys, fewest = TABLES[table]
    with duckdb.connect() as connection:
        connection.execute(f"attach '{warehouse}' as built (read_only); attach '{ordinary}' as plain (read_only)")
        columns = {
            name: kind
            for name, kind, *_ in connection.execute(f"describe built.intermediate.{table}").fetchall()
            if name not in (*keys, "build_number")
        }
        different = [
            f"count(*) filter (where built.{name} is distinct from plain.{name}"
            + (f" and not coalesce(abs(built.{name} - plain.{name}) <= 1e-9 * greatest(1, abs(plain.{name})), false))")
            if kind == "DOUBLE"
            else f"count(*) filter (where built.{name} is distinct from plain.{name})"
            for name, kind in columns.items()
        ]
        rows, *counts = connection.execute(
            f"""
            select count(*), {", ".join(different)}
            from built.intermediate.{table} as built
            full join plain.intermediate.{table} as plain using ({", ".join(keys)})
            """
        ).fetchone() or (0,)
        stored = connection.execute(f"select count(*) from plain.intermediate.{table}").fetchone()
    assert (rows,) == stored
    assert rows > fewest
    assert not {name: count for name, count in zip(columns, counts, strict=True) if count}
