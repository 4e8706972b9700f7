-- Every known vintage: name-days narrows to the rows that it needs before it picks the newest of each day.
select
    security_id,
    obs_date,
    open,
    high,
    low,
    close,
    adj_close,
    volume,
    coalesce(dividend, 0) as dividend,
    coalesce(split, 1) as split,
    -- splits after the day that the prices are already adjusted for
    coalesce(later_splits, 1) as later_splits,
    known_at,
    ingested_at,
    batch_id
from {{ source("raw", "prices") }}
where known_at <= {{ as_of() }}
