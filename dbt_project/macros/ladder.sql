{#
Windows over millions of rows, each put together from shorter ones: what holds over 50 rows follows from what holds over
20, 20, 5 and 5 of them. A sliding frame costs 100 ns a row, a step of this ladder 1 to 4, and no rounding is carried along.
Rows are in order (`engines/rows_in_order.sql`): who reads a window sees to it that its rows are those of one name without a
hole.

A column `value_5` holds for the 5 rows that end with this one, `value_1` for the row alone. NULL in a row makes a sum over it
NULL; a greatest and a least pass over it.
#}

{# Sum over as many rows as the windows in `parts` have together, the newest first; `at_first` counts before the first row. #}
{% macro summed(value, parts, at_first=none) -%}
    {%- for rows in parts -%}
        {{ rows_before(value ~ "_" ~ rows, parts[:loop.index0] | sum, at_first) }}{% if not loop.last %} + {% endif %}
    {%- endfor %} as {{ value }}_{{ parts | sum }}
{%- endmacro %}

{# Greatest over `length` rows from windows of `part` rows: two that overlap are as good as two that do not. #}
{% macro greatest_of(value, length, part) -%}
    greatest({{ overlapping(value, length, part) }}) as {{ value }}_{{ length }}
{%- endmacro %}

{% macro least_of(value, length, part) -%}
    least({{ overlapping(value, length, part) }}) as {{ value }}_{{ length }}
{%- endmacro %}

{% macro overlapping(value, length, part) -%}
    {%- for back in range(0, length - part, part) -%}
        {{ rows_before(value ~ "_" ~ part, back) }},{{ " " }}
    {%- endfor -%}
    {{ rows_before(value ~ "_" ~ part, length - part) }}
{%- endmacro %}

{#
Sample standard deviation (ddof 1) over `length` rows from their sum and their sum of squares. A spread within the rounding of
its values is none: 0 for values that are all the same, whatever their size.
#}
{% macro deviation(sum_of_values, sum_of_squares, length) -%}
    {%- set spread = sum_of_squares ~ " - " ~ sum_of_values ~ " * " ~ sum_of_values ~ " / " ~ length -%}
    sqrt(case when {{ spread }} <= 1e-12 * {{ sum_of_squares }} then 0 else ({{ spread }}) / {{ length - 1 }} end)
{%- endmacro %}
