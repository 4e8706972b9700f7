"""Positioning by numpy from raw vintages, report by report as they were known, and golden facts of December 2024."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from ingestion.settings import Settings
from orchestration import dbt
from tests.marts.announced import next_dates
from tests.marts.built import read

RECOMPUTED = {
    "positioning_weekly": (
        "known_at", "first_known_at", "open_interest", "open_interest_median_13w", "dealer_net",
        "dealer_net_pct_oi", "dealer_z_156w", "dealer_pctl_156w", "dealer_p10_156w", "dealer_p90_156w",
        "dealer_chg_1w", "dealer_chg_4w", "dealer_chg_4w_z", "asset_manager_net", "asset_manager_net_pct_oi",
        "asset_manager_z_156w", "asset_manager_pctl_156w", "asset_manager_p10_156w", "asset_manager_p90_156w",
        "asset_manager_chg_1w", "asset_manager_chg_4w", "asset_manager_chg_4w_z", "leveraged_net",
        "leveraged_net_pct_oi", "leveraged_z_156w", "leveraged_pctl_156w", "leveraged_p10_156w",
        "leveraged_p90_156w", "leveraged_chg_1w", "leveraged_chg_4w", "leveraged_chg_4w_z",
    ),
    "positioning_daily": (
        "report_date", "open_interest", "open_interest_median_13w", "dealer_net", "dealer_net_pct_oi",
        "dealer_z_156w", "dealer_pctl_156w", "dealer_p10_156w", "dealer_p90_156w", "dealer_chg_1w",
        "dealer_chg_4w", "dealer_chg_4w_z", "asset_manager_net", "asset_manager_net_pct_oi",
        "asset_manager_z_156w", "asset_manager_pctl_156w", "asset_manager_p10_156w", "asset_manager_p90_156w",
        "asset_manager_chg_1w", "asset_manager_chg_4w", "asset_manager_chg_4w_z", "leveraged_net",
        "leveraged_net_pct_oi", "leveraged_z_156w", "leveraged_pctl_156w", "leveraged_p10_156w",
        "leveraged_p90_156w", "leveraged_chg_1w", "leveraged_chg_4w", "leveraged_chg_4w_z",
        "report_age_sessions", "known_age_sessions",
        "next_report_at", "cta_signal", "cta_exposure", "cta_flow_5d", "cta_flow_21d",
        "cta_flow_5d_z_252", "cta_flow_21d_z_252",
    ),
}  # fmt: skip

CLASSES = ("dealer", "asset_manager", "leveraged")
LENGTHS = (20, 60, 120, 250)
WEEKLY = "select * from marts.positioning_weekly order by contract_code, report_date"
DAILY = "select * from marts.positioning_daily order by contract_code, session_date"


def vintages(warehouse: Path) -> pd.DataFrame:
    """Every vintage in the contract's present unit: contract_code, report_date, open_interest, three nets, known_at."""
    raw = read(warehouse, "select * from raw.positioning order by known_at, batch_id")
    unit = np.where((raw.contract_code == "13874+") & (raw.obs_date <= "2023-04-25"), 5, 1)
    frame = raw[["contract_code", "known_at"]].assign(
        report_date=raw.obs_date, open_interest=raw.open_interest * unit, order=range(len(raw))
    )
    for name in CLASSES:
        frame[f"{name}_net"] = (raw[f"{name}_long"] - raw[f"{name}_short"]) * unit
    return frame


def newest(frame: pd.DataFrame) -> pd.DataFrame:
    """The newest vintage of each report of one contract."""
    return frame.sort_values(["report_date", "order"]).drop_duplicates("report_date", keep="last")


