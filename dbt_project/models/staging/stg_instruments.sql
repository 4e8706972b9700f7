select
    symbol,
    name,
    asset_type,
    role,
    position
from {{ ref("instruments") }}
union all
select
    symbol,
    name,
    asset_type,
    'own' as role,
    1000 + line as position
from {{ source("mine", "symbols") }}
