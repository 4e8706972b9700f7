-- All known vintages of all level series (Cboe's closes and FRED's values), because each session uses the value known at its
-- cutoff; one row a vintage.
with index_levels as (
    select * from {{ source("raw", "index_levels") }}
),

macro_observations as (
    select * from {{ source("raw", "macro_observations") }}
),

combined as (
    select series_id, obs_date, close as value, known_at, ingested_at, batch_id
    from index_levels
    union all
    select series_id, obs_date, value, known_at, ingested_at, batch_id
    from macro_observations
)

select
    *,
    -- the first vintage is dated by the rule of its series, a later one by its arrival
    case
        when known_at = min(known_at) over (partition by series_id, obs_date) then 'lag_rule' else 'arrival'
    end as vintage_basis
from combined
where known_at <= {{ as_of() }} and value is not null
