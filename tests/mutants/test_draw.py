"""The drawing of changes: by seed, from every file, each subject by its share of lines, one token at a time."""

import pytest

from ingestion.settings import DBT_PROJECT
from tests.mutants.draw import Mutant, changeable, drawn, order, shares, subjects


def changes(text: str) -> dict[str, tuple[str, ...]]:
    """Token with its place in the text -> what it can become."""
    return {f"{token.text}@{token.offset}": possible for token, _, possible in changeable(text)}


def test_one_seed_draws_the_same_changes_and_another_seed_others() -> None:
    assert drawn(DBT_PROJECT, 16) == drawn(DBT_PROJECT, 16)
    assert drawn(DBT_PROJECT, 16) != drawn(DBT_PROJECT, 17)


def test_every_subject_has_its_share_of_lines() -> None:
    given, files = shares(DBT_PROJECT, 100), subjects(DBT_PROJECT)
    assert sum(given.values()) == 100
    assert (
        set(given)
        == set(files)
        == {"macros", *(path.name for path in (DBT_PROJECT / "models").iterdir() if path.is_dir())}
    )
    lines = {name: sum(len(path.read_text().splitlines()) for path in paths) for name, paths in files.items()}
    for name, share in given.items():
        assert abs(share - 100 * lines[name] / sum(lines.values())) < 1, name


def test_any_number_of_changes_is_shared_out_like_all_of_them() -> None:
    share = shares(DBT_PROJECT, 100)
    subjects_in_order = order(share)
    assert {name: subjects_in_order.count(name) for name in share} == share
    for tried in (25, 50, 75):
        for name, given in share.items():
            assert abs(subjects_in_order[:tried].count(name) - tried * given / 100) <= 1, name


def test_a_change_is_of_one_token_and_every_file_with_tokens_is_drawn_from() -> None:
    draws = drawn(DBT_PROJECT, 16)
    for mutant in (mutant for mutants in draws.values() for mutant in mutants[:20]):
        text = (DBT_PROJECT / mutant.path).read_text()
        changed = mutant.applied(text)
        assert changed != text
        assert len(changed) - len(text) == len(mutant.new) - len(mutant.old)
        assert text.splitlines()[mutant.line - 1] not in changed.splitlines()[mutant.line - 1 : mutant.line]
    paths = {mutant.path for mutants in draws.values() for mutant in mutants}
    with_tokens = {
        path.relative_to(DBT_PROJECT).as_posix()
        for files in subjects(DBT_PROJECT).values()
        for path in files
        if any(changeable(path.read_text()))
    }
    assert paths == with_tokens
    assert len(paths) > 80


def test_the_text_must_be_the_one_that_was_drawn_from() -> None:
    with pytest.raises(AssertionError, match="is not the file"):
        Mutant("names", "a.sql", 0, 1, ">", ">=").applied("<")


@pytest.mark.parametrize(
    ("text", "possible"),
    [
        ("where a > 1", {"where@0": ("where true or",), ">@8": (">=", "<"), "1@10": ("2", "0")}),
        ("a left join b on a.x = b.y", {"left@2": ("inner",), "=@21": ("<>",)}),
        ("left(a, 3)", {"3@8": ("4", "2")}),
        ("a between 1 and b", {"between@2": ("not between",), "1@10": ("2", "0"), "and@12": ("or",)}),
        ("rows between {{ n - 1 }} preceding and current row", {"-@18": ("+",), "1@20": ("2", "0")}),
        ("count(*), a.*, a * b", {"*@17": ("/",)}),
        ("-- a > 1\n{# a > 1 #} 'a > 1' sma50", {}),
        ("{%- set a = 0.5 -%}", {"0.5@12": ("0.55",)}),
        ("{% for a in b %}", {}),
        ("a is not null or a in (b)", {"not@5": ("",), "or@14": ("and",), "in@19": ("not in",)}),
        ("1e-12", {"1e-12@0": ("1e-11",)}),
    ],
)  # fmt: skip
def test_what_a_token_can_become(text: str, possible: dict[str, tuple[str, ...]]) -> None:
    assert changes(text) == possible
