"""The live market requests the members of a user's own universes and symbols, whether an index has them or not."""

from tests.ingestion.live_market import FRIDAY


def test_members_of_own_universes_get_an_identity_and_their_bars(live) -> None:
    folder = live.settings.mine_folder
    (folder / "universes").mkdir(parents=True)
    (folder / "universes" / "MINE.csv").write_text("symbol,valid_from,valid_to\nOWNED,2024-01-02,2024-11-01\n")
    (folder / "symbols.csv").write_text("symbol,name,asset_type\nEWG,Germany ETF,etf\n")
    live.load("securities", FRIDAY)
    loaded = live.load("prices", FRIDAY)
    assert {"OWNED", "EWG", "SPY"} <= set(live.stand_in.charts())
    assert not loaded.missing
    with live.warehouse.reading() as connection:
        found = connection.execute(
            "select symbol, name, asset_type, count(*) from raw.prices inner join raw.securities using (security_id) "
            "where symbol in ('OWNED', 'EWG') group by all order by all"
        ).fetchall()
    sessions = len(live.world.sessions)
    assert found == [("EWG", "Germany ETF", "etf", sessions), ("OWNED", "OWNED", "equity", sessions)]
