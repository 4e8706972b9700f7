"""The fingerprint of the rules: it changes when a threshold or a condition of a call does, and only then."""

from pathlib import Path

import pytest

from ingestion.settings import DBT_PROJECT
from ingestion.store.audit import headline
from orchestration.dbt import rule_version

SEEDS = Path("seeds") / "universe"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that is nothing but the thresholds and the calls."""
    (tmp_path / SEEDS).mkdir(parents=True)
    for name in ("thresholds.csv", "calls.csv"):
        (tmp_path / SEEDS / name).write_text((DBT_PROJECT / SEEDS / name).read_text())
    return tmp_path


def edit(project: Path, before: str, after: str, seed: str = "thresholds.csv") -> str:
    """The rule version once the first `before` of the seed is `after`."""
    path = project / SEEDS / seed
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))
    return rule_version(project)


def test_it_moves_with_every_threshold_and_comes_back_with_it(project: Path) -> None:
    versions = {rule_version(project)}
    values = [line.split(",")[:2] for line in (project / SEEDS / "thresholds.csv").read_text().splitlines()[1:]]
    for name, value in values:
        versions.add(edit(project, f"\n{name},{value},", f"\n{name},{float(value) + 0.5},"))
        assert edit(project, f"\n{name},{float(value) + 0.5},", f"\n{name},{value},") == rule_version(DBT_PROJECT)
    assert len(versions) == 1 + len(values)


@pytest.mark.parametrize(
    ("before", "after"),
    [("capitulated|confirmed", "confirmed"), (",21,vix_up_30pct,less,", ",5,vix_up_30pct,less,"), (",less,", ",more,")],
)
def test_it_moves_with_a_condition_a_horizon_and_a_side_of_a_call(project: Path, before: str, after: str) -> None:
    assert edit(project, before, after, "calls.csv") != rule_version(DBT_PROJECT)


def test_it_stays_when_a_reason_is_worded_anew(project: Path) -> None:
    assert edit(project, "two sigmas", "two standard deviations") == rule_version(DBT_PROJECT)
    assert edit(project, "A thrust of buying", "A rush of buyers", "calls.csv") == rule_version(DBT_PROJECT)


def test_the_published_file_says_which_rules_it_was_built_by(published: Path) -> None:
    assert headline(published)["rule_version"] == rule_version()
