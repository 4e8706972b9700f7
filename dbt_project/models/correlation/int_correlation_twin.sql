{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ delete_changed_sessions() }}",
        post_hook="{{ store_build_note() }}"
    )
}}
-- What Cboe's implied correlation is compared with: the volatilities of the largest names of an index over 21 sessions, with
-- their weights at the close before the window; one row a universe and session from 21 sessions after the first holdings on.
-- Incremental: only sessions that have changed are computed.
{% set length = 21 -%}
with universes as (
    select * from {{ ref("stg_universes") }}
    where index_id is not null
),

memberships as (
    select * from {{ ref("int_memberships") }}
),

name_days as (
    select
        security_id,
        session_number,
        session_date,
        sigma_{{ length }} as sigma
    from {{ ref("int_name_days") }}
    -- a price that does not move has no correlation; its sigma is only the rounding of its returns
    where sigma_{{ length }} > 1e-12
        {% if is_incremental() -%}
        and session_number >= {{ first_changed_session() }}
        {%- endif %}
),

-- the weight at the close before the first return of the window that ends in `session_number`
window_weights as (
    select
        index_id,
        security_id,
        session_number + {{ length - 1 }} as session_number,
        weight
    from {{ ref("int_index_weights_daily") }}
    {% if is_incremental() -%}
    where session_number >= {{ first_changed_session() }} - {{ length - 1 }}
    {%- endif %}
),

-- members at the end of the window with every return in it
window_members as (
    select
        universes.universe_id,
        name_days.session_number,
        name_days.session_date,
        name_days.sigma,
        window_weights.weight,
        row_number() over (
            partition by universes.universe_id, name_days.session_number
            order by -window_weights.weight, name_days.security_id
        ) as place
    from name_days
    inner join memberships
        on name_days.security_id = memberships.security_id
        and name_days.session_date >= memberships.valid_from
        and name_days.session_date < memberships.valid_to
    inner join universes on memberships.universe_id = universes.universe_id
    inner join window_weights
        on universes.index_id = window_weights.index_id
        and name_days.security_id = window_weights.security_id
        and name_days.session_number = window_weights.session_number
    where window_weights.weight is not null
)

select
    universe_id,
    session_number,
    max(session_date) as session_date,
    count(*) as names_used,
    sum(weight * sigma) / sum(weight) as weighted_sigma,
    sum(weight * sigma * weight * sigma) / power(sum(weight), 2) as own_variance,
    {{ newest_change() }} as build_number
from window_members
where place <= {{ threshold("twin_names") }}
group by universe_id, session_number
order by universe_id, session_number
