"""Settings that say more than their text: what DuckDB gets of the memory that a run may take."""

import pytest
from pydantic import ValidationError

from ingestion.settings import Settings


@pytest.mark.parametrize(
    ("limit", "engine"),
    [("2GB", "1520MB"), ("1GB", "520MB"), ("512MB", "512MB"), ("256MB", "256MB")],
)
def test_the_engine_gets_what_the_process_leaves(limit, engine):
    assert Settings(memory_limit=limit).engine_memory == engine


@pytest.mark.parametrize("limit", ["much", "", "-1GB", "2 bananas"])
def test_a_limit_that_is_no_size_is_refused_by_name(limit):
    with pytest.raises(ValidationError, match="memory_limit"):
        Settings(memory_limit=limit)
