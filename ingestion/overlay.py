"""A user's own things: events, claims, pairs, symbols, universes, calls and states to be notified of.

They are CSV files in a folder beside the data, which no upgrade touches. They are read and checked here, and dbt unites
them with the seeds.
"""

import csv
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ingestion import universe
from ingestion.settings import Settings
from ingestion.sources.base import SourceRefused
from ingestion.tables.cells import one_symbol

#: The cells of a row by column, None where empty, and `line`, its place in the file.
Row = dict[str, str | None]


@dataclass(frozen=True)
class Cell:
    """What a column of a file may hold; `values` are the only ones where there are any."""

    kind: str = "text"
    needed: bool = False
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class File:
    """A file of the folder: its columns in order, the column that names a row, and an example for `mine init`."""

    columns: Mapping[str, Cell]
    key: tuple[str, ...]
    meaning: str
    example: str


_NAME, _DAY, _TEXT = Cell(needed=True), Cell("day", True), Cell()
_COMPARATORS = (">", ">=", "<", "<=", "within", "beyond", "=", "in")

FILES = {
    "events": File(
        {"event_id": _NAME, "anchor_date": _DAY, "name": _NAME, "reason": _TEXT, "added_on": _DAY},
        ("event_id",),
        "Days that everything is measured from; an event is not known before added_on.",
        "my-event,2024-11-06,The day after the election,what I measure from,2024-11-06",
    ),
    "claims": File(
        {
            "claim_id": _NAME,
            "made_on": _DAY,
            "author": _NAME,
            "paraphrase": _NAME,
            "mart": _NAME,
            "column_name": _NAME,
            "filter": _TEXT,
            "comparator": Cell(needed=True, values=_COMPARATORS),
            "threshold": _NAME,
            "partly_threshold": _TEXT,
            "horizon": Cell("count", True),
            "outcome_mart": _TEXT,
            "outcome_column": _TEXT,
            "outcome_filter": _TEXT,
            "outcome_reading": Cell(values=("last", "highest", "lowest")),
            "outcome_comparator": Cell(values=_COMPARATORS),
            "outcome_threshold": _TEXT,
            "added_on": _DAY,
        },
        ("claim_id",),
        "What somebody said, to be compared with the data; read on the later of made_on and added_on.",
        "my-claim,2024-12-27,me,The VIX is calm.,volatility_daily,vix,,<,18,20,21,,,,highest,<,18,2024-12-27",
    ),
    "pairs": File(
        {"pair_id": _NAME, "numerator": _NAME, "denominator": _NAME, "name": _NAME},
        ("pair_id",),
        "Ratios of total return, of instruments, groups (MAG7), universes of yours, or symbols of symbols.csv.",
        "EWG/SPY,EWG,SPY,Germany against the S&P 500",
    ),
    "symbols": File(
        {"symbol": _NAME, "name": _NAME, "asset_type": Cell(needed=True, values=("equity", "etf", "index"))},
        ("symbol",),
        "Instruments beside those of the project; the live market fetches their bars.",
        "EWG,Germany ETF,etf",
    ),
    "calls": File(
        {
            "call_id": _NAME,
            "position": Cell("count"),
            "off": Cell(values=("true", "false")),
            "name": _TEXT,
            "any_begun": _TEXT,
            "stages": _TEXT,
            "day_states": _TEXT,
            "all_on": _TEXT,
            "any_on": _TEXT,
            "all_off": _TEXT,
            "sentence": _TEXT,
            "grounds": _TEXT,
            "horizon": Cell(values=("5", "21")),
            "target": Cell(values=("drawdown_over_3pct", "fall_over_3pct", "vix_up_30pct")),
            "argues_for": Cell(values=("more", "less", "usual")),
            "level_id": _TEXT,
            "level_test": Cell(values=("reaches", "never_reaches")),
            "level_words": _TEXT,
            "state_id": _TEXT,
            "state_words": _TEXT,
            "is_rare": Cell(values=("true", "false")),
            "reason": _TEXT,
        },
        ("call_id",),
        "Calls of the project that are off (call_id and off=true), and calls of yours (every other column).",
        "buying_thrust,,true,,,,,,,,,,,,,,,,,,,",
    ),
    "notify": File(
        {"state_id": _NAME},
        ("state_id",),
        "States that are notified of, by state_id of states_daily, beside those that always are.",
        "index_near_high",
    ),
}

