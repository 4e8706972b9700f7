{#
Windows over millions of rows by doubling: what holds over 2, 4, 8 … rows follows from what holds over half as many, once
for the newest half and once for the half before it; any length is put together from these. A sliding frame costs 100 ns a
row, a rung of this ladder 1 to 3, and no rounding is carried along. Rows are in order (`dialect/rows_in_order.sql`): who
reads a window sees to it that its rows are those of one name without a hole.

A column `value_8` holds for the 8 rows that end with this one, `value_1` for the row alone. For the variance, `mean_8` and
`squares_8`, the sum of squared distances from that mean: 0 for values that are all the same, whatever their size.
#}

{# The rung of 2 x `half` rows. #}
{% macro doubled_sum(value, half) -%}
    {{ value }}_{{ half }} + {{ rows_before(value ~ "_" ~ half, half) }} as {{ value }}_{{ 2 * half }}
{%- endmacro %}

{% macro doubled_greatest(value, half) -%}
    greatest({{ value }}_{{ half }}, {{ rows_before(value ~ "_" ~ half, half) }}) as {{ value }}_{{ 2 * half }}
{%- endmacro %}

{% macro doubled_least(value, half) -%}
    least({{ value }}_{{ half }}, {{ rows_before(value ~ "_" ~ half, half) }}) as {{ value }}_{{ 2 * half }}
{%- endmacro %}

{% macro doubled_spread(half) -%}
    {%- set apart = "(mean_" ~ half ~ " - " ~ rows_before("mean_" ~ half, half) ~ ")" -%}
    (mean_{{ half }} + {{ rows_before("mean_" ~ half, half) }}) / 2 as mean_{{ 2 * half }},
    squares_{{ half }} + {{ rows_before("squares_" ~ half, half) }} + {{ apart }} * {{ apart }} * {{ half / 2 }}
        as squares_{{ 2 * half }}
{%- endmacro %}

{# The rungs that make up the last `length` rows, as (rows, rows back) with the newest first: 50 is 32, 16 and 2. #}
{% macro rungs(length) -%}
    {%- set found = [] -%}
    {%- for power in range(12, -1, -1) -%}
        {%- set rows = 2 ** power -%}
        {%- set back = found | sum(attribute=0) -%}
        {%- if length - back >= rows -%}
            {%- do found.append((rows, back)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro sum_over(value, length) -%}
    {%- for rows, back in rungs(length) -%}
        {{ rows_before(value ~ "_" ~ rows, back) }}{% if not loop.last %} + {% endif %}
    {%- endfor -%}
{%- endmacro %}

{# Two rungs that overlap are as good as one. #}
{% macro greatest_over(value, length) -%}
    {%- set rung = value ~ "_" ~ rungs(length)[0][0] -%}
    greatest({{ rung }}, {{ rows_before(rung, length - rungs(length)[0][0]) }})
{%- endmacro %}

{% macro least_over(value, length) -%}
    {%- set rung = value ~ "_" ~ rungs(length)[0][0] -%}
    least({{ rung }}, {{ rows_before(rung, length - rungs(length)[0][0]) }})
{%- endmacro %}

{# Mean of the last `length` rows, from `mean_…`. #}
{% macro mean_over(length) -%}
    (
        {%- for rows, back in rungs(length) -%}
            {{ rows }} * {{ rows_before("mean_" ~ rows, back) }}{% if not loop.last %} + {% endif %}
        {%- endfor -%}
    ) / {{ length }}
{%- endmacro %}

{# Sum of squared distances of the last `length` rows from `mean`, their mean. #}
{% macro squares_over(length, mean) -%}
    {%- for rows, back in rungs(length) -%}
        {%- set apart = "(" ~ rows_before("mean_" ~ rows, back) ~ " - " ~ mean ~ ")" -%}
        {{ rows_before("squares_" ~ rows, back) }} + {{ rows }} * {{ apart }} * {{ apart }}{% if not loop.last %} + {% endif %}
    {%- endfor -%}
{%- endmacro %}
