select
    event_id,
    anchor_date,
    name,
    null::date as added_on
from {{ ref("events") }}
union all
select
    event_id,
    anchor_date::date as anchor_date,
    name,
    added_on::date as added_on
from {{ source("mine", "events") }}