UNIVERSE = File(
    {"symbol": _NAME, "valid_from": _DAY, "valid_to": Cell("day")},
    ("symbol", "valid_from"),
    "Members of the universe named like the file, from valid_from to the day before valid_to (empty: still in).",
    "AAPL,2020-01-02,",
)

#: What a call of the user's own needs beside its name.
_OF_A_CALL = ("position", "name", "sentence", "grounds", "horizon", "target", "argues_for", "reason")

#: Ids of universes: they are names of files, and of rows in SQL.
_UNIVERSE_ID = re.compile(r"[A-Z][A-Z0-9_]{0,29}")

#: Fewer names have no breadth worth the word, but it is the user's to choose; only an empty day is NULL.
LEAST_MEMBERS = 1


@dataclass(frozen=True)
class Overlay:
    """The checked rows of every file by its name; `members` are those of all universes, with universe_id."""

    rows: Mapping[str, tuple[Row, ...]]
    members: tuple[Row, ...] = ()

    @property
    def universes(self) -> tuple[str, ...]:
        """The universes of the folder, sorted."""
        return tuple(sorted({str(row["universe_id"]) for row in self.members}))

    @property
    def symbols(self) -> dict[str, tuple[str, str]]:
        """Symbol -> (name, asset type) of everything that has to have bars."""
        found = {str(row["symbol"]): (str(row["symbol"]), "equity") for row in self.members}
        return found | {str(row["symbol"]): (str(row["name"]), str(row["asset_type"])) for row in self.rows["symbols"]}

    @property
    def notified(self) -> tuple[str, ...]:
        """The states of notify.csv."""
        return tuple(str(row["state_id"]) for row in self.rows["notify"])


def read(settings: Settings) -> Overlay:
    """The overlay of the settings' folder; empty where there is none.

    Raises SourceRefused with file, line and what was expected.
    """
    folder = settings.mine_folder
    if not folder.is_dir():
        return Overlay(dict.fromkeys(FILES, ()))
    known = {f"{name}.csv" for name in FILES}
    for path in sorted(folder.glob("*.csv")):
        if path.name not in known:
            raise SourceRefused(f"{path.name}: expected one of {', '.join(sorted(known))}, or universes/NAME.csv")
    rows = {name: _read(folder / f"{name}.csv", f"{name}.csv", file) for name, file in FILES.items()}
    members = []
    for path in sorted((folder / "universes").glob("*.csv")):
        origin = f"universes/{path.name}"
        taken = {row["universe_id"] for row in universe.seed("universes")}
        if not _UNIVERSE_ID.fullmatch(path.stem) or path.stem in taken:
            raise SourceRefused(
                f"{origin}: expected a name of capitals, digits and _ that is none of {', '.join(sorted(taken))}"
            )
        members += [{"universe_id": path.stem, **row} for row in _read(path, origin, UNIVERSE, _no_overlap)]
    _refuse_seeded(rows, "events", "event_id")
    _refuse_seeded(rows, "claims", "claim_id")
    _refuse_seeded(rows, "pairs", "pair_id")
    _refuse_seeded(rows, "symbols", "symbol", "instruments")
    _check_calls(rows["calls"])
    return Overlay(rows, tuple(members))


def init(settings: Settings) -> list[Path]:
    """Write a commented example of every file that is not there yet; returns what was written."""
    folder, written = settings.mine_folder, []
    examples = {f"{name}.csv": file for name, file in FILES.items()} | {"universes/EXAMPLE.csv": UNIVERSE}
    for relative, file in examples.items():
        path = folder / relative
        if relative == "universes/EXAMPLE.csv" and any(path.parent.glob("*.csv")):
            continue
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"# {file.meaning}\n# {file.example}\n{','.join(file.columns)}\n", encoding="utf-8")
            written.append(path)
    return written


