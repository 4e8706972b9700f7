-- Observations that a later vintage changed: the value before and after, one row a change.
select
    series_id,
    obs_date,
    previous_value as value_before,
    value as value_after,
    known_at,
    batch_id
from (
    select
        *,
        lag(value) over by_day as previous_value,
        row_number() over by_day as vintage_number
    from {{ ref("stg_series_vintages") }}
    window by_day as (partition by series_id, obs_date order by known_at, batch_id)
)
where vintage_number > 1
