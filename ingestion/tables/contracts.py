"""What a bar, a level, an observation, a position, a count, a membership spell and a weight must be.

A row that breaks its contract is set aside with its reasons and its payload; the rest of the frame goes on. A frame of
the wrong shape is refused whole. Nothing here reads or writes a file.
"""

import json
import warnings
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from ingestion.sources.base import COLUMNS, SourceRefused
from ingestion.sources.files import read_days

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pandera.pandas as pa

#: A move this large without a corporate action is kept and flagged (2020-03-09 had real ones), but rejected when the
#: next close comes back to within RETURN_OF_SPIKE of the price before it: then it was a bad print.
SPIKE = 0.40
RETURN_OF_SPIKE = 0.05

#: A close may lie this far outside [low, high]: closing-auction prints of real bars do, by up to about 0.3 %.
OUTSIDE_RANGE = 0.005

#: Repeats of a row whose values agree within this relative difference are one row (float noise of the source).
SAME_VALUE = 1e-6

#: An exchange day with fewer issues than this share of the median of the days around it is a broken count.
THIN_COUNT = 0.5

#: No series of ours describes an earlier day, and spells without a known beginning are said to begin here.
EARLIEST = date(1900, 1, 1)

DATES = frozenset({"obs_date", "valid_from", "valid_to", "known_at"})
TEXTS = frozenset(
    {
        "symbol",
        "series_id",
        "contract_code",
        "exchange",
        "index_id",
        "name",
        "asset_type",
        "gics_sector",
        "gics_sub_industry",
    }
)
KEYS = {
    "securities": ["symbol", "valid_from"],
    "prices": ["symbol", "obs_date"],
    "index_levels": ["series_id", "obs_date"],
    "macro_observations": ["series_id", "obs_date"],
    "positioning": ["contract_code", "obs_date"],
    "exchange_breadth": ["exchange", "obs_date"],
    "index_membership": ["index_id", "symbol", "valid_from"],
    "index_weights": ["index_id", "symbol", "obs_date"],
}


@dataclass(frozen=True)
class Checked:
    """A frame after its contract: accepted rows, typed; rejected rows (row_number, symbol, obs_date, reason, payload);
    and how many rows said again what an accepted row says."""

    accepted: pd.DataFrame
    rejected: pd.DataFrame
    repeated: int = 0


@dataclass(frozen=True)
class Circumstances:
    """What a contract has to know of the world: today in New York, the sessions, and which symbols are indices (an
    index may be quoted on a day that is no session; an equity or ETF may not)."""

    today: date
    sessions: pd.DatetimeIndex
    indices: frozenset[str] = field(default_factory=frozenset)


def check(table: str, frame: pd.DataFrame, circumstances: Circumstances, origin: str) -> Checked:
    """Hold `frame` against the contract of raw table `table`.

    `frame` has the columns of sources.base.COLUMNS[table], cells typed or as text; raises SourceRefused, naming
    `origin`, when a column is missing. A column row_number, where there is one, names the line of each row.
    """
    missing = [name for name in COLUMNS[table] if name not in frame.columns]
    if missing:
        raise SourceRefused(
            f"{origin}: expected columns {', '.join(COLUMNS[table])}; missing {', '.join(missing)}, "
            f"came with {', '.join(map(str, frame.columns)) or 'none'}"
        )
    if repeated_names := sorted({str(name) for name in frame.columns[frame.columns.duplicated()]}):
        raise SourceRefused(
            f"{origin}: expected each column once; came with {', '.join(repeated_names)} more than once"
        )
    original = frame.reset_index(drop=True)
    lines = original["row_number"] if "row_number" in original else pd.Series(original.index + 1)
    typed, reasons = _typed(table, original)
    _note_failures(_schema(table, circumstances), typed, reasons)
    if "known_at" in typed:
        _note(reasons, np.flatnonzero(typed["known_at"].isna()), "no known_at")
    repeated, superseded, conflicting = _repeats(table, typed, original, reasons)
    _note(reasons, superseded, "an earlier snapshot of the same day")
    _note(reasons, conflicting, "duplicate key with different values")
    if table in NEIGHBOURS:
        broken, reason = NEIGHBOURS[table]
        rows = broken(typed.drop(index=repeated.union(list(reasons))))
        keys = pd.MultiIndex.from_frame(typed[KEYS[table]])
        copies = repeated[keys[repeated].isin(keys[rows])]
        _note(reasons, rows.union(copies), reason)
        repeated = repeated.difference(copies)

    bad = pd.Index(sorted(reasons))
    accepted = typed.drop(index=bad.union(repeated)).reset_index(drop=True)
    return Checked(accepted, _rejected(table, original, typed, lines, reasons), len(repeated))


