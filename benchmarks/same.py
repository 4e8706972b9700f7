"""Do the models, polars and pandas give the same numbers? Asked before anything is timed.

Everything is laid out as arrays with one row a session: name-days with one column a name, counts with one column a
sector and one for the whole, NaN for nothing.
"""

from collections.abc import Iterator

import duckdb
import numpy as np

from benchmarks import made_market, peers
from ingestion.settings import Settings

TOLERANCE = 1e-9

#: Columns of name-days as the peers have them, and as ours say it.
NAME_DAYS = {
    **{
        column: column
        for column in ("is_stale", "close", "price_return", "total_return", "gap_return", "log_return_21", "points")
    },
    "direction": "case when not is_stale then sign(points) end",
    **{f"sigma_{rows}": f"sigma_{rows}" for rows in peers.CORRELATION_WINDOWS},
    **{
        f"is_above_sma{rows}": f"case when is_eligible_{rows} then is_above_sma{rows} end"
        for rows in peers.FRAMES["sma"]
    },
    **{
        f"is_{word}_{rows}": f"case when is_eligible_{rows} then is_{word}_{rows} end"
        for rows in peers.FRAMES["high"]
        for word in ("high", "low")
    },
}
DISPERSION = ["returns", "dispersion_equal"]
WINDOW = ["names_used", "correlation_sum", "basket_variance", "weighted_sigma", "own_variance"]

Arrays = dict[str, np.ndarray]


def check(settings: Settings) -> None:
    """Hold both peers against the built warehouse, every column to 1e-9; raises AssertionError naming the first."""
    ours = _ours(settings)
    for peer, theirs in (("polars", _of_polars(settings)), ("pandas", _of_pandas(settings))):
        for what, left, right in _pairs(ours, theirs):
            apart = np.isnan(left) != np.isnan(right)
            with np.errstate(invalid="ignore"):
                apart |= np.abs(left - right) > TOLERANCE * np.maximum(1, np.abs(left))
            assert not apart.any(), f"{peer}, {what}: {apart.sum():,} of {apart.size:,} differ"


def _pairs(ours: Arrays, theirs: Arrays) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    assert ours.keys() == theirs.keys(), ours.keys() ^ theirs.keys()
    for what in ours:
        yield what, ours[what].astype("float64"), theirs[what].astype("float64")


def _ours(settings: Settings) -> Arrays:
    with duckdb.connect(str(settings.warehouse_path), read_only=True) as connection:
        connection.execute("set enable_progress_bar = false")

        def read(table: str, place: str, width: int, wanted: dict[str, str], where: str = "true") -> Arrays:
            """The wanted columns of a table (name: SQL), at the `place` (SQL) of each row."""
            found = connection.execute(
                f"""
                select
                    session_number - (select min(session_number) from intermediate.int_name_days) as row,
                    {place} as place,
                    {", ".join(f"({sql})::double as {column}" for column, sql in wanted.items())}
                from intermediate.{table}
                where {where}
                """
            ).fetchnumpy()
            return {
                column: _placed(sessions, width, found["row"], found["place"], _plain(found[column]))
                for column in wanted
            }

        sessions, names = connection.execute(
            "select count(distinct session_number), max(security_id) from intermediate.int_name_days"
        ).fetchone() or (0, 0)
        counted = {
            row[0]: row[0]
            for row in connection.execute(
                "select column_name from duckdb_columns() where table_name = 'int_breadth_counts' "
                "and column_name not in ('universe_id', 'segment_id', 'session_number', 'session_date', 'build_number')"
            ).fetchall()
        }
        sector = f"case segment_id when 'ALL' then {peers.SECTORS} else split_part(segment_id, ' ', 2)::integer end"
        found = read("int_name_days", "security_id - 1", names, NAME_DAYS)
        found |= read("int_breadth_counts", sector, peers.SECTORS + 1, counted, "universe_id = 'SP500'")
        found |= read("int_member_return_days", "0", 1, {column: column for column in DISPERSION})
        named = {column: column for column in WINDOW}
        for length in peers.CORRELATION_WINDOWS:
            window = read("int_correlation_windows", "0", 1, named, f"window_sessions = {length} and names_used > 0")
            found |= {f"{column} of {length}": values for column, values in window.items()}
    return _without_first_day(found)


def _of_polars(settings: Settings) -> Arrays:
    name_days, counts, dispersion, windows = peers.in_polars(made_market.bars(settings))
    first = name_days["session_number"].min()
    sessions, names = name_days["session_number"].max() - first + 1, name_days["security_id"].max()

    def laid(frame, place: np.ndarray, width: int, columns: list[str]) -> Arrays:
        rows = (frame["session_number"] - first).to_numpy()
        return {
            column: _placed(sessions, width, rows, place, frame[column].cast(float).fill_null(np.nan).to_numpy())
            for column in columns
        }

    found = laid(name_days, (name_days["security_id"] - 1).to_numpy(), names, list(NAME_DAYS))
    counted = [column for column in counts.columns if column not in ("session_number", "sector")]
    found |= laid(counts, counts["sector"].fill_null(peers.SECTORS).to_numpy(), peers.SECTORS + 1, counted)
    found |= laid(dispersion, np.zeros(len(dispersion), "int64"), 1, DISPERSION)
    return _without_first_day(found | _of_windows(windows))


def _of_pandas(settings: Settings) -> Arrays:
    name_days, counts, dispersion, windows = peers.in_pandas(made_market.bars(settings))
    traded = name_days["close"].notna()
    found = {column: name_days[column].astype("float64").where(traded).to_numpy() for column in NAME_DAYS}
    found |= counts
    found |= {column: dispersion[[column]].to_numpy() for column in DISPERSION}
    return _without_first_day(found | _of_windows(windows))


def _of_windows(windows: dict[int, np.ndarray]) -> Arrays:
    return {
        f"{column} of {length}": values[:, [place]]
        for length, values in windows.items()
        for place, column in enumerate(WINDOW)
    }


def _placed(sessions: int, width: int, rows: np.ndarray, places: np.ndarray, values: np.ndarray) -> np.ndarray:
    laid = np.full((sessions, width), np.nan)
    laid[rows.astype("int64"), places.astype("int64")] = values
    return laid


def _plain(values: np.ndarray) -> np.ndarray:
    """What DuckDB masks as NULL is NaN."""
    return np.ma.filled(values, np.nan)


def _without_first_day(found: Arrays) -> Arrays:
    """The first day has no return: the models have no row of dispersion for it, the peers have one without returns."""
    return {what: values[1:] for what, values in found.items()}
