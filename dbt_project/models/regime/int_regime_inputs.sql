-- The reading of each input of the impulses and its z-score over three years; one row an input and session. A reading is the
-- change over 63 sessions (a quarter, 13 weeks) divided by the usual size of such a change: sqrt(63) times the standard
-- deviation of one-session changes. Two inputs are read as levels: the high-yield spread, which is itself the price of
-- credit, and consumer prices, whose level is already a change (the 3-month less the 12-month rate).
with levels as (
    select * from {{ ref("int_regime_levels") }}
),

level_changes as (
    select
        *,
        level - lag(level) over by_input as change_1,
        level - lag(level, 63) over by_input as change_63
    from levels
    window by_input as (partition by input_id order by session_number)
),

readings as (
    select
        impulse_id,
        input_id,
        session_number,
        session_date,
        level,
        case
            when input_id in ('spread', 'consumer_prices') then level
            else change_63 / nullif(sqrt(63) * {{ rolling_std("change_1", "quarter", 51) }}, 0)
        end as reading
    from level_changes
    window quarter as (partition by input_id order by session_number {{ rows_back(63) }})
)

select
    *,
    {{ rolling_z("reading", "three_years", 504) }} as z_756
from readings
window three_years as (partition by input_id order by session_number {{ rows_back(756) }})
order by input_id, session_number
