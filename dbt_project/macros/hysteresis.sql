{#
The side of a reading around 0, with hysteresis, so that it does not flip at every crossing. A side begins with a reading
beyond `bound`. It ends when `length` readings in a row are on the other side of 0. The other side begins at once if one of
those was beyond the bound. If both sides are open, the one that began first counts. With a bound of 0.25 and a length of
three:

    reading   0.1   0.3   0.1  -0.1   0.1  -0.1  -0.2  -0.2  -0.3   0.1
    side     NULL     1     1     1     1     1     1  NULL    -1    -1

The subquery has one row a row of `relation` (one a session): `ordering` and, for each entry of `readings` ({alias:
column}), <alias>: 1, -1, or NULL before the first side, between two sides, and where the reading is NULL.

Each run below 0 starts a new phase of the upper side, each run above 0 a new phase of the lower side; a side is open if
its current phase has had a reading beyond the bound.
#}
{% macro hysteresis_sides(relation, readings, bound, length, ordering) -%}
(
    with readings_with_runs as (
        select
            {{ ordering }}
            {%- for alias, reading in readings.items() %},
            {{ reading }} as {{ alias }}_reading,
            {%- for side, across in {"below": "<", "above": ">"}.items() %}
            {{ ordering }} - coalesce(
                max(case when not coalesce({{ reading }} {{ across }} 0, false) then {{ ordering }} end) over so_far,
                min({{ ordering }}) over so_far - 1
            ) >= {{ length }} as {{ alias }}_is_run_{{ side }}
            {%- if not loop.last %},{% endif %}
            {%- endfor %}
            {%- endfor %}
        from {{ relation }}
        window so_far as (order by {{ ordering }} rows unbounded preceding)
    ),

    readings_with_phases as (
        select
            *
            {%- for alias in readings %},
            count(*) filter (where {{ alias }}_is_run_below) over so_far as {{ alias }}_above_phase,
            count(*) filter (where {{ alias }}_is_run_above) over so_far as {{ alias }}_below_phase
            {%- endfor %}
        from readings_with_runs
        window so_far as (order by {{ ordering }} rows unbounded preceding)
    ),

    side_starts as (
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
        from readings_with_phases
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
    from side_starts
)
{%- endmacro %}
