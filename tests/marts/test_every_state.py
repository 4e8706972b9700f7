"""Every state of states_daily is on at least once in one of the two markets: one that never is could not be missed."""

from pathlib import Path

from tests.marts.built import read


def test_every_state_is_on_in_one_of_the_markets(published: Path, folder_built: Path) -> None:
    query = "select state_id, count(*) filter (where is_on) as days from marts.states_daily group by state_id"
    days = [read(path, query).set_index("state_id").days for path in (published, folder_built)]
    together = days[0].add(days[1], fill_value=0)
    assert len(together) > 50
    assert together[together == 0].index.tolist() == []
