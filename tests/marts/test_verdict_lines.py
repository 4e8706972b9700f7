"""verdict_lines: every number of every sentence of every session is its column as rounded."""

import json
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from tests.marts.built import read

NUMBERS = """
with numbers as (
    select distinct unnest(from_json(
        evidence,
        '[{"id": "varchar", "text": "varchar", "value": "double", "factor": "double", "mart": "varchar",
        "column_name": "varchar", "filter": "varchar", "session": "date"}]'
    )) as number
    from marts.verdict_lines
)

select number.* from numbers
"""


@pytest.fixture(scope="module")
def numbers(market: tuple[Path, Path]) -> pd.DataFrame:
    """The evidence of a market: id, text, value, factor, mart, column_name, filter, session."""
    return read(market[1], NUMBERS)


def rows_of(path: Path, mart: str, keys: str) -> pd.DataFrame:
    """The rows of a mart that a filter (column=value; ...) of the evidence chooses, by session."""
    pairs = [part.strip().split("=", 1) for part in keys.split(";") if part]
    where = " and ".join([f"{column}::varchar = ?" for column, _ in pairs]) or "true"
    rows = read(path, f"select * from marts.{mart} where {where}", *(value for _, value in pairs))
    return rows.set_index("session_date", verify_integrity=True)


def test_every_number_is_its_column_as_rounded(market: tuple[Path, Path], numbers: pd.DataFrame) -> None:
    assert len(numbers) > 50_000
    for (mart, keys), said in numbers.groupby(["mart", "filter"]):
        rows = rows_of(market[1], mart, keys).reindex(said.session)
        for column, of_column in said.reset_index(drop=True).groupby("column_name"):
            found = rows[column].iloc[of_column.index].reset_index(drop=True)
            of_column = of_column.reset_index(drop=True)
            is_date = of_column.value.isna()
            assert (found[is_date].astype(str).str[:10] == of_column.text[is_date]).all(), (mart, keys, column)
            if is_date.all():
                continue
            values = found.astype(float)
            assert ((values - of_column.value).abs() <= 1e-6).all(), (mart, keys, column)
            written = of_column.text.str.replace(",", "").str.replace("−", "-").astype(float)
            decimals = of_column.text.str.partition(".")[2].str.len()
            # rounded from the whole value, which the evidence lists to six decimals
            slack = 0.5 * 10.0**-decimals + 1e-9
            assert ((written - values * of_column.factor).abs() <= slack).all(), (mart, keys, column)


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
