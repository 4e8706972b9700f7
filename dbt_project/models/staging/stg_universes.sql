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
