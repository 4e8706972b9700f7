"""The rules of the rooms, held over the source: who imports whom, who reads the environment, where SQL stands."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
ROOMS = ("ingestion", "orchestration", "app")

#: What a room may import of the project; a file's own line adds to that of its room.
MAY_IMPORT = {
    "ingestion": ("ingestion",),
    "orchestration": ("ingestion", "orchestration"),
    "orchestration/commands.py": ("app.report", "app.export", "app.mcp"),
    "orchestration/webserver.py": ("app.loopback",),  # one check of origins for both servers
    "app": ("app", "ingestion.settings"),
}
MUST_NOT_IMPORT = {
    "ingestion": ("dagster", "dagster_dbt", "dbt", "streamlit"),
    "orchestration": ("streamlit",),
    "app": ("dagster", "dagster_dbt", "dbt"),
}
#: What a room of the app may import of the app and of what draws; views, main and serve may import all of it.
APP_ROOMS = {
    "app/published": ("app.published",),
    "app/words": ("app.words",),
    "app/pictures": ("app.pictures", "altair"),
    "app/report": ("app.published", "app.report", "app.words", "app.pictures.colours", "ingestion.settings"),
}
#: Folders and files that open databases and hold SQL.
OPENS_DATABASES = (
    "ingestion/store/",
    "app/published/",
    "orchestration/event_log.py",  # Dagster's own files, no data of ours
    "orchestration/spark.py",  # Spark's catalogue of what ingestion/store hands over
)
#: For our own queries, and for one of somebody else's in a process of its own.
OPENS_THE_PUBLISHED_FILE = {"app/published/file.py", "app/published/one_select.py"}
READS_ENVIRONMENT = {"ingestion/settings.py"}
SETS_ENVIRONMENT = {"orchestration/commands.py", "orchestration/home.py"}
MOST_LINES = 400
VAGUE = ("utils", "util", "helpers", "helper", "common", "manager", "misc")

SQL = re.compile(
    r"\s*(?:select\s.+\sfrom\s|select\s+(?:count|max|min|distinct|\*|\d)"
    r"|with\s+\w+\s+as\s*(?:materialized\s*)?\(|insert\s+into\s"
    r"|create\s+(?:or\s+replace\s+)?(?:temp\s+|temporary\s+)?(?:table|view|schema|macro|index)\s|update\s+\S+\s+set\s"
    r"|delete\s+from\s|drop\s+(?:table|view|schema)\s|alter\s+table\s|copy\s.+\sto\s|attach\s+'|detach\s|pragma\s|describe\s"
    r"|checkpoint\b|from\s+\w+\s+select\s)",
    re.DOTALL,
)
HOSTS = re.compile(r"pypi\.(?:org|python)|pythonhosted|anaconda\.org|conda\.io|--(?:extra-)?index-url|/simple\b", re.I)


def modules(*folders: str) -> list[str]:
    return sorted(str(path.relative_to(PROJECT)) for folder in folders for path in (PROJECT / folder).rglob("*.py"))


def tree(module: str) -> ast.Module:
    return ast.parse((PROJECT / module).read_text(encoding="utf-8"), module)


def imported(parsed: ast.Module, module: str) -> Iterator[str]:
    """Full names of what a module imports, at its top or anywhere inside."""
    for node in ast.walk(parsed):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            inside = Path(module).with_suffix("").parts[: -node.level] if node.level else ()
            origin = [*inside, *([node.module] if node.module else [])]
            yield from (".".join([*origin, alias.name]) for alias in node.names)


def is_below(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def trespasses(parsed: ast.Module, module: str) -> list[str]:
    room = module.split("/")[0]
    allowed = MAY_IMPORT[room] + MAY_IMPORT.get(module, ())
    ours = (*ROOMS, "tests", "benchmarks", "dbt_project")
    return [
        name
        for name in imported(parsed, module)
        if is_below(name, MUST_NOT_IMPORT[room]) or (is_below(name, ours) and not is_below(name, allowed))
    ]


def outside_of(parsed: ast.Module, module: str, allowed: tuple[str, ...]) -> list[str]:
    """Imports of the project's rooms, streamlit and altair that are not below one of the `allowed` names."""
    watched = (*ROOMS, "streamlit", "altair")
    return [name for name in imported(parsed, module) if is_below(name, watched) and not is_below(name, allowed)]


