"""dictionary: every column of every mart, as the model files describe it."""

import json
from pathlib import Path

from tests.marts.built import read

RECOMPUTED = {"dictionary": ("position", "data_type", "unit", "formula", "meaning")}


def test_the_dictionary_is_the_text_of_the_model_files(published: Path) -> None:
    manifest = json.loads((published.parent / "warehouse.dbt" / "manifest.json").read_text())
    described = [
        node for node in manifest["nodes"].values() if node["resource_type"] == "model" and node["schema"] == "marts"
    ]
    described += [node for node in manifest["sources"].values() if node["name"] == "verdict_log"]
    expected = {}
    for node in described:
        for position, (name, column) in enumerate(node["columns"].items(), start=1):
            meta = column["config"]["meta"] or column["meta"]
            text = (position, column["data_type"], meta.get("unit"), meta.get("formula"), column["description"].strip())
            expected[node["name"], name] = text
    rows = read(published, "select * from marts.dictionary").astype(object)
    rows = rows.where(rows.notna(), None)
    found = {
        (row.mart, row.column_name): (row.position, row.data_type, row.unit, row.formula, row.meaning)
        for row in rows.itertuples()
    }
    assert found == expected
