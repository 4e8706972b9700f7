{# `with name as <this> (…)`: the CTE is computed once, not again in every CTE that reads it. #}
{% macro materialized() -%}
    {{ adapter.dispatch("materialized")() }}
{%- endmacro %}

{% macro duckdb__materialized() -%}
    materialized
{%- endmacro %}

{# Spark has no word for it: a mark for with_stored_ctes(). #}
{% macro spark__materialized() -%}
    /* stored */
{%- endmacro %}

{#
The SQL of a model for Spark, which copies a CTE into every place that reads it, plans each copy and computes it. It
keeps one whose rows depend on a random number: each marked CTE gets a filter on one, which all rows pass.
#}
{% macro with_stored_ctes(model_sql) -%}
    {%- set pieces = [] -%}
    {%- set open = [] -%}
    {%- for piece in modules.re.split("(--[^\n]*|'[^']*'|/\* stored \*/ \(|[()])", model_sql) -%}
        {%- if piece == "/* stored */ (" -%}
            {%- do open.append(true) -%}
            {%- do pieces.append("(select * from (") -%}
        {%- elif piece == "(" -%}
            {%- do open.append(false) -%}
            {%- do pieces.append(piece) -%}
        {%- elif piece == ")" -%}
            {%- do pieces.append(") where rand() >= 0)" if open.pop() else piece) -%}
        {%- else -%}
            {%- do pieces.append(piece) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(pieces | join) }}
{%- endmacro %}

{# `with name as <this> (…)`: the CTE is not stored; for rows that are cheaper to read again than to store. #}
{% macro not_materialized() -%}
    {{ adapter.dispatch("not_materialized")() }}
{%- endmacro %}

{% macro duckdb__not_materialized() -%}
    not materialized
{%- endmacro %}

{% macro spark__not_materialized() -%}
{%- endmacro %}
