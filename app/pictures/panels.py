"""The kinds of panels that app.pictures.charts stacks, and which columns and colours each of them reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from app.pictures.colours import DOWN, UP

RIBBON = 12  # pixels


@dataclass(frozen=True)
class Line:
    """One column drawn as a line."""

    column: str
    label: str
    colour: str
    width: float = 1.6
    dash: tuple[int, ...] = ()


class Panel:
    """What every panel has: its title with the unit, and its height in pixels."""

    title: str
    height: int


@dataclass(frozen=True)
class Lines(Panel):
    """A panel of lines; `rules` are levels to compare with and `ticks` the only levels named on the axis.

    `dots` maps a boolean column to (label, colour): marked on the first line where it is true. `band` maps the columns
    of its lower and upper bound to their labels. `log` is for prices.
    """

    title: str
    series: Sequence[Line]
    height: int
    number: str = ",.2f"
    rules: Sequence[float] = ()
    ticks: Sequence[float] = ()
    dots: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    band: Mapping[str, str] = field(default_factory=dict)
    domain: tuple[float, float] | None = None
    log: bool = False


@dataclass(frozen=True)
class Bars(Panel):
    """A panel of one column as bars from zero, coloured by sign; `more` columns appear in the tooltip.

    Orange is stress: what falls, or what rises where `rising_is_stress`.
    """

    title: str
    column: str
    label: str
    height: int
    number: str = ",.0f"
    more: Mapping[str, str] = field(default_factory=dict)
    rising_is_stress: bool = False


@dataclass(frozen=True)
class Mirrored(Panel):
    """A panel of two counts back to back: (column, label) `up` above zero, `down` below it, both named as positive."""

    title: str
    up: tuple[str, str]
    down: tuple[str, str]
    height: int
    number: str = ",.0f"


@dataclass(frozen=True)
class Ribbon(Panel):
    """Runs of a state (state, from_session, to_session, until, sessions) as a band; one without value stays empty."""

    title: str
    spells: pd.DataFrame
    colours: Mapping[str, str]
    labels: Mapping[str, str]
    height: int = RIBBON


def columns_of(panel: Panel) -> list[tuple[str, str]]:
    """The columns that a panel draws, with their labels."""
    if isinstance(panel, Lines):
        return [(line.column, line.label) for line in panel.series]
    if isinstance(panel, Bars):
        return [(panel.column, panel.label)]
    return [panel.up, panel.down] if isinstance(panel, Mirrored) else []


def beside_of(panel: Panel) -> Mapping[str, str]:
    """Further columns that the tooltip names."""
    return panel.band if isinstance(panel, Lines) else panel.more if isinstance(panel, Bars) else {}


def used_of(panel: Panel) -> list[str]:
    """Every column of the rows that it reads."""
    flags = panel.dots if isinstance(panel, Lines) else ()
    return [*(column for column, _ in columns_of(panel)), *beside_of(panel), *flags]


def key_of(panel: Panel) -> dict[str, str]:
    """What its colours mean, where a title cannot say it."""
    if isinstance(panel, Mirrored):
        return {panel.up[1]: UP, panel.down[1]: DOWN}
    if not isinstance(panel, Lines):
        return {}
    lines = {line.label: line.colour for line in panel.series} if len(panel.series) > 1 else {}
    return lines | dict(panel.dots.values())
