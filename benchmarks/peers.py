"""What a person writes instead of this warehouse: name-days and day aggregates in polars (lazy) and in pandas.

Both read one file and give what the models give, in memory: flags and returns of every name and session, breadth counts
of the whole and of the sectors, returns and their dispersion, and the sums of the correlation windows with equal
weights. The correlation is numpy in both, in its linear form. `store` writes what polars gave, for who wants to read it
tomorrow.
"""

from pathlib import Path

import numpy as np

FRAMES = {"sma": (20, 50, 100, 200), "high": (21, 63, 252)}
CORRELATION_WINDOWS = (21, 63)
SECTORS = 11


def in_polars(bars: Path):
    """(name-days, counts, dispersion, windows): polars frames, and the windows as arrays by their length."""
    import polars as pl

    column = pl.col
    name = "security_id"

    def back(expression, rows: int):
        return expression.shift(rows).over(name)

    def full(rows: int):
        return (column.session_number - back(column.session_number, rows - 1)) == rows - 1

    fund = pl.scan_parquet(bars).select(column(name).max()).collect().item()
    stepped = (
        pl.scan_parquet(bars)
        .with_columns(
            gap=column.session_number - back(column.session_number, 1),
            previous=back(column.close, 1),
            without_volume=column.volume.fill_null(1) + back(column.volume, 1).fill_null(1) == 0,
            before_previous=back(column.close, 2),
        )
        .with_columns(
            is_stale=(
                column.without_volume & (column.close == column.previous) & (column.close == column.before_previous)
            ).fill_null(False),
            since_last_bar=(column.close + column.dividend) / column.previous - 1,
        )
    )
    counted = pl.when(~column.is_stale)
    grown = (1 + column.since_last_bar).log()
    total_return = pl.when(column.gap == 1).then(column.since_last_bar)
    returned = pl.when(~column.is_stale).then(total_return)
    name_days = stepped.select(
        name,
        "session_number",
        "is_stale",
        "close",
        "volume",
        pl.when(column.gap == 1).then(column.close / column.previous - 1).alias("price_return"),
        total_return.alias("total_return"),
        pl.when(full(22)).then(grown.rolling_sum(21).over(name)).alias("log_return_21"),
        pl.when(column.gap.is_between(2, 252)).then(column.since_last_bar).alias("gap_return"),
        pl.when(column.gap == 1).then(column.close - column.previous).alias("points"),
        pl.when((column.gap == 1) & ~column.is_stale)
        .then((column.close - column.previous).sign().cast(pl.Int8))
        .alias("direction"),
        *(
            counted.then(
                pl.when(full(rows)).then(column.close > column.close.rolling_mean(rows).over(name) * (1 + 1e-12))
            ).alias(f"is_above_sma{rows}")
            for rows in FRAMES["sma"]
        ),
        *(
            counted.then(pl.when(full(rows)).then(column.close >= column.close.rolling_max(rows).over(name))).alias(
                f"is_high_{rows}"
            )
            for rows in FRAMES["high"]
        ),
        *(
            counted.then(pl.when(full(rows)).then(column.close <= column.close.rolling_min(rows).over(name))).alias(
                f"is_low_{rows}"
            )
            for rows in FRAMES["high"]
        ),
        *(
            pl.when(full(rows)).then(returned.rolling_std(rows).over(name)).alias(f"sigma_{rows}")
            for rows in CORRELATION_WINDOWS
        ),
    ).collect()

    index = (
        name_days.lazy()
        .filter(column(name) == fund)
        .select(
            "session_number", growth=column.total_return.fill_null(column.gap_return).fill_null(0).log1p().cum_sum()
        )
        .select("session_number", index_return=column.growth - column.growth.shift(21))
    )
    members = (
        name_days.lazy()
        .filter(column(name) != fund)
        .with_columns(sector=column(name) % SECTORS)
        .join(index, on="session_number", how="left")
    )
    ahead = column.log_return_21 > column.index_return
    by_sector = (
        members.group_by("session_number", "sector")
        .agg(
            valid=column.direction.count(),
            advances=(column.direction == 1).sum(),
            declines=(column.direction == -1).sum(),
            unchanged=(column.direction == 0).sum(),
            up_volume=column.volume.filter(column.direction == 1).sum(),
            down_volume=column.volume.filter(column.direction == -1).sum(),
            points_gained=column.points.clip(lower_bound=0).filter(column.direction.is_not_null()).sum(),
            points_lost=(-column.points).clip(lower_bound=0).filter(column.direction.is_not_null()).sum(),
            **{f"eligible_sma{rows}": column(f"is_above_sma{rows}").count() for rows in FRAMES["sma"]},
            **{f"above_sma{rows}": column(f"is_above_sma{rows}").sum() for rows in FRAMES["sma"]},
            **{f"eligible_{rows}": column(f"is_high_{rows}").count() for rows in FRAMES["high"]},
            **{f"new_highs_{rows}": column(f"is_high_{rows}").sum() for rows in FRAMES["high"]},
            **{f"new_lows_{rows}": column(f"is_low_{rows}").sum() for rows in FRAMES["high"]},
            eligible_return_21=ahead.count(),
            outperforming_21=ahead.sum(),
        )
        .collect()
    )
    whole = by_sector.drop("sector").group_by("session_number").sum()
    counts = pl.concat([by_sector, whole.with_columns(sector=None)], how="diagonal_relaxed")
    dispersion = (
        members.filter(~column.is_stale)
        .group_by("session_number")
        .agg(returns=column.total_return.count(), dispersion_equal=column.total_return.std(ddof=0))
        .collect()
    )

    of_members = name_days.filter(column(name) != fund)
    rows = (of_members["session_number"] - of_members["session_number"].min()).to_numpy()
    names = (of_members[name] - 1).to_numpy()
    shape = rows.max() + 1, fund - 1
    returns = np.zeros(shape)
    returns[rows, names] = np.where(
        of_members["is_stale"].to_numpy(), 0, of_members["total_return"].fill_null(0).to_numpy()
    )
    windows = {}
    for length in CORRELATION_WINDOWS:
        sigmas = np.full(shape, np.nan)
        sigmas[rows, names] = of_members[f"sigma_{length}"].fill_null(np.nan).to_numpy()
        windows[length] = correlation(returns, sigmas, length)
    return name_days, counts, dispersion, windows


