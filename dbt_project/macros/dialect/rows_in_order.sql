{#
Rows of a step that ends with `order by`, read as they come, whoever they belong to. DuckDB hands them on in that order
to windows without partition and order, and such a window costs 1 ns a row; one that sorts costs 65 and more. An engine
that promises no order needs `partition by security_id order by session_number` in each of these.
#}

{# The value `back` rows before this one. #}
{% macro rows_before(value, back) -%}
    {% if back %}lag({{ value }}, {{ back }}) over (){% else %}{{ value }}{% endif %}
{%- endmacro %}

{# The value of the row that follows. #}
{% macro row_after(value) -%}
    lead({{ value }}) over ()
{%- endmacro %}

{# 1 for the first row, 2 for the second. #}
{% macro place_of_row() -%}
    row_number() over ()
{%- endmacro %}

{#
A step that reads rows in order is the work of one thread. `{% call(part) in_parts() %} query {% endcall %}` is the query once
for each thread, together in one relation; each takes its names by `is_of_part(security_id, part)`.
#}
{% macro in_parts() -%}
    {%- for part in range(parts()) -%}
        ({{ caller(part) }}){% if not loop.last %} union all {% endif %}
    {%- endfor -%}
{%- endmacro %}

{% macro is_of_part(security_id, part) -%}
    {{ security_id }} % {{ parts() }} = {{ part }}
{%- endmacro %}

{# More than four are not worth the time that planning so long a query takes. #}
{% macro parts() -%}
    {{ return([[var("threads", 2) | int, 1] | max, 4] | min) }}
{%- endmacro %}
