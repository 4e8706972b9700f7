-- The session that each event is measured from: the first on or after its anchor date; one row an event. An event before the
-- first session on file, or after the last, has no row.
with events as (
    select * from {{ ref("stg_events") }}
),

sessions as (
    select
        *,
        min(session_date) over () as first_date
    from {{ ref("int_sessions") }}
)

select
    events.event_id::string as event_id,
    max(events.name)::string as event_name,
    min(sessions.session_number) as anchor_number,
    min(sessions.session_date) as anchor_session,
    -- an event of the user's is not known before the day it was added
    min(case when sessions.session_date >= coalesce(events.added_on, events.anchor_date) then sessions.session_number end)
        as known_number,
    min(case when sessions.session_date >= coalesce(events.added_on, events.anchor_date) then sessions.session_date end)
        as known_session
from events
inner join sessions on events.anchor_date <= sessions.session_date
where events.anchor_date >= sessions.first_date
group by events.event_id
