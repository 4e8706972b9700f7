-- How many members each universe and sector has in a session, with or without prices; one row a universe, segment and session.
-- Computed as a running sum of entries less exits, so that the cost depends on the number of spells, not of name-days.
with memberships as (
    select * from {{ ref("int_memberships") }}
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

membership_changes as (
    select universe_id, segment_id, valid_from as changed_on, 1 as change from memberships
    union all
    select universe_id, segment_id, valid_to as changed_on, -1 as change from memberships
),

segment_changes as (
    select universe_id, 'ALL' as segment_id, changed_on, change from membership_changes
    union all
    select universe_id, segment_id, changed_on, change from membership_changes where segment_id is not null
),

segments as (
    select distinct universe_id, segment_id from segment_changes
),

sessions_with_previous as (
    select
        session_number,
        session_date,
        lag(session_date, 1, date '0001-01-01') over (order by session_number) as previous_session_date
    from sessions
),

-- a change on a day without a session counts from the next session on
changes_by_session as (
    select
        segment_changes.universe_id,
        segment_changes.segment_id,
        sessions_with_previous.session_number,
        sum(segment_changes.change) as change
    from segment_changes
    inner join sessions_with_previous
        on segment_changes.changed_on <= sessions_with_previous.session_date
        and segment_changes.changed_on > sessions_with_previous.previous_session_date
    group by all
)

select
    segments.universe_id,
    segments.segment_id,
    sessions.session_number,
    sessions.session_date,
    sum(coalesce(changes_by_session.change, 0)) over (
        partition by segments.universe_id, segments.segment_id order by sessions.session_number
        rows unbounded preceding
    )::integer as members
from segments
cross join sessions
left join changes_by_session
    on segments.universe_id = changes_by_session.universe_id
    and segments.segment_id = changes_by_session.segment_id
    and sessions.session_number = changes_by_session.session_number
order by segments.universe_id, segments.segment_id, sessions.session_number
