select
    index_id,
    security_id,
    obs_date as weights_date,
    weight,
    known_at
from {{ newest_vintage(source("raw", "index_weights"), ["index_id", "security_id", "obs_date"]) }}
