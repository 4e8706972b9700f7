"""dbt's unit tests, which hold for any data and so are not part of a run: every one of them, on the small market."""

from datetime import datetime

from orchestration import dbt


def test_every_unit_test_of_the_models_is_green(small_copy):
    build = dbt.todays_build(small_copy, datetime(2025, 3, 7, 23, 30))
    results = dbt.run("test", build, ["--select", "test_type:unit"])
    red = {result["unique_id"]: result["message"] for result in results if result["status"] != "pass"}
    assert len(results) > 40
    assert not red
