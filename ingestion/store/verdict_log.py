"""The product's own track record: the verdict of the newest session of each publication, as it was published.

Stored in raw.verdict_log, append-only, and copied whole into every published file as marts.verdict_log. It is a log of
publications and no measure of the market, so no model reads it and the truncation law does not apply to it; a build as
of a past session has no raw tables, and so neither has the log nor adds to it.
"""

from datetime import datetime
from pathlib import Path

import duckdb

from ingestion.store.audit import main_universe
from ingestion.store.sql import quoted_text


def copy_log(
    connection: duckdb.DuckDBPyConnection, as_of: datetime, built_at: datetime, rule_version: str, git_revision: str
) -> None:
    """Add marts.verdict_log to a file that is about to be published: the log of the attached database `built`, and one
    more row where the newest verdict of the file differs from the newest row of its session.

    A build without raw.verdict_log has no log to copy. Instants are naive UTC.
    """
    if not _has_log(connection, "built", "raw"):
        return
    connection.execute("create table marts.verdict_log as from built.raw.verdict_log")
    connection.execute(
        """
        insert into marts.verdict_log by name
        select
            session_date, $built_at as built_at, $as_of as as_of, $rule_version as rule_version,
            $git_revision as git_revision, is_final, complete, headline, body, selling_pressure, why_primary,
            shock_class, risk_state, when_stage, falsifier, evidence, day_state, stage_age_sessions, sentences.lines,
            call_id, call, call_times_known, call_hits_known, call_vix_known
        from marts.verdict_daily
        left join (
            select
                session_date,
                to_json(list(
                    {'section': section, 'position': position, 'sentence': sentence} order by section, position
                ))::varchar as lines
            from marts.verdict_lines
            where universe_id = $universe
            group by session_date
        ) as sentences using (session_date)
        where universe_id = $universe and session_date = (select max(session_date) from marts.verdict_daily)
            -- the sentences contain every number; a sum that differs in its last digit is the same verdict
            and (is_final, sentences.lines) is distinct from (
                select (is_final, lines)
                from marts.verdict_log as logged
                where logged.session_date = verdict_daily.session_date
                order by built_at desc
                limit 1
            )
        """,
        {
            "universe": main_universe(connection),
            "as_of": as_of,
            "built_at": built_at,
            "rule_version": rule_version,
            "git_revision": git_revision,
        },
    )
    _comment(connection)


def record(warehouse: Path, fresh: Path) -> None:
    """Append to raw.verdict_log of `warehouse` the rows that the file `fresh` adds: verified, about to be published."""
    with duckdb.connect() as connection:
        connection.execute("attach ? as fresh (read_only)", [str(fresh)])
        if not _has_log(connection, "fresh", "marts"):
            return
        connection.execute("attach ? as warehouse", [str(warehouse)])
        connection.execute(
            """
            insert into warehouse.raw.verdict_log by name
            from fresh.marts.verdict_log as published
            where (published.session_date, published.built_at) not in (
                select (session_date, built_at) from warehouse.raw.verdict_log
            )
            """
        )


def _has_log(connection: duckdb.DuckDBPyConnection, database: str, schema: str) -> bool:
    found = connection.execute(
        "select 1 from duckdb_tables() where (database_name, schema_name, table_name) = (?, ?, 'verdict_log')",
        [database, schema],
    )
    return bool(found.fetchall())


def _comment(connection: duckdb.DuckDBPyConnection) -> None:
    """Comment the columns with their meanings in the dictionary, which reads them from the declared raw table."""
    connection.execute("comment on table marts.verdict_log is 'Each verdict as it was published.'")
    meanings = connection.execute("select column_name, meaning from marts.dictionary where mart = 'verdict_log'")
    for column, meaning in meanings.fetchall():
        connection.execute(f"comment on column marts.verdict_log.{column} is {quoted_text(meaning)}")
