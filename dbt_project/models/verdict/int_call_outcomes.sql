-- What came of each call, beside what the VIX alone had said: one row a session of the verdict with odds of the VIX. Outcomes are
-- NULL until the session that closes the horizon is final: later models read them only from then on.
with calls as (
    select * from {{ ref("int_calls") }}
),

vix_odds as (
    select * from {{ ref("int_vix_odds") }}
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

states as (
    select * from {{ ref("states_daily") }}
),

levels as (
    select * from {{ ref("levels_next") }}
),

-- sessions within the horizon of a call on which what would prove it wrong was met
levels_met as (
    select
        calls.session_number,
        count(*) as sessions_met
    from calls
    inner join sessions
        on sessions.session_number between calls.session_number + 1 and calls.session_number + calls.horizon
    inner join levels
        on sessions.session_date = levels.session_date
        and calls.wrong_level_id = levels.level_id
    where case levels.comparator
        when '>' then levels.value > calls.wrong_level
        when '>=' then levels.value >= calls.wrong_level
        when '<' then levels.value < calls.wrong_level
        when '<=' then levels.value <= calls.wrong_level
    end
    group by calls.session_number
),

states_met as (
    select
        calls.session_number,
        count(*) as sessions_met
    from calls
    inner join sessions
        on sessions.session_number between calls.session_number + 1 and calls.session_number + calls.horizon
    inner join states
        on sessions.session_date = states.session_date
        and calls.wrong_state_id = states.state_id
    where states.is_on
    group by calls.session_number
)

select
    calls.session_number,
    calls.session_date,
    calls.call_id,
    calls.session_number + calls.horizon as closed_number,
    vix_odds.came_true,
    {{ as_argued("vix_odds.came_true", "calls.argues_for") }} as came_as_argued,
    {{ as_argued("vix_odds.base_share_vix", "calls.argues_for") }} as share_vix_as_argued,
    case
        when vix_odds.came_true is null then null
        when calls.wrong_level_id is not null
            then (levels_met.sessions_met is not null) = (calls.wrong_level_test = 'reaches')
        when calls.wrong_state_id is not null then states_met.sessions_met is not null
    end as is_proved_wrong
from calls
inner join vix_odds
    on calls.session_number = vix_odds.session_number
    and calls.target = vix_odds.target
    and calls.horizon = vix_odds.horizon
left join levels_met on calls.session_number = levels_met.session_number
left join states_met on calls.session_number = states_met.session_number
order by calls.session_number
