"""Reads what was built. Not a test itself."""

from pathlib import Path

import duckdb
import pandas as pd


def read(path: Path, query: str, *parameters: object) -> pd.DataFrame:
    """Rows of a question to a warehouse or published file, opened read-only."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query, list(parameters)).df()