def spread(values: np.ndarray) -> dict[str, float]:
    """Where the last of up to 156 values stands among them; NaN below 104."""
    values = values[-156:]
    known = values[~np.isnan(values)]
    if len(known) < 104 or np.isnan(values[-1]):
        low, high = np.percentile(known, [10, 90]) if len(known) >= 104 else (np.nan, np.nan)
        return {"z": np.nan, "pctl": np.nan, "p10": low, "p90": high}
    return {
        "z": (values[-1] - known.mean()) / known.std(ddof=1),
        "pctl": 100 * np.mean(known <= values[-1]),
        "p10": np.percentile(known, 10),
        "p90": np.percentile(known, 90),
    }


def changes(values: np.ndarray, dates: np.ndarray, reports: int, most_days: int) -> np.ndarray:
    """Change over a number of reports, NaN where it spans more days."""
    out = np.full(len(values), np.nan)
    if len(values) > reports:
        near = dates[reports:] - dates[:-reports] <= np.timedelta64(most_days, "D")
        out[reports:] = np.where(near, values[reports:] - values[:-reports], np.nan)
    return out


def measured(reports: pd.DataFrame) -> dict[str, object]:
    """What is published of the last report, from the newest vintages of it and of those before it."""
    # as far back as the change over four reports, of a share that needs 13, in a window of 156
    reports = reports.tail(156 + 13 + 4)
    interest, dates = reports.open_interest.to_numpy(), reports.report_date.to_numpy()
    medians = np.full(len(interest), np.nan)
    for at in range(10, min(12, len(interest))):
        medians[at] = np.median(interest[: at + 1])
    if len(interest) > 12:
        medians[12:] = np.median(np.lib.stride_tricks.sliding_window_view(interest, 13), axis=1)
    out: dict[str, object] = {
        "report_date": dates[-1],
        "open_interest": interest[-1],
        "open_interest_median_13w": medians[-1],
    }
    for name in CLASSES:
        net = reports[f"{name}_net"].to_numpy()
        share = 100 * net / medians
        week = changes(share, dates, 1, 10)
        month = changes(share, dates, 4, 31)
        standing = spread(share)
        out |= {f"{name}_net": net[-1], f"{name}_net_pct_oi": share[-1]}
        out |= {f"{name}_{key}_156w": value for key, value in standing.items()}
        out |= {f"{name}_chg_1w": week[-1], f"{name}_chg_4w": month[-1], f"{name}_chg_4w_z": spread(month)["z"]}
    return out


def recomputed_weekly(warehouse: Path) -> pd.DataFrame:
    rows = []
    for code, frame in vintages(warehouse).groupby("contract_code"):
        reports = newest(frame)
        first_known = frame.groupby("report_date").known_at.min()
        for at in range(len(reports)):
            row = measured(reports.iloc[: at + 1])
            known_at = reports.known_at.iloc[at]
            rows.append(row | {"contract_code": code, "known_at": known_at, "first_known_at": first_known.iloc[at]})
    return pd.DataFrame(rows)


def recomputed_daily(warehouse: Path) -> pd.DataFrame:
    """Session by session: everything known at its cutoff is looked at afresh."""
    sessions = read(
        warehouse, "select session_number, session_date, cutoff_at from intermediate.int_sessions order by 1"
    )
    days = sessions.session_date.to_numpy()
    rows = []
    for code, frame in vintages(warehouse).groupby("contract_code"):
        instants = np.sort(frame.known_at.unique())
        last, first_read = None, {}
        for session in sessions.itertuples():
            told = np.searchsorted(instants, np.datetime64(session.cutoff_at), side="right")
            if not told:
                continue
            if told != last:
                last, row = told, measured(newest(frame[frame.known_at <= instants[told - 1]]))
                described = np.searchsorted(days, row["report_date"], side="right") - 1
            here = np.searchsorted(days, np.datetime64(session.session_date))
            first_read.setdefault(row["report_date"], here)
            rows.append(
                row
                | {
                    "contract_code": code,
                    "session_date": session.session_date,
                    "known_age_sessions": here - first_read[row["report_date"]],
                    "report_age_sessions": here - described if described >= 0 else None,
                }
            )
    out = pd.DataFrame(rows)
    out["report_age_sessions"] = out.report_age_sessions.astype(float)
    numbers = [column for column in out if column.startswith((*CLASSES, "open_interest"))]
    out.loc[out.known_age_sessions > 10, numbers] = np.nan
    return out


