-- The reading of each input and its z-score over three years. A reading is the change over 63 sessions (a quarter, 13
-- weeks) against what 63 of its usual one-session changes make. The high-yield spread counts as a level (the price of
-- credit itself), consumer prices as their 3-month less their 12-month rate (a change already).
with levels as (
    select * from {{ ref("int_regime_levels") }}
),

changed as (
    select
        *,
        level - lag(level) over by_input as change_1,
        level - lag(level, 63) over by_input as change_63
    from levels
    window by_input as (partition by input_id order by session_number)
),

measured as (
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
    from changed
    window quarter as (partition by input_id order by session_number {{ rows_back(63) }})
)

select
    *,
    {{ rolling_z("reading", "three_years", 504) }} as z_756
from measured
window three_years as (partition by input_id order by session_number {{ rows_back(756) }})
order by input_id, session_number
