"""The law of words over every text that no session changes: titles and captions, names, notices."""

import inspect
import re
from collections.abc import Iterator

import duckdb
import pytest

from app.words import argument, captions, labels, notices, the_day
from app.words.captions import Caption
from tests.marts.words.rule import OF_ANY_TEXT


def texts(value: object) -> Iterator[str]:
    """Every text that readers see of a value: keys of a mapping are identifiers of the marts, its values are words."""
    if isinstance(value, str):
        yield re.sub(r"\{[^}]*\}", "", value)  # what is filled in is a number of the day
    elif isinstance(value, Caption):
        yield from (value.title, value.sentence)
    elif isinstance(value, labels.Column):
        yield from (value.label, value.unit)
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts(each)


def words_of(module: object) -> list[str]:
    """The texts of a module of words."""
    return [text for name, value in inspect.getmembers(module) if not name.startswith("_") for text in texts(value)]


#: Identifiers that are compared with and never shown.
NOT_SHOWN = {argument.WRONG_IF, the_day.CHAIN_CALL}
SHOWN = sorted({text for module in (argument, captions, the_day, labels, notices) for text in words_of(module)})


@pytest.mark.parametrize("rule", OF_ANY_TEXT)
def test_no_caption_breaks_a_rule_on_texts(rule: str) -> None:
    condition, planted = OF_ANY_TEXT[rule]
    shown = [text for text in SHOWN if text not in NOT_SHOWN]
    assert len(shown) > 300
    with duckdb.connect() as connection:
        found = "select text from (select unnest($texts) as text) where " + condition
        assert connection.execute(found, {"texts": shown}).fetchall() == []
        assert len(connection.execute(found, {"texts": [*shown, planted.strip("'")]}).fetchall()) == 1


def test_a_caption_is_a_title_and_sentences() -> None:
    found = [
        caption
        for module in (argument, captions)
        for _, group in inspect.getmembers(module)
        if isinstance(group, dict)
        for caption in group.values()
        if isinstance(caption, Caption)
    ]
    assert len(found) > 70
    assert [each.title for each in found if not each.title or each.title.endswith(".")] == []
    assert [each.sentence for each in found if each.sentence[-1] not in ".?"] == []