def assert_equal(mart: pd.DataFrame, expected: pd.DataFrame, keys: list[str]) -> None:
    expected = expected.sort_values(keys).reset_index(drop=True)
    assert len(mart) == len(expected)
    for column in expected.columns:
        ours, theirs = mart[column], expected[column]
        if ours.dtype.kind == "f" or theirs.dtype.kind == "f":
            ours, theirs = ours.astype(float), theirs.astype(float)
            assert ours.isna().equals(theirs.isna()), column
            difference = (ours - theirs).abs().max()
            print(f"{column:28} {theirs.notna().sum():6} values, max difference {difference:.1e}")
            assert not difference > 1e-9, column
        else:
            assert (ours == theirs).all(), column


def test_every_report_equals_its_recomputation(market: tuple[Path, Path]) -> None:
    assert_equal(read(market[1], WEEKLY), recomputed_weekly(market[0]), ["contract_code", "report_date"])


def test_every_session_equals_what_was_known_then(market: tuple[Path, Path]) -> None:
    assert_equal(read(market[1], DAILY), recomputed_daily(market[0]), ["contract_code", "session_date"])


def test_the_cta_proxy_equals_its_recomputation(market: tuple[Path, Path]) -> None:
    """Over every session from SPY's first bar, against the mart where it has a row."""
    spy = read(
        market[0],
        "select session_date, total_return from intermediate.int_sessions as sessions "
        "left join (from intermediate.int_asset_days where asset_id = 'SPY') using (session_date) order by 1",
    ).set_index("session_date")
    returns = spy.total_return[spy.total_return.first_valid_index() :]
    growth = (1 + returns).cumprod()
    # the first bar has no return: growth before the first return is 1
    growth = pd.concat([pd.Series([1.0], [returns.index[0] - timedelta(days=1)]), growth])
    sigma = returns.rolling(60, min_periods=48).std().reindex(growth.index)
    signal = sum(
        ((growth / growth.shift(length) - 1) / (sigma * np.sqrt(length))).clip(-2, 2) / 2 for length in LENGTHS
    ) / len(LENGTHS)
    expected = pd.DataFrame({"cta_signal": signal})
    expected["cta_exposure"] = signal * (0.10 / (sigma * np.sqrt(252))).clip(upper=1.5)
    for length in (5, 21):
        flow = expected.cta_exposure - expected.cta_exposure.shift(length)
        year = flow.rolling(252, min_periods=126)
        expected[f"cta_flow_{length}d"] = flow
        expected[f"cta_flow_{length}d_z_252"] = (flow - year.mean()) / year.std()
    mart = read(market[1], f"select * from ({DAILY}) where contract_code = '13874+'").set_index("session_date")
    expected = expected.reindex(mart.index)
    for column in expected:
        assert mart[column].isna().equals(expected[column].isna()), column
        difference = (mart[column] - expected[column]).abs().max()
        print(f"{column:28} {expected[column].notna().sum():6} values, max difference {difference:.1e}")
        assert not difference > 1e-9, column


def test_the_next_report_is_the_next_of_the_release_calendar(market: tuple[Path, Path]) -> None:
    releases = read(market[0], "select *, known_at as announced_at from raw.releases where series_id = 'TFF'")
    mart = read(
        market[0],
        f"select daily.*, cutoff_at from ({DAILY}) as daily join intermediate.int_sessions using (session_date)",
    )
    one = mart.drop_duplicates("session_date").set_index("session_date").sort_index()
    as_of = read(market[1], "select as_of from marts.publication").as_of[0]
    expected = next_dates(releases, np.minimum(one.cutoff_at, as_of)).released_at
    assert mart.next_report_at.tolist() == mart.session_date.map(expected).tolist()
    assert expected.notna().mean() > 0.9


