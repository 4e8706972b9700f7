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
    left join ({{ with_neighbour("lead", relation, keys, right_moment) }}) as {{ alias }}
        on {% for left_key, right_key in keys %}{{ left_key }} = {{ right_key }} and {% endfor -%}
        {{ left_moment }} >= {{ right_moment }}
        and ({{ alias }}.neighbour_moment is null or {{ left_moment }} < {{ alias }}.neighbour_moment)
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
    inner join ({{ with_neighbour("lag", relation, keys, right_moment) }}) as {{ alias }}
        on {% for left_key, right_key in keys %}{{ left_key }} = {{ right_key }} and {% endfor -%}
        {{ left_moment }} <= {{ right_moment }}
        and ({{ alias }}.neighbour_moment is null or {{ left_moment }} > {{ alias }}.neighbour_moment)
{%- endmacro %}

{# Rows with the moment of the next (lead) or the previous (lag) row of their keys: a stretch that a join can test. #}
{% macro with_neighbour(side, relation, keys, right_moment) -%}
    select
        *,
        {{ side }}({{ right_moment.split(".")[-1] }}) over (
            {% if keys %}partition by {% for _, key in keys %}{{ key.split(".")[-1] }}{% if not loop.last %}, {% endif %}{% endfor %}{% endif %}
            order by {{ right_moment.split(".")[-1] }}
        ) as neighbour_moment
    from {{ relation }}
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
