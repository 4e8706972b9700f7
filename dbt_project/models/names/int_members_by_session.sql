-- How many members each universe and sector has in a session, whether we hold their prices or not: entries less exits,
-- cumulated, so that the cost follows the number of spells.
with memberships as (
    select * from {{ ref("int_memberships") }}
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

steps as (
    select universe_id, segment_id, valid_from as step_date, 1 as step from memberships
    union all
    select universe_id, segment_id, valid_to as step_date, -1 as step from memberships
),

segmented as (
    select universe_id, 'ALL' as segment_id, step_date, step from steps
    union all
    select universe_id, segment_id, step_date, step from steps where segment_id is not null
),

segments as (
    select distinct universe_id, segment_id from segmented
),

first_sessions as (
    select
        segmented.universe_id,
        segmented.segment_id,
        sessions.session_number,
        sum(segmented.step) as step
    from segmented
    inner join (
        select
            session_number,
            session_date,
            lag(session_date, 1, date '0001-01-01') over (order by session_number) as previous_session_date
        from sessions
    ) as sessions
        on segmented.step_date <= sessions.session_date
        and segmented.step_date > sessions.previous_session_date
    group by all
)

select
    segments.universe_id,
    segments.segment_id,
    sessions.session_number,
    sessions.session_date,
    sum(coalesce(first_sessions.step, 0)) over (
        partition by segments.universe_id, segments.segment_id order by sessions.session_number
        rows unbounded preceding
    )::integer as members
from segments
cross join sessions
left join first_sessions
    on segments.universe_id = first_sessions.universe_id
    and segments.segment_id = first_sessions.segment_id
    and sessions.session_number = first_sessions.session_number
order by segments.universe_id, segments.segment_id, sessions.session_number
