"""The live market requests the members of a user's own universes and symbols, whether an index has them or not."""

import pandas as pd

from ingestion.sources.yahoo import YahooSource
from tests.ingestion.live_market import FRIDAY, evening_of


def test_members_of_own_universes_get_an_identity_and_are_requested(live) -> None:
    folder = live.settings.mine_folder
    (folder / "universes").mkdir(parents=True)
    (folder / "universes" / "MINE.csv").write_text("symbol,valid_from,valid_to\nOWNED,2024-01-02,2024-11-01\n")
    (folder / "symbols.csv").write_text("symbol,name,asset_type\nEWG,Germany ETF,etf\n")
    # no index member is known yet: the instruments and the user's own are all there is
    live.world.today = FRIDAY
    source = YahooSource(live.settings, live.stored, clock=lambda: evening_of(FRIDAY), sleep=lambda _: None)
    bars = pd.concat([delivery.frame for delivery in source.fetch("prices", live.window(FRIDAY))])
    rows = bars["symbol"].value_counts()
    assert rows["OWNED"] == rows["EWG"] == rows["SPY"] == len(live.world.sessions)
    live.load("securities", FRIDAY)
    with live.warehouse.reading() as connection:
        found = connection.execute(
            "select symbol, name, asset_type from raw.securities where symbol in ('OWNED', 'EWG') order by all"
        ).fetchall()
    assert found == [("EWG", "Germany ETF", "etf"), ("OWNED", "OWNED", "equity")]
