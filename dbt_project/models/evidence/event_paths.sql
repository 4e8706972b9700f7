-- The index after each past case of a study, session by session; one row a study, event session and step (0 to 63 sessions).
-- Every event of event_study_events is here once, whichever of its tracks and horizons count it.
with events as (
    select distinct
        study_id,
        session_date as event_session
    from {{ ref("event_study_events") }}
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

index_days as (
    select * from {{ ref("index_daily") }} where index_id = '{{ main_universe() }}'
),

index_levels as (
    select
        sessions.session_number,
        sessions.session_date,
        index_days.price_index
    from sessions
    inner join index_days on sessions.session_date = index_days.session_date
    where index_days.price_index is not null
)

select
    ---------- keys
    '{{ main_universe() }}'::string as universe_id,
    events.study_id::string as study_id,
    events.event_session::date as event_session,
    (index_levels.session_number - starts.session_number)::integer as step,

    ---------- the path
    index_levels.session_date::date as session_date,
    (100 * index_levels.price_index / nullif(starts.price_index, 0))::double as index_100
from events
inner join index_levels as starts on events.event_session = starts.session_date
inner join index_levels
    on index_levels.session_number between starts.session_number and starts.session_number + {{ study_horizons() | max }}
order by study_id, event_session, step
