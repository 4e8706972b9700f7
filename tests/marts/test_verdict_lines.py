"""verdict_lines: a headline every session, and the changes that it names. The law of words checks its numbers."""

import json
from pathlib import Path

import duckdb
import pandas as pd

from tests.marts.built import read


def test_every_session_has_a_headline_and_every_sentence_a_place(market: tuple[Path, Path]) -> None:
    with duckdb.connect(str(market[1]), read_only=True) as connection:
        headlines, sessions, empty, universes = connection.execute(
            """
            select
                count(*) filter (where section = 'day'), count(distinct session_date),
                count(*) filter (where sentence is null or sentence = ''), count(distinct universe_id)
            from marts.verdict_lines
            """
        ).fetchall()[0]
    assert headlines == sessions > 1500
    assert (empty, universes) == (0, 1)


#: Number of the sentence on changes -> its column and its decimals in text.
MOVED = {
    "moved_declines": ("declines", 0),
    "moved_up_volume": ("up_volume_pct", 0),
    "moved_sma50": ("pct_above_sma50", 1),
    "moved_vix": ("vix", 2),
    "moved_vix_vix3m": ("vix_vix3m", 2),
    "moved_cor1m": ("cor1m", 2),
    "moved_yield": ("yield_10y", 2),
    "moved_cta": ("cta_exposure", 2),
}


def test_the_changes_that_are_named_are_the_three_largest_for_their_size(market: tuple[Path, Path]) -> None:
    """In standard deviations of the number's changes over the quarter, at least one, and visible in its digits."""
    rows = read(
        market[1],
        """
        select *
        from marts.breadth_daily
        left join marts.volatility_daily using (session_date)
        left join marts.implied_correlation_daily using (session_date)
        left join marts.regime_daily using (session_date)
        left join marts.capitulation_daily using (session_date)
        where universe_id = 'SP500' and segment_id = 'ALL'
        order by session_date
        """,
    ).set_index("session_date")
    sizes = {}
    for number, (column, decimals) in MOVED.items():
        values = rows[column].astype(float)
        changes = values.diff()
        is_seen = (values.round(decimals) != values.shift().round(decimals)) & changes.notna()
        sizes[number] = (changes.abs() / changes.rolling(63, min_periods=51).std()).where(is_seen)
    sized = pd.DataFrame(sizes)
    lines = read(market[1], "select * from marts.verdict_lines where section = 'changed' and position = 2")
    assert len(lines) > 1500
    for line in lines.itertuples():
        size = sized.loc[line.session_date]
        largest = size[size >= 1].sort_values(ascending=False, kind="stable").index[:3]
        named = [row["id"] for row in json.loads(line.evidence) if not row["id"].endswith("_before")]
        assert named == largest.tolist(), line.session_date
        assert line.sentence.startswith("Moved most for their size: ") == (len(named) > 0)
