{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ forget_changed_sessions() }}",
        post_hook="{{ remember() }}"
    )
}}
-- The members' returns of a session, seen across names: how far they disperse.
with sessions as (
    select * from {{ ref("int_sessions") }}
),

universes as (
    select * from {{ ref("universes") }}
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

dispersed as (
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
    -- three unchanged closes without volume are no return
    where name_days.total_return is not null and not name_days.is_stale
    group by memberships.universe_id, name_days.session_number
),

firsts as (
    select
        universe_id,
        session_number
    from dispersed
    {% if is_incremental() -%}
    union all
    select
        universe_id,
        session_number
    from {{ this }}
    {%- endif %}
),

-- from the first session with returns on, every session: a hole is a row without returns
spanned as (
    select
        firsts.universe_id,
        sessions.session_number,
        sessions.session_date
    from (select universe_id, min(session_number) as first_number from firsts group by universe_id) as firsts
    inner join sessions on firsts.first_number <= sessions.session_number
    {% if is_incremental() -%}
    where sessions.session_number >= {{ first_changed_session() }}
    {%- endif %}
)

select
    spanned.universe_id,
    spanned.session_number,
    spanned.session_date,
    coalesce(dispersed.returns, 0) as returns,
    -- rounding may leave a variance below 0; without weights there is none
    case when dispersed.variance_equal is not null then sqrt(greatest(dispersed.variance_equal, 0)) end
        as dispersion_equal,
    case when dispersed.variance_weighted is not null then sqrt(greatest(dispersed.variance_weighted, 0)) end
        as dispersion_weighted,
    {{ newest_change() }} as build_number
from spanned
left join dispersed
    on spanned.universe_id = dispersed.universe_id
    and spanned.session_number = dispersed.session_number
order by spanned.universe_id, spanned.session_number
