"""Settings that say more than their text: what DuckDB gets of the memory that a run may take."""

import pytest
from pydantic import ValidationError

from ingestion.settings import IN_CHECKOUT, PROJECT_ROOT, BadEnvironment, Settings, check_environment


@pytest.mark.parametrize(
    ("limit", "engine"),
    [("2GB", "1520MB"), ("1GB", "520MB"), ("512MB", "512MB"), ("256MB", "256MB")],
)
def test_the_engine_gets_what_the_process_leaves(limit, engine):
    assert Settings(memory_limit=limit).engine_memory == engine


@pytest.mark.parametrize("limit", ["much", "-1GB", "2 bananas", "80%", "100MB", "0"])
def test_a_limit_that_is_no_size_is_refused_by_name(limit):
    with pytest.raises(ValidationError, match="memory_limit"):
        Settings(memory_limit=limit)


def test_an_empty_variable_is_as_good_as_none(monkeypatch):
    monkeypatch.setenv("MARKET_INTERNALS_MEMORY_LIMIT", "")
    assert Settings().memory_limit == "2GB"


def test_a_misspelt_name_is_refused_with_the_nearest_one(tmp_path):
    with pytest.raises(BadEnvironment, match=r"no setting MARKET_INTERNALS_THREAD; .* MARKET_INTERNALS_THREADS"):
        check_environment({"MARKET_INTERNALS_THREAD": "3", "PATH": "/bin"}, tmp_path / ".env")


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (b"MARKET_INTERNALS_TRHEADS=3\n", "nearest name is MARKET_INTERNALS_THREADS"),
        (b"# mine\nMARKET_INTERNALS_THREADS=3\nthis says nothing at all\n", "line 3: expected NAME=value"),
        (b"\xff\xfe\x00", "cannot be read"),
    ],
)
def test_a_bad_line_of_the_env_file_is_a_sentence(tmp_path, written, sentence):
    (tmp_path / ".env").write_bytes(written)
    with pytest.raises(BadEnvironment, match=sentence):
        check_environment({}, tmp_path / ".env")


def test_good_names_and_those_of_others_pass(tmp_path):
    (tmp_path / ".env").write_text("# a comment\nMARKET_INTERNALS_THREADS=3\nOTHER_TOOL=1\n")
    environment = {"MARKET_INTERNALS_MARKET": "live", "DBT_TARGET": "elsewhere"}
    check_environment(environment, tmp_path / ".env")
    assert environment == {"MARKET_INTERNALS_MARKET": "live"}, "dbt obeys this project's files"


def test_a_checkout_has_its_data_and_settings_inside():
    assert IN_CHECKOUT
    assert Settings.model_fields["data"].default == PROJECT_ROOT / "data"
    assert Settings.model_config["env_file"] == PROJECT_ROOT / ".env"
