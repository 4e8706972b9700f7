"""One SELECT that somebody else wrote, in a process of its own: the published file attached read-only, nothing else.

DuckDB refuses files, extensions and settings by configuration; any other statement is refused before it runs. Two
things are bounded by no configuration: one call of a function, which no interrupt reaches (levenshtein of two long
texts), and lists, which memory_limit does not count (one of three billion numbers). So the process has limits too, and
is killed when its time is up.
"""

import json
import math
import resource
import subprocess
import sys
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from threading import Timer
from typing import Any

import duckdb

#: Seconds until a query is interrupted, and how many more the process of one that cannot be gets before it is killed.
SECONDS, GRACE = 10.0, 5.0

#: Rows and letters of an answer at most. An agent reads some 100,000 letters at once; a mart has up to a million rows.
MOST_ROWS, MOST_LETTERS = 1000, 100_000

#: Memory of the engine, and address space of the process, bytes: one that has the file open takes 0.8 GB of it.
MEMORY, ADDRESS_SPACE = "500MB", 3 * 10**9

_CONFIGURATION: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": MEMORY,
    "threads": 2,
    "temp_directory": "",
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    # a name that is no table is no variable of this program either
    "python_enable_replacements": False,
}


class NotAnswered(Exception):
    """The query was refused, is wrong or took too much; the message says which in one sentence."""


@dataclass(frozen=True)
class Selected:
    """Rows of a query, lists of JSON values in the order of `columns`; `is_cut` where there are more."""

    columns: list[str]
    types: list[str]
    rows: list[list[Any]]
    is_cut: bool


def select(path: Path, sql: str, rows: int = MOST_ROWS, seconds: float = SECONDS) -> Selected:
    """The first `rows` rows of one SELECT on the published file at `path`. Raises NotAnswered."""
    request = json.dumps({"path": str(path), "sql": sql, "rows": max(1, min(rows, MOST_ROWS)), "seconds": seconds})
    # isolated: no variable and no folder of the user changes what is imported
    command = [sys.executable, "-I", __file__]
    try:
        done = subprocess.run(command, input=request, capture_output=True, text=True, timeout=seconds + GRACE)
    except subprocess.TimeoutExpired as error:
        raise NotAnswered(_too_slow(seconds)) from error
    try:
        answer = json.loads(done.stdout)
    except ValueError as error:
        raise NotAnswered("the query ended its process: it needed more memory than it may take") from error
    if "refused" in answer:
        raise NotAnswered(answer["refused"])
    return Selected(**answer)


def main() -> None:
    """Answer the request on the standard input, in the process that `select` starts."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # no file can be written, whatever a query finds
    request = json.load(sys.stdin)
    try:
        answer = _answer(Path(request["path"]), request["sql"], request["rows"], request["seconds"])
    except NotAnswered as refusal:
        answer = {"refused": str(refusal)}
    except duckdb.InterruptException:
        answer = {"refused": _too_slow(request["seconds"])}
    except (duckdb.OutOfMemoryException, MemoryError):
        answer = {"refused": f"the query needs more than the {MEMORY} of memory that it may take"}
    except duckdb.Error as error:
        answer = {"refused": str(error)[:1000]}
    json.dump(answer, sys.stdout)


def _answer(path: Path, sql: str, rows: int, seconds: float) -> dict[str, Any]:
    """Columns, types and rows of a query, as the fields of Selected."""
    with duckdb.connect(config=_CONFIGURATION) as connection:
        connection.execute("attach ? as published (read_only)", [str(path)])
        connection.execute("use published")
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        statements = connection.extract_statements(sql)
        # the file itself stays permitted to the engine: only the kind of statement keeps COPY from writing to it
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise NotAnswered("only one SELECT is answered, no other statement and no second one")
        timer = Timer(seconds, connection.interrupt)
        timer.start()
        try:
            found = connection.execute(statements[0])
            columns = [name for name, *_ in found.description]
            types = [str(kind) for _, kind, *_ in found.description]
            read = found.fetchmany(rows + 1)
        finally:
            timer.cancel()
    return _cut([[_cell(value) for value in row] for row in read], rows) | {"columns": columns, "types": types}


def _cut(read: list[list[Any]], rows: int) -> dict[str, Any]:
    """As many rows as fit into an answer."""
    kept: list[list[Any]] = []
    letters = 0
    for row in read[:rows]:
        letters += len(json.dumps(row))
        if letters > MOST_LETTERS:
            break
        kept.append(row)
    if read and not kept:
        raise NotAnswered(f"the first row has more than {MOST_LETTERS:,} letters: select fewer columns")
    return {"rows": kept, "is_cut": len(kept) < len(read)}


def _cell(value: Any) -> Any:
    """A value as JSON has it; what JSON has no form for as text."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, (float, Decimal)) and math.isfinite(value):
        return float(value)
    return str(value)


def _too_slow(seconds: float) -> str:
    return f"the query took more than {seconds:g} seconds: choose fewer days or aggregate first"


if __name__ == "__main__":
    main()
