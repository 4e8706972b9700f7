"""Recorded answers of the real sources go through the live readers without a lost row. The market folder and the file
that repeats every row are read in test_real_folder.py."""

import io
import json
import zipfile
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from ingestion import loading, universe
from ingestion.sources.base import Window
from ingestion.sources.cftc import parse_current_week, parse_positioning, unpack_year
from ingestion.sources.weights import parse_ishares, parse_spdr
from ingestion.sources.yahoo import YahooSource
from tests.ingestion.stand_in import Answer

pytestmark = pytest.mark.folder

#: Answers in Yahoo's folder that are no bars.
NO_CHARTS = ("getCrumb", "quoteSummary")
#: Charts that somebody damaged on purpose, or that hold no day: they are refused or empty, never stored in part.
NO_DAYS = ("notimestamp", "-1m", "-1h")


@pytest.fixture(scope="module")
def wire(market_folder: Path) -> Path:
    return market_folder.parent / "wire"


def charts(wire: Path) -> dict[str, dict]:
    """File name -> chart, as Yahoo sent it."""
    found = {}
    for path in sorted([*wire.glob("yahoo_chart/*.json"), *wire.glob("yahoo_chart_rs/*.json")]):
        if not path.name.startswith(NO_CHARTS):
            said = json.loads(path.read_text())
            found[path.name] = said["response"]["bodyJson"] if "response" in said else said
    return found


def test_every_recorded_chart_is_stored_or_set_aside_to_the_last_row(wire, live):
    sent = charts(wire)
    assert len(sent) > 25
    names = {f"X{number:03d}": name for number, name in enumerate(sent)}
    for symbol, name in names.items():
        body = json.dumps(sent[name]).encode()
        live.stand_in.spoil(f"/chart/{symbol}?", lambda _, body=body: Answer(body=body, kind="application/json"))
    now = datetime(2026, 11, 20, 23, 30)
    source = YahooSource(live.settings, live.stored, tuple(names), clock=lambda: now)
    window = Window(datetime(1970, 1, 2).date(), now.date())
    loaded = loading.load(source, "prices", window, live.warehouse, now)
    assert loaded.received == loaded.new + loaded.unchanged + loaded.restated + loaded.rejected

    for account in loaded.accounts:
        name = names[account.symbol]
        result = sent[name]["chart"]["result"][0]
        zone = result["meta"]["exchangeTimezoneName"]
        days = pd.to_datetime(result.get("timestamp", []), unit="s", utc=True).tz_convert(zone).normalize().nunique()
        if any(word in name for word in NO_DAYS):
            assert (account.status in ("empty", "refused"), account.rows) == (True, 0), name
        else:
            assert (account.status, account.rows) == ("received", days), (name, account)


def test_splits_and_dividends_of_recorded_charts_arrive(wire, live):
    sent = charts(wire)
    for symbol, start in (("NVDA", "historical-via-chart-NVDA"), ("MSFT", "historical-via-chart-MSFT")):
        (name,) = [name for name in sent if name.startswith(start)]
        body = json.dumps(sent[name]).encode()
        live.stand_in.spoil(f"/chart/{symbol}?", lambda _, body=body: Answer(body=body, kind="application/json"))
    now = datetime(2026, 11, 20, 23, 30)
    source = YahooSource(live.settings, live.stored, ("NVDA", "MSFT"), clock=lambda: now)
    window = Window(datetime(2021, 1, 2).date(), now.date())
    loading.load(source, "prices", window, live.warehouse, now)
    assert live.ask("select obs_date::varchar, split from raw.prices where split is not null") == [("2021-07-20", 4.0)]
    assert live.ask("select count(*) from raw.prices where dividend > 0") == [(4,)]


def test_the_yearly_report_and_its_last_week_without_a_header_say_the_same(wire):
    content = (wire / "cftc" / "FinFutYY_2025_jan_apr.txt").read_bytes()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("FinFutYY.txt", content)
    assert unpack_year(packed.getvalue(), "year") == content
    whole = parse_positioning(content, universe.contracts(), "year")
    sent = pd.read_csv(io.BytesIO(content), dtype=str)
    assert len(whole) == sent["CFTC_Contract_Market_Code"].str.strip().isin(universe.contracts()).sum()
    headerless = content.split(b"\n", 1)[1]
    pd.testing.assert_frame_equal(
        parse_current_week(headerless, universe.contracts(), "week").assign(row_number=0),
        whole.assign(row_number=0),
        check_index_type=False,
        check_like=True,
        obj="weeks",
    )


@pytest.mark.parametrize(
    ("file", "parse", "day", "shares"),
    [
        ("ishares/IVV_holdings_2024-12-06.csv", parse_ishares, "2024-12-06", 503),
        (
            "spdr/holdings-daily-us-en-spy_2025-02-07.xlsx",
            parse_spdr,
            "2025-02-07",
            504,
        ),  # one spin-off stayed for a week
    ],
)
def test_recorded_holdings_give_a_weight_to_every_share(wire, file, parse, day, shares):
    weights = parse((wire / file).read_bytes(), file)
    assert len(weights) == weights["symbol"].nunique() == shares
    assert {"BRK-B", "BF-B", "AAPL", "GOOG", "GOOGL"} <= set(weights["symbol"])
    assert set(weights["obs_date"]) == {pd.Timestamp(day)}
    assert weights["weight"].sum() == pytest.approx(0.998, abs=0.003)
    assert weights["weight"].max() < 0.1
