-- The names of the states that began and that ended on a session, as two texts; one row a session.
with states as (
    select * from {{ ref("states_daily") }}
),

sessions as (
    select * from {{ ref("int_sessions") }}
)

select
    states.session_date,
    {{ joined_text("case when states.is_onset then states.state_name end", "states.state_id") }} as begun,
    {{ joined_text("case when states.is_on = false and previous_states.is_on then states.state_name end", "states.state_id") }}
        as ended
from states
inner join sessions on states.session_date = sessions.session_date
inner join sessions as previous_sessions on sessions.session_number - 1 = previous_sessions.session_number
left join states as previous_states
    on states.state_id = previous_states.state_id
    and previous_sessions.session_date = previous_states.session_date
-- the verdict reports moves of stage, quadrant and risk state separately, and a shock lasts only one day
where split_part(states.state_id, '_', 1) not in ('stage', 'quadrant', 'risk', 'shock')
group by states.session_date
