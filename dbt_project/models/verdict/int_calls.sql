-- Which call each session gets: the first rule of the seed whose conditions hold, and what would prove it wrong, as far as that
-- is within reach that night. One row a session of the verdict; an unknown state meets no condition.
with readings as (
    select * from {{ ref("int_verdict_readings") }}
),

calls as (
    select * from {{ ref("stg_calls") }}
),

states as (
    select * from {{ ref("states_daily") }}
),

levels as (
    select * from {{ ref("levels_next") }}
),

call_states as (
    select
        calls.call_id,
        named_states.state_id,
        {{ listed("calls.any_begun", "named_states.state_id") }} as is_of_any_begun,
        {{ listed("calls.all_on", "named_states.state_id") }} as is_of_all_on,
        {{ listed("calls.any_on", "named_states.state_id") }} as is_of_any_on,
        {{ listed("calls.all_off", "named_states.state_id") }} as is_of_all_off
    from calls
    cross join (select distinct state_id from states) as named_states
),

states_met as (
    select
        states.session_date,
        call_states.call_id,
        count(*) filter (where call_states.is_of_any_begun and states.is_onset) as any_begun,
        count(*) filter (where call_states.is_of_all_on and states.is_on) as all_on,
        count(*) filter (where call_states.is_of_any_on and states.is_on) as any_on,
        count(*) filter (where call_states.is_of_all_off and not states.is_on) as all_off
    from call_states
    inner join states on call_states.state_id = states.state_id
    where call_states.is_of_any_begun or call_states.is_of_all_on or call_states.is_of_any_on or call_states.is_of_all_off
    group by states.session_date, call_states.call_id
),

chosen_calls as (
    select
        readings.session_date,
        min(calls.position) as position
    from readings
    cross join calls
    left join states_met
        on readings.session_date = states_met.session_date
        and calls.call_id = states_met.call_id
    where (calls.stages is null or {{ listed("calls.stages", "readings.stage") }})
        and (calls.day_states is null or {{ listed("calls.day_states", "readings.day_state") }})
        and (calls.any_begun is null or states_met.any_begun > 0)
        and (calls.any_on is null or states_met.any_on > 0)
        and coalesce(states_met.all_on, 0) = {{ listed_count("calls.all_on") }}
        and coalesce(states_met.all_off, 0) = {{ listed_count("calls.all_off") }}
    group by readings.session_date
)

select
    readings.session_number,
    chosen_calls.session_date,
    calls.call_id,
    calls.target,
    calls.horizon,
    calls.argues_for,

    -- a level further than a month's sigma, or met already, would prove nothing
    case when levels.within_reach and not levels.is_met then levels.level_id end as wrong_level_id,
    case when levels.within_reach and not levels.is_met then levels.level end as wrong_level,
    case when levels.within_reach and not levels.is_met then calls.level_test end as wrong_level_test,
    case when not coalesce(levels.within_reach and not levels.is_met, false) and not states.is_on then states.state_id end
        as wrong_state_id
from chosen_calls
inner join calls on chosen_calls.position = calls.position
inner join readings on chosen_calls.session_date = readings.session_date
left join levels
    on chosen_calls.session_date = levels.session_date
    and calls.level_id = levels.level_id
left join states
    on chosen_calls.session_date = states.session_date
    and calls.state_id = states.state_id
order by readings.session_number
