"""Which test answers for a column of a mart: a file of this folder that computes it again, or a unit test of the mart.

Not a test itself; probe.py changes what the files answer for, and tests/dbt/test_dbt_rules.py requires an answer.
"""

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent

Manifest = Mapping[str, Any]


def recomputed() -> dict[str, dict[str, str]]:
    """Mart -> column -> the test file that declares in RECOMPUTED to compute it again."""
    found: dict[str, dict[str, str]] = {}
    for path in sorted(FOLDER.glob("test_*.py")):
        declared = getattr(importlib.import_module(f"tests.marts.{path.stem}"), "RECOMPUTED", {})
        for mart, columns in declared.items():
            found.setdefault(mart, {}).update(dict.fromkeys(columns, path.name))
    return found


def expected(manifest: Manifest) -> dict[str, dict[str, str]]:
    """Model -> column -> a dbt unit test of that model that expects a value of it; one that is always NULL is none."""
    found: dict[str, dict[str, str]] = {}
    for test in manifest["unit_tests"].values():
        rows = test["expect"]["rows"]
        for row in rows if isinstance(rows, list) else []:
            columns = [column for column, value in row.items() if value is not None]
            found.setdefault(test["model"], {}).update(dict.fromkeys(columns, test["name"]))
    return found


def columns_beside_keys(manifest: Manifest) -> dict[str, list[str]]:
    """Mart -> its columns other than those by which a recomputation finds its row."""
    nodes = manifest["nodes"]
    keys: dict[str, set[str]] = {}
    for node in nodes.values():
        if node["resource_type"] == "test" and (node.get("test_metadata") or {}).get("name") == "sound_rows":
            named = node["test_metadata"]["kwargs"]
            keys.setdefault(node["attached_node"], set()).update(named.get("key", []), named.get("second_key", []))
    return {
        node["name"]: [column for column in node["columns"] if column not in keys.get(name, ())]
        for name, node in nodes.items()
        if node["resource_type"] == "model" and node["schema"] == "marts"
    }
