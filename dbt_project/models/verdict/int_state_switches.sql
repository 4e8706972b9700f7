-- The states that began or ended with a session, in words.
with states as (
    select * from {{ ref("states_daily") }}
),

sessions as (
    select * from {{ ref("int_sessions") }}
)

select
    states.session_date,
    {{ joined_text("case when states.is_onset then states.state_name end", "states.state_id") }} as begun,
    {{ joined_text("case when states.is_on = false and before.is_on then states.state_name end", "states.state_id") }}
        as ended
from states
inner join sessions on states.session_date = sessions.session_date
inner join sessions as earlier on sessions.session_number - 1 = earlier.session_number
left join states as before
    on states.state_id = before.state_id
    and earlier.session_date = before.session_date
-- said by their own moves, or a matter of the day alone
where split_part(states.state_id, '_', 1) not in ('stage', 'quadrant', 'risk', 'shock')
group by states.session_date
