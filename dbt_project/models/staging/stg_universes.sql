select
    universe_id,
    name,
    basis,
    index_id,
    group_id,
    min_members,
    min_members_sector,
    is_proxy
from {{ ref("universes") }}
union all
select
    universe_id,
    universe_id as name,
    'members' as basis,
    universe_id as index_id,
    null::string as group_id,
    1 as min_members,
    1 as min_members_sector,
    false as is_proxy
from {{ source("mine", "universe_members") }}
group by universe_id
