"""The contract check: which rows of a frame are accepted, which are rejected and why. The tables' files hold the rules.

A row that breaks its contract is rejected with its reasons and its payload; the rest of the frame is accepted. A frame
of the wrong shape is refused whole. Nothing here reads or writes a file.
"""

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pandera.pandas as pa

from ingestion.sources.base import SourceRefused
from ingestion.tables import COLUMNS, RAW_TABLES, cells
from ingestion.tables.base import Circumstances, RawTable

#: Repeats of a row whose values agree within this relative difference are one row (float noise of the source).
SAME_VALUE = 1e-6

#: Key columns that name what a row is about, for raw.rejected_rows.
NAMES = ("symbol", "series_id", "contract_code", "exchange")


#: The reason of a row that a later one of the same day replaces: it is no fault of the file.
SUPERSEDED = "an earlier snapshot of the same day"


@dataclass(frozen=True)
class Checked:
    """A frame after its contract: accepted rows, typed; rejected rows (row_number, symbol, obs_date, reason, payload);
    and how many rows only repeat an accepted row."""

    accepted: pd.DataFrame
    rejected: pd.DataFrame
    repeated: int = 0

    def kinds(self) -> dict[str, tuple[int, str]]:
        """Each reason, without the value that it names in a row: its rows, and the first of them in words."""
        kinds: dict[str, tuple[int, str]] = {}
        for row in self.rejected.itertuples(index=False):
            for reason in row.reason.split("; "):
                kind, _, value = reason.partition(": ")
                rows, first = kinds.get(kind, (0, ""))
                first = first or f"line {row.row_number}: {reason}{'' if value else f', it is {row.payload[:200]}'}"
                kinds[kind] = (rows + 1, first)
        return kinds


def check(table: str, frame: pd.DataFrame, circumstances: Circumstances, origin: str) -> Checked:
    """Check `frame` against the contract of raw table `table`.

    `frame` has the columns of tables.COLUMNS[table], cells typed or as text; raises SourceRefused, naming `origin`,
    when a column is missing. A column row_number, where there is one, holds the line of each row, a column fault the
    reason of the source itself to reject it.
    """
    raw = RAW_TABLES[table]
    if raw.rules is None:
        raise ValueError(f"no contract for {table}")
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
    rows, reasons = cells.typed(raw, original)
    _note_failures(raw.rules(circumstances), rows, reasons)
    if "known_at" in rows:
        _note(reasons, np.flatnonzero(rows["known_at"].isna()), "no known_at")
    if "fault" in original:
        for fault, faulty in original.groupby("fault"):
            _note(reasons, faulty.index, str(fault))
    repeated, superseded, conflicting = _repeats(raw, rows, original, reasons)
    _note(reasons, superseded, SUPERSEDED)
    _note(reasons, conflicting, "duplicate key with different values")
    for rule in raw.neighbours:
        broken = rule.broken(rows.drop(index=repeated.union(list(reasons))), circumstances)
        keys = pd.MultiIndex.from_frame(rows[list(raw.delivered_key)])
        copies = repeated[keys[repeated].isin(keys[broken])]
        _note(reasons, broken.union(copies), rule.reason)
        repeated = repeated.difference(copies)

    bad = pd.Index(sorted(reasons))
    accepted = rows.drop(index=bad.union(repeated)).reset_index(drop=True)
    return Checked(accepted, _rejected(raw, original, rows, lines, reasons), len(repeated))


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


def _repeats(
    raw: RawTable, rows: pd.DataFrame, original: pd.DataFrame, reasons: dict[int, list[str]]
) -> tuple[pd.Index, np.ndarray, np.ndarray]:
    """Rows of a key that occurs more than once: those with the same values, earlier snapshots, and conflicts."""
    key = [*raw.delivered_key, *(["known_at"] if "known_at" in rows else [])]
    good = rows.drop(index=list(reasons))
    good = good[good.duplicated(key, keep=False)]
    none = np.array([], dtype=int)
    if good.empty:
        return pd.Index([], dtype=int), none, none
    moments = cells.read_days(original.loc[good.index, raw.described])
    ordered = good.assign(_moment=moments).sort_values([*key, "_moment"], kind="stable")
    values = [name for name in raw.delivered if name not in key]
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
    raw: RawTable, original: pd.DataFrame, typed: pd.DataFrame, lines: pd.Series, reasons: dict[int, list[str]]
) -> pd.DataFrame:
    rows = sorted(reasons)
    chosen = original.iloc[rows]
    name = next((column for column in raw.delivered_key if column in NAMES), None)
    return pd.DataFrame(
        {
            "row_number": [int(lines.iloc[row]) for row in rows],
            "symbol": chosen[name].astype("string").to_numpy() if name else None,
            "obs_date": typed[raw.described].iloc[rows].to_numpy(),
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
