select
    pair_id,
    numerator,
    denominator,
    name,
    position
from {{ ref("pairs") }}
union all
select
    pair_id,
    numerator,
    denominator,
    name,
    1000 + line as position
from {{ source("mine", "pairs") }}
