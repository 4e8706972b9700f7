"""What a run says of rows that it set aside: nothing of a few, the reasons of more than one in a hundred."""

from pathlib import Path

import dagster as dg
import pytest

from ingestion.loading import Loaded
from ingestion.settings import Settings
from ingestion.sources.base import Account
from orchestration.assets.raw import incomplete
from tests.conftest import Turn, failures


def loaded(received: int, *accounts: Account, **reasons: int) -> Loaded:
    rejected = sum(reasons.values())
    return Loaded("index_weights", "folder", 1, received, received - rejected, 0, 0, rejected, None, accounts, reasons)


@pytest.mark.parametrize("rejected", [0, 1, 2])
def test_one_row_in_a_hundred_may_be_set_aside_without_a_word(rejected: int) -> None:
    assert incomplete(loaded(200, negative=rejected)) == ""


def test_more_are_said_with_their_reasons() -> None:
    assert incomplete(loaded(1_000, negative=12, undated=3)) == (
        "15 of 1,000 rows of index weights were set aside: negative (12), undated (3)"
    )


def test_what_did_not_come_is_said_first() -> None:
    said = incomplete(loaded(10, Account("IVV", "refused", 0, "IVV: a web page"), negative=1))
    assert (
        said == "IVV: a web page (1 of 1 did not come: IVV); 1 of 10 rows of index weights were set aside: negative (1)"
    )


def test_a_file_of_the_folder_that_is_refused_stops_the_run_whatever_it_feeds(turn: Turn, tmp_path: Path) -> None:
    files = tmp_path / "files"
    (files / "fred").mkdir(parents=True)
    lines = [f"{day:02}.02.2025,4.{day:02}" for day in range(3, 15)]
    (files / "fred" / "DGS10.csv").write_text("\n".join(["observation_date,DGS10", *lines]))
    settings = Settings(data=tmp_path / "data", market="folder", folder=files)
    chosen = [dg.AssetKey(["raw", name]) for name in ("sessions", "releases", "macro_observations")]
    result = turn(settings, select=chosen)
    assert not result.success
    said = failures(result)
    assert "fred/DGS10.csv: 12 of 12 rows break one rule" in said
    assert "obs_date is not a date (YYYY-MM-DD): '03.02.2025'" in said
