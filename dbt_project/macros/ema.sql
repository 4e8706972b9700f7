{#
Exponential moving averages in closed form: alpha = 2 / (span + 1), starting from the first value; equal to pandas
ewm(span=n, adjust=False, ignore_na=True). At a NULL the average is NULL, and the next value continues from before it.

The average after n values is a weighted sum, in which each value weighs d = (span - 1) / (span + 1) times the one after it:

    ema_n = alpha * (x_n + d * x_(n-1) + d^2 * x_(n-2) + ...) = alpha * d^n * sum of x_i / d^i

A recursion over sessions is slow in SQL, and one running sum of x_i / d^i overflows. So values are summed in blocks of
7 x span values, in which 1 / d^i stays below 1e6, and a block adds the ends of the three blocks before it; values further
back weigh less than 1e-18, which no double can show:

    values    x_0 ... x_20 | x_21 ... x_41 | x_42 ...            (span 3: blocks of 21)
    ema_45  = inside the block from x_42 on  +  d^4 * end of x_21 ... x_41  +  d^25 * end of x_0 ... x_20

The subquery has every column of `relation` and, for each entry of `averages` ({alias: [value, span]}), the average and
`<alias>_count`, the number of values in it.
#}
{% macro ema(relation, averages, keys, ordering) -%}
{%- set partition = "partition by " ~ keys | join(", ") if keys else "" -%}
(
    with counted_values as (
        select
            *
            {%- for alias, (value, span) in averages.items() %},
            ({{ value }})::double as {{ alias }}_value,
            count({{ value }}) over so_far as {{ alias }}_count
            {%- endfor %}
        from {{ relation }}
        window so_far as ({{ partition }} order by {{ ordering }} rows unbounded preceding)
    ),

    blocks as (
        select
            *
            {%- for alias, (value, span) in averages.items() %},
            {{ whole_quotient("(greatest(" ~ alias ~ "_count, 1) - 1)", 7 * span) }} as {{ alias }}_block,
            (greatest({{ alias }}_count, 1) - 1) % {{ 7 * span }} as {{ alias }}_place
            {%- endfor %}
        from counted_values
    ),

    block_averages as (
        select
            *
            {%- for alias, (value, span) in averages.items() %},
            {% set decay = "%se0 / %s" % (span - 1, span + 1) -%}
            sum(
                {{ alias }}_value * case when {{ alias }}_count = 1 then {{ (span + 1) / 2 }}e0 else 1 end
                / power({{ decay }}, {{ alias }}_place)
            ) over (
                partition by {% for key in keys %}{{ key }}, {% endfor %}{{ alias }}_block
                order by {{ ordering }} rows unbounded preceding
            ) * power({{ decay }}, {{ alias }}_place) * {{ 2 / (span + 1) }}e0 as {{ alias }}_inside
            {%- endfor %}
        from blocks
    )

    {%- for alias, (value, span) in averages.items() %},

    {{ alias }}_ends as (
        select
            {% for key in keys %}{{ key }}, {% endfor -%}
            {{ alias }}_block,
            {{ value_at_max(alias ~ "_inside", alias ~ "_count") }} as inside
        from block_averages
        where {{ alias }}_place = {{ 7 * span - 1 }} and {{ alias }}_value is not null
        group by all
    )
    {%- endfor %}

    select
        block_averages.* {{ exclude() }} (
            {%- for alias in averages %}{{ alias }}_value, {{ alias }}_block, {{ alias }}_place, {{ alias }}_inside
            {%- if not loop.last %}, {% endif %}{% endfor %})
        {%- for alias, (value, span) in averages.items() %},
        case when block_averages.{{ alias }}_value is not null then
            block_averages.{{ alias }}_inside
            {%- set decay = "%se0 / %s" % (span - 1, span + 1) -%}
            {%- for back in [1, 2, 3] %}
            + coalesce({{ alias }}_{{ back }}.inside, 0)
                * power({{ decay }}, block_averages.{{ alias }}_place + {{ 1 + (back - 1) * 7 * span }})
            {%- endfor %}
        end as {{ alias }}
        {%- endfor %}
    from block_averages
    {%- for alias, (value, span) in averages.items() %}
    {%- for back in [1, 2, 3] %}
    left join {{ alias }}_ends as {{ alias }}_{{ back }}
        on block_averages.{{ alias }}_block = {{ alias }}_{{ back }}.{{ alias }}_block + {{ back }}
        {%- for key in keys %} and block_averages.{{ key }} = {{ alias }}_{{ back }}.{{ key }}{% endfor %}
    {%- endfor %}
    {%- endfor %}
)
{%- endmacro %}