def _typed(table: str, original: pd.DataFrame) -> tuple[pd.DataFrame, dict[int, list[str]]]:
    """The frame with dates, numbers and texts typed, and a reason for each cell that is not what it should be."""
    reasons: dict[int, list[str]] = {}
    columns: dict[str, pd.Series] = {}
    for name in [*COLUMNS[table], *(["known_at"] if "known_at" in original else [])]:
        cells = original[name]
        if name in TEXTS:
            columns[name] = cells.astype("string").str.strip().replace("", pd.NA)
            continue
        blank = cells.isna()
        if name in DATES:
            parsed = read_days(cells)
            columns[name] = parsed if name == "known_at" else parsed.dt.normalize()
            word = "date (YYYY-MM-DD)"
        else:
            if not pd.api.types.is_numeric_dtype(cells.dtype) or pd.api.types.is_bool_dtype(cells.dtype):
                cells = cells.astype("string").str.strip()
                blank = blank | cells.isin(["", "."])
            columns[name] = pd.to_numeric(cells.mask(blank), errors="coerce").astype("float64")
            word = "number"
        unreadable = ~blank & (columns[name].isna() | columns[name].isin([np.inf, -np.inf]))
        for row in np.flatnonzero(unreadable.to_numpy(dtype=bool)):
            reasons.setdefault(int(row), []).append(f"{name} is not a {word}: {str(cells.iloc[row])!r}")
    return pd.DataFrame(columns), reasons


