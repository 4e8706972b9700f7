{#
Windows over the rows of a query in one order. On DuckDB the query before ends with ordered_by(…) and its rows are read as
they come: a window without an order streams at 1 ns a row, one that sorts costs 65 ns and more. An engine that promises
no order is told `order`, the partition and the order of the rows; Spark sorts once for all windows of one order.
#}

{% macro over_rows(order, frame="") -%}
    {{ adapter.dispatch("over_rows")(order, frame) }}
{%- endmacro %}

{% macro duckdb__over_rows(order, frame) -%}
    over ({{ frame }})
{%- endmacro %}

{% macro spark__over_rows(order, frame) -%}
    over ({{ order }}{{ " " ~ frame if frame }})
{%- endmacro %}

{# The order of bars: each name's by session. #}
{% macro by_name() -%}
    {{ return("partition by security_id order by session_number") }}
{%- endmacro %}

{# The value `back` rows before this one. #}
{% macro rows_before(value, back, order=by_name()) -%}
    {%- if back == 0 -%}
        {{ value }}
    {%- else -%}
        lag({{ value }}, {{ back }}) {{ over_rows(order) }}
    {%- endif -%}
{%- endmacro %}

{# The value of the next row. #}
{% macro row_after(value, order=by_name()) -%}
    lead({{ value }}) {{ over_rows(order) }}
{%- endmacro %}

{# 1 for the first row, 2 for the second. #}
{% macro place_of_row(order=by_name()) -%}
    row_number() {{ over_rows(order) }}
{%- endmacro %}

{# The number of rows up to this one in which the value is known. #}
{% macro known_so_far(value, order=by_name()) -%}
    count({{ value }}) {{ over_rows(order, "rows between unbounded preceding and current row") }}
{%- endmacro %}

{# The sum of the values up to this row. #}
{% macro sum_so_far(value, order) -%}
    sum({{ value }}) {{ over_rows(order, "rows between unbounded preceding and current row") }}
{%- endmacro %}

{# The values of a group that meet the condition as a list, in the order of its rows. #}
{% macro listed_in_order(value, ordering, condition="true") -%}
    {{ adapter.dispatch("listed_in_order")(value, ordering, condition) }}
{%- endmacro %}

{% macro duckdb__listed_in_order(value, ordering, condition) -%}
    list({{ value }}){% if condition != "true" %} filter (where {{ condition }}){% endif %}
{%- endmacro %}

{% macro spark__listed_in_order(value, ordering, condition) -%}
    transform(
        sort_array(collect_list(case when {{ condition }} then struct({{ ordering }} as place, {{ value }} as chosen) end)),
        one -> one.chosen
    )
{%- endmacro %}

{# The end of a query whose rows are read in this order; nothing where each window sorts for itself. #}
{% macro ordered_by(ordering) -%}
    {{ adapter.dispatch("ordered_by")(ordering) }}
{%- endmacro %}

{% macro duckdb__ordered_by(ordering) -%}
    order by {{ ordering }}
{%- endmacro %}

{% macro spark__ordered_by(ordering) -%}
{%- endmacro %}

{# The values of a group as a list, sorted by `ordering`. #}
{% macro listed_by(value, ordering) -%}
    {{ adapter.dispatch("listed_by")(value, ordering) }}
{%- endmacro %}

{% macro duckdb__listed_by(value, ordering) -%}
    list({{ value }} order by {{ ordering }})
{%- endmacro %}

{% macro spark__listed_by(value, ordering) -%}
    {{ spark__listed_in_order(value, ordering, "true") }}
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
    {{ number }} >= {{ first }} + {{ whole_quotient(part ~ " * " ~ length, parts()) }}
    and {{ number }} < {{ first }} + {{ whole_quotient((part + 1) ~ " * " ~ length, parts()) }}
{%- endmacro %}

{% macro parts() -%}
    {{ return(adapter.dispatch("parts")()) }}
{%- endmacro %}

{# One for each thread; a query of more than four parts takes longer to plan than it gains. #}
{% macro duckdb__parts() -%}
    {{ return([[var("threads", 2) | int, 1] | max, 4] | min) }}
{%- endmacro %}

{# Spark shares a query among its cores by itself. #}
{% macro spark__parts() -%}
    {{ return(1) }}
{%- endmacro %}
