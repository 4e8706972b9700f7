"""Quoting for the statements of DuckDB that take no parameters: names, and the text of a comment."""


def quoted_name(identifier: str) -> str:
    """A quoted SQL identifier."""
    return '"' + identifier.replace('"', '""') + '"'


def quoted_text(value: object) -> str:
    """An SQL string literal."""
    return "'" + str(value).replace("'", "''") + "'"
