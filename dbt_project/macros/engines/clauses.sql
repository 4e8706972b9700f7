{# Joins as of a moment, and expressions that engines spell differently. #}

{# How many values of the window are at most the current one, where that is not NULL. #}
{% macro count_at_most_current(value, window) -%}
    {{ adapter.dispatch("count_at_most_current")(value, window) }}
{%- endmacro %}

{# 8 times as fast as a list of them. #}
{% macro duckdb__count_at_most_current(value, window) -%}
    round(cume_dist(order by {{ value }}) over {{ window }} * count(*) over {{ window }})
{%- endmacro %}

{% macro spark__count_at_most_current(value, window) -%}
    size(filter(collect_list({{ value }}) over {{ window }}, one -> one <= {{ value }}))::double
{%- endmacro %}

{# The last known value of a window, NULLs passed over. #}
{% macro last_known_over(value, window) -%}
    {{ adapter.dispatch("last_known_over")(value, window) }}
{%- endmacro %}

{% macro duckdb__last_known_over(value, window) -%}
    last_value({{ value }} ignore nulls) over {{ window }}
{%- endmacro %}

{% macro spark__last_known_over(value, window) -%}
    last_value({{ value }}) ignore nulls over {{ window }}
{%- endmacro %}

{# Left join with the last right row of the same `keys` whose `right_moment` is at or before `left_moment`. #}
{% macro asof_left_join(relation, alias, keys, left_moment, right_moment) -%}
    {{ adapter.dispatch("asof_left_join")(relation, alias, keys, left_moment, right_moment) }}
{%- endmacro %}

{% macro duckdb__asof_left_join(relation, alias, keys, left_moment, right_moment) -%}
    asof left join {{ relation }} as {{ alias }}
        on {% for left_key, right_key in keys %}{{ left_key }} = {{ right_key }} and {% endfor -%}
        {{ left_moment }} >= {{ right_moment }}
{%- endmacro %}

{% macro spark__asof_left_join(relation, alias, keys, left_moment, right_moment) -%}
    left join {{ stretches("lead", relation, keys, right_moment) }} as {{ alias }}
        on {% for left_key, right_key in keys %}{{ left_key }} = {{ right_key }} and {% endfor -%}
        {{ block_of(left_moment, right_moment) }} = {{ alias }}.stretch_block
        and {{ left_moment }} >= {{ right_moment }}
        and ({{ alias }}.neighbour is null or {{ left_moment }} < {{ alias }}.neighbour)
{%- endmacro %}

{# Inner join with the first right row of the same `keys` whose `right_moment` is at or after `left_moment`. #}
{% macro asof_next_join(relation, alias, keys, left_moment, right_moment) -%}
    {{ adapter.dispatch("asof_next_join")(relation, alias, keys, left_moment, right_moment) }}
{%- endmacro %}

{% macro duckdb__asof_next_join(relation, alias, keys, left_moment, right_moment) -%}
    asof join {{ relation }} as {{ alias }}
        on {% for left_key, right_key in keys %}{{ left_key }} = {{ right_key }} and {% endfor -%}
        {{ left_moment }} <= {{ right_moment }}
{%- endmacro %}

{% macro spark__asof_next_join(relation, alias, keys, left_moment, right_moment) -%}
    inner join {{ stretches("lag", relation, keys, right_moment) }} as {{ alias }}
        on {% for left_key, right_key in keys %}{{ left_key }} = {{ right_key }} and {% endfor -%}
        {{ block_of(left_moment, right_moment) }} = {{ alias }}.stretch_block
        and {{ left_moment }} <= {{ right_moment }}
        and ({{ alias }}.neighbour is null or {{ left_moment }} > {{ alias }}.neighbour)
{%- endmacro %}

{#
A subquery: the rows of a relation, each with the moment of the next (lead) or the previous (lag) row of its keys, once
for each block of time between the two. Spark joins by equal blocks; by the moments alone it would compare every row with
every other.
#}
{% macro stretches(side, relation, keys, right_moment) -%}
    {%- set moment = right_moment.split(".")[-1] -%}
    {%- set end = "20000" if moment.endswith("_number") else "date '2100-01-01'" -%}
    {%- set start = "0" if moment.endswith("_number") else "date '1900-01-01'" -%}
    (
        select
            *,
            {% if side == "lead" -%}
            explode(sequence({{ block_of(moment, moment) }}, {{ block_of("coalesce(neighbour, " ~ end ~ ")", moment) }}))
            {%- else -%}
            explode(sequence({{ block_of("coalesce(neighbour, " ~ start ~ ")", moment) }}, {{ block_of(moment, moment) }}))
            {%- endif %} as stretch_block
        from (
            select
                *,
                {{ side }}({{ moment }}) over (
                    {% if keys %}partition by {% for _, key in keys %}{{ key.split(".")[-1] }}{% if not loop.last %}, {% endif %}{% endfor %}{% endif %}
                    order by {{ moment }}
                ) as neighbour
            from {{ relation }}
        )
        where {{ moment }} is not null
    )
{%- endmacro %}

{# The block of a moment: 64 sessions where it is the number of one (its name ends with _number), else a month. #}
{% macro block_of(moment, name) -%}
    {%- if name.endswith("_number") -%}
        ({{ moment }}) div 64
    {%- else -%}
        year({{ moment }}) * 12 + month({{ moment }})
    {%- endif -%}
{%- endmacro %}

{# The value of `chosen` in the row with the greatest `ordering`, among those in which it is known. #}
{% macro value_at_max(chosen, ordering) -%}
    {{ adapter.dispatch("value_at_max")(chosen, ordering) }}
{%- endmacro %}

{% macro duckdb__value_at_max(chosen, ordering) -%}
    arg_max({{ chosen }}, {{ ordering }})
{%- endmacro %}

{% macro spark__value_at_max(chosen, ordering) -%}
    max_by({{ chosen }}, case when {{ chosen }} is not null then {{ ordering }} end)
{%- endmacro %}

{# The value of `chosen` in the row with the least `ordering`, among those in which it is known. #}
{% macro value_at_min(chosen, ordering) -%}
    {{ adapter.dispatch("value_at_min")(chosen, ordering) }}
{%- endmacro %}

{% macro duckdb__value_at_min(chosen, ordering) -%}
    arg_min({{ chosen }}, {{ ordering }})
{%- endmacro %}

{% macro spark__value_at_min(chosen, ordering) -%}
    min_by({{ chosen }}, case when {{ chosen }} is not null then {{ ordering }} end)
{%- endmacro %}

{# The whole part of a quotient of two whole numbers that are not negative. #}
{% macro whole_quotient(dividend, divisor) -%}
    {{ adapter.dispatch("whole_quotient")(dividend, divisor) }}
{%- endmacro %}

{% macro duckdb__whole_quotient(dividend, divisor) -%}
    ({{ dividend }} // {{ divisor }})
{%- endmacro %}

{% macro spark__whole_quotient(dividend, divisor) -%}
    ({{ dividend }} div {{ divisor }})
{%- endmacro %}

{# An expression that stops the query with this message. #}
{% macro refuse(words) -%}
    {{ adapter.dispatch("refuse")(words) }}
{%- endmacro %}

{% macro duckdb__refuse(words) -%}
    error('{{ words }}')
{%- endmacro %}

{% macro spark__refuse(words) -%}
    raise_error('{{ words }}')
{%- endmacro %}

{# The word between `*` and the columns that are left out. #}
{% macro exclude() -%}
    {{ adapter.dispatch("exclude")() }}
{%- endmacro %}

{% macro duckdb__exclude() -%}
    exclude
{%- endmacro %}

{% macro spark__exclude() -%}
    except
{%- endmacro %}
