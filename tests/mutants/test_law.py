"""The campaign by the law of words alone: what it changes, and where it starts from."""

from pathlib import Path

from ingestion.settings import DBT_PROJECT
from tests.mutants.__main__ import campaign
from tests.mutants.law import WITHOUT_SENTENCES, LawStart, try_by_law
from tests.mutants.trial import try_out


def test_every_model_that_makes_a_sentence_is_changed_and_no_other() -> None:
    chosen = campaign("law", 19, 60)
    assert chosen.share == {"verdict": 60}
    assert chosen.trial is try_by_law
    paths = {mutant.path for mutant in chosen.draws["verdict"]}
    models = {path.relative_to(DBT_PROJECT).as_posix() for path in (DBT_PROJECT / "models" / "verdict").glob("*.sql")}
    assert models - paths == set(WITHOUT_SENTENCES["verdict"])


def test_without_a_choice_every_subject_is_changed_and_every_test_tries() -> None:
    chosen = campaign(None, 16, 100)
    assert chosen.trial is try_out
    assert sum(chosen.share.values()) == 100
    assert set(chosen.share) == set(chosen.draws)


def test_the_adversarial_market_is_a_folder_of_its_own() -> None:
    start = LawStart(Path("small"), Path("sample"), Path("folder"), Path("adversarial"))
    assert start.market("adversarial") == Path("adversarial/folder")
    assert start.market("sample") == Path("sample/sample")
    assert start.market("folder") == Path("folder/folder")
