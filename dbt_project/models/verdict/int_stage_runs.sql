-- The stage before the stage of a session: what changed when the present run of sessions with one stage began. One row a session
-- with a stage.
with capitulation as (
    select
        session_date,
        stage,
        stage_since,
        lag(stage) over (order by session_date) as previous_stage
    from {{ ref("capitulation_daily") }}
)

select
    session_date,
    -- not known where the run begins with the first known stage
    first_value(previous_stage) over (partition by stage_since order by session_date) as stage_before
from capitulation
where stage is not null
order by session_date
