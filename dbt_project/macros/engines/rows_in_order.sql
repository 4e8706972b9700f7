{#
Windows over rows in the order in which they come, whichever name they belong to. After a subquery that ends with
`order by`, DuckDB streams them at 1 ns a row; a window that partitions and sorts costs 65 ns and more. An engine that
promises no order needs `partition by security_id order by session_number` in each of these.
#}

{# The value `back` rows before this one. #}
{% macro rows_before(value, back) -%}
    {%- if back == 0 -%}
        {{ value }}
    {%- else -%}
        lag({{ value }}, {{ back }}) over ()
    {%- endif -%}
{%- endmacro %}

{# The value of the next row. #}
{% macro row_after(value) -%}
    lead({{ value }}) over ()
{%- endmacro %}

{# 1 for the first row, 2 for the second. #}
{% macro place_of_row() -%}
    row_number() over ()
{%- endmacro %}

{# The number of rows up to this one in which the value is known. #}
{% macro known_so_far(value) -%}
    count({{ value }}) over (rows between unbounded preceding and current row)
{%- endmacro %}

{# The sum of the values up to this row. #}
{% macro sum_so_far(value) -%}
    sum({{ value }}) over (rows between unbounded preceding and current row)
{%- endmacro %}

{#
A query over rows in order runs on one thread. `{% call(part) in_parts() %} query {% endcall %}` is the union of the query
once for each thread; each narrows its rows to its part of the chunk by is_in_part(number, part), with the `before`
numbers that come before the chunk.
#}
{% macro in_parts() -%}
    {%- for part in range(parts()) -%}
        ({{ caller(part) }}){% if not loop.last %} union all {% endif %}
    {%- endfor -%}
{%- endmacro %}

{% macro is_in_part(number, part, before=0) -%}
    {%- set first = "(" ~ first_of_chunk() ~ "::bigint - " ~ before ~ ")" -%}
    {%- set length = "(" ~ last_of_chunk() ~ " - " ~ first ~ " + 1)" -%}
    {{ number }} >= {{ first }} + {{ part }} * {{ length }} // {{ parts() }}
    and {{ number }} < {{ first }} + {{ part + 1 }} * {{ length }} // {{ parts() }}
{%- endmacro %}

{# One for each thread; a query of more than four parts takes longer to plan than it gains. #}
{% macro parts() -%}
    {{ return([[var("threads", 2) | int, 1] | max, 4] | min) }}
{%- endmacro %}
