{#
Exponential moving averages in closed form: alpha = 2 / (span + 1), seeded with the first value, equal to pandas
ewm(span=n, adjust=False, ignore_na=True). A NULL holds the state and is NULL itself.

A recursion over sessions is slow in SQL and a single prefix sum overflows, so values are summed in blocks of 7 x span:
inside a block the weights stay below 1e6, and what three blocks back still weighs, 1e-18, is nothing to a double.
The result is a subquery: every column of `relation`, and for each entry of `averages` ({alias: [value, span]}) the
average and `<alias>_count`, how many values it has seen.
#}
{% macro ema(relation, averages, keys, ordering) -%}
{%- set partition = "partition by " ~ keys | join(", ") if keys else "" -%}
(
    with numbered as (
        select
            *
            {%- for alias, (value, span) in averages.items() %},
            ({{ value }})::double as {{ alias }}_value,
            count({{ value }}) over so_far as {{ alias }}_count
            {%- endfor %}
        from {{ relation }}
        window so_far as ({{ partition }} order by {{ ordering }} rows unbounded preceding)
    ),

    blocked as (
        select
            *
            {%- for alias, (value, span) in averages.items() %},
            (greatest({{ alias }}_count, 1) - 1) // {{ 7 * span }} as {{ alias }}_block,
            (greatest({{ alias }}_count, 1) - 1) % {{ 7 * span }} as {{ alias }}_place
            {%- endfor %}
        from numbered
    ),

    summed as (
        select
            *
            {%- for alias, (value, span) in averages.items() %},
            {% set decay = "%s / %s" % ((span - 1) | float, span + 1) -%}
            sum(
                {{ alias }}_value * case when {{ alias }}_count = 1 then {{ (span + 1) / 2 }} else 1 end
                / power({{ decay }}, {{ alias }}_place)
            ) over (
                partition by {% for key in keys %}{{ key }}, {% endfor %}{{ alias }}_block
                order by {{ ordering }} rows unbounded preceding
            ) * power({{ decay }}, {{ alias }}_place) * {{ 2 / (span + 1) }} as {{ alias }}_inside
            {%- endfor %}
        from blocked
    )

    {%- for alias, (value, span) in averages.items() %},

    {{ alias }}_ends as (
        select
            {% for key in keys %}{{ key }}, {% endfor -%}
            {{ alias }}_block,
            {{ value_at_max(alias ~ "_inside", alias ~ "_count") }} as inside
        from summed
        where {{ alias }}_place = {{ 7 * span - 1 }} and {{ alias }}_value is not null
        group by all
    )
    {%- endfor %}

    select
        summed.* exclude (
            {%- for alias in averages %}{{ alias }}_value, {{ alias }}_block, {{ alias }}_place, {{ alias }}_inside
            {%- if not loop.last %}, {% endif %}{% endfor %})
        {%- for alias, (value, span) in averages.items() %},
        case when summed.{{ alias }}_value is not null then
            summed.{{ alias }}_inside
            {%- set decay = "%s / %s" % ((span - 1) | float, span + 1) -%}
            {%- for back in [1, 2, 3] %}
            + coalesce({{ alias }}_{{ back }}.inside, 0)
                * power({{ decay }}, summed.{{ alias }}_place + {{ 1 + (back - 1) * 7 * span }})
            {%- endfor %}
        end as {{ alias }}
        {%- endfor %}
    from summed
    {%- for alias, (value, span) in averages.items() %}
    {%- for back in [1, 2, 3] %}
    left join {{ alias }}_ends as {{ alias }}_{{ back }}
        on summed.{{ alias }}_block = {{ alias }}_{{ back }}.{{ alias }}_block + {{ back }}
        {%- for key in keys %} and summed.{{ key }} = {{ alias }}_{{ back }}.{{ key }}{% endfor %}
    {%- endfor %}
    {%- endfor %}
)
{%- endmacro %}
