{# SQL that only DuckDB understands; another engine needs its own version of each macro in this folder. #}

{# How many values of the window are at most the current one, where that is not NULL; 8 times as fast as a list of them. #}
{% macro count_at_most_current(value, window) -%}
    round(cume_dist(order by {{ value }}) over {{ window }} * count(*) over {{ window }})
{%- endmacro %}

{# Left join with the last right row of the same `keys` whose `right_moment` is at or before `left_moment`. #}
{% macro asof_left_join(relation, alias, keys, left_moment, right_moment) -%}
    asof left join {{ relation }} as {{ alias }}
        on {% for left_key, right_key in keys %}{{ left_key }} = {{ right_key }} and {% endfor -%}
        {{ left_moment }} >= {{ right_moment }}
{%- endmacro %}

{# Inner join with the first right row of the same `keys` whose `right_moment` is at or after `left_moment`. #}
{% macro asof_next_join(relation, alias, keys, left_moment, right_moment) -%}
    asof join {{ relation }} as {{ alias }}
        on {% for left_key, right_key in keys %}{{ left_key }} = {{ right_key }} and {% endfor -%}
        {{ left_moment }} <= {{ right_moment }}
{%- endmacro %}

{# The value of `chosen` in the row with the greatest `ordering`. #}
{% macro value_at_max(chosen, ordering) -%}
    arg_max({{ chosen }}, {{ ordering }})
{%- endmacro %}

{# The value of `chosen` in the row with the least `ordering`. #}
{% macro value_at_min(chosen, ordering) -%}
    arg_min({{ chosen }}, {{ ordering }})
{%- endmacro %}

{# An expression that stops the query with this message. #}
{% macro refuse(words) -%}
    error('{{ words }}')
{%- endmacro %}
