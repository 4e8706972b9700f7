"""A warehouse that nobody can read any more, because a write was cut in half: the next run has all of it again."""

from pathlib import Path

import pytest

from tests.crash import console_run
from tests.crash.conftest import SmallMarket
from tests.crash.torn import tear
from tests.crash.undisturbed import hold_against

pytestmark = pytest.mark.ci


@pytest.mark.parametrize(
    ("is_kept", "said"),
    [
        (True, "the copy kept of it took its place"),
        pytest.param(False, "it starts from nothing", marks=pytest.mark.laws),
    ],
)
def test_the_next_run_has_everything_again(is_kept: bool, said: str, small: SmallMarket, tmp_path: Path) -> None:
    settings = small.copy(tmp_path)
    published = settings.published_path.read_bytes()
    tear(settings.warehouse_path, tmp_path)
    spoilt = settings.warehouse_path.read_bytes()
    if not is_kept:
        settings.backup_path.unlink()
    small.write(settings, small.days[-1])
    ended = console_run.run(settings)
    assert ended.code == 0, ended.complaint
    assert said in " ".join(ended.printed.split())
    assert settings.published_path.read_bytes() != published
    hold_against(small.after, settings, small.days[-1])
    aside = settings.market_folder / "warehouse.damaged.duckdb"
    assert aside.read_bytes() == spoilt, "nothing is thrown away"