def environment_uses(parsed: ast.Module) -> tuple[int, int]:
    """How often a module reads and how often it sets the environment."""
    stored = {
        id(node.value)
        for node in ast.walk(parsed)
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, (ast.Store, ast.Del))
    }
    read = written = 0
    for node in ast.walk(parsed):
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv", "putenv"):
            written += id(node) in stored
            read += id(node) not in stored
        if isinstance(node, ast.ImportFrom) and node.module == "os":
            read += sum(alias.name in ("environ", "getenv") for alias in node.names)
    return read, written


def database_calls(parsed: ast.Module) -> int:
    by_name = sum(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "duckdb"
        and node.func.attr in ("connect", "sql", "query", "execute")
        for node in ast.walk(parsed)
    )
    imported_alone = sum(
        isinstance(node, ast.ImportFrom)
        and node.module == "duckdb"
        and any(name.name == "connect" for name in node.names)
        for node in ast.walk(parsed)
    )
    return by_name + imported_alone


def sql_texts(parsed: ast.Module) -> list[str]:
    """String constants that are SQL; docstrings are not."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(parsed)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    texts = (
        node.value
        for node in ast.walk(parsed)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings
    )
    return [text for text in texts if SQL.match(text.lower() if text.split(" ")[0].strip().isupper() else text)]


# The rules ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", modules(*ROOMS))
def test_a_room_imports_only_from_where_it_may(module):
    assert trespasses(tree(module), module) == []


@pytest.mark.parametrize("module", modules(*ROOMS))
def test_only_the_settings_read_the_environment(module):
    read, written = environment_uses(tree(module))
    assert read == 0 or module in READS_ENVIRONMENT
    assert written == 0 or module in SETS_ENVIRONMENT


@pytest.mark.parametrize("module", modules(*ROOMS))
def test_databases_are_opened_and_sql_is_written_only_where_that_belongs(module):
    parsed = tree(module)
    if not module.startswith(OPENS_DATABASES):
        assert database_calls(parsed) == 0
        assert sql_texts(parsed) == []


@pytest.mark.parametrize("module", modules(*ROOMS))
def test_spark_is_imported_by_its_engine_alone_and_only_when_it_runs(module):
    packages = ("pyspark", "dbt.adapters.spark")
    anywhere = [name for name in imported(tree(module), module) if is_below(name, packages)]
    at_its_top = [
        name
        for statement in tree(module).body
        if isinstance(statement, ast.Import | ast.ImportFrom)
        for name in imported(ast.Module([statement], []), module)
        if is_below(name, (*packages, "orchestration.spark"))
    ]
    assert not at_its_top
    assert not anywhere or module == "orchestration/spark.py"


@pytest.mark.parametrize("module", modules("app"))
def test_the_app_opens_the_published_file_in_two_places(module):
    assert database_calls(tree(module)) == (module in OPENS_THE_PUBLISHED_FILE)


@pytest.mark.parametrize("module", modules(*APP_ROOMS))
def test_a_room_of_the_app_imports_only_from_where_it_may(module):
    allowed = APP_ROOMS["/".join(module.split("/")[:2])]
    assert outside_of(tree(module), module, allowed) == []


@pytest.mark.parametrize("module", modules(*ROOMS, "tests", "benchmarks"))
def test_every_module_opens_with_a_sentence(module):
    said = ast.get_docstring(tree(module))
    assert said, "no docstring"
    assert said.split("\n\n")[0].endswith((".", "?", "!"))


@pytest.mark.parametrize("module", modules(*ROOMS, "tests", "benchmarks"))
def test_no_module_is_longer_than_a_person_reads(module):
    assert len((PROJECT / module).read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_no_module_or_folder_has_a_vague_name():
    names = {part for module in modules(*ROOMS, "tests", "benchmarks") for part in Path(module).with_suffix("").parts}
    assert [name for name in sorted(names) if set(name.split("_")) & set(VAGUE)] == []


def test_no_text_of_the_project_names_a_package_host():
    stored = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=PROJECT, capture_output=True, text=True
    ).stdout.split("\n")
    kinds = (".md", ".lock", ".toml", ".txt", ".in", ".yml", ".yaml", "Makefile")
    texts = [name for name in stored if name.endswith(kinds)]
    assert texts, "git lists the project's files"
    naming = [
        name for name in texts if (PROJECT / name).is_file() and HOSTS.search((PROJECT / name).read_text("utf-8"))
    ]
    assert naming == []


# The rules can fail -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("ingestion/new.py", "import dagster as dg"),
        ("ingestion/new.py", "def late():\n    from app import published"),
        ("ingestion/sources/new.py", "from ... import orchestration"),
        ("ingestion/new.py", "import streamlit"),
        ("app/new.py", "from ingestion.store.warehouse import Warehouse"),
        ("app/new.py", "from ingestion import calendar"),
        ("app/new.py", "import ingestion"),
        ("app/new.py", "from orchestration.cli import main"),
        ("orchestration/new.py", "from app.report import write"),
        ("orchestration/cli.py", "from app.pictures.charts import lines"),
        ("orchestration/new.py", "from tests import conftest"),
    ],
)
def test_a_forbidden_import_is_found(module, source):
    assert len(trespasses(ast.parse(source), module)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("app/new.py", "from ingestion.settings import Settings"),
        ("app/new.py", "from ingestion import settings"),
        ("app/views/new.py", "from .. import published"),
        ("orchestration/commands.py", "from app.report import write"),
        ("orchestration/new.py", "from ingestion import calendar"),
        ("ingestion/sources/new.py", "from ingestion.sources.base import Window"),
        ("ingestion/new.py", "import dagger, streamlined"),
    ],
)
def test_a_permitted_import_is_let_through(module, source):
    assert trespasses(ast.parse(source), module) == []


@pytest.mark.parametrize(
    ("source", "uses"),
    [
        ("import os\nx = os.environ['A']", (1, 0)),
        ("import os\nx = os.getenv('A')", (1, 0)),
        ("import os\nx = {**os.environ}", (1, 0)),
        ("from os import environ", (1, 0)),
        ("import os\nos.environ['A'] = 'b'", (0, 1)),
        ("import os\nos.environ.setdefault('A', 'b')", (1, 0)),
        ("import os\nx = os.getcwd()", (0, 0)),
    ],
)
def test_reading_and_setting_the_environment_are_told_apart(source, uses):
    assert environment_uses(ast.parse(source)) == uses


@pytest.mark.parametrize(
    "text",
    [
        "select close from raw.prices",
        "\n    select\n        symbol\n    from prices\n",
        "SELECT * FROM marts.breadth_daily",
        "with latest as (select 1) select * from latest",
        "insert into raw.prices select 1",
        "create or replace temp table judged as",
        "create schema if not exists raw",
        "select count(*)",
        "delete from raw.prices",
        "describe marts.dictionary",
    ],
)
def test_sql_is_recognised(text):
    assert sql_texts(ast.parse(f"run({text!r})")) == [text]
    assert sql_texts(ast.parse(f"def work():\n    {text!r}\n")) == []


@pytest.mark.parametrize(
    "text", ["Select a day from the list", "with care", "create a file", "update the page", "select"]
)
def test_words_are_not_taken_for_sql(text):
    assert sql_texts(ast.parse(f"say({text!r})")) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("app/words/new.py", "from app.pictures import colours"),
        ("app/pictures/new.py", "from app.published import any_mart"),
        ("app/pictures/new.py", "from app.words import labels"),
        ("app/published/new.py", "import streamlit as st"),
        ("app/report/new.py", "from app.views import page"),
    ],
)
def test_a_forbidden_import_between_rooms_of_the_app_is_found(module, source):
    allowed = APP_ROOMS["/".join(module.split("/")[:2])]
    assert len(outside_of(ast.parse(source), module, allowed)) == 1


@pytest.mark.parametrize("source", ["duckdb.connect('x')", "duckdb.sql('x')", "from duckdb import connect"])
def test_opening_a_database_is_found(source):
    assert database_calls(ast.parse(source)) == 1
