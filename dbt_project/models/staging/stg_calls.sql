with own_calls as (
    select * from {{ source("mine", "calls") }}
)

select
    call_id::varchar as call_id,
    position::integer as position,
    name::varchar as name,
    any_begun::varchar as any_begun,
    stages::varchar as stages,
    day_states::varchar as day_states,
    all_on::varchar as all_on,
    any_on::varchar as any_on,
    all_off::varchar as all_off,
    sentence::varchar as sentence,
    grounds::varchar as grounds,
    horizon::integer as horizon,
    target::varchar as target,
    argues_for::varchar as argues_for,
    level_id::varchar as level_id,
    level_test::varchar as level_test,
    level_words::varchar as level_words,
    state_id::varchar as state_id,
    state_words::varchar as state_words,
    is_rare::boolean as is_rare,
    reason::varchar as reason
from {{ ref("calls") }}
where call_id not in (select call_id from own_calls where off = 'true')
union all
-- the user's own are tried before the others
select
    call_id::varchar as call_id,
    position::integer - 100000 as position,
    name::varchar as name,
    any_begun::varchar as any_begun,
    stages::varchar as stages,
    day_states::varchar as day_states,
    all_on::varchar as all_on,
    any_on::varchar as any_on,
    all_off::varchar as all_off,
    sentence::varchar as sentence,
    grounds::varchar as grounds,
    horizon::integer as horizon,
    target::varchar as target,
    argues_for::varchar as argues_for,
    level_id::varchar as level_id,
    level_test::varchar as level_test,
    level_words::varchar as level_words,
    state_id::varchar as state_id,
    state_words::varchar as state_words,
    coalesce(is_rare::boolean, false) as is_rare,
    reason::varchar as reason
from own_calls
where off is distinct from 'true'
