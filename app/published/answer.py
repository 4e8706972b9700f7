"""The result of a query on the published file: its rows, and the query in a form that a reader can paste."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

Value = str | int | float | bool | date | datetime | None

#: How a cell begins that a spreadsheet takes for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Answer:
    """The rows of a query, the mart they were read from, and the query with its parameters written in."""

    rows: pd.DataFrame
    mart: str
    sql: str
    missing: tuple[str, ...] = ()  # requested columns that the file does not have

    def has(self, *names: str) -> bool:
        """Whether there is at least one row, and every one of these columns."""
        return not self.rows.empty and all(name in self.rows.columns for name in names)

    def as_csv(self) -> str:
        """The rows as CSV; a text that a spreadsheet would run as a formula begins with an apostrophe."""
        texts = self.rows.select_dtypes(include=["object", "string"])
        safe = texts.map(lambda cell: f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell)
        written: str = self.rows.assign(**dict(safe.items())).to_csv(index=False, date_format="%Y-%m-%d")
        return written


def readable(sql: str, parameters: Mapping[str, Value]) -> str:
    """`sql` with its `$name` parameters written in, for reading and pasting; it is never what runs."""

    def literal(match: re.Match[str]) -> str:
        value = parameters[match[1]]
        if isinstance(value, datetime):
            return f"timestamp '{value:%Y-%m-%d %H:%M:%S}'"
        if isinstance(value, date):
            return f"date '{value.isoformat()}'"
        if isinstance(value, str):
            return "'" + value.replace("'", "''") + "'"
        return "null" if value is None else str(value).lower()

    return re.sub(r"\$(\w+)", literal, sql).strip()
