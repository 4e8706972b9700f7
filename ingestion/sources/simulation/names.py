"""Who trades in the made-up market: the eight real tickers of the seed with made-up prices, and invented names.

Invented tickers hold digits (ZIT05), which no US-listed stock does, so they cannot collide with a real one.
"""

from dataclasses import dataclass

import numpy as np

#: GICS sector: ticker stem, invented trade, number of large names, number of small names, industry.
SECTORS: dict[str, tuple[str, str, int, int, str]] = {
    "Communication Services": ("CS", "Media", 13, 4, "Made-up Media"),
    "Consumer Discretionary": ("CD", "Outfitters", 19, 6, "Made-up Retail"),
    "Consumer Staples": ("CP", "Foods", 18, 3, "Made-up Foods"),
    "Energy": ("EN", "Oil", 14, 4, "Made-up Oil and Gas"),
    "Financials": ("FN", "Trust", 28, 9, "Made-up Banks"),
    "Health Care": ("HC", "Remedies", 25, 8, "Made-up Remedies"),
    "Industrials": ("ID", "Works", 27, 8, "Made-up Machinery"),
    "Information Technology": ("IT", "Circuits", 25, 6, "Made-up Software"),
    "Materials": ("MA", "Quarries", 14, 3, "Made-up Materials"),
    "Real Estate": ("RE", "Halls", 14, 3, "Made-up Property"),
    "Utilities": ("UT", "Grid", 14, 2, "Made-up Power"),
}

#: Load on the cyclical factor, and percent of return per point of fall in the 10-year yield.
CYCLICAL_LOAD = {
    "Communication Services": 0.0,
    "Consumer Discretionary": 0.7,
    "Consumer Staples": -0.9,
    "Energy": 0.4,
    "Financials": 0.7,
    "Health Care": -0.6,
    "Industrials": 0.7,
    "Information Technology": 0.0,
    "Materials": 0.6,
    "Real Estate": -0.2,
    "Utilities": -0.9,
}
RATE_LOAD = {"Real Estate": 2.5, "Utilities": 2.5, "Consumer Staples": 0.8, "Financials": -2.5, "Energy": -0.8}

#: Real tickers of the seed: sector, share of the whole index at the start (%), own annual volatility, price, yield (%).
MEGA_CAPS: dict[str, tuple[str, str, float, float, float, float]] = {
    "AAPL": ("Apple", "Information Technology", 3.2, 0.19, 29.0, 1.0),
    "MSFT": ("Microsoft", "Information Technology", 2.6, 0.16, 62.0, 1.2),
    "NVDA": ("Nvidia", "Information Technology", 1.1, 0.30, 2.6, 0.1),
    "AMZN": ("Amazon", "Consumer Discretionary", 1.9, 0.21, 41.0, 0.0),
    "GOOGL": ("Alphabet class A", "Communication Services", 1.4, 0.18, 41.5, 0.0),
    "GOOG": ("Alphabet class C", "Communication Services", 1.2, 0.18, 40.5, 0.0),
    "META": ("Meta Platforms", "Communication Services", 1.6, 0.23, 128.0, 0.0),
    "TSLA": ("Tesla", "Consumer Discretionary", 0.8, 0.40, 15.8, 0.0),
}

#: Changes of the index: effective day, who leaves, who enters. Two of them are dated by truths.csv: the delisting with
#: its successor (2021-04-15), and the late listing that becomes a member that day.
INDEX_CHANGES: tuple[tuple[str, str, str], ...] = (
    ("2017-06-19", "ZEN14", "ZIT51"),
    ("2018-03-19", "ZCD19", "ZHC51"),
    ("2018-12-24", "ZMA14", "ZIT52"),
    ("2019-09-23", "ZCS13", "ZFN51"),
    ("2020-06-22", "ZEN13", "ZIT53"),
    ("2020-12-21", "ZRE14", "ZHC52"),
    ("2021-04-15", "ZHC20", "ZIT24"),
    ("2021-09-20", "ZFN28", "ZIT25"),
    ("2022-06-21", "ZCD18", "ZEN51"),
    ("2022-12-19", "ZCP18", "ZID51"),
    ("2023-09-18", "ZFN27", "ZCD51"),
    ("2024-03-18", "ZID27", "ZIT54"),
    ("2024-09-23", "ZUT14", "ZFN52"),
    ("2024-12-23", "ZHC25", "ZID52"),
)
#: Large names that wait outside the index until a change brings them in.
WAITING = ("ZIT24", "ZIT25")

