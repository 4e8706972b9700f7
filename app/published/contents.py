"""What the published file is, and which sessions, events, universes and explained columns it has."""

from datetime import date

from app.published import any_mart
from app.published.answer import Answer
from app.published.file import Published


def publication(published: Published) -> Answer:
    """One row: market, is_made_up, as_of, last_session, is_final, rule_version, git_revision, built_at (UTC).

    Raises UnreadableFile where the file has none: it was not written by a run.
    """
    answer = published.answer("publication", "select *\nfrom marts.publication", ["market"])
    if not answer.has("market"):
        raise published.unreadable("it has no publication")
    return answer


def dictionary(published: Published) -> Answer:
    """mart, column_name, unit, formula, meaning of every column; no rows where the file explains none."""
    return any_mart.every_row(
        published, "dictionary", ["mart", "column_name", "unit", "formula", "meaning"], ["mart", "position"]
    )


def marts(published: Published) -> Answer:
    """mart, rows and meaning of every table of the file, by name."""
    return published.answer(
        "publication",
        """
select table_name as mart, estimated_size as rows, comment as meaning
from duckdb_tables()
where schema_name = 'marts'
order by mart
""",
    )


def columns(published: Published) -> Answer:
    """mart, column_name, type, unit, formula and meaning of every column of the file, in its order."""
    return published.answer(
        "dictionary",
        """
select
    columns.table_name as mart,
    columns.column_name,
    lower(columns.data_type) as type,
    dictionary.unit,
    dictionary.formula,
    coalesce(dictionary.meaning, columns.comment) as meaning
from duckdb_columns() as columns
left join marts.dictionary
    on columns.table_name = dictionary.mart
    and columns.column_name = dictionary.column_name
where columns.schema_name = 'marts'
order by mart, columns.column_index
""",
    )


def sessions_around(published: Published, day: date) -> Answer:
    """session: the newest on or before `day`; before, after: its neighbours; oldest, newest of the file."""
    return published.answer(
        "breadth_daily",
        """
with sessions as (
    select distinct session_date
    from marts.breadth_daily
),

chosen as (
    select coalesce(max(session_date) filter (where session_date <= $day), min(session_date)) as session
    from sessions
)

select
    any_value(chosen.session) as session,
    max(session_date) filter (where session_date < chosen.session) as before,
    min(session_date) filter (where session_date > chosen.session) as after,
    min(session_date) as oldest,
    max(session_date) as newest
from sessions
cross join chosen
""",
        day=day,
    )


def window_start(published: Published, session: date, sessions: int | None) -> Answer:
    """first_session of the `sessions` that end with `session`; of the file where `sessions` is None."""
    return published.answer(
        "breadth_daily",
        """
select min(session_date) as first_session
from (
    select distinct session_date
    from marts.breadth_daily
    where session_date <= $session
    order by session_date desc
    limit $sessions
)
""",
        session=session,
        sessions=sessions,
    )


def weights_note(published: Published, session: date) -> Answer:
    """weights_note: the mart's warning that the index weights of a session are old; no row where they are not."""
    return published.answer(
        "index_attribution_daily",
        """
select distinct weights_note
from marts.index_attribution_daily
where session_date = $session and weights_note is not null
""",
        ["weights_note", "session_date"],
        session=session,
    )


def events(published: Published) -> Answer:
    """event_id, event_name, anchor_session of every event, oldest first."""
    return published.answer(
        "event_performance_daily",
        """
select event_id, event_name, min(anchor_session) as anchor_session
from marts.event_performance_daily
group by event_id, event_name
order by anchor_session, event_id
""",
        ["event_id", "event_name", "anchor_session"],
    )


def universes(published: Published) -> Answer:
    """universe_id, segment_id that have rows, the index and ALL first."""
    return published.answer(
        "breadth_daily",
        """
select universe_id, segment_id
from marts.breadth_daily
group by universe_id, segment_id
order by universe_id = 'SP500' desc, universe_id, segment_id = 'ALL' desc, segment_id
""",
    )
