{#
The side that a reading around 0 has taken, with hysteresis. A side stands from a reading beyond `bound` on, and ends
when five sessions in a row lie across 0; the other side follows at once where one of those readings was beyond the
bound. Of two sides that both stand the older one holds.

A subquery: `ordering` and, for each entry of `readings` ({alias: column}), <alias>: 1, -1, or NULL before the first
reading beyond the bound, between two sides, and where the reading itself is NULL. `relation` has one row a session.
#}
{% macro hysteresis_sides(relation, readings, bound, ordering) -%}
(
    with runs as (
        select
            {{ ordering }}
            {%- for alias, reading in readings.items() %},
            {{ reading }} as {{ alias }}_reading,
            count({{ reading }}) over week = 5 and max({{ reading }}) over week < 0 as {{ alias }}_is_run_below,
            count({{ reading }}) over week = 5 and min({{ reading }}) over week > 0 as {{ alias }}_is_run_above
            {%- endfor %}
        from {{ relation }}
        window week as (order by {{ ordering }} {{ rows_back(5) }})
    ),

    -- a side can begin anew after each run across 0
    phased as (
        select
            *
            {%- for alias in readings %},
            count(*) filter (where {{ alias }}_is_run_below) over so_far as {{ alias }}_above_phase,
            count(*) filter (where {{ alias }}_is_run_above) over so_far as {{ alias }}_below_phase
            {%- endfor %}
        from runs
        window so_far as (order by {{ ordering }} rows unbounded preceding)
    ),

    begun as (
        select
            *
            {%- for alias in readings %},
            min(case when {{ alias }}_reading > {{ bound }} then {{ ordering }} end) over (
                partition by {{ alias }}_above_phase order by {{ ordering }} rows unbounded preceding
            ) as {{ alias }}_above_since,
            min(case when {{ alias }}_reading < -{{ bound }} then {{ ordering }} end) over (
                partition by {{ alias }}_below_phase order by {{ ordering }} rows unbounded preceding
            ) as {{ alias }}_below_since
            {%- endfor %}
        from phased
    )

    select
        {{ ordering }}
        {%- for alias in readings %},
        case
            when {{ alias }}_reading is null then null
            when {{ alias }}_above_since < coalesce({{ alias }}_below_since, {{ ordering }} + 1) then 1
            when {{ alias }}_below_since is not null then -1
        end as {{ alias }}
        {%- endfor %}
    from begun
)
{%- endmacro %}
