"""What Dagster's pages show of a run: the day in the published asset, and that a run of a part publishes nothing."""

import re
from collections.abc import Callable

import dagster as dg
import duckdb

from ingestion.settings import Settings
from orchestration.part_runs import DAILY, LAUNCHPAD, PUBLISHED
from tests.built_market import BuiltMarket

MART, TABLE = ["marts", "index_daily"], ["raw", "positioning"]


def metadata(result: dg.ExecuteInProcessResult) -> dict[tuple[str, ...], dict[str, object]]:
    """What each materialisation of a run carries, by the path of its asset."""
    return {
        tuple(event.asset_key.path): {name: value.value for name, value in event.materialization.metadata.items()}
        for event in result.get_asset_materialization_events()
    }


def test_a_run_of_a_part_publishes_nothing_says_so_and_offers_the_job_that_does(
    turn: Callable[..., dg.ExecuteInProcessResult], small_copy: Settings
) -> None:
    before = small_copy.published_path.stat()
    result = turn(small_copy, select=[dg.AssetKey(path) for path in (MART, TABLE)])
    assert result.success
    found = metadata(result)
    for path in (MART, TABLE):
        notice = found[tuple(path)]["not_published"]
        assert notice.startswith("Nothing is published by this run")
        assert f"[Run the job {DAILY}]({LAUNCHPAD})" in notice
    after = small_copy.published_path.stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


def test_a_run_with_the_published_asset_says_nothing_of_the_kind_and_shows_the_day(
    turn: Callable[..., dg.ExecuteInProcessResult], small_copy: Settings
) -> None:
    result = turn(small_copy, select=[dg.AssetKey(MART), PUBLISHED])
    assert result.success
    found = metadata(result)
    assert "not_published" not in found[tuple(MART)]
    assert_shows_the_day(found[("published",)]["day"], small_copy)


def test_the_daily_job_shows_the_day_and_metadata_of_every_asset(small_built: BuiltMarket) -> None:
    carried = small_built.run.metadata
    assert len(carried) > 100
    assert [name for name, values in carried.items() if not values] == []
    assert [name for name, values in carried.items() if "not_published" in values] == []
    assert_shows_the_day(carried["published"]["day"], small_built.settings)


def assert_shows_the_day(shown: object, settings: Settings) -> None:
    """Whether Markdown has the call, the headline and the numbers of the four answers of the newest session."""
    with duckdb.connect(str(settings.published_path), read_only=True) as connection:
        session, headline, change = connection.execute(
            """
            select verdict.session_date, verdict.headline, answers.value
            from marts.verdict_daily as verdict
            inner join marts.answers_daily as answers using (session_date)
            where answers.answer_id = 'index_from_anchor'
            order by verdict.session_date desc
            limit 1
            """
        ).fetchall()[0]
        call = connection.execute(
            "select sentence from marts.verdict_lines where section = 'call' and session_date = ? order by position",
            [session],
        ).fetchall()[0][0]
    plain = re.sub(r"\\(.)", r"\1", str(shown))
    assert plain.startswith(f"## {call}\n")
    assert f"**{headline}**" in plain
    written = f"{change:+.1f} %".replace("-", "−")
    assert f"| Where | index from anchor | {written} |" in plain
    assert {"Selling", "Why", "Where", "When"} <= {line.split(" | ")[0].strip("| ") for line in plain.splitlines()}
