with own_calls as (
    select * from {{ source("mine", "calls") }}
)

select
    call_id::string as call_id,
    position::integer as position,
    name::string as name,
    any_begun::string as any_begun,
    stages::string as stages,
    day_states::string as day_states,
    all_on::string as all_on,
    any_on::string as any_on,
    all_off::string as all_off,
    sentence::string as sentence,
    grounds::string as grounds,
    horizon::integer as horizon,
    target::string as target,
    argues_for::string as argues_for,
    level_id::string as level_id,
    level_test::string as level_test,
    level_words::string as level_words,
    state_id::string as state_id,
    state_words::string as state_words,
    is_rare::boolean as is_rare,
    reason::string as reason
from {{ ref("calls") }}
where call_id not in (select call_id from own_calls where off = 'true')
union all
-- the user's own are tried before the others
select
    call_id::string as call_id,
    position::integer - 100000 as position,
    name::string as name,
    any_begun::string as any_begun,
    stages::string as stages,
    day_states::string as day_states,
    all_on::string as all_on,
    any_on::string as any_on,
    all_off::string as all_off,
    sentence::string as sentence,
    grounds::string as grounds,
    horizon::integer as horizon,
    target::string as target,
    argues_for::string as argues_for,
    level_id::string as level_id,
    level_test::string as level_test,
    level_words::string as level_words,
    state_id::string as state_id,
    state_words::string as state_words,
    coalesce(is_rare::boolean, false) as is_rare,
    reason::string as reason
from own_calls
where off is distinct from 'true'