SYLLABLES = ("Tarn", "Quill", "Brindle", "Oster", "Venn", "Larch", "Marl", "Sedge", "Corrie", "Fallow", "Hythe", "Wold")


@dataclass(frozen=True)
class Roster:
    """All stocks, in the column order of every (sessions, names) array. Arrays are (names,); volatility annual."""

    symbols: list[str]
    names: list[str]
    sectors: np.ndarray
    industries: list[str]
    is_mega: np.ndarray
    is_small: np.ndarray
    capitalisation: np.ndarray
    beta: np.ndarray
    volatility: np.ndarray
    price: np.ndarray
    dividend_yield: np.ndarray

    def column(self, symbol: str) -> int:
        """Column of `symbol` in the (sessions, names) arrays."""
        return self.symbols.index(symbol)


def make_roster(rng: np.random.Generator) -> Roster:
    """Draw the stocks: 8 mega-caps, 211 large names and 56 small ones (capitalisation in USD bn, yield as fraction)."""
    symbols, names, sectors, industries, sizes = [], [], [], [], []
    for symbol, (name, sector, *_) in MEGA_CAPS.items():
        symbols.append(symbol)
        names.append(f"{name} (made up)")
        sectors.append(sector)
        industries.append(SECTORS[sector][4])
        sizes.append("mega")
    for sector, (stem, trade, large, small, industry) in SECTORS.items():
        numbers = [*range(1, large + 1), *range(51, 51 + small)]
        for number in numbers:
            symbols.append(f"Z{stem}{number:02d}")
            names.append(f"Invented {SYLLABLES[len(symbols) % len(SYLLABLES)]} {trade} {number:03d}")
            sectors.append(sector)
            industries.append(industry)
            sizes.append("small" if number > 50 else "large")
    size = np.array(sizes)
    is_mega, is_small = size == "mega", size == "small"
    count = len(symbols)
    mega = np.array([list(row[2:]) for row in MEGA_CAPS.values()])

    spread = np.exp(np.clip(rng.normal(0.0, 0.75, count), -1.5, 1.3))
    capitalisation = np.where(is_small, 2.5 * spread, 70.0 * spread)
    # names that leave are small members, names that enter are large outsiders: as committees choose
    leaving = np.isin(symbols, [change[1] for change in INDEX_CHANGES])
    entering = np.isin(symbols, [change[2] for change in INDEX_CHANGES])
    capitalisation[leaving] = rng.uniform(9.0, 16.0, leaving.sum())
    capitalisation[entering] = rng.uniform(6.0, 12.0, entering.sum())
    others = capitalisation[~is_mega & ~is_small].sum()
    capitalisation[is_mega] = others * mega[:, 0] / (100 - mega[:, 0].sum())

    beta = np.clip(rng.normal(1.0, 0.18, count), 0.6, 1.5) + np.where(is_small, 0.12, 0.0)
    defensive = np.array([CYCLICAL_LOAD[sector] < -0.5 for sector in sectors])
    beta = np.where(defensive, beta - 0.22, beta + 0.05)
    volatility = np.where(is_small, rng.uniform(0.30, 0.46, count), rng.uniform(0.16, 0.29, count))
    price = np.exp(rng.uniform(np.log(18), np.log(210), count))
    dividend_yield = np.where(rng.random(count) < np.where(is_small, 0.35, 0.78), rng.uniform(0.008, 0.036, count), 0.0)
    beta[is_mega] = np.array([1.05, 1.0, 1.3, 1.1, 1.05, 1.05, 1.1, 1.35])
    volatility[is_mega], price[is_mega], dividend_yield[is_mega] = mega[:, 1], mega[:, 2], mega[:, 3] / 100
    return Roster(
        symbols, names, np.array(sectors), industries, is_mega, is_small,
        capitalisation, beta, volatility, price, dividend_yield,
    )  # fmt: skip
