"""The console run is killed at random instants: the published file is always the old one or the new one, and whole."""

import json
import logging
import random
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from ingestion.clock import utc_now
from ingestion.settings import Settings
from orchestration import dbt
from tests.crash import console_run
from tests.crash.conftest import SmallMarket
from tests.crash.undisturbed import hold_against
from tests.crash.whole_file import content_of, digest

pytestmark = pytest.mark.ci

#: Phases of the kills of one campaign; each campaign has them in an order of its own.
KILLS = ["starting"] + 4 * ["ingestion"] + 3 * ["dbt"] + ["publication", "published"]
#: The campaign of every run of the tests.
FEW = ["ingestion", "dbt", "publication"]

#: Two campaigns side by side keep two cores busy.
AT_ONCE = 2

#: How a run may end here; a run that is over before its kill is not counted, and the kill is drawn again.
ENDS = {-signal.SIGKILL: "killed", 0: "over before the kill"}

LOG = logging.getLogger(__name__)


def test_three_kills_spoil_nothing(small: SmallMarket, tmp_path: Path) -> None:
    _survive(small, tmp_path, [1], FEW)


@pytest.mark.laws
@pytest.mark.parametrize("seed", range(100, 110, AT_ONCE))
def test_a_hundred_kills_spoil_nothing(seed: int, small: SmallMarket, tmp_path: Path) -> None:
    _survive(small, tmp_path, [seed, seed + 1], KILLS)


def _survive(small: SmallMarket, root: Path, seeds: list[int], kills: list[str]) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for log in pool.map(lambda seed: _campaign(small, root / str(seed), seed, kills), seeds):
            LOG.info("%s", "\n".join(log))


def _campaign(small: SmallMarket, root: Path, seed: int, kills: list[str]) -> list[str]:
    """Kills one after another, a new session arriving before each, then an undisturbed run; the log of it all."""
    drawn = random.Random(seed)
    settings = small.copy(root)
    to_come = drawn.sample(kills, len(kills))
    arriving = small.days[-len(kills) :]
    log: list[str] = []
    hit: set[str] = set()
    for attempt in range(2 * len(kills)):
        last = arriving[min(attempt, len(arriving) - 1)]
        instant = small.undisturbed.instant(to_come[0], drawn.random())
        small.write(settings, last)
        began, old = utc_now(), digest(settings.published_path)
        ended = console_run.run(settings, instant)
        place = f"{instant.delay:.3f} s after step {instant.steps} of {instant.phase}"
        story = f"seed {seed}: {last}, {place}, {ENDS.get(ended.code, 'failed')} in {ended.phase}"
        try:
            assert ended.code in ENDS, ended.complaint
            log.append(f"{story}, {_old_or_new(settings, old, began, last)}")
        except (AssertionError, duckdb.Error) as error:
            raise AssertionError("\n".join([*log, story, str(error)])) from error
        if ended.code == -signal.SIGKILL:
            to_come = to_come[1:]
            hit.add(ended.phase)
        if not to_come:
            break
    assert not to_come, "\n".join(log)
    assert hit >= {"ingestion", "dbt"}, "\n".join(log)
    assert hit & {"publication", "published"}, "\n".join(log)
    small.write(settings, small.days[-1])
    repaired = console_run.run(settings)
    assert repaired.code == 0, "\n".join([*log, repaired.complaint])
    try:
        hold_against(small.after, settings, small.days[-1])
    except AssertionError as error:
        raise AssertionError("\n".join([*log, "after the repair:", str(error)])) from error
    return log


def _old_or_new(settings: Settings, old: str, began: datetime, last: date) -> str:
    """'old' or 'new', once the published file is found to be wholly that."""
    with duckdb.connect(str(settings.published_path), read_only=True) as connection:
        signed = connection.execute("select built_at, last_session from marts.publication").fetchall()
    built_at, last_session = signed[0]
    if digest(settings.published_path) == old:
        return f"old ({last_session})"
    assert built_at >= began, "a new file was built after the run began"
    assert last_session == last, "the new file holds the newest session"
    found, built = content_of(settings.published_path), content_of(settings.warehouse_path)
    assert found == built, "the new file holds every row of every mart that was built"
    return f"new ({last_session})"


@pytest.mark.parametrize("name", ["manifest.json", "partial_parse.msgpack", "run_results.json"])
def test_half_a_file_of_dbt_does_not_stop_the_next_run(name: str, small: SmallMarket, tmp_path: Path) -> None:
    settings = small.copy(tmp_path)
    half = settings.warehouse_path.with_suffix(".dbt") / name
    half.write_bytes(half.read_bytes()[: half.stat().st_size // 2])
    build = dbt.todays_build(settings, utc_now())
    if name == "run_results.json":
        assert dbt.tests_passed(build) is None
    else:
        assert json.loads(dbt.fresh_manifest(settings).read_text())["nodes"]
        assert dbt.parse(build).nodes