# Corrections --------------------------------------------------------------------------------------------------------


@pytest.fixture
def corrected(published: Path, sample_settings: Settings, tmp_path: Path) -> Settings:
    """A copy of the sample market's warehouse in which the CFTC corrected reports, late and more than once."""
    settings = Settings(data=tmp_path, market=sample_settings.market, folder=sample_settings.folder)
    settings.warehouse_path.parent.mkdir(parents=True)
    shutil.copy(sample_settings.warehouse_path, settings.warehouse_path)
    rng = np.random.default_rng(20241227)
    reports = read(settings.warehouse_path, "select * from raw.positioning order by contract_code, obs_date")
    chosen = reports.iloc[rng.choice(len(reports), 60, replace=False)].reset_index(drop=True)
    lag = pd.to_timedelta(np.r_[rng.integers(1, 20, 30), rng.integers(20, 900, 30)] * 24 + 3, unit="h")
    chosen["known_at"] = np.minimum(chosen.known_at + lag, np.datetime64(datetime(2024, 12, 26, 15), "us"))
    numbers = [column for column in chosen if column.endswith(("_long", "_short")) or column == "open_interest"]
    chosen[numbers] = (chosen[numbers] * rng.uniform(0.5, 1.5, (len(chosen), len(numbers)))).round()
    chosen["batch_id"] = 900
    # one report arrives after the three that follow it, another is corrected in the instant that the next is known
    late = reports[(reports.contract_code == "13874+") & (reports.obs_date == "2021-05-11")].iloc[0]
    same = reports[(reports.contract_code == "13874+") & (reports.obs_date == "2021-09-14")].iloc[0].copy()
    same["asset_manager_long"], same["known_at"], same["batch_id"] = 0.0, datetime(2021, 9, 24, 19, 30), 901
    chosen = pd.concat([chosen, same.to_frame().T.astype(chosen.dtypes)], ignore_index=True)
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute("insert into raw.positioning by name select * from chosen").fetchall()
        connection.execute(
            "update raw.positioning set known_at = ? where contract_code = '13874+' and obs_date = ?",
            [late.known_at.to_pydatetime() + timedelta(days=24), late.obs_date],
        ).fetchall()
    models = ("--select", "int_positioning_measures", "positioning_weekly", "positioning_daily")
    nodes = dbt.run("run", dbt.Build(settings, settings.warehouse_path), models)
    dbt.require_green(nodes)
    return settings


def test_a_correction_counts_from_the_day_it_was_known(corrected: Settings) -> None:
    """Corrections of old and new reports: a session sees the history of its own day, the weekly mart that of today."""
    path = corrected.warehouse_path
    assert_equal(read(path, WEEKLY), recomputed_weekly(path), ["contract_code", "report_date"])
    assert_equal(read(path, DAILY), recomputed_daily(path), ["contract_code", "session_date"])


# Golden facts -------------------------------------------------------------------------------------------------------


@pytest.mark.folder
def test_positions_of_the_mini_in_december_2024(folder_built: Path) -> None:
    mart = read(folder_built, "select * from marts.positioning_weekly where contract_code = '13874A'").set_index(
        "report_date"
    )
    assert mart.loc["2024-12-17", "leveraged_net"] == -256_167
    assert mart.loc["2024-12-24", "leveraged_net"] == -331_703
    assert mart.loc["2024-12-17", "asset_manager_net"] == 1_040_912


@pytest.mark.folder
def test_a_roll_leaves_no_cliff(folder_built: Path) -> None:
    mart = read(folder_built, "select * from marts.positioning_weekly where contract_code = '13874A'").set_index(
        "report_date"
    )
    false_drop = 100 * (mart.asset_manager_net / mart.open_interest)["2024-12-10":"2024-12-17"]
    assert false_drop.to_list() == pytest.approx([46.865174, 40.096455], abs=1e-5)
    assert abs(mart.loc["2024-12-17", "asset_manager_chg_1w"]) < 3


