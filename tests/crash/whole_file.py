"""What a reader can tell of a database file as a whole: its bytes, and a checksum of every mart. Not a test itself."""

from hashlib import sha256
from pathlib import Path

import duckdb

#: Mart -> its rows, and their checksum, which does not depend on their order.
Content = dict[str, tuple[int, int]]


def digest(path: Path) -> str:
    """Fingerprint of the bytes of a file."""
    return sha256(path.read_bytes()).hexdigest()


def content(connection: duckdb.DuckDBPyConnection) -> Content:
    """Every mart of an open database; not what only a publication adds: the row that names it, the log of verdicts."""
    marts = connection.execute(
        "select table_name from duckdb_tables() "
        "where schema_name = 'marts' and table_name not in ('publication', 'verdict_log')"
    ).fetchall()
    return {
        mart: connection.execute(f"select count(*), sum(hash(row_of)::hugeint) from marts.{mart} as row_of").fetchall()[
            0
        ]
        for (mart,) in marts
    }


def content_of(path: Path) -> Content:
    """`content` of the file at `path`, opened as readers open it."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return content(connection)
