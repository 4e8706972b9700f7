"""What a run reported of its checks and assets, in a form that can be written down and read by another process."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import dagster as dg


@dataclass(frozen=True)
class Check:
    """One asset check: whether it passed, WARN or ERROR, and its sentence."""

    passed: bool
    severity: str
    description: str


@dataclass(frozen=True)
class RunRecord:
    """Checks by (asset, check), and metadata by asset; assets are named like raw/prices."""

    checks: dict[tuple[str, str], Check]
    metadata: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, result: dg.ExecuteInProcessResult) -> "RunRecord":
        """The record of a run that ended in this process, green or red."""
        return cls(
            checks={
                (check.asset_key.to_user_string(), check.check_name): Check(
                    check.passed, check.severity.value, check.description or ""
                )
                for check in result.get_asset_check_evaluations()
            },
            metadata={
                event.asset_key.to_user_string(): {
                    name: value.value for name, value in event.materialization.metadata.items()
                }
                for event in result.get_asset_materialization_events()
                if event.asset_key
            },
        )

    def write(self, path: Path) -> None:
        """Write the record to `path` as JSON."""
        checks = [[*name, asdict(check)] for name, check in self.checks.items()]
        path.write_text(json.dumps({"checks": checks, "metadata": self.metadata}, default=str), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "RunRecord":
        """The record that `write` left at `path`; a value that JSON does not know comes back as text."""
        written = json.loads(path.read_text(encoding="utf-8"))
        checks = {(asset, name): Check(**check) for asset, name, check in written["checks"]}
        return cls(checks, written["metadata"])
