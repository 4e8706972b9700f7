{# The only place where engines differ: each macro here says one thing that Spark says in other words. #}

{# How many elements of a list are at most `bound`. #}
{% macro count_at_most(values, bound) -%}
    len(list_filter({{ values }}, lambda element: element <= {{ bound }}))
{%- endmacro %}

{# left asof join: the last right row whose `right_moment` is no later than `left_moment`, within `keys`. #}
{% macro asof_left_join(relation, alias, keys, left_moment, right_moment) -%}
    asof left join {{ relation }} as {{ alias }}
        on {% for left_key, right_key in keys %}{{ left_key }} = {{ right_key }} and {% endfor -%}
        {{ left_moment }} >= {{ right_moment }}
{%- endmacro %}

{# the other way in time: the first right row whose `right_moment` is no earlier than `left_moment`; none, no row. #}
{% macro asof_next_join(relation, alias, keys, left_moment, right_moment) -%}
    asof join {{ relation }} as {{ alias }}
        on {% for left_key, right_key in keys %}{{ left_key }} = {{ right_key }} and {% endfor -%}
        {{ left_moment }} <= {{ right_moment }}
{%- endmacro %}

{# The value of `chosen` in the row where `ordering` is greatest. #}
{% macro value_at_max(chosen, ordering) -%}
    arg_max({{ chosen }}, {{ ordering }})
{%- endmacro %}

{# The value of `chosen` in the row where `ordering` is least. #}
{% macro value_at_min(chosen, ordering) -%}
    arg_min({{ chosen }}, {{ ordering }})
{%- endmacro %}

{# A value that stops the query with these words. #}
{% macro refuse(words) -%}
    error('{{ words }}')
{%- endmacro %}