def store(name_days, counts, dispersion, windows: dict[int, np.ndarray], folder: Path) -> None:
    """What `in_polars` gives as parquet files, written as polars does it unless told otherwise."""
    import polars as pl

    frames = {"name_days": name_days, "counts": counts, "dispersion": dispersion}
    frames |= {f"windows_{length}": pl.DataFrame(values) for length, values in windows.items()}
    for name, frame in frames.items():
        frame.write_parquet(folder / f"{name}.parquet")


def in_pandas(bars: Path):
    """(name-days, counts, dispersion, windows): name-days as one matrix (sessions × names) a column, by its name.

    Wide, because rolling over the rows of a matrix is what pandas does fast, and a hole is a missing value there.
    """
    import pandas as pd

    long = pd.read_parquet(bars)
    fund = long["security_id"].max()
    wide = {
        value: long.pivot(index="session_number", columns="security_id", values=value)
        for value in ("close", "volume", "dividend")
    }
    del long
    close, volume = wide["close"], wide["volume"]
    traded = close.notna()
    last_close = close.ffill(limit=252).shift()
    previous_bar = close.ffill().shift()
    before_previous = previous_bar.where(traded).ffill().shift()
    silent = (volume.fillna(1) + volume.ffill().shift().fillna(1)) == 0
    days = {"is_stale": silent & traded & (close == previous_bar) & (close == before_previous)}
    days["close"] = close
    days["price_return"] = close / close.shift() - 1
    grown = np.log((close + wide["dividend"]) / last_close)
    days["total_return"] = (close + wide["dividend"]) / close.shift() - 1
    counted = traded & ~days["is_stale"]
    days["log_return_21"] = np.log1p(days["total_return"]).rolling(21).sum()
    days["gap_return"] = ((close + wide["dividend"]) / last_close - 1).where(days["total_return"].isna())
    days["points"] = close - close.shift()
    days["direction"] = np.sign(days["points"]).where(counted)
    for rows in FRAMES["sma"]:
        mean = close.rolling(rows).mean()
        days[f"is_above_sma{rows}"] = (close > mean * (1 + 1e-12)).astype("float32").where(counted & mean.notna())
    for rows in FRAMES["high"]:
        for word, extreme in (("high", close.rolling(rows).max()), ("low", close.rolling(rows).min())):
            days[f"is_{word}_{rows}"] = (close == extreme).astype("float32").where(counted & extreme.notna())

    index_return = grown[fund].fillna(0).cumsum().diff(21)
    ahead = (
        days["log_return_21"]
        .gt(index_return, axis=0)
        .where(days["log_return_21"].notna() & index_return.notna().to_numpy()[:, None])
    )
    direction = days["direction"]
    up, down = direction == 1, direction == -1
    cells = {
        "valid": direction.notna(),
        "advances": up,
        "declines": down,
        "unchanged": direction == 0,
        "up_volume": volume.where(up, 0),
        "down_volume": volume.where(down, 0),
        "points_gained": days["points"].clip(lower=0).where(direction.notna(), 0),
        "points_lost": (-days["points"]).clip(lower=0).where(direction.notna(), 0),
        "eligible_return_21": ahead.notna(),
        "outperforming_21": ahead.fillna(0),
    }
    for rows in FRAMES["sma"]:
        cells[f"eligible_sma{rows}"] = days[f"is_above_sma{rows}"].notna()
        cells[f"above_sma{rows}"] = days[f"is_above_sma{rows}"].fillna(0)
    for rows in FRAMES["high"]:
        cells[f"eligible_{rows}"] = days[f"is_high_{rows}"].notna()
        cells[f"new_highs_{rows}"] = days[f"is_high_{rows}"].fillna(0)
        cells[f"new_lows_{rows}"] = days[f"is_low_{rows}"].fillna(0)
    sectors = np.arange(1, fund) % SECTORS
    belongs = np.column_stack([*(sectors == sector for sector in range(SECTORS)), np.ones(fund - 1, bool)])
    counts = {
        measure: values.to_numpy("float64")[:, : fund - 1] @ belongs.astype("float64")
        for measure, values in cells.items()
    }

    returned = days["total_return"].where(~days["is_stale"])
    for length in CORRELATION_WINDOWS:
        days[f"sigma_{length}"] = returned.rolling(length).std()
    returned = returned.drop(columns=fund)
    sigmas = {length: days[f"sigma_{length}"].drop(columns=fund).to_numpy() for length in CORRELATION_WINDOWS}
    dispersion = pd.DataFrame({"returns": returned.count(axis=1), "dispersion_equal": returned.std(axis=1, ddof=0)})
    windows = {
        length: correlation(returned.fillna(0).to_numpy(), sigmas[length], length) for length in CORRELATION_WINDOWS
    }
    return days, counts, dispersion, windows


