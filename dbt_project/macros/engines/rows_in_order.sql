{#
Rows of a step that ends with `order by`, read as they come, whoever they belong to. DuckDB hands them on in that order
to windows without partition and order, and such a window costs 1 ns a row; one that sorts costs 65 and more. An engine
that promises no order needs `partition by security_id order by session_number` in each of these.
#}

{# The value `back` rows before this one; `at_first` where there are not so many. #}
{% macro rows_before(value, back, at_first=none) -%}
    {%- if back == 0 -%}
        {{ value }}
    {%- else -%}
        lag({{ value }}, {{ back }}{% if at_first is not none %}, {{ at_first }}{% endif %}) over ()
    {%- endif -%}
{%- endmacro %}

{# The value of the row that follows. #}
{% macro row_after(value) -%}
    lead({{ value }}) over ()
{%- endmacro %}

{# 1 for the first row, 2 for the second. #}
{% macro place_of_row() -%}
    row_number() over ()
{%- endmacro %}

{# In how many rows up to this one the value is known. #}
{% macro known_so_far(value) -%}
    count({{ value }}) over (rows between unbounded preceding and current row)
{%- endmacro %}

{#
A step that reads rows in order is the work of one thread. `{% call(part) in_parts() %} query {% endcall %}` is the query once
for each thread, together in one relation; each takes its share of the stretch by `is_of_share(number, part)`, of the names or
sessions that the model is cut by, and with them the `before` that the stretch reads before it.
#}
{% macro in_parts() -%}
    {%- for part in range(parts()) -%}
        ({{ caller(part) }}){% if not loop.last %} union all {% endif %}
    {%- endfor -%}
{%- endmacro %}

{% macro is_of_share(number, part, before=0) -%}
    {%- set first = "(" ~ first_of_chunk() ~ "::bigint - " ~ before ~ ")" -%}
    {%- set length = "(" ~ last_of_chunk() ~ " - " ~ first ~ " + 1)" -%}
    {{ number }} >= {{ first }} + {{ part }} * {{ length }} // {{ parts() }}
    and {{ number }} < {{ first }} + {{ part + 1 }} * {{ length }} // {{ parts() }}
{%- endmacro %}

{# More than four are not worth the time that planning so long a query takes. #}
{% macro parts() -%}
    {{ return([[var("threads", 2) | int, 1] | max, 4] | min) }}
{%- endmacro %}
