"""A user's own things beside the small market: one file of each kind, as `market-internals mine init` begins them.

Not a test itself.
"""

from pathlib import Path

import pandas as pd

#: Names of the universe MINE: enough for a kind of day.
NAMES = 35


def write(folder: Path, frames: dict[str, pd.DataFrame]) -> None:
    """Write every file; the event is added forty sessions after its day, one claim twenty after it was made."""
    days = sorted(pd.to_datetime(frames["prices"]["obs_date"]).dt.date.unique())
    securities = frames["securities"]
    stocks = sorted(securities.loc[securities["asset_type"] == "equity", "symbol"], reverse=True)[:NAMES]
    leaves = days[-30]
    files = {
        "events.csv": (
            f"# my events\n\nevent_id,anchor_date,name,reason,added_on\nmine,{days[-80]},My event,,{days[-40]}\n"
        ),
        "claims.csv": (
            "claim_id,made_on,author,paraphrase,mart,column_name,filter,comparator,threshold,horizon,added_on\n"
            f"late,{days[-60]},me,It stood above nothing.,index_daily,close,index_id=MINE,>,0,5,{days[-40]}\n"
        ),
        "pairs.csv": f"pair_id;numerator;denominator;name\nMINE/SPY;MINE;SPY;Mine against the index\n"
        f"{stocks[0]}/SPY;{stocks[0]};SPY;A name against the index\n",
        "symbols.csv": f"symbol,name,asset_type\n{stocks[0]},A name of mine,equity\n",
        "calls.csv": "call_id,off\nbuying_thrust,true\n",
        "notify.csv": "state_id\nindex_near_high\n",
        "universes/MINE.csv": "symbol,valid_from,valid_to\n"
        + "".join(f"{name},{days[0]},{leaves if number == 1 else ''}\n" for number, name in enumerate(stocks)),
    }
    for relative, text in files.items():
        path = folder / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
