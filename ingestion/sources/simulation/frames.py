"""The made-up market as raw tables: one simulation, turned into the frames of sources.base.COLUMNS with known_at.

The only module that knows column names; the faults that live in rows rather than in returns are planted here.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ingestion.calendar import known_at
from ingestion.releases import by_series, positioning_known_at
from ingestion.sources.simulation import schedule
from ingestion.sources.simulation.bars import Bars, make_bars, restatement
from ingestion.sources.simulation.breadth import make_breadth
from ingestion.sources.simulation.macro import make_macro
from ingestion.sources.simulation.market import Stocks, make_stocks
from ingestion.sources.simulation.names import INDEX_CHANGES
from ingestion.sources.simulation.options import make_levels
from ingestion.sources.simulation.positioning import make_positioning
from ingestion.tables import COLUMNS
from ingestion.universe import instruments, lag_rules

INDEX_ID = "SP500"
#: A bar is known in the evening of its day, a change of the index at the open of the day it takes effect, a holdings
#: file next morning, a listing from midnight.
BAR_RULE, CHANGE_RULE, FILE_RULE, LISTING_RULE = (
    "same_day 18:00", "same_day 09:30", "calendar_day 08:00", "same_day 00:00",
)  # fmt: skip
#: Closes at which holdings files exist; between them weights drift.
WEIGHT_DAYS = ("2018-01-02", "2021-06-30", "2024-03-19", "2024-12-06")
#: Series that Cboe sends as one number a day.
CLOSE_ONLY = frozenset({"DSPX", "SKEW", "VVIX"})
#: Cboe's correlation file once held such a high (526.02); ours has one like it.
BAD_HIGH = 526.02


@dataclass(frozen=True)
class MadeUpMarket:
    """One whole simulation; every table is built when first asked for and kept."""

    stocks: Stocks
    levels: pd.DataFrame
    breadth: pd.DataFrame
    bars: Bars
    macro: dict[str, pd.Series]
    positions: pd.DataFrame

    @cached_property
    def prices(self) -> pd.DataFrame:
        """Bars by symbol and day, the restated bar as first reported."""
        bars = self.bars
        exists = np.isfinite(bars.close)
        column, row = np.nonzero(exists.T)
        frame = pd.DataFrame({"symbol": np.array(bars.symbols, dtype=object)[column], "obs_date": bars.sessions[row]})
        for name in COLUMNS["prices"][2:]:
            frame[name] = getattr(bars, name)[row, column]
        at, who, wrong = restatement(bars)
        first_report = np.flatnonzero((row == at) & (column == who))[0]
        for name, value in wrong.items():
            frame.loc[first_report, name] = value
        frame["known_at"] = _on_days(bars.sessions, BAR_RULE)[row]
        return frame

    @cached_property
    def corrections(self) -> pd.DataFrame:
        """The second vintage of the restated bar, known some days later."""
        bars, truth = self.bars, schedule.truths()["restated_close"]
        at, who, _ = restatement(bars)
        row = {"symbol": truth.symbol, "obs_date": bars.sessions[at]}
        row |= {name: getattr(bars, name)[at, who] for name in COLUMNS["prices"][2:]}
        row["known_at"] = _on_days(pd.DatetimeIndex([truth.end_date]), "same_day 08:00")[0]
        return pd.DataFrame([row]).astype(self.prices.dtypes.to_dict())

    @cached_property
    def securities(self) -> pd.DataFrame:
        """Every stock, fund and index, with a name that says it is made up."""
        roster, seeds = self.stocks.roster, instruments()
        stock = {symbol: place for place, symbol in enumerate(roster.symbols)}
        late = schedule.truths()["late_listing"]
        rows = []
        for symbol, asset_type in zip(self.bars.symbols, self.bars.asset_types, strict=True):
            place = stock.get(symbol)
            first = late.start_date if symbol == late.symbol else self.stocks.sessions[0]
            name = f"{seeds[symbol]['name']} (made up)" if place is None else roster.names[place]
            sector = None if place is None else roster.sectors[place]
            industry = None if place is None else roster.industries[place]
            rows.append((symbol, pd.Timestamp(first), name, asset_type, sector, industry))
        return _known(pd.DataFrame(rows, columns=COLUMNS["securities"]), "valid_from", LISTING_RULE)

    @cached_property
    def index_membership(self) -> pd.DataFrame:
        """Dated spells; valid_to is empty for members on the last session."""
        first = self.stocks.sessions[0]
        spells = {
            symbol: [first, pd.NaT]
            for symbol, inside in zip(self.stocks.roster.symbols, self.stocks.member[0], strict=True)
            if inside
        }
        for day, leaver, entrant in INDEX_CHANGES:
            spells[leaver][1] = pd.Timestamp(day)
            spells[entrant] = [pd.Timestamp(day), pd.NaT]
        rows = [(INDEX_ID, symbol, *spell) for symbol, spell in sorted(spells.items())]
        return _known(pd.DataFrame(rows, columns=COLUMNS["index_membership"]), "valid_from", CHANGE_RULE)

    @cached_property
    def index_weights(self) -> pd.DataFrame:
        """Weights at the close of WEIGHT_DAYS: fractions of the members of that day, summing to 1."""
        stocks, files = self.stocks, []
        for day in pd.DatetimeIndex(WEIGHT_DAYS):
            at = schedule.position(stocks.sessions, day)
            held = stocks.capitalisation[at] * stocks.member[at]
            inside = np.flatnonzero(held)
            symbols = np.array(stocks.roster.symbols, dtype=object)[inside]
            weights = held[inside] / held.sum()
            file = pd.DataFrame({"index_id": INDEX_ID, "obs_date": day, "symbol": symbols, "weight": weights})
            files.append(file.sort_values("symbol"))
        return _known(pd.concat(files, ignore_index=True), "obs_date", FILE_RULE)

    @cached_property
    def index_levels(self) -> pd.DataFrame:
        """Cboe series; the three that Cboe sends as one number have no open, high or low."""
        truths, rules, files = schedule.truths(), lag_rules(), []
        skipped = pd.Timestamp(truths["skew_missing"].start_date)
        holiday = pd.Timestamp(truths["cboe_holiday_row"].start_date)
        for series_id in sorted(self.levels.columns):
            close = self.levels[series_id]
            if series_id == truths["skew_missing"].symbol:
                close = close[close.index != skipped]
            if series_id == truths["cboe_holiday_row"].symbol:
                close = pd.concat([close, pd.Series([close[:holiday].iloc[-1]], index=[holiday])]).sort_index()
            file = pd.DataFrame({"series_id": series_id, "obs_date": close.index, "close": close.to_numpy()})
            opened = np.nan if series_id in CLOSE_ONLY else file["close"].shift().fillna(file["close"])
            file["open"] = opened
            file["high"] = file[["open", "close"]].max(axis=1, skipna=False)
            file["low"] = file[["open", "close"]].min(axis=1, skipna=False)
            bad = truths["cboe_bad_high"]
            if series_id == bad.symbol:
                file.loc[file["obs_date"] == pd.Timestamp(bad.start_date), "high"] = BAD_HIGH
            files.append(_known(file[list(COLUMNS["index_levels"])], "obs_date", rules[series_id]))
        return pd.concat(files, ignore_index=True)

    @cached_property
    def macro_observations(self) -> pd.DataFrame:
        """FRED series on their own calendars."""
        files = []
        for series_id, values in sorted(self.macro.items()):
            days = pd.DatetimeIndex(values.index).as_unit("us")
            files.append(
                pd.DataFrame({"series_id": series_id, "obs_date": days, "value": values.to_numpy(dtype=float)})
            )
        frame = pd.concat(files, ignore_index=True)
        return frame.assign(known_at=by_series(frame, "federal_business_day 17:00"))

    @cached_property
    def positioning(self) -> pd.DataFrame:
        """Weekly reports, each known when the CFTC's calendar released it."""
        frame = self.positions[list(COLUMNS["positioning"])].copy()
        frame["known_at"] = positioning_known_at(frame["obs_date"])
        return frame

    @cached_property
    def exchange_breadth(self) -> pd.DataFrame:
        """NYSE counts."""
        frame = self.breadth.rename_axis("obs_date").reset_index()
        frame.insert(0, "exchange", "NYSE")
        return _known(frame, "obs_date", BAR_RULE)


def simulate(seed: int) -> MadeUpMarket:
    """Draw the whole market; the same seed gives the same numbers, another one another market with the same truths."""
    rng = np.random.Generator(np.random.PCG64(seed))
    stocks = make_stocks(rng)
    levels = make_levels(stocks, rng)
    breadth = make_breadth(stocks, rng)
    bars = make_bars(stocks, rng)
    macro = make_macro(stocks, levels["VIX"], rng)
    drivers = {symbol: bars.close[:, bars.symbols.index(symbol)] for symbol in ("^GSPC", "^NDX", "^RUT", "IEF")}
    prices = pd.DataFrame(drivers | {"VIX": levels["VIX"].to_numpy()}, index=stocks.sessions)
    return MadeUpMarket(stocks, levels, breadth, bars, macro, make_positioning(prices, rng))


def _on_days(days: pd.DatetimeIndex, rule: str) -> np.ndarray:
    instants: np.ndarray = known_at(rule, pd.Series(days)).to_numpy()
    return instants


def _known(frame: pd.DataFrame, day: str, rule: str) -> pd.DataFrame:
    """Add known_at by a lag rule of the calendar."""
    return frame.assign(known_at=known_at(rule, frame[day]))
