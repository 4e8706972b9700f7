-- Bars that a later vintage changed: the close before and after, one row a change.
select
    security_id,
    obs_date,
    previous_close as close_before,
    close as close_after,
    known_at,
    batch_id
from (
    select
        *,
        lag(close) over by_day as previous_close,
        row_number() over by_day as vintage_number
    from {{ source("raw", "prices") }}
    where known_at <= {{ as_of() }}
    window by_day as (partition by security_id, obs_date order by known_at, batch_id)
)
where vintage_number > 1
