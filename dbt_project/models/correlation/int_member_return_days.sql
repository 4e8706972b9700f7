{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ delete_changed_sessions() }}",
        post_hook="{{ store_build_note() }}"
    )
}}
-- How widely the returns of the members spread in a session; one row a universe and session. Incremental: only sessions that
-- have changed are computed.
with sessions as (
    select * from {{ ref("int_sessions") }}
),

universes as (
    select * from {{ ref("stg_universes") }}
    where basis = 'members'
),

memberships as (
    select * from {{ ref("int_memberships") }}
),

name_days as (
    select * from {{ ref("int_name_days") }}
    {% if is_incremental() -%}
    where session_number >= {{ first_changed_session() }}
    {%- endif %}
),

weights as (
    select * from {{ ref("int_index_weights_daily") }}
),

dispersions as (
    select
        memberships.universe_id,
        name_days.session_number,
        count(*) as returns,
        var_pop(name_days.total_return) as variance_equal,
        sum(weights.weight * power(name_days.total_return, 2)) / nullif(sum(weights.weight), 0)
            - power(sum(weights.weight * name_days.total_return) / nullif(sum(weights.weight), 0), 2) as variance_weighted
    from name_days
    inner join memberships
        on name_days.security_id = memberships.security_id
        and name_days.session_date >= memberships.valid_from
        and name_days.session_date < memberships.valid_to
    inner join universes on memberships.universe_id = universes.universe_id
    left join weights
        on universes.index_id = weights.index_id
        and name_days.security_id = weights.security_id
        and name_days.session_number = weights.session_number
    -- three unchanged closes without volume are not a return
    where name_days.total_return is not null and not name_days.is_stale
    group by memberships.universe_id, name_days.session_number
),

sessions_with_returns as (
    select
        universe_id,
        session_number
    from dispersions
    {% if is_incremental() -%}
    union all
    select
        universe_id,
        session_number
    from {{ this }}
    {%- endif %}
),

universe_starts as (
    select
        universe_id,
        min(session_number) as first_number
    from sessions_with_returns
    group by universe_id
),

-- every session from the first with returns on has a row, even without returns
universe_sessions as (
    select
        universe_starts.universe_id,
        sessions.session_number,
        sessions.session_date
    from universe_starts
    inner join sessions on universe_starts.first_number <= sessions.session_number
    {% if is_incremental() -%}
    where sessions.session_number >= {{ first_changed_session() }}
    {%- endif %}
)

select
    universe_sessions.universe_id,
    universe_sessions.session_number,
    universe_sessions.session_date,
    coalesce(dispersions.returns, 0) as returns,
    -- rounding may leave a variance below 0; without weights there is none
    case when dispersions.variance_equal is not null then sqrt(greatest(dispersions.variance_equal, 0)) end
        as dispersion_equal,
    case when dispersions.variance_weighted is not null then sqrt(greatest(dispersions.variance_weighted, 0)) end
        as dispersion_weighted,
    {{ newest_change() }} as build_number
from universe_sessions
left join dispersions
    on universe_sessions.universe_id = dispersions.universe_id
    and universe_sessions.session_number = dispersions.session_number
order by universe_sessions.universe_id, universe_sessions.session_number
