"""The fingerprint of the rules: it changes when a threshold does, and only then."""

from pathlib import Path

import pytest

from ingestion.settings import DBT_PROJECT
from ingestion.store.audit import headline
from orchestration.dbt import rule_version

THRESHOLDS = Path("seeds") / "universe" / "thresholds.csv"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that is nothing but the thresholds."""
    (tmp_path / THRESHOLDS).parent.mkdir(parents=True)
    (tmp_path / THRESHOLDS).write_text((DBT_PROJECT / THRESHOLDS).read_text())
    return tmp_path


def edit(project: Path, before: str, after: str) -> str:
    """The rule version once the first `before` of the thresholds is `after`."""
    text = (project / THRESHOLDS).read_text()
    assert before in text
    (project / THRESHOLDS).write_text(text.replace(before, after, 1))
    return rule_version(project)


def test_it_moves_with_every_threshold_and_comes_back_with_it(project: Path) -> None:
    versions = {rule_version(project)}
    values = [line.split(",")[:2] for line in (project / THRESHOLDS).read_text().splitlines()[1:]]
    for name, value in values:
        versions.add(edit(project, f"\n{name},{value},", f"\n{name},{float(value) + 0.5},"))
        assert edit(project, f"\n{name},{float(value) + 0.5},", f"\n{name},{value},") == rule_version(DBT_PROJECT)
    assert len(versions) == 1 + len(values)


def test_it_stays_when_a_reason_is_worded_anew(project: Path) -> None:
    assert edit(project, "two sigmas", "two standard deviations") == rule_version(DBT_PROJECT)


def test_the_published_file_says_which_rules_it_was_built_by(published: Path) -> None:
    assert headline(published)["rule_version"] == rule_version()