def _schema(table: str, circumstances: Circumstances) -> pa.DataFrameSchema:
    """The contract of one table: column rules that may be checked alone, and rules between columns."""
    today = pd.Timestamp(circumstances.today)

    def present(name: str) -> pa.Column:
        return pa.Column(
            checks=pa.Check(lambda cells: cells.notna(), error=f"no {name}", ignore_na=False), nullable=True
        )

    def day(name: str = "obs_date") -> pa.Column:
        return pa.Column(
            checks=[
                pa.Check(lambda cells: cells.notna(), error="no date", ignore_na=False),
                pa.Check(lambda cells: cells <= today, error="date in the future"),
                pa.Check(lambda cells: cells >= pd.Timestamp(EARLIEST), error=f"date before {EARLIEST.year}"),
            ],
            nullable=True,
        )

    def number(rule: str, low: float, high: float = np.inf) -> pa.Column:
        return pa.Column(checks=pa.Check(lambda cells: (cells >= low) & (cells <= high), error=rule), nullable=True)

    def rule(condition, error: str) -> pa.Check:
        return pa.Check(condition, error=error, ignore_na=False)

    smallest = np.nextafter(0, 1)
    if table == "prices":
        indices = circumstances.indices
        return pa.DataFrameSchema(
            {
                "symbol": present("symbol"),
                "obs_date": day(),
                **{
                    name: number(f"{name} is not above zero", smallest)
                    for name in ("open", "high", "low", "close", "adj_close", "split")
                },
                "volume": number("volume is negative", 0),
                "dividend": number("dividend is negative", 0),
            },
            checks=[
                rule(lambda bars: bars["close"].notna() | bars["adj_close"].notna(), "no price"),
                rule(lambda bars: ~(bars["high"] < bars["low"]), "high below low"),
                rule(
                    lambda bars: (
                        ~(
                            (bars["close"] > bars["high"] * (1 + OUTSIDE_RANGE))
                            | (bars["close"] < bars["low"] * (1 - OUTSIDE_RANGE))
                        )
                    ),
                    f"close outside low and high by more than {OUTSIDE_RANGE:.1%}",
                ),
                rule(
                    lambda bars: (
                        bars["obs_date"].isna()
                        | (bars["obs_date"] > today)
                        | bars["symbol"].isin(indices)
                        | bars["obs_date"].isin(circumstances.sessions)
                    ),
                    "not a session of the New York Stock Exchange",
                ),
            ],
        )
    if table == "index_levels":
        bounded = {"COR": (0.0, 100.0), "VIX": (smallest, 200.0)}

        def in_bounds(levels: pd.DataFrame) -> pd.Series:
            good = levels["close"].isna() | (levels["close"] > 0)
            for prefix, (low, high) in bounded.items():
                chosen = levels["series_id"].str.startswith(prefix).fillna(False).astype(bool)
                good = good.mask(chosen & levels["close"].notna(), levels["close"].between(low, high))
            return good

        return pa.DataFrameSchema(
            {"series_id": present("series"), "obs_date": day(), "close": present("close")},
            checks=rule(in_bounds, "close outside its bounds (COR 0 to 100, VIX above 0 to 200, others above 0)"),
        )
    if table == "macro_observations":
        return pa.DataFrameSchema({"series_id": present("series"), "obs_date": day()})
    if table == "positioning":
        return pa.DataFrameSchema(
            {
                "contract_code": present("contract"),
                "obs_date": day(),
                "open_interest": number("open interest is negative", 0),
                **{
                    name: number(f"{name} is negative", 0)
                    for name in COLUMNS["positioning"]
                    if name.endswith(("_long", "_short"))
                },
            },
            checks=rule(lambda rows: rows["open_interest"].notna(), "no open interest"),
        )
    if table == "exchange_breadth":
        return pa.DataFrameSchema(
            {
                "exchange": present("exchange"),
                "obs_date": day(),
                **{name: number(f"{name} is negative", 0) for name in ("advances", "declines", "unchanged")},
            },
            checks=rule(lambda rows: rows["advances"].notna() | rows["declines"].notna(), "no counts"),
        )
    if table == "index_membership":
        return pa.DataFrameSchema(
            {"index_id": present("index"), "symbol": present("symbol"), "valid_from": day("valid_from")},
            checks=rule(
                # a spell that ends where it begins holds no day: so a source takes back one it stated before
                lambda spells: ~(spells["valid_to"] < spells["valid_from"]),
                "the spell ends before it begins",
            ),
        )
    if table == "index_weights":
        return pa.DataFrameSchema(
            {
                "index_id": present("index"),
                "symbol": present("symbol"),
                "obs_date": day(),
                "weight": number("weight outside 0 to 1 (a fraction)", smallest, 1.0),
            },
            checks=rule(lambda rows: rows["weight"].notna(), "no weight"),
        )
    if table == "securities":
        return pa.DataFrameSchema({"symbol": present("symbol"), "valid_from": day("valid_from")})
    raise ValueError(f"no contract for {table}")


def _note_failures(schema: pa.DataFrameSchema, typed: pd.DataFrame, reasons: dict[int, list[str]]) -> None:
    try:
        schema.validate(typed, lazy=True)
    except pa.errors.SchemaErrors as failures:
        cases = failures.failure_cases.drop_duplicates(["index", "check"])
        for row, reason in zip(cases["index"], cases["check"], strict=True):
            if pd.isna(row):
                raise
            reasons.setdefault(int(row), []).append(str(reason))


def _note(reasons: dict[int, list[str]], rows: np.ndarray | pd.Index, reason: str) -> None:
    for row in rows:
        reasons.setdefault(int(row), []).append(reason)


def _spikes(bars: pd.DataFrame) -> pd.Index:
    """Rows of bad prints: a jump that no corporate action explains and that the next close undoes."""
    good = bars[bars["close"].notna()].sort_values(["symbol", "obs_date"], kind="stable")
    by_symbol = good.groupby("symbol", sort=False)["close"]
    before, after = by_symbol.shift(1), by_symbol.shift(-1)
    no_action = good["split"].fillna(1).eq(1) & good["dividend"].fillna(0).eq(0)
    jumped = ((good["close"] / before - 1).abs() > SPIKE) & no_action
    return good.index[jumped & ((after / before - 1).abs() <= RETURN_OF_SPIKE)]