@pytest.mark.folder
def test_the_newest_report_known_is_that_of_the_release_calendar(folder_built: Path) -> None:
    mart = read(folder_built, "select * from marts.positioning_daily where contract_code = '13874A'").set_index(
        "session_date"
    )
    assert mart.report_date["2024-12-27"] == pd.Timestamp("2024-12-17")
    assert mart.report_date["2024-12-30"] == pd.Timestamp("2024-12-24")
    assert mart.next_report_at["2024-12-27"] == pd.Timestamp("2024-12-30 20:30")


@pytest.mark.folder
def test_the_consolidated_contract_keeps_its_size_over_its_change_of_unit(folder_built: Path) -> None:
    mart = read(folder_built, "select * from marts.positioning_weekly where contract_code = '13874+'").set_index(
        "report_date"
    )
    step = mart.open_interest["2023-05-02"] / mart.open_interest["2023-04-25"]
    assert 0.95 < step < 1.05
    assert mart.filter(like="dealer").isna().all().all()


@pytest.mark.folder
def test_nothing_was_known_while_the_government_was_shut(folder_built: Path) -> None:
    mart = read(folder_built, "select * from marts.positioning_daily where null_reason is not null")
    spans = mart.session_date.groupby(mart.session_date.dt.year).agg(["min", "max"])
    assert {year: (str(first.date()), str(last.date())) for year, first, last in spans.itertuples()} == {
        2013: ("2013-10-14", "2013-10-24"),
        2019: ("2019-01-09", "2019-01-31"),
        2023: ("2023-02-13", "2023-02-23"),  # no shutdown, but the ION incident
    }
    assert set(mart.null_reason) == {"published more than 10 sessions ago"}


@pytest.mark.folder
def test_a_report_is_fresh_by_the_day_it_was_published(folder_built: Path) -> None:
    """Late reports describe a day long past and are read all the same; what is no longer fresh keeps its date."""
    mart = read(folder_built, "select * from marts.positioning_daily where contract_code = '13874+'").set_index(
        "session_date"
    )
    assert mart.report_date["2013-10-11"] == mart.report_date["2013-10-18"] == pd.Timestamp("2013-09-24")
    assert mart.report_date["2023-02-17"] == pd.Timestamp("2023-01-24")
    assert mart.asset_manager_net.notna()[["2013-10-11", "2013-10-18", "2023-02-17"]].tolist() == [True, False, False]
    late = mart.loc["2023-03-01"]
    assert late.report_age_sessions > 10 >= late.known_age_sessions
    assert pd.notna(late.asset_manager_net)


def test_the_roll_and_the_change_of_unit_of_the_made_up_market(published: Path) -> None:
    mart = read(published, "select * from marts.positioning_weekly").set_index(["contract_code", "report_date"])
    unit = mart.loc["13874+"].open_interest
    assert 0.9 < unit["2023-05-02"] / unit["2023-04-25"] < 1.1
    for code in ("13874A", "13874+"):
        contract = mart.loc[code]
        naive = 100 * contract.asset_manager_net / contract.open_interest
        assert naive["2024-12-17"] < naive["2024-12-10"] - 3
        assert abs(contract.asset_manager_chg_1w["2024-12-17"]) < 3


def test_the_planted_sale_of_asset_managers_is_the_lowest_of_its_three_years(published: Path) -> None:
    mart = read(published, "select * from marts.positioning_weekly where contract_code = '13874+'").set_index(
        "report_date"
    )
    assert mart.loc["2020-03-17", "asset_manager_pctl_156w"] < 1
    assert mart.loc["2020-03-17", "asset_manager_chg_4w_z"] < -2
