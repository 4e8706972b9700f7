"""raw.verdict_log: the verdicts as they were published."""

from ingestion.tables.base import Column, LogTable

VERDICT_LOG = LogTable(
    name="verdict_log",
    meaning=(
        "The verdict of the newest session of each publication, as it was published: a row is added when the words "
        "differ from the newest row of that session. Written by the publication, read by no model, and carried in "
        "every published file as marts.verdict_log."
    ),
    columns={
        "session_date": Column(
            "date",
            "Session of the New York Stock Exchange that the row describes, as known at its cutoff "
            "(80 minutes before the next open).",
        ),
        "built_at": Column("timestamp", "When the file that first said so was built and published (UTC)."),
        "as_of": Column("timestamp", "The instant (UTC) up to which rows were known to that build."),
        "rule_version": Column("varchar", "Fingerprint of the thresholds and rules of the call that it was judged by."),
        "git_revision": Column("varchar", "Revision of the code that built it; -dirty where it had local changes."),
        "is_final": Column("boolean", "Whether nothing of the session was still to come when it was published."),
        "complete": Column("boolean", "Whether every input of the verdict was there."),
        "headline": Column("varchar", "The day in one sentence, as published."),
        "body": Column("varchar", "The day in paragraphs, as published."),
        "selling_pressure": Column(
            "double",
            "How strong the selling was against its own year.",
            unit="0–100",
            formula="as in verdict_daily",
        ),
        "why_primary": Column(
            "varchar",
            "What the move may be said to have moved with: news_growth, news_discount or another driver_id; 'none' "
            "where nothing is large enough, 'not_explained' where the macro block's residual is its largest part and "
            "no news is named.",
        ),
        "shock_class": Column("varchar", "Kind of shock of the day, from the signs of stocks and bonds."),
        "risk_state": Column("varchar", "calm, fragile or stress."),
        "when_stage": Column("varchar", "Stage of capitulation, as in capitulation_daily."),
        "falsifier": Column("varchar", "The levels that would have proved the verdict wrong."),
        "evidence": Column(
            "varchar", "Every number of the text and where it stood, as JSON rows, as in verdict_daily."
        ),
        "day_state": Column("varchar", "What kind of day it was, as in verdict_daily; NULL before this was published."),
        "stage_age_sessions": Column(
            "integer",
            "Sessions since the stage began; NULL before this was published.",
            unit="sessions",
            formula="as in verdict_daily",
        ),
        "lines": Column(
            "varchar",
            "The sentences as JSON rows of section, position and sentence, as in verdict_lines; NULL before these were "
            "published.",
        ),
        "call_id": Column("varchar", "The call, as in the seed calls; NULL before calls were published."),
        "call": Column("varchar", "The argument of the day, as published; NULL before calls were published."),
        "call_times_known": Column(
            "integer",
            "Earlier sessions with this call whose horizon had closed; NULL before calls were published.",
            unit="sessions",
            formula="as in verdict_daily",
        ),
        "call_hits_known": Column(
            "integer",
            "On how many of them what the call argues for came; NULL before calls were published.",
            unit="sessions",
            formula="as in verdict_daily",
        ),
        "call_vix_known": Column(
            "double",
            "What the VIX alone had said of that on those sessions; NULL before calls were published.",
            unit="share",
            formula="as in verdict_daily",
        ),
    },
)
