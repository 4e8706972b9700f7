-- Each level series as known at the cutoff of each session: the newest observation published by then, in the vintage known by
-- then, and carried up to its maximum age; one row a series and session with a value.
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
        -- the cutoff, or the time of the build for a session that is still provisional
        least(cutoff_at, {{ as_of() }}) as knowledge_at
    from {{ ref("int_sessions") }}
),

-- the first session that may use a vintage: known by its cutoff, and of no later day (Cboe quotes on holidays)
vintages_by_session as (
    select
        vintages.series_id,
        vintages.obs_date,
        vintages.known_at,
        vintages.vintage_basis,
        vintages.is_revised_vintage,
        vintages.batch_id,
        vintages.value,
        described.session_number as described_number,
        greatest(described.session_number, informed.session_number) as first_session_number
    from vintages
    {{ asof_next_join("sessions", "described", [], "vintages.obs_date", "described.session_date") }}
    {{ asof_next_join("sessions", "informed", [], "vintages.known_at", "informed.knowledge_at") }}
),

-- a correction of an older observation does not replace the newest one
newest_observations as (
    select *
    from (
        select
            *,
            max(obs_date) over (
                partition by series_id order by first_session_number, obs_date, known_at, batch_id rows unbounded preceding
            ) as newest_obs_date
        from vintages_by_session
    )
    where obs_date = newest_obs_date
),

-- several observations may become known in one session: the newest counts
known_values as (
    select
        series_id,
        first_session_number,
        {{ value_at_max("obs_date", "(obs_date, known_at, batch_id)") }} as obs_date,
        {{ value_at_max("known_at", "(obs_date, known_at, batch_id)") }} as known_at,
        {{ value_at_max("vintage_basis", "(obs_date, known_at, batch_id)") }} as vintage_basis,
        {{ value_at_max("is_revised_vintage", "(obs_date, known_at, batch_id)") }} as is_revised_vintage,
        {{ value_at_max("value", "(obs_date, known_at, batch_id)") }} as value,
        {{ value_at_max("described_number", "(obs_date, known_at, batch_id)") }} as described_number
    from newest_observations
    group by series_id, first_session_number
),

session_values as (
    select
        series.series_id,
        series.max_age_sessions,
        sessions.session_number,
        sessions.session_date,
        known_values.obs_date,
        known_values.known_at,
        known_values.vintage_basis,
        known_values.is_revised_vintage,
        known_values.value,
        sessions.session_number - known_values.described_number as age_sessions
    from sessions
    cross join series
    {{ asof_left_join("known_values", "known_values", [("series.series_id", "known_values.series_id")],
        "sessions.session_number", "known_values.first_session_number") }}
)

select
    series_id,
    session_number,
    session_date,
    obs_date,
    known_at,
    vintage_basis,
    is_revised_vintage,
    value,
    age_sessions
from session_values
where value is not null and age_sessions <= max_age_sessions
order by series_id, session_number
