"""Progress callbacks of a run: the protocol, and a listener that ignores them."""

from typing import Protocol


class Progress(Protocol):
    """A listener to a run in progress."""

    def started(self, step: str) -> None:
        """A step began: a raw table, a model, the publication."""

    def moved(self, step: str, line: str) -> None:
        """A running step has made progress."""

    def finished(self, step: str, summary: str, seconds: float) -> None:
        """A step is done."""

    def failed(self, step: str, error: BaseException) -> None:
        """A step ended with an error; steps that do not need it still run."""

    def warned(self, sentence: str) -> None:
        """All that was asked for is done but for this, which belongs on the last line."""


class Silence:
    """A listener for tests and for the Dagster UI, which shows events of its own."""

    def started(self, step: str) -> None:
        """Say nothing."""

    def moved(self, step: str, line: str) -> None:
        """Say nothing."""

    def finished(self, step: str, summary: str, seconds: float) -> None:
        """Say nothing."""

    def failed(self, step: str, error: BaseException) -> None:
        """Say nothing."""

    def warned(self, sentence: str) -> None:
        """Say nothing."""
