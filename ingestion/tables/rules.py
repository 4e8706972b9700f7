"""Building blocks of the contracts: pandera columns and checks whose error text is the reason in raw.rejected_rows."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pandera.pandas as pa

from ingestion.calendar import EARLIEST
from ingestion.tables.base import Circumstances

#: The smallest positive double: a bound that excludes zero.
ABOVE_ZERO = float(np.nextafter(0, 1))


def present(called: str) -> pa.Column:
    """A column that may not be empty; `called` is its name in the reason."""
    return pa.Column(checks=pa.Check(lambda cells: cells.notna(), error=f"no {called}", ignore_na=False), nullable=True)


def day(circumstances: Circumstances) -> pa.Column:
    """A day between calendar.EARLIEST and today."""
    today = pd.Timestamp(circumstances.today)
    return pa.Column(
        checks=[
            pa.Check(lambda cells: cells.notna(), error="no date", ignore_na=False),
            pa.Check(lambda cells: cells <= today, error="date in the future"),
            pa.Check(lambda cells: cells >= pd.Timestamp(EARLIEST), error=f"date before {EARLIEST.year}"),
        ],
        nullable=True,
    )


#: No count, no volume and no amount of ours is larger; 1e308 would overflow in the first sum.
LARGEST = 1e15


def number(reason: str, low: float, high: float = np.inf, size: pa.Check | None = None) -> pa.Column:
    """A number in [low, high] and of a possible `size`, or empty."""
    within = pa.Check(lambda cells: (cells >= low) & (cells <= high), error=reason)
    return pa.Column(checks=[within, *([size] if size else [])], nullable=True)


def possible(called: str, least: float = 0.0, most: float = LARGEST) -> pa.Check:
    """A size that a number can have: 0, or `least` to `most` in either direction."""
    return pa.Check(
        lambda cells: (cells == 0) | cells.abs().between(least, most),
        error=f"{called} is beyond {most:g}" + (f" or under {least:g}" if least else ""),
    )


def rule(condition: Callable[[pd.DataFrame], pd.Series], reason: str) -> pa.Check:
    """A condition between the columns of one row."""
    # by a lambda: pandera takes a function named like one of its built-in checks (in_range) for that check
    return pa.Check(lambda rows: condition(rows), error=reason, ignore_na=False)