def correlation(returns: np.ndarray, sigmas: np.ndarray, length: int) -> np.ndarray:
    """Of each session that ends a window: names used, correlation sum, basket variance, weighted sigma, own variance.

    `returns` (sessions × names) holds 0 where there is none, `sigmas` NaN where the window is not full. Shape:
    sessions × 5, NaN for sessions without a name.
    """
    complete = sigmas > 1e-12
    inverse = np.divide(1, sigmas, out=np.zeros_like(sigmas), where=complete)
    used = complete.sum(axis=1)
    share = np.divide(1, used, out=np.full(len(used), np.nan), where=used > 0)
    held = complete.astype("float64")
    standardised = np.full((len(returns), length), np.nan)
    basket = np.full((len(returns), length), np.nan)
    for back in range(length):
        past = returns[: len(returns) - back]
        standardised[back:, back] = np.einsum("ij,ij->i", past, inverse[back:])
        basket[back:, back] = np.einsum("ij,ij->i", past, held[back:]) * share[back:]
    known = np.where(complete, sigmas, 0)
    found = np.column_stack(
        [
            used,
            standardised.var(axis=1, ddof=1),
            basket.var(axis=1, ddof=1),
            known.sum(axis=1) * share,
            np.einsum("ij,ij->i", known, known) * share**2,
        ]
    )
    found[used == 0] = np.nan
    return found
