-- What was announced of each publication and event, as far as this build may know; one row an announcement. Raw has no vintages
-- of an announcement: what differs from the seeds is replaced.
select
    series_id,
    obs_date,
    announced_on,
    known_at as announced_at,
    released_at,
    is_called_off,
    basis
from {{ source("raw", "releases") }}
where known_at <= {{ as_of() }}
