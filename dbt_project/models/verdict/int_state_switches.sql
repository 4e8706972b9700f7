-- The names of the states that began and that ended on a session, thrusts and blow-outs apart; one row a session.
{% set thrusts = ["zweig_thrust_nyse", "zweig_thrust", "whaley_thrust", "breakaway_momentum"] -%}
{% set blowouts = ["volatility_blowout", "correlation_blowout"] -%}
with states as (
    select * from {{ ref("states_daily") }}
),

sessions as (
    select * from {{ ref("int_sessions") }}
),

switched_states as (
    select
        states.session_date,
        states.state_id,
        states.state_name,
        states.is_onset,
        coalesce(states.is_on = false and previous_states.is_on, false) as is_ended,
        states.state_id in ('{{ thrusts | join("', '") }}') as is_thrust,
        states.state_id in ('{{ blowouts | join("', '") }}') as is_blowout,
        -- the thrust of the members is a proxy for that of the exchange, and is named only without it
        states.state_id = 'zweig_thrust' and exchange_states.is_on is not null as is_proxy_beside_exchange
    from states
    inner join sessions on states.session_date = sessions.session_date
    inner join sessions as previous_sessions on sessions.session_number - 1 = previous_sessions.session_number
    left join states as previous_states
        on states.state_id = previous_states.state_id
        and previous_sessions.session_date = previous_states.session_date
    left join states as exchange_states
        on states.session_date = exchange_states.session_date
        and exchange_states.state_id = 'zweig_thrust_nyse'
    -- the verdict reports moves of stage, quadrant and risk state separately, and a shock lasts only one day
    where split_part(states.state_id, '_', 1) not in ('stage', 'quadrant', 'risk', 'shock')
)

select
    session_date,
    {{ joined_text(
        "case when is_onset and is_thrust and not is_proxy_beside_exchange then state_name end", "state_id"
    ) }} || ' fired' as fired,
    {{ joined_text("case when is_onset and is_blowout then state_name end", "state_id") }} as blown_out,
    {{ joined_text("case when is_onset and not is_thrust and not is_blowout then state_name end", "state_id") }} as begun,
    {{ joined_text("case when is_ended and not is_thrust then state_name end", "state_id") }} as ended
from switched_states
group by session_date
