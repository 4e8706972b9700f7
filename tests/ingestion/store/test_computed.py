"""What is computed replaces what was stored of it, and rows that an earlier calendar dated are dated again."""

from datetime import datetime, timedelta

import pandas as pd

from ingestion import loading


def ask(warehouse, query):
    with warehouse.reading() as connection:
        return connection.execute(query).fetchall()


def append(warehouse, table, row, known_at, at, batch_id=1):
    frame = pd.DataFrame([row]).assign(known_at=pd.Timestamp(known_at), vintage_stated=False)
    frame["obs_date"] = pd.to_datetime(frame["obs_date"])
    warehouse.append(table, frame, source="folder", batch_id=batch_id, ingested_at=at)


def level(series_id, day, value):
    return {"series_id": series_id, "obs_date": day, "value": value}


def test_releases_of_an_earlier_version_are_made_again(warehouse, now):
    with warehouse.writing() as connection:
        connection.execute("drop table raw.releases")
        connection.execute(
            "create table raw.releases as select 'CPIAUCSL' as series_id, date '2024-12-01' as obs_date, "
            "timestamp '2025-01-15 13:30:00' as released_at, timestamp '1900-01-01' as known_at, "
            "timestamp '2024-12-01' as ingested_at, 0 as batch_id, 'calendar' as source"
        )
    loading.load_calendar(warehouse, now)
    rows = ask(
        warehouse,
        "select announced_on::varchar, released_at, known_at from raw.releases "
        "where series_id = 'CPIAUCSL' and obs_date = '2024-12-01' order by announced_on",
    )
    assert rows == [
        ("1900-01-01", None, datetime(1900, 1, 1)),
        ("2024-12-11", datetime(2025, 1, 15, 13, 30), datetime(2024, 12, 11, 23)),
    ]


def test_a_calendar_that_did_not_change_is_not_written_again(warehouse, now):
    loading.load_calendar(warehouse, now)
    loading.load_calendar(warehouse, now + timedelta(days=1))
    assert ask(warehouse, "select distinct ingested_at from raw.releases") == [(now,)]


def test_rows_that_an_earlier_rule_dated_are_dated_by_the_calendar_and_that_is_logged(warehouse, now):
    append(warehouse, "macro_observations", level("CPIAUCSL", "2013-09-01", 233.5), "2013-10-15 12:30", now)
    append(warehouse, "macro_observations", level("PAYEMS", "2024-11-01", 159288), "2024-12-07 13:30", now)
    append(warehouse, "macro_observations", level("DGS10", "2024-11-07", 4.31), "2024-11-08 22:00", now)
    positions = {"contract_code": "13874A", "obs_date": "2013-10-01", "open_interest": 1.0}
    positions |= {
        f"{who}_{side}": 1.0 for who in ("dealer", "asset_manager", "leveraged") for side in ("long", "short")
    }
    append(warehouse, "positioning", positions, "2013-10-04 19:30", now)

    loading.load_calendar(warehouse, now)

    known = dict(ask(warehouse, "select series_id, known_at from raw.macro_observations"))
    assert known == {
        "CPIAUCSL": datetime(2013, 10, 30, 12, 30),  # was known 15 days too early
        "PAYEMS": datetime(2024, 12, 6, 13, 30),  # and this one a day late
        "DGS10": datetime(2024, 11, 8, 22),
    }
    assert ask(warehouse, "select known_at from raw.positioning") == [(datetime(2013, 10, 25, 19, 30),)]
    assert ask(warehouse, "select table_name, message from raw.ingestion_runs order by batch_id") == [
        ("macro_observations", "2 rows dated again by the release calendars"),
        ("positioning", "1 rows dated again by the release calendars"),
    ]
    loading.load_calendar(warehouse, now + timedelta(days=1))
    assert ask(warehouse, "select count(*) from raw.ingestion_runs") == [(2,)]


def test_a_later_vintage_stays_known_from_its_arrival(warehouse, now):
    arrived = now + timedelta(days=30)
    append(warehouse, "macro_observations", level("CPIAUCSL", "2024-11-01", 316.4), "2024-12-15 13:30", now)
    append(warehouse, "macro_observations", level("CPIAUCSL", "2024-11-01", 316.5), "2024-12-15 13:30", arrived, 2)
    loading.load_calendar(warehouse, arrived)
    assert ask(warehouse, "select value, known_at from raw.macro_observations order by batch_id") == [
        (316.4, datetime(2024, 12, 11, 13, 30)),
        (316.5, arrived),
    ]
