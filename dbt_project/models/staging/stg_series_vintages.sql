-- All known vintages of all level series (Cboe's closes and FRED's values), because each session uses the value known at its
-- cutoff; one row a vintage.
with index_levels as (
    select * from {{ source("raw", "index_levels") }}
),

macro_observations as (
    select * from {{ source("raw", "macro_observations") }}
),

series as (
    select * from {{ ref("series") }}
),

dated_releases as (
    select distinct series_id, obs_date, released_at
    from {{ ref("stg_releases") }}
    where basis = 'release_calendar' and released_at is not null
),

combined as (
    select series_id, obs_date, close as value, known_at, ingested_at, batch_id
    from index_levels
    union all
    select series_id, obs_date, value, known_at, ingested_at, batch_id
    from macro_observations
),

known_vintages as (
    select
        *,
        known_at = min(known_at) over (partition by series_id, obs_date) as is_first
    from combined
    where known_at <= {{ as_of() }} and value is not null
)

select
    known_vintages.series_id,
    known_vintages.obs_date,
    known_vintages.value,
    known_vintages.known_at,
    known_vintages.ingested_at,
    known_vintages.batch_id,
    -- the first vintage is dated by its release or by the rule of its series, a later one by its arrival
    case
        when not known_vintages.is_first then 'arrival'
        when dated_releases.released_at is not null then 'release_calendar'
        else 'lag_rule'
    end as vintage_basis,
    -- a value that was stored after the next one was out may have been revised with it: no two releases of a weekly series are
    -- six days apart, none of a monthly one three weeks
    coalesce(series.is_revised, false) and (
        not known_vintages.is_first
        or known_vintages.ingested_at > known_vintages.known_at
        + case series.frequency when 'weekly' then interval 6 day else interval 21 day end
    ) as is_revised_vintage
from known_vintages
left join series on known_vintages.series_id = series.series_id
left join dated_releases
    on known_vintages.series_id = dated_releases.series_id
    and known_vintages.obs_date = dated_releases.obs_date
    and known_vintages.known_at = dated_releases.released_at
