"""FRED's series, one request a series: as CSV (`observation_date,<SERIES>`), or from its API where the user has a key.

A missing value is empty or '.'. The key is part of the API's addresses and never of an error or a log.
"""

import json
from collections.abc import Callable, Iterator

import pandas as pd

from ingestion import universe
from ingestion.settings import Settings
from ingestion.sources.base import Delivery, SourceRefused, SourceUnavailable, TurnedAway, Window
from ingestion.sources.files import is_page, read_table
from ingestion.sources.transport import Web, series_deliveries, whole_lines


def parse_observations(content: bytes, series_id: str, origin: str) -> pd.DataFrame:
    """Rows of one series as macro_observations (cells as text) with row_number; raises SourceRefused otherwise."""
    expected = f"observation_date,{series_id}"
    table = read_table(content, origin, expected=expected)
    if list(table.columns[:2]) != ["observation_date", series_id]:
        raise SourceRefused(f"{origin}: expected columns {expected}; came with {', '.join(map(str, table.columns))}")
    return pd.DataFrame(
        {
            "series_id": series_id,
            "obs_date": table["observation_date"],
            "value": table[series_id],
            "row_number": table.index + 2,
        }
    )


def parse_api(content: bytes, series_id: str, origin: str) -> pd.DataFrame:
    """Rows of one answer of the API as parse_observations gives them, numbered from 1; raises SourceError otherwise."""
    expected = "observations as JSON, each with date and value"
    start = " ".join(content[:80].decode("utf-8", "replace").split())
    if is_page(content):
        raise TurnedAway(f"{origin}: expected {expected}; came a web page: {start}")
    try:
        answer = json.loads(content)
        observations = pd.DataFrame(
            [(row["date"], row["value"]) for row in answer["observations"]], columns=["obs_date", "value"]
        ).astype("string")
        count = int(answer.get("count", len(observations)))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SourceRefused(f"{origin}: expected {expected}; came {start!r}") from error
    if len(observations) < count:
        raise SourceUnavailable(f"{origin}: expected {count:,} observations; came {len(observations):,}")
    return observations.assign(series_id=series_id, row_number=observations.index + 1)[
        ["series_id", "obs_date", "value", "row_number"]
    ]


class FredSource:
    """Every series of the seeds that FRED supplies; a series that does not come costs only itself.

    The files come whole, revisions included; a rolling window (the ICE BofA spreads) deletes nothing that is stored.
    """

    name = "fred"
    tables = frozenset({"macro_observations"})

    def __init__(
        self,
        settings: Settings,
        failed: Callable[[], frozenset[str]] = frozenset,
        web: Web | None = None,
    ) -> None:
        self._address, self._api, self._failed = settings.fred_url, settings.fred_api_url, failed
        self._key = settings.fred_key.get_secret_value() if settings.fred_key else ""
        self._web = web or Web(self.name, settings)

    def fetch(self, table: str, window: Window) -> Iterator[Delivery]:
        """One delivery a series; raises SourceError when none came."""
        if table not in self.tables:
            raise ValueError(f"fred has no table {table!r}")

        fetch = self._from_api if self._key else self._from_csv
        names = (*universe.series(self.name), *universe.compared_series(self.name))
        yield from series_deliveries(table, names, fetch, window, self._failed())

    def _from_csv(self, series_id: str) -> pd.DataFrame:
        content = self._web.get(self._address, series_id, id=series_id)
        return parse_observations(whole_lines(content, f"fred: {series_id}"), series_id, f"fred: {series_id}")

    def _from_api(self, series_id: str) -> pd.DataFrame:
        try:
            content = self._web.get(
                self._api, series_id, secret=self._key, series_id=series_id, api_key=self._key, file_type="json"
            )
        except SourceRefused as error:
            raise type(error)(f"{error}; is MARKET_INTERNALS_FRED_KEY a key of FRED?") from None
        # an answer may repeat the request
        content = content.replace(self._key.encode(), b"(key)")
        return parse_api(content, series_id, f"fred: {series_id}")
