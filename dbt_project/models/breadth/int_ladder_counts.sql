{{
    config(
        materialized="in_chunks",
        chunks_of="sessions",
        pre_hook="{{ delete_changed_sessions() }}",
        post_hook="{{ store_build_note() }}"
    )
}}
-- How many members cross each test at each rung of the breadth ladder (macros/ladder.sql); one row a universe, session and
-- rung at which any does. Incremental, like int_breadth_counts: a build counts only sessions that have changed.
{% set high_or_low = ladder_extreme() -%}
{% set measures = [] -%}
{% for length in mean_windows() %}{% do measures.append("sma" ~ length) %}{% endfor -%}
{% do measures.extend(["high_" ~ high_or_low, "low_" ~ high_or_low]) -%}
with memberships as (
    select memberships.*
    from {{ ref("int_memberships") }} as memberships
    inner join {{ ref("stg_universes") }} as universes on memberships.universe_id = universes.universe_id
    where universes.basis = 'members'
),

-- of this chunk, and the sessions before it that its windows reach back to
closes as (
    select
        security_id,
        session_number,
        session_date,
        close
    from {{ ref("int_name_days") }}
    where session_number > {{ first_of_chunk() }} - {{ high_or_low }} and session_number <= {{ last_of_chunk() }}
        and security_id in (select security_id from memberships)
),

closes_in_order as (
    {{ rows_of_names("closes") }}
),

windows as (
    {{ trailing("closes_in_order", {
        "close": {"sum": sums_before_next_close(), "high": [high_or_low - 1], "low": [high_or_low - 1]},
    }) }}
),

growths as (
    select
        security_id,
        session_number,
        session_date,
        close,
        {% for length in mean_windows() -%}
            -- a mean moves with its close: the close that equals the mean of itself and the last n - 1 is the mean of those
            close_sum_{{ length - 1 }} / nullif({{ length - 1 }} * close, 0) as growth_to_mean_{{ length }},
        {% endfor -%}
        close_high_{{ high_or_low - 1 }} / nullif(close, 0) as growth_to_high,
        close_low_{{ high_or_low - 1 }} / nullif(close, 0) as growth_to_low
    from windows
    where session_number >= {{ first_of_chunk() }}
),

member_days as (
    select
        memberships.universe_id,
        growths.session_number,
        growths.session_date,
        growths.close,
        {% for length in mean_windows() -%}
            {{ first_rung_above("growths.growth_to_mean_" ~ length) }} as rung_sma{{ length }},
        {% endfor -%}
        {{ first_rung_at_least("growths.growth_to_high") }} as rung_high_{{ high_or_low }},
        {{ rungs_at_most("growths.growth_to_low") }} as rung_low_{{ high_or_low }}
    from growths
    inner join memberships
        on growths.security_id = memberships.security_id
        and growths.session_date >= memberships.valid_from
        and growths.session_date < memberships.valid_to
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
