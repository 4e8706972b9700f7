-- All known vintages of all bars: int_name_days selects the rows it needs before it picks the newest vintage of each day.
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
    -- the product of the later splits for which the prices are already adjusted
    coalesce(later_splits, 1) as later_splits,
    known_at,
    ingested_at,
    batch_id
from {{ source("raw", "prices") }}
where known_at <= {{ as_of() }}
    -- a security whose tickers all went over to another one is that one
    and security_id in (select security_id from {{ ref("stg_securities") }})
