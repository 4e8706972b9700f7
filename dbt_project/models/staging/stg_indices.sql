select
    index_id,
    name,
    price_symbol,
    price_fallback,
    total_return_symbol,
    total_return_fallback,
    position
from {{ ref("indices") }}
union all
-- the equal-weight basket of a universe whose index nobody publishes
select
    index_id,
    name,
    universe_id as price_symbol,
    universe_id as price_fallback,
    universe_id as total_return_symbol,
    universe_id as total_return_fallback,
    100 as position
from {{ ref("stg_universes") }}
where basis = 'members' and index_id not in (select index_id from {{ ref("indices") }})
