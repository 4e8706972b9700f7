-- Every level series as it was known at the cutoff of each session. The newest observation counts that was out by then,
-- in the vintage that was out by then, and only up to its maximum age in sessions.
with vintages as (
    select * from {{ ref("stg_series_vintages") }}
),

series as (
    select * from {{ ref("series") }}
),

sessions as (
    select
        *,
        -- knowledge at the cutoff, or at the build's own instant for a session that is still provisional
        least(cutoff_at, {{ as_of() }}) as knowledge_at
    from {{ ref("int_sessions") }}
),

-- a correction of an old observation does not become the newest one
advancing as (
    select *
    from (
        select
            *,
            max(obs_date) over (partition by series_id order by known_at, obs_date, batch_id rows unbounded preceding)
                as newest_obs_date
        from vintages
    )
    where obs_date = newest_obs_date
),

-- one row an instant: several observations may become known at once
known as (
    select
        series_id,
        known_at,
        {{ value_at_max("obs_date", "(obs_date, batch_id)") }} as obs_date,
        {{ value_at_max("value", "(obs_date, batch_id)") }} as value
    from advancing
    group by series_id, known_at
),

joined as (
    select
        series.series_id,
        series.max_age_sessions,
        sessions.session_number,
        sessions.session_date,
        known.obs_date,
        known.known_at,
        known.value
    from sessions
    cross join series
    {{ asof_left_join("known", "known", [("series.series_id", "known.series_id")], "sessions.knowledge_at", "known.known_at") }}
),

dated as (
    select
        joined.*,
        joined.session_number - described.session_number as age_sessions
    from joined
    {{ asof_left_join("sessions", "described", [], "joined.obs_date", "described.session_date") }}
)

select
    series_id,
    session_number,
    session_date,
    obs_date,
    known_at,
    value,
    age_sessions
from dated
where value is not null and coalesce(age_sessions, 0) <= max_age_sessions
order by series_id, session_number
