"""How a command ends: its exit codes, and the one sentence a failure is told in."""

from collections.abc import Iterator

PUBLISHED, RED, USAGE, SOURCE, DISK, INCOMPLETE = 0, 1, 2, 3, 4, 5

EXIT_CODES = """\
exit codes:
  0  published
  1  a data test was red or a model could not be built; what was published
     before still stands
  2  the command was not understood
  3  a source or an input file was refused or is unavailable; what was
     published before still stands
  4  the disk is full, or a folder cannot be read or written
  5  published, but something that was asked for did not come: the message
     says what, what is stored stays in use, and the next run asks again

Every option can be set for good by an environment variable or a line in .env:
MARKET_INTERNALS_MARKET, MARKET_INTERNALS_FOLDER, MARKET_INTERNALS_DATA.
"""


class Refused(Exception):
    """A failure that has its sentence and its exit code."""

    def __init__(self, code: int, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def exit_code(error: BaseException) -> int:
    """The documented exit code of an error, or of what caused it."""
    from sqlite3 import OperationalError  # what Dagster keeps its runs in

    from ingestion.sources.base import SourceError
    from ingestion.store.disk import DISK_ERRORS, CannotWrite

    for link in _chain(error):
        if isinstance(link, SourceError):
            return SOURCE
        if isinstance(link, (CannotWrite, OSError, OperationalError, *DISK_ERRORS)):
            return DISK
    return RED


def sentence(error: BaseException) -> str:
    """The innermost words a person can act on, on one line."""
    from ingestion.sources.base import SourceError
    from ingestion.store.disk import CannotWrite, disk_refusal

    refusal = next(filter(None, (disk_refusal(str(link)) for link in _chain(error))), None)
    if refusal and exit_code(error) == DISK and not isinstance(error, CannotWrite):
        return f"cannot write: {refusal}; what was published before still stands"
    said = next((link for link in _chain(error) if isinstance(link, SourceError)), error)
    return " ".join(str(said).split()) or type(said).__name__


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
