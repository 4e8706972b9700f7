{{
    config(
        materialized="incremental",
        incremental_strategy="append",
        pre_hook="{{ delete_changed_sessions() }}",
        post_hook="{{ store_build_note() }}"
    )
}}
-- How many members cross each test at each rung of the breadth ladder (macros/ladder.sql); one row a universe, session and
-- rung at which any does. Incremental, like int_breadth_counts: a build counts only sessions that have changed.
{% set measures = [] -%}
{% for length in mean_windows() %}{% do measures.append("sma" ~ length) %}{% endfor -%}
{% do measures.extend(["high_" ~ ladder_extreme(), "low_" ~ ladder_extreme()]) -%}
with universes as (
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

member_days as (
    select
        memberships.universe_id,
        name_days.session_number,
        name_days.session_date,
        name_days.close
        {%- for measure in measures %},
        name_days.rung_{{ measure }}
        {%- endfor %}
    from name_days
    inner join memberships
        on name_days.security_id = memberships.security_id
        and name_days.session_date >= memberships.valid_from
        and name_days.session_date < memberships.valid_to
    inner join universes on memberships.universe_id = universes.universe_id
),

priced_members as (
    select
        universe_id,
        session_number,
        session_date,
        count(close) as priced
    from member_days
    group by all
),

rungs as (
    select number as rung
    from {{ whole_numbers(ladder_rungs() + 1) }}
)

{%- for measure in measures %},

{{ measure }}_crossings as (
    select
        universe_id,
        session_number,
        rung_{{ measure }} as rung,
        count(*) as crossings
    from member_days
    where rung_{{ measure }} is not null
    group by universe_id, session_number, rung_{{ measure }}
)
{%- endfor %}

select
    priced_members.universe_id,
    priced_members.session_number,
    priced_members.session_date,
    priced_members.priced,
    rungs.rung
    {%- for measure in measures %},
    coalesce({{ measure }}_crossings.crossings, 0) as {{ measure }}_crossings
    {%- endfor %},
    {{ newest_change() }} as build_number
from priced_members
cross join rungs
{%- for measure in measures %}
left join {{ measure }}_crossings
    on priced_members.universe_id = {{ measure }}_crossings.universe_id
    and priced_members.session_number = {{ measure }}_crossings.session_number
    and rungs.rung = {{ measure }}_crossings.rung
{%- endfor %}
order by priced_members.universe_id, priced_members.session_number, rungs.rung