def _read(
    path: Path, origin: str, file: File, check: Callable[[str, list[tuple[int, Row]]], None] | None = None
) -> tuple[Row, ...]:
    """The rows of a file, cells as text and None where empty; lines that begin with # are none."""
    if not path.exists():
        return ()
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceRefused(f"{origin}: cannot be read: {error}") from error
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]
    if not numbered:
        return ()
    (first, header), *rest = numbered
    delimiter = ";" if header.count(";") > header.count(",") else ","
    names = [name.strip() for name in next(csv.reader([header], delimiter=delimiter))]
    needed = [name for name, cell in file.columns.items() if cell.needed]
    missing, unknown = set(needed) - set(names), [name for name in names if name not in file.columns]
    if missing or unknown or len(set(names)) < len(names):
        raise SourceRefused(
            f"{origin}, line {first}: expected the columns {','.join(file.columns)} (needed: {','.join(needed)}); "
            f"came {','.join(names)[:300]}"
        )
    found: list[tuple[int, Row]] = []
    seen: set[tuple[str | None, ...]] = set()
    for number, line in rest:
        cells = [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter))]
        if len(cells) > len(names):
            raise SourceRefused(f"{origin}, line {number}: expected {len(names)} cells; came {len(cells)}")
        given = dict(zip(names, cells, strict=False))
        row = {"line": str(number), **{name: given.get(name) or None for name in file.columns}}
        for name, cell in file.columns.items():
            _check(f"{origin}, line {number}", name, row[name], cell)
        if row.get("symbol"):
            row["symbol"] = one_symbol(str(row["symbol"]))
        key = tuple(row[name] for name in file.key)
        if key in seen:
            raise SourceRefused(
                f"{origin}, line {number}: expected {' and '.join(file.key)} once; came {key[0]!r} again"
            )
        seen.add(key)
        found.append((number, row))
    if check:
        check(origin, found)
    return tuple(row for _, row in found)


def _check(where: str, name: str, value: str | None, cell: Cell) -> None:
    if value is None:
        if cell.needed:
            raise SourceRefused(f"{where}: expected {name}; came nothing")
    elif cell.values and value not in cell.values:
        raise SourceRefused(f"{where}: expected {name} as one of {', '.join(cell.values)}; came {value!r}")
    elif cell.kind == "day" and not _is_day(value):
        raise SourceRefused(f"{where}: expected {name} as YYYY-MM-DD; came {value!r}")
    elif cell.kind == "count" and not re.fullmatch(r"[1-9]\d{0,4}", value):
        raise SourceRefused(f"{where}: expected {name} as a whole number above zero; came {value!r}")


def _no_overlap(origin: str, rows: list[tuple[int, Row]]) -> None:
    """A member has one spell at a time, which does not end before it begins."""
    ends: dict[str | None, str] = {}
    for number, row in sorted(rows, key=lambda found: str(found[1]["valid_from"])):
        start, end = str(row["valid_from"]), row["valid_to"] or "9999-12-31"
        if end <= start:
            raise SourceRefused(f"{origin}, line {number}: expected valid_to after {start}; came {end!r}")
        if start < ends.get(row["symbol"], ""):
            raise SourceRefused(
                f"{origin}, line {number}: expected {row['symbol']} once at a time; came {start} in a spell that lasts"
            )
        ends[row["symbol"]] = end


def _refuse_seeded(rows: Mapping[str, tuple[Row, ...]], name: str, key: str, seed: str = "") -> None:
    taken = {row[key] for row in universe.seed(seed or name)}
    for row in rows[name]:
        if row[key] in taken:
            where = f"{name}.csv, line {row['line']}"
            raise SourceRefused(f"{where}: expected {key} that is not among the project's own; came {row[key]!r}")


def _check_calls(rows: tuple[Row, ...]) -> None:
    """A call is one of the project's that is off, or a whole one; calls of the user's own are tried first, in order."""
    seeded = {row["call_id"] for row in universe.seed("calls")}
    places: set[str | None] = set()
    for row in rows:
        where = f"calls.csv, line {row['line']}"
        if row["call_id"] in seeded:
            if row["off"] != "true":
                came = row["off"]
                raise SourceRefused(f"{where}: expected off=true for the project's {row['call_id']}; came {came!r}")
            continue
        missing = [name for name in _OF_A_CALL if row[name] is None]
        if missing:
            raise SourceRefused(f"{where}: expected {', '.join(missing)} of the call {row['call_id']}; came nothing")
        if row["position"] in places:
            raise SourceRefused(f"{where}: expected each position once; came {row['position']} of {row['call_id']}")
        places.add(row["position"])


def _is_day(text: str) -> bool:
    try:
        return bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) and date.fromisoformat(text))
    except ValueError:
        return False
