"""The parts that a raw table is described with: columns, key, rules, known_at. Each table has a file of its own."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pandera.pandas as pa


@dataclass(frozen=True)
class Column:
    """A column: its SQL type and its meaning. `assigned` columns come from the store, not from a source."""

    sql_type: str
    meaning: str
    assigned: bool = False
    unit: str = ""
    formula: str = ""


#: Columns that the store adds to every vintage.
PROVENANCE = {
    "known_at": Column("timestamp", "When a reader could first know the row (UTC).", assigned=True),
    "ingested_at": Column("timestamp", "When the row was stored (UTC).", assigned=True),
    "batch_id": Column("integer", "Batch that stored the row, as in ingestion_runs.", assigned=True),
    "source": Column("varchar", "Source that sent the row.", assigned=True),
}


@dataclass(frozen=True)
class Circumstances:
    """What a contract needs to know besides the rows: today in New York, the sessions, which symbols are indices (an
    index may be quoted on a day that is no session; an equity or ETF may not), the first stored bar of a symbol, and
    the ticker of today of one that was given up."""

    today: date
    sessions: pd.DatetimeIndex
    indices: frozenset[str] = field(default_factory=frozenset)
    first_bars: Mapping[str, date] = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NeighbourRule:
    """A rule that compares a row with its neighbours: `broken` returns the index of the rows that break it.

    It sees accepted rows only, each key once, without those that break a rule before it.
    """

    broken: Callable[[pd.DataFrame, Circumstances], pd.Index]
    reason: str


@dataclass(frozen=True)
class LogTable:
    """A table in the schema raw that logs what was done; it has neither vintages nor a contract."""

    name: str
    meaning: str
    columns: dict[str, Column]
    changes_daily: bool = False


@dataclass(frozen=True)
class RawTable:
    """A table of append-only vintages.

    `known_at` dates rows that carry no known_at of their own: naive UTC, with the index of the rows. `rules` is the
    contract of one row, None for a table that is computed from the calendar and the seeds. `described` is the key
    column that holds the day a row describes. A column in `fallback` counts as a difference only where the column that
    it replaces is missing (adj_close moves with every dividend; that restates nothing).
    """

    name: str
    meaning: str
    key: dict[str, Column]
    values: dict[str, Column]
    known_at: Callable[[pd.DataFrame], pd.Series]
    rules: Callable[[Circumstances], pa.DataFrameSchema] | None = None
    neighbours: tuple[NeighbourRule, ...] = ()
    described: str = "obs_date"
    fallback: tuple[tuple[str, str], ...] = ()
    changes_daily: bool = True

    @property
    def columns(self) -> dict[str, Column]:
        """Every column of raw.<name>, in order, those that the store adds included."""
        return self.key | self.values | PROVENANCE

    @property
    def names_securities(self) -> bool:
        """Whether a source sends symbols that the store replaces by security_id."""
        return "security_id" in self.key

    @property
    def delivered_key(self) -> tuple[str, ...]:
        """The key as a source delivers it: with symbol instead of security_id."""
        return tuple("symbol" if name == "security_id" else name for name in self.key)

    @property
    def delivered(self) -> dict[str, str]:
        """Column -> SQL type of what a source delivers, in order, key first."""
        keys = dict(zip(self.delivered_key, self.key.values(), strict=True))
        types = {name: "varchar" if name == "symbol" else column.sql_type for name, column in keys.items()}
        return types | {name: column.sql_type for name, column in self.values.items() if not column.assigned}
