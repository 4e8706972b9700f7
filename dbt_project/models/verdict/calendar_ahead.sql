-- What is coming, as announced by the cutoff of each session? One row a session and calendar whose next date is known: releases,
-- the decision of the Fed, expiries, the rebalance of the index and the end of the quarter.
with calendars as (
    select * from {{ ref("calendars") }}
),

next_releases as (
    select * from {{ ref("int_next_releases") }}
)

select
    next_releases.session_date,
    calendars.calendar_id::string as calendar_id,
    calendars.name::string as calendar_name,
    calendars.kind::string as kind,
    next_releases.obs_date,
    -- every event is between 08:30 and 16:30 in New York, which is the same day in UTC
    next_releases.next_release_at::date as event_date,
    next_releases.next_release_at as event_at,
    {{ weekday_name("next_releases.next_release_at") }}::string as weekday,
    {{ days_between("next_releases.session_date", "next_releases.next_release_at::date") }}::integer as days_ahead,
    next_releases.announced_on,
    row_number() over (
        partition by next_releases.session_date order by next_releases.next_release_at, calendars.position
    )::integer as position
from next_releases
inner join calendars on next_releases.series_id = calendars.series_id
order by next_releases.session_date, position
