select
    index_id,
    security_id,
    obs_date as weights_date,
    weight,
    known_at
from {{ newest_vintage(source("raw", "index_weights"), ["index_id", "security_id", "obs_date"]) }}
-- a security whose tickers all went over to another one is that one
where security_id in (select security_id from {{ ref("stg_securities") }})
