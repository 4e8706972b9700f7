"""What the lines of tried changes add up to: how many were killed and by what, and each survivor by name."""

from collections import Counter
from collections.abc import Sequence

from ingestion.settings import DBT_PROJECT


def report(rows: Sequence[dict], seed: int, count: int) -> str:
    """The report of a seed, as text."""
    alive = [row for row in rows if row["status"] != "stillborn"]
    killed = [row for row in alive if row["status"] == "killed"]
    survivors = [row for row in alive if row["status"] == "survived"]
    lines = [
        f"seed {seed}: {len(killed)} of {len(alive)} changes killed"
        + (f" ({count} are drawn)" if len(alive) < count else "")
        + f"; {len(rows) - len(alive)} more did not build and were replaced",
        f"  {sum(row['by'] == 'not reached' for row in survivors)} of the survivors change no table that is compared",
    ]
    by = Counter(kind(row["by"]) for row in killed)
    lines += [f"  {number:3} by {name}" for name, number in by.most_common()]
    for subject, number in Counter(row["subject"] for row in alive).items():
        of_subject = sum(row["subject"] == subject for row in killed)
        lines.append(f"  {subject}: {of_subject} of {number}")
    lines += [f"survived: {row['name']} ({row['by'] or reached(row)})\n    {source(row)}" for row in survivors]
    return "\n".join(lines) + "\n"


def kind(by: str) -> str:
    """The kind of test that noticed."""
    if by.startswith("unit test"):
        return "dbt unit tests"
    if by.startswith(("no end", "the process")):
        return "limits of time and memory"
    if "does not build" in by:
        return "models that do not build"
    if "::" in by:
        return "tests of macros" if "/dbt/" in by else "tests of the marts"
    return "data tests of a build"


def reached(row: dict) -> str:
    """The tables that a survivor changed."""
    return ", ".join(sorted({name for names in row["reached"].values() for name in names}))


def source(row: dict) -> str:
    """The line that was changed."""
    return (DBT_PROJECT / row["path"]).read_text().splitlines()[row["line"] - 1].strip()