def _thin_counts(counts: pd.DataFrame) -> pd.Index:
    """Rows of broken counts: far fewer issues than on the ten days before and after."""
    counts = counts.sort_values(["exchange", "obs_date"], kind="stable")
    issues = counts[["advances", "declines", "unchanged"]].sum(axis=1, min_count=3)
    usual = issues.groupby(counts["exchange"]).transform(
        lambda days: days.rolling(21, center=True, min_periods=3).median()
    )
    return counts.index[(issues < THIN_COUNT * usual).to_numpy(dtype=bool)]


#: Contracts that compare a row with its neighbours, once each day is there only once.
NEIGHBOURS = {
    "prices": (_spikes, f"moved over {SPIKE:.0%} without a corporate action and came back"),
    "exchange_breadth": (_thin_counts, f"issues counted are under {THIN_COUNT:.0%} of the median around it"),
}


def _repeats(
    table: str, typed: pd.DataFrame, original: pd.DataFrame, reasons: dict[int, list[str]]
) -> tuple[pd.Index, np.ndarray, np.ndarray]:
    """Rows of a key that occurs more than once: those that say the same again, earlier snapshots, and conflicts."""
    key = KEYS[table] + (["known_at"] if "known_at" in typed else [])
    good = typed.drop(index=list(reasons))
    good = good[good.duplicated(key, keep=False)]
    none = np.array([], dtype=int)
    if good.empty:
        return pd.Index([], dtype=int), none, none
    day = next(name for name in key if name in DATES)
    moments = read_days(original.loc[good.index, day])
    ordered = good.assign(_moment=moments).sort_values([*key, "_moment"], kind="stable")
    values = [name for name in COLUMNS[table] if name not in key]
    of_key = ordered.groupby(key, dropna=False, sort=False).ngroup()
    is_last = ~of_key.duplicated(keep="last")
    last = ordered[is_last].set_axis(of_key[is_last], axis=0).loc[of_key].set_axis(ordered.index, axis=0)
    same = pd.Series(True, index=ordered.index)
    for name in values:
        if pd.api.types.is_float_dtype(ordered[name]):
            close = (ordered[name] - last[name]).abs() <= SAME_VALUE * last[name].abs()
        else:
            close = ordered[name] == last[name]
        same &= close.fillna(False).astype(bool) | (ordered[name].isna() & last[name].isna())
    earlier = ~same & (ordered["_moment"] < last["_moment"])
    clash = ~same & ~earlier
    clashing = clash.groupby(of_key).transform("any")
    repeated = ordered.index[same & ~is_last & ~clashing]
    return repeated, ordered.index[earlier & ~clashing].to_numpy(), ordered.index[clashing].to_numpy()


def _rejected(
    table: str, original: pd.DataFrame, typed: pd.DataFrame, lines: pd.Series, reasons: dict[int, list[str]]
) -> pd.DataFrame:
    rows = sorted(reasons)
    chosen = original.iloc[rows]
    name = next(
        (column for column in KEYS[table] if column in ("symbol", "series_id", "contract_code", "exchange")), None
    )
    day = next((column for column in KEYS[table] if column in DATES), None)
    return pd.DataFrame(
        {
            "row_number": [int(lines.iloc[row]) for row in rows],
            "symbol": chosen[name].astype("string").to_numpy() if name else None,
            "obs_date": typed[day].iloc[rows].to_numpy() if day else None,
            "reason": ["; ".join(dict.fromkeys(reasons[row])) for row in rows],
            "payload": [
                json.dumps({str(column): _plain(cell) for column, cell in row.items()}, allow_nan=False, sort_keys=True)
                for row in chosen.to_dict("records")
            ],
        }
    )


def _plain(cell: object) -> object:
    if cell is None or cell is pd.NaT or cell is pd.NA or (isinstance(cell, float) and np.isnan(cell)):
        return None
    return cell if isinstance(cell, (int, str, bool)) else str(cell)
