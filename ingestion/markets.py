"""A market is a world of data with its own files: which source supplies each raw table of sample, folder and live.

A table that no source of a market supplies is absent from its mapping (live has no counts of an exchange).
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from ingestion import overlay
from ingestion.clock import utc_now
from ingestion.settings import Settings
from ingestion.sources.base import Source, SourceRefused
from ingestion.tables import TABLES

#: A name that its host did not answer for comes last for so long, so that it keeps no other from being requested.
FAILED_LATELY = timedelta(days=30)

Clock = Callable[[], datetime]


def _sample(settings: Settings, clock: Clock) -> dict[str, Source]:
    from ingestion.sources.sample import SampleSource

    source = SampleSource(settings.sample_seed)
    return dict.fromkeys(TABLES, source)


def _folder(settings: Settings, clock: Clock) -> dict[str, Source]:
    from ingestion.rereading import news_of_bars
    from ingestion.sources.folder import FolderSource
    from ingestion.store.warehouse import Warehouse

    if settings.folder is None:
        raise SourceRefused("the folder market needs a directory: give --folder PATH or set MARKET_INTERNALS_FOLDER")
    folder, own = settings.folder.expanduser().resolve(), overlay.read(settings).symbols
    source = FolderSource(folder, news_of_bars(Warehouse(settings)), own)
    return dict.fromkeys(TABLES, source)


def _live(settings: Settings, clock: Clock) -> dict[str, Source]:
    from ingestion.sources.cboe import CboeSource
    from ingestion.sources.cftc import CftcSource
    from ingestion.sources.fred import FredSource
    from ingestion.sources.hosts import Hosts
    from ingestion.sources.membership import INDEX, MembershipSource
    from ingestion.sources.transport import Web
    from ingestion.sources.weights import WeightsSource
    from ingestion.sources.yahoo import YahooSource
    from ingestion.store.stored import Stored
    from ingestion.store.warehouse import Warehouse

    stored, hosts = Stored(Warehouse(settings)), Hosts(settings)

    def web(source: str) -> Web:
        return Web(source, settings, hosts)

    def failed(source: str) -> Callable[[], frozenset[str]]:
        return lambda: stored.failed_since(source, clock() - FAILED_LATELY)

    membership = MembershipSource(settings, lambda: stored.spells(INDEX), clock, web("membership"))
    return {
        "securities": membership,
        "prices": YahooSource(settings, stored, clock=clock, hosts=hosts, failed=failed("yahoo")),
        "index_levels": CboeSource(settings, failed("cboe"), web("cboe")),
        "macro_observations": FredSource(settings, failed("fred"), web("fred")),
        "positioning": CftcSource(settings, lambda: stored.newest("positioning"), clock, failed("cftc"), web("cftc")),
        "index_membership": membership,
        "index_weights": WeightsSource(settings, web("weights")),
    }


MARKETS: dict[str, Callable[[Settings, Clock], dict[str, Source]]] = {
    "sample": _sample,
    "folder": _folder,
    "live": _live,
}

#: Markets whose prices nobody ever paid; every screen and file marks them.
MADE_UP = frozenset({"sample"})


def main_universe(settings: Settings) -> str:
    """The universe whose verdict a build of the market computes: SP500, or OWN of a folder without dated members."""
    from ingestion.sources.folder import MEMBERSHIP, OWN

    if settings.market != "folder" or settings.folder is None:
        return "SP500"
    return "SP500" if (settings.folder.expanduser() / MEMBERSHIP).exists() else OWN


def sources(settings: Settings, clock: Clock = utc_now) -> dict[str, Source]:
    """Raw table -> source that supplies it; `clock` gives the present, naive UTC.

    Raises ValueError for an unknown market, SourceRefused without files.
    """
    if settings.market not in MARKETS:
        raise ValueError(f"there is no market {settings.market!r}; there are {', '.join(MARKETS)}")
    return MARKETS[settings.market](settings, clock)
