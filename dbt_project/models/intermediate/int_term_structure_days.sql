-- VIX against VIX3M on the newest day that both describe, as known at the cutoff of each session. Cboe quotes the VIX on
-- holidays and VIX3M not: the newest of each may describe two days, and a ratio over two days is none.
with vintages as (
    select * from {{ ref("stg_series_vintages") }}
),

sessions as (
    select
        *,
        least(cutoff_at, {{ as_of() }}) as knowledge_at
    from {{ ref("int_sessions") }}
),

paired as (
    select
        vix.obs_date,
        greatest(vix.known_at, vix3m.known_at) as known_at,
        vix.value / nullif(vix3m.value, 0) as vix_vix3m,
        row_number() over (
            partition by vix.obs_date, greatest(vix.known_at, vix3m.known_at)
            order by vix.known_at desc, vix.batch_id desc, vix3m.known_at desc, vix3m.batch_id desc
        ) as vintage_age
    from vintages as vix
    inner join vintages as vix3m on vix.obs_date = vix3m.obs_date
    where vix.series_id = 'VIX' and vix3m.series_id = 'VIX3M'
),

-- a correction of an old day does not become the newest one
advancing as (
    select
        *,
        max(obs_date) over (order by known_at, obs_date rows unbounded preceding) as newest_obs_date
    from paired
    where vintage_age = 1
),

known as (
    select
        known_at,
        max(obs_date) as obs_date,
        {{ value_at_max("vix_vix3m", "obs_date") }} as vix_vix3m
    from advancing
    where obs_date = newest_obs_date
    group by known_at
),

joined as (
    select
        sessions.session_number,
        sessions.session_date,
        known.obs_date,
        known.vix_vix3m
    from sessions
    {{ asof_left_join("known", "known", [], "sessions.knowledge_at", "known.known_at") }}
),

dated as (
    select
        joined.*,
        joined.session_number - described.session_number as age_sessions
    from joined
    {{ asof_left_join("sessions", "described", [], "joined.obs_date", "described.session_date") }}
)

select *
from dated
where age_sessions <= (select max_age_sessions from {{ ref("series") }} where series_id = 'VIX')
order by session_number
