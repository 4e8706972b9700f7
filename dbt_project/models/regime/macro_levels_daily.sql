-- Each macro series as known at the cutoff of each session: its value, the day that it describes, and when the next value is
-- due, as announced by then; one row a series and session. Values are carried up to their maximum age; an older one is NULL and keeps its date.
with levels as (
    select * from {{ ref("int_series_days") }}
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

series as (
    select * from {{ ref("series") }}
),

next_releases as (
    select * from {{ ref("int_next_releases") }}
),

starts as (
    select series_id, min(session_number) as first_session_number
    from levels
    group by series_id
)

select
    sessions.session_date,
    series.series_id,
    series.name::string as series_name,
    series.unit::string as unit,
    levels.value,
    levels.obs_date,
    levels.known_at,
    levels.vintage_basis,
    levels.is_revised_vintage,
    levels.age_sessions::integer as age_sessions,
    next_releases.next_release_at,
    case when levels.value is null then 'older than ' || series.max_age_sessions || ' sessions' end as null_reason
from sessions
inner join starts on sessions.session_number >= starts.first_session_number
inner join series on starts.series_id = series.series_id
left join levels
    on sessions.session_number = levels.session_number
    and series.series_id = levels.series_id
left join next_releases
    on sessions.session_number = next_releases.session_number
    and series.series_id = next_releases.series_id
order by sessions.session_date, series.series_id
