"""Draws one-token changes to the models and macros of the dbt project: which tokens can change, into what, and by seed.

A token that the same seed draws from the same files is always the same. What happens to a drawn change is in trial.py.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

TOKEN = re.compile(
    r"""
    (?P<comment>--[^\n]*|\{\#.*?\#\}|/\*.*?\*/)
    |(?P<text>'(?:[^']|'')*'|"(?:[^"\\]|\\.)*")
    |(?P<jinja>\{%-?|\{\{-?|-?%\}|-?\}\})
    |(?P<number>\d+(?:\.\d+)?(?:e[+-]?\d+)?)
    |(?P<word>[A-Za-z_]\w*)
    |(?P<operator><=|>=|<>|!=|==|::|\|\||->>?|:=|[<>=+*/-])
    |(?P<other>\S)
    """,
    re.VERBOSE | re.DOTALL,
)

#: Token -> what it may become: comparisons off by one value, signs, swapped joins, dropped filters, the other extreme.
OPERATORS = {
    ">": (">=", "<"), ">=": (">", "<="), "<": ("<=", ">"), "<=": ("<", ">="), "=": ("<>",), "<>": ("=",),
    "==": ("!=",), "!=": ("==",), "+": ("-",), "-": ("+",), "*": ("/",), "/": ("*",),
}  # fmt: skip
WORDS = {
    "and": ("or",), "or": ("and",), "not": ("",), "is": ("is not",), "true": ("false",), "false": ("true",),
    "where": ("where true or",), "between": ("not between",), "in": ("not in",), "distinct": ("",),
    "left": ("inner",), "inner": ("left",), "min": ("max",), "max": ("min",), "least": ("greatest",),
    "greatest": ("least",), "sum": ("avg",), "avg": ("sum",), "lag": ("lead",), "lead": ("lag",), "desc": ("",),
    "asc": ("desc",), "var_samp": ("var_pop",), "floor": ("ceil",), "ceil": ("floor",),
}  # fmt: skip

#: What stands before a sign rather than before an operand, and after it.
NO_OPERAND = re.compile(r"^(?:[(,.=<>*/+-]|[<>]=|<>|select|exclude|distinct|then|else|when|and|or|by|as|return|\{.*)$")


@dataclass(frozen=True)
class Mutant:
    """One token of one file changed from `old` to `new`; `offset` counts characters, `path` is within the project."""

    subject: str
    path: str
    offset: int
    line: int
    old: str
    new: str

    @property
    def name(self) -> str:
        """What tells it from every other change."""
        return f"{self.path}:{self.line}:{self.offset} {self.old} → {self.new or 'nothing'}"

    def applied(self, text: str) -> str:
        """The text of its file with the change made."""
        end = self.offset + len(self.old)
        assert text[self.offset : end] == self.old, f"{self.path} is not the file that was drawn from"
        return text[: self.offset] + self.new + text[end:]

    def row(self) -> dict[str, object]:
        """The change as JSON has it."""
        return asdict(self)


@dataclass(frozen=True)
class Token:
    """A token of a file; `place` is the Jinja delimiter it stands in, "" in SQL."""

    kind: str
    text: str
    offset: int
    place: str


def subjects(project: Path) -> dict[str, list[Path]]:
    """Subject -> its SQL files: a folder of models each, and the macros."""
    found: dict[str, list[Path]] = {}
    for path in sorted((project / "models").rglob("*.sql")):
        found.setdefault(path.relative_to(project).parts[1], []).append(path)
    found["macros"] = sorted((project / "macros").rglob("*.sql"))
    return found


def shares(project: Path, count: int) -> dict[str, int]:
    """Subject -> how many of `count` changes it gets: by its share of lines, the largest remainders rounded up."""
    lines = {
        name: sum(len(path.read_text().splitlines()) for path in paths) for name, paths in subjects(project).items()
    }
    exact = {name: count * own / sum(lines.values()) for name, own in lines.items()}
    given = {name: int(share) for name, share in exact.items()}
    for name in sorted(exact, key=lambda name: (given[name] - exact[name], name))[: count - sum(given.values())]:
        given[name] += 1
    return given


def order(share: dict[str, int]) -> list[str]:
    """A subject for each change, so that however many are tried, each subject has had about its share of them."""
    spread = [((number + 0.5) / given, name) for name, given in share.items() for number in range(given)]
    return [name for _, name in sorted(spread)]


def drawn(project: Path, seed: int) -> dict[str, list[Mutant]]:
    """Subject -> all of its tokens that can change, each with one change, in the order in which the seed draws them."""
    found = {}
    for name, paths in subjects(project).items():
        chance = random.Random(f"{seed} {name}")
        found[name] = [
            Mutant(name, path.relative_to(project).as_posix(), token.offset, line, token.text, chance.choice(changes))
            for path in paths
            for token, line, changes in changeable(path.read_text())
        ]
        chance.shuffle(found[name])
    return found


def changeable(text: str) -> Iterator[tuple[Token, int, tuple[str, ...]]]:
    """Each token of a file that can change, with its line and what it can become."""
    all_tokens = [token for token in tokens(text) if token.kind != "comment"]
    for before, token, after in zip([None, *all_tokens], all_tokens, [*all_tokens[1:], None], strict=False):
        changes = changes_of(token, before.text.lower() if before else "", after.text.lower() if after else "")
        if changes:
            yield token, text.count("\n", 0, token.offset) + 1, changes


def tokens(text: str) -> Iterator[Token]:
    """The tokens of SQL with Jinja in it."""
    place = ""
    for match in TOKEN.finditer(text):
        kind = match.lastgroup or "other"
        if kind == "jinja":
            place = match.group()[:2] if match.group().startswith("{") else ""
        yield Token(kind, match.group(), match.start(), place)


def changes_of(token: Token, before: str, after: str) -> tuple[str, ...]:
    """What a token between two others can become; empty where no change of it means anything."""
    if token.kind == "number":
        return numbers(token.text)
    if token.kind == "operator":
        if token.text == "=" and token.place:
            return ()
        if token.text == "*" and (NO_OPERAND.match(before) or NO_OPERAND.match(after)):
            return ()
        return OPERATORS.get(token.text, ())
    changes = WORDS.get(token.text, ()) if token.kind == "word" else ()
    match token.text:
        case "left" | "inner":
            return changes if after == "join" else ()
        case "between":
            return () if before in ("rows", "range") else changes
        case "and" if before in ("preceding", "row"):
            return ()
        case "in":
            return () if token.place else changes
        case "is" if after == "not":
            return ()
        case "min" | "max" | "sum" | "avg" | "lag" | "lead" | "least" | "greatest" | "var_samp" | "floor" | "ceil":
            return changes if after == "(" else ()
    return changes


def numbers(text: str) -> tuple[str, ...]:
    """A whole number off by one, a decimal a tenth larger, a tolerance ten times as large."""
    if "e" in text:
        return (f"{10 * float(text):g}",)
    if "." in text:
        return (f"{1.1 * float(text):.10g}",) if float(text) else ("0.1",)
    return (str(int(text) + 1), str(int(text) - 1)) if int(text) else ("1",)
