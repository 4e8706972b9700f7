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
        session_number,
        session_date,
        -- knowledge at the cutoff, or at the build's own instant for a session that is still provisional
        least(cutoff_at, {{ as_of() }}) as knowledge_at
    from {{ ref("int_sessions") }}
),

-- the first session that may read a vintage: it is out by its cutoff, and describes no later day (Cboe quotes on holidays)
dated as (
    select
        vintages.series_id,
        vintages.obs_date,
        vintages.known_at,
        vintages.vintage_basis,
        vintages.batch_id,
        vintages.value,
        described.session_number as described_number,
        greatest(described.session_number, informed.session_number) as first_session_number
    from vintages
    {{ asof_next_join("sessions", "described", [], "vintages.obs_date", "described.session_date") }}
    {{ asof_next_join("sessions", "informed", [], "vintages.known_at", "informed.knowledge_at") }}
),

-- a correction of an old observation does not become the newest one
advancing as (
    select *
    from (
        select
            *,
            max(obs_date) over (
                partition by series_id order by first_session_number, obs_date, known_at, batch_id rows unbounded preceding
            ) as newest_obs_date
        from dated
    )
    where obs_date = newest_obs_date
),

-- one row a session: several observations may become known at once
known as (
    select
        series_id,
        first_session_number,
        {{ value_at_max("obs_date", "(obs_date, known_at, batch_id)") }} as obs_date,
        {{ value_at_max("known_at", "(obs_date, known_at, batch_id)") }} as known_at,
        {{ value_at_max("vintage_basis", "(obs_date, known_at, batch_id)") }} as vintage_basis,
        {{ value_at_max("value", "(obs_date, known_at, batch_id)") }} as value,
        {{ value_at_max("described_number", "(obs_date, known_at, batch_id)") }} as described_number
    from advancing
    group by series_id, first_session_number
),

joined as (
    select
        series.series_id,
        series.max_age_sessions,
        sessions.session_number,
        sessions.session_date,
        known.obs_date,
        known.known_at,
        known.vintage_basis,
        known.value,
        sessions.session_number - known.described_number as age_sessions
    from sessions
    cross join series
    {{ asof_left_join("known", "known", [("series.series_id", "known.series_id")],
        "sessions.session_number", "known.first_session_number") }}
)

select
    series_id,
    session_number,
    session_date,
    obs_date,
    known_at,
    vintage_basis,
    value,
    age_sessions
from joined
where value is not null and age_sessions <= max_age_sessions
order by series_id, session_number
