-- How long the stage of capitulation of a session has lasted, and the stage before it; one row a session with a stage.
with capitulation as (
    select * from {{ ref("capitulation_daily") }}
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

stage_days as (
    select
        sessions.session_number,
        sessions.session_date,
        capitulation.stage,
        lag(capitulation.stage) over (order by sessions.session_number) as previous_stage
    from sessions
    inner join capitulation on sessions.session_date = capitulation.session_date
),

stage_starts as (
    select
        *,
        max(case when stage is distinct from previous_stage then session_number end) over (
            order by session_number rows unbounded preceding
        ) as start_number
    from stage_days
)

select
    session_number,
    session_date,
    stage,
    min(session_date) over run as stage_since,
    (session_number - start_number)::integer as stage_age_sessions,
    (session_number - start_number + 1)::integer as stage_day,
    -- the stage of the session before the run, which is not known where the run begins with the first known stage
    first_value(previous_stage) over (run order by session_number) as stage_before
from stage_starts
where stage is not null
window run as (partition by start_number)
order by session_number
