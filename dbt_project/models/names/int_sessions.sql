-- The sessions that every other model uses: from the first with any data to the last whose bars are known; one row a session.
with bars as (
    select
        min(obs_date) as first_obs_date,
        max(obs_date) as last_obs_date
    from {{ ref("stg_price_vintages") }}
),

counts as (
    select min(session_date) as first_obs_date
    from {{ ref("stg_exchange_breadth") }}
),

sessions as (
    select * from {{ ref("stg_sessions") }}
)

select
    sessions.session_number,
    sessions.session_date,
    sessions.cutoff_at,
    sessions.is_early_close,
    sessions.cutoff_at <= {{ as_of() }} as is_final
from sessions
cross join bars
cross join counts
where sessions.session_date >= least(bars.first_obs_date, coalesce(counts.first_obs_date, bars.first_obs_date))
    and sessions.session_date <= bars.last_obs_date
order by sessions.session_number
