-- What was announced of each publication and event, as far as this build may know; one row an announcement.
select
    series_id,
    obs_date,
    announced_on,
    known_at as announced_at,
    released_at,
    is_called_off,
    basis
from {{ newest_vintage(source("raw", "releases"), ["series_id", "obs_date", "announced_on"]) }}
