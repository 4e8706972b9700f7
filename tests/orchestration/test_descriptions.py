"""Every asset, check, job and schedule of the graph is described by a sentence where Dagster shows it."""

import pytest

from ingestion.settings import Settings
from orchestration.definitions import build_defs

#: How dagster-dbt begins a description that nobody wrote.
GENERATED = ("dbt model ", "dbt seed ", "dbt source ")


@pytest.fixture(scope="module")
def definitions(tmp_path_factory):
    return build_defs(Settings(data=tmp_path_factory.mktemp("described"), market="sample", folder=None))


def is_sentence(description: str | None) -> bool:
    """Whether it begins with words of ours, not with a generated text or the SQL of a model."""
    first = (description or "").split("\n\n#### Raw SQL")[0].strip()
    return len(first) > 20 and first.endswith(".") and not first.startswith(GENERATED)


def test_every_asset_is_described_by_a_sentence(definitions) -> None:
    graph = definitions.resolve_asset_graph()
    described = {key.to_user_string(): graph.get(key).description for key in graph.get_all_asset_keys()}
    layers = {name.split("/")[0] for name in described}
    assert {"raw", "seeds", "staging", "intermediate", "marts", "published"} <= layers
    assert [name for name, text in described.items() if not is_sentence(text)] == []


def test_every_job_and_schedule_is_described_by_a_sentence(definitions) -> None:
    described = {schedule.name: schedule.description for schedule in definitions.schedules}
    described |= {job.name: job.description for job in definitions.jobs}
    assert len(described) == 3
    assert [name for name, text in described.items() if not is_sentence(text)] == []
