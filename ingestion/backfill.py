"""Requests the bars of chosen symbols and days again, whatever is stored; they pass the same contract as any others."""

from collections.abc import Callable
from datetime import date, datetime

from ingestion import calendar, loading
from ingestion.settings import Settings
from ingestion.sources.base import SourceRefused, Window
from ingestion.sources.yahoo import YahooSource
from ingestion.store.recovery import ensure_readable
from ingestion.store.stored import Stored
from ingestion.store.warehouse import Warehouse


def backfill(
    settings: Settings,
    symbols: tuple[str, ...],
    start: date | None,
    end: date | None,
    now: datetime,
    progress: Callable[[str], None] = lambda line: None,
) -> loading.Loaded:
    """Load bars of `symbols` from `start` to `end` (both default to all there is) from Yahoo; `now` is naive UTC.

    A symbol whose stored closes differ from what comes, or of which a split comes, brings its whole history. Raises
    SourceError; nothing stored is lost.
    """
    if settings.market != "live":
        raise SourceRefused(f"backfill asks Yahoo, which supplies the market live, not {settings.market}")
    if not symbols:
        raise SourceRefused("backfill needs at least one symbol, such as AAPL")
    warehouse = Warehouse(settings)
    last = calendar.last_finished_session(now)
    window = Window(start or calendar.FIRST_DAY, min(end or last, last), again=True)
    if mended := ensure_readable(settings):
        progress(f"the warehouse was {mended}")
    warehouse.create()
    source = YahooSource(settings, Stored(warehouse), symbols, clock=lambda: now)
    return loading.load(source, "prices", window, warehouse, now, progress)
