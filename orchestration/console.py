"""What a run looks like in a terminal: its steps as they end, and the day's numbers. No decision is taken here."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.status import Status


class ConsoleProgress:
    """Prints each step with its rows and seconds as it ends, and what is running below them in a terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status: Status | None = None
        self._width = 38
        self.errors: list[BaseException] = []
        self.warnings: list[str] = []

    def __enter__(self) -> "ConsoleProgress":
        if self._console.is_terminal:
            self._status = self._console.status("starting")
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status:
            self._status.stop()

    def started(self, step: str) -> None:
        """Show what is running."""
        self._show(step)

    def moved(self, step: str, line: str) -> None:
        """Show how far it is."""
        self._show(f"{step}  {line}")

    def finished(self, step: str, summary: str, seconds: float) -> None:
        """Leave one line for the step."""
        line = f"  {step:<{self._width}} {seconds:6.1f} s  {summary}".rstrip()
        self._console.print(line, highlight=False, markup=False)

    def failed(self, step: str, error: BaseException) -> None:
        """Keep the error for the exit code; the sentence is printed once, at the end."""
        self.errors.append(error)
        self._console.print(f"  {step:<{self._width}} failed", highlight=False, markup=False)

    def warned(self, sentence: str) -> None:
        """Keep the sentence for the last line."""
        self.warnings.append(sentence)

    def _show(self, line: str) -> None:
        if self._status:
            self._status.update(line)


def print_headline(console: Console, numbers: Mapping[str, Any], path: Path) -> None:
    """The day's numbers and where to read the rest; a number that no mart has gets no line."""
    console.print()
    for line in headline_lines(numbers):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    console.print(f"Published: {path}", highlight=False, markup=False, soft_wrap=True)


def headline_lines(numbers: Mapping[str, Any]) -> list[str]:
    """One line a subject; `numbers` as publication.headline gives them."""
    made_up = " (made up: nobody ever paid these prices)" if numbers["is_made_up"] else ""
    state = "final" if numbers["is_final"] else "provisional"
    lines = [f"Market {numbers['market']}{made_up}, session {numbers['last_session']}, {state}"]
    lines += [str(numbers[name]) for name in ("call", "headline", "falsifier") if _has(numbers, name)]
    if _has(numbers, "advances", "declines"):
        of_how_many = (
            f" ({numbers['valid']} valued of {numbers['members']})" if _has(numbers, "valid", "members") else ""
        )
        lines.append(
            f"{_universe(numbers)} breadth: {numbers['advances']} advances, {numbers['declines']} declines{of_how_many}"
        )
    if _has(numbers, "pct_above_sma200", "eligible_sma200"):
        lines.append(
            f"Above the 200-day average: {numbers['pct_above_sma200']:.2f} % of {numbers['eligible_sma200']} eligible"
        )
    if _has(numbers, "vix"):
        change = f" ({numbers['vix_chg_1d_pct']:+.1f} %)" if _has(numbers, "vix_chg_1d_pct") else ""
        ratio = f", VIX/VIX3M {numbers['vix_vix3m']:.3f}" if _has(numbers, "vix_vix3m") else ""
        lines.append(f"VIX: {numbers['vix']:.2f}{change}{ratio}")
    if _has(numbers, "event_id", "event_price_chg_pct"):
        anchor = numbers["event_anchor"]
        lines.append(f"S&P 500 since the event of {anchor}: {numbers['event_price_chg_pct']:+.2f} %")
    if _has(numbers, "weights_note"):
        lines.append(str(numbers["weights_note"]))
    engine = " (built on Spark)" if numbers.get("engine") == "spark" else ""
    lines.append(f"Data tests passed: {numbers['tests_passed']}{engine}")
    return lines


def as_json(numbers: Mapping[str, Any], path: Path) -> str:
    """The same as one JSON object for a script: dates as in ISO 8601, moments in UTC; `published` is the path."""
    return json.dumps({**numbers, "published": str(path)}, default=lambda value: value.isoformat(), ensure_ascii=False)


def _universe(numbers: Mapping[str, Any]) -> str:
    universe = str(numbers.get("universe_id") or "SP500")
    return "S&P 500" if universe == "SP500" else universe


def _has(numbers: Mapping[str, Any], *names: str) -> bool:
    return all(numbers.get(name) is not None for name in names)
