"""A live market of its own against the stand-in server, and what its tests ask of it. No assertions here."""

from datetime import date, datetime, time
from pathlib import Path

from ingestion import calendar, loading, markets
from ingestion.sources.base import Window
from ingestion.sources.yahoo import YahooSource
from ingestion.store.stored import Stored
from ingestion.store.warehouse import Warehouse
from tests.ingestion.stand_in import StandIn

#: Friday, and the sessions after it; 2024-12-25 is no session.
FRIDAY, MONDAY, TUESDAY, THURSDAY = date(2024, 12, 20), date(2024, 12, 23), date(2024, 12, 24), date(2024, 12, 26)


def evening_of(day: date) -> datetime:
    """18:30 in New York, naive UTC."""
    return calendar.to_utc(day, time(18, 30))


class LiveMarket:
    """A warehouse, the stand-in it is filled from, and the evenings at which that happens."""

    def __init__(self, stand_in: StandIn, data: Path, **others: object) -> None:
        self.stand_in, self.world = stand_in, stand_in.world
        self.settings = stand_in.settings(data, **others)
        self.warehouse = Warehouse(self.settings)
        self.warehouse.create()
        self.stored = Stored(self.warehouse)

    def prices(self, day: date, *symbols: str, again: bool = False, now: datetime | None = None) -> loading.Loaded:
        """Load bars of `symbols` on the evening of `day`."""
        self.world.today = day
        at = now or evening_of(day)
        source = YahooSource(self.settings, self.stored, symbols, clock=lambda: at, sleep=lambda _: None)
        return loading.load(source, "prices", self.window(day, again), self.warehouse, at)

    def load(self, table: str, day: date) -> loading.Loaded:
        """Load one table from the source that markets.py gives it, on the evening of `day`."""
        self.world.today = day
        at = evening_of(day)
        source = markets.sources(self.settings, lambda: at)[table]
        return loading.load(source, table, self.window(day), self.warehouse, at)

    def window(self, day: date, again: bool = False) -> Window:
        """Everything up to a day, as the daily job asks for it."""
        return Window(calendar.FIRST_DAY, day, again)

    def closes(self, symbol: str) -> dict[date, float]:
        """Stored closes of a symbol, newest vintages."""
        frame = self.stored.closes({symbol: calendar.FIRST_DAY})
        return {day.date(): close for day, close in zip(frame["obs_date"], frame["close"], strict=True)}

    def true_closes(self, symbol: str) -> dict[date, float]:
        """What Yahoo would say today."""
        bars = self.world.bars(symbol)
        return {day: float(close) for day, close in bars["close"].astype("float32").items()}

    def rows(self, table: str) -> set[tuple]:
        """Every stored row of a raw table, every vintage."""
        return set(self.ask(f"select * from raw.{table}"))

    def ask(self, sql: str) -> list[tuple]:
        """Rows of a question to the warehouse."""
        with self.warehouse.reading() as connection:
            return connection.execute(sql).fetchall()
