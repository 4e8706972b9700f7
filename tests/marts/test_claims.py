"""claim_ledger: the fourteen statements of 2024-12-27 on the real market, each value read again from its mart."""

import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from ingestion.settings import DBT_PROJECT
from orchestration import dbt
from tests.conftest import NOW
from tests.marts.built import read

FINDINGS = {"supported", "partly", "not_supported", "insufficient_data"}

#: Mart -> the columns that this file computes again.
RECOMPUTED = {"claim_ledger": ("evidence_number", "mart", "column_name", "filter")}


def rows(path: Path, query: str) -> list[tuple]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


def value_of(path: Path, mart: str, column: str, row: str, session: object) -> object:
    """The one value of a column in the row of a session that a filter names."""
    parts = [part.split("=", 1) for part in row.split(";") if part]
    where = "".join(f" and {name.strip()}::varchar = ?" for name, _ in parts)
    found = read(
        path,
        f"select {column} as v from marts.{mart} where session_date = ?{where}",
        session,
        *(value.strip() for _, value in parts),
    )
    assert len(found) == 1, (mart, row, session)
    return found.v[0]


@pytest.mark.parametrize("name", ["published", "folder_built"])
def test_every_evidence_is_the_value_of_its_mart(name: str, request: pytest.FixtureRequest) -> None:
    path = request.getfixturevalue(name)
    claims = read(path, "select * from marts.claim_ledger")
    assert len(claims) == 14
    assert set(claims.finding) <= FINDINGS
    for claim in claims.itertuples():
        if claim.finding == "insufficient_data":
            assert claim.insufficient_reason
            continue
        value = value_of(path, claim.mart, claim.column_name, claim.filter, claim.session_date)
        if pd.notna(claim.evidence_number):
            assert claim.evidence_number == pytest.approx(float(value), rel=1e-12)
            assert float(claim.evidence_value) == pytest.approx(float(value), rel=0, abs=1e-9)
        else:
            assert claim.evidence_value.lower() == str(value).lower()


def test_the_report_of_december_2024_held_against_the_numbers_of_that_night(folder_built: Path) -> None:
    claims = read(folder_built, "select * from marts.claim_ledger order by claim_id")
    finding = {row.claim_id[-2:]: row.finding for row in claims.itertuples()}
    assert finding == {
        "01": "supported",
        "02": "supported",
        "03": "partly",
        "04": "supported",
        "05": "supported",
        "06": "not_supported",
        "07": "partly",
        "08": "supported",
        "09": "partly",
        "10": "supported",
        "11": "not_supported",
        "12": "not_supported",
        "13": "supported",
        "14": "supported",
    }
    number = claims.set_index(claims.claim_id.str[-2:]).evidence_number
    assert number["01"] == pytest.approx(-0.51, abs=0.02)
    assert number["04"] == pytest.approx(100 - 4.67, abs=0.05)
    assert number["03"] == pytest.approx(100 * 2.84 / 7.4, abs=5)
    assert abs(number["06"]) < 0.2


def test_what_followed_the_report(folder_built: Path) -> None:
    claims = read(folder_built, "select * from marts.claim_ledger order by claim_id")
    assert claims.is_closed.all()
    assert (claims.closes_on == pd.Timestamp("2025-01-30")).all()
    closes = read(
        folder_built,
        "select session_date, close from marts.index_daily "
        "where index_id = 'SP500' and session_date between '2024-12-27' and '2025-01-30' order by 1",
    )
    assert len(closes) == 22
    assert claims.spx_return_pct.to_numpy() == pytest.approx(100 * (closes.close.iloc[-1] / closes.close.iloc[0] - 1))
    last = claims.iloc[-1]
    assert float(last.outcome_value) == pytest.approx(closes.close.iloc[1:].min(), rel=0, abs=1e-9)
    held = {row.claim_id[-2:]: row.outcome_held for row in claims.itertuples()}
    assert not held["11"], "a month later the index stood higher"
    assert held["14"], "the low was not in"


def test_outcomes_are_open_until_the_horizon_has_closed(published: Path) -> None:
    claims = read(published, "select * from marts.claim_ledger")
    assert not claims.is_closed.any(), "the sample market ends on the day of the report"
    assert claims[["outcome_value", "outcome_held", "spx_return_pct"]].isna().all(axis=None)


def test_a_claim_of_ones_own_is_one_more_row_of_the_seed(sample_settings, published: Path, tmp_path: Path) -> None:
    project, warehouse = tmp_path / "dbt_project", tmp_path / "warehouse.duckdb"
    shutil.copytree(DBT_PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    shutil.copy(sample_settings.warehouse_path, warehouse)
    with (project / "seeds" / "universe" / "claims.csv").open("a") as file:
        file.write("mine,2024-12-15,me,Decliners lead.,breadth_daily,declines,")
        file.write("universe_id=SP500; segment_id=ALL,>=,100000,1,5,,,,last,,\n")
    build = dbt.Build(sample_settings, warehouse, NOW, project=project)
    dbt.require_green(dbt.run("build", build, [*dbt.EVERY_BUILD, "--select", "claims", "claim_ledger"]))
    others = "select * from marts.claim_ledger where claim_id <> 'mine' order by claim_id"
    assert rows(warehouse, others) == rows(published, others)
    mine = read(warehouse, "select * from marts.claim_ledger where claim_id = 'mine'").iloc[0]
    assert mine.session_date == pd.Timestamp("2024-12-13"), "a Sunday is read on the session before"
    assert mine.finding == "partly"
    assert mine.is_closed
    assert float(mine.evidence_number) > 1
    assert mine.outcome_held == False  # noqa: E712 - a numpy bool
