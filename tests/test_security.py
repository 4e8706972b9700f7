"""Values never become SQL, and only two places open a file to write in it: held over the source."""

import ast
from collections.abc import Iterator

import pytest

from tests.test_rooms import PROJECT, ROOMS, SQL, modules, tree

#: What a user or a source says. It reaches SQL as a parameter, or through one of QUOTED.
OUTSIDE = {
    "symbol",
    "symbols",
    "path",
    "source",
    "target",
    "folder",
    "text",
    "series_id",
    "session",
    "origin",
    "payload",
}

#: Functions that turn a value into safe SQL: a quoted name, a quoted text, a reader that takes its path as a parameter.
QUOTED = {"quoted_name", "quoted_text", "_reader"}

#: Who opens a database file other than read-only: the warehouse, the fresh copy that is about to be published, and what
#: writes the verdicts as published or the tables of another engine into the warehouse.
WRITERS = {
    ("ingestion/store/warehouse.py", "writing"),
    ("ingestion/store/publication.py", "_copy"),
    ("ingestion/store/verdict_log.py", "record"),
    ("ingestion/store/handover.py", "take_back"),
    ("ingestion/store/universes.py", "add_universe"),
}


def names_in(node: ast.AST) -> Iterator[str]:
    """Names and attributes used in an expression, but for what goes through a quoting function."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in QUOTED:
        return
    if isinstance(node, ast.Name):
        yield node.id
    if isinstance(node, ast.Attribute):
        yield node.attr
    for child in ast.iter_child_nodes(node):
        yield from names_in(child)


def texts(parsed: ast.AST) -> Iterator[str]:
    """Every text in the source, an f-string as one with x for its values."""
    if isinstance(parsed, ast.JoinedStr):
        yield "".join(part.value if isinstance(part, ast.Constant) else "x" for part in parsed.values)
    elif isinstance(parsed, ast.Constant):
        yield from [parsed.value] if isinstance(parsed.value, str) else []
    else:
        for child in ast.iter_child_nodes(parsed):
            yield from texts(child)


def values_in_sql(parsed: ast.Module) -> list[str]:
    """Values from outside that an f-string writes into SQL."""
    found = []
    for node in ast.walk(parsed):
        if isinstance(node, ast.JoinedStr):
            said = "".join(part.value if isinstance(part, ast.Constant) else "x" for part in node.values)
            if SQL.match(said):
                written = (part for part in node.values if isinstance(part, ast.FormattedValue))
                found += [name for part in written for name in names_in(part.value) if name in OUTSIDE]
    return found


def writing_opens(parsed: ast.Module) -> list[str]:
    """Functions that open or attach a database file other than read-only; databases in memory do not count."""
    found = []
    for function in ast.walk(parsed):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "duckdb.connect" and node.args:
                    named = {word.arg: ast.unparse(word.value) for word in node.keywords}
                    found += [] if named.get("read_only") == "True" else [function.name]
            attached = (text for text in texts(function) if text.startswith("attach "))
            found += [function.name for text in attached if not text.endswith("(read_only)")]
    return found


@pytest.mark.parametrize("module", modules(*ROOMS))
def test_no_value_from_outside_is_formatted_into_sql(module):
    assert values_in_sql(tree(module)) == []


def test_files_are_opened_read_only_but_by_those_who_write():
    opens = {(module, name) for module in modules(*ROOMS) for name in writing_opens(tree(module))}
    assert opens == WRITERS


def test_no_query_of_dbt_takes_a_value_from_python_but_the_variables_of_a_build():
    used = (PROJECT / "dbt_project").rglob("*.sql")
    assert not [path.name for path in used if "env_var(" in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize(
    "source",
    [
        "run(f\"select * from raw.prices where symbol = '{symbol}'\")",
        "run(f\"select * from read_parquet('{path}')\")",
        "run(f\"select * from raw.prices where symbol = '{account.symbol}'\")",
    ],
)
def test_a_value_in_sql_is_found(source):
    assert len(values_in_sql(ast.parse(source))) == 1


@pytest.mark.parametrize(
    "source", ["run(f'select * from {_reader(path)}')", "run(f'select * from raw.{table}')", "say(f'no {symbol}')"]
)
def test_what_is_no_value_in_sql_is_let_through(source):
    assert values_in_sql(ast.parse(source)) == []


def test_a_file_opened_to_write_is_found():
    assert writing_opens(ast.parse("def f(path):\n    duckdb.connect(str(path))")) == ["f"]
    assert writing_opens(ast.parse("def f(path):\n    duckdb.connect(str(path), read_only=True)")) == []
    assert writing_opens(ast.parse("def f(run, path):\n    run('attach ? as w', [path])")) == ["f"]
    assert writing_opens(ast.parse("def f(run, path):\n    run('attach ? as w (read_only)', [path])")) == []
