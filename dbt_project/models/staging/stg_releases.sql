select
    series_id,
    obs_date,
    released_at
from {{ newest_vintage(source("raw", "releases"), ["series_id", "obs_date"]) }}
