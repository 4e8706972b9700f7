{# `with name as <this> (…)`: the CTE is computed once, not again in every CTE that reads it. #}
{% macro materialized() -%}
    materialized
{%- endmacro %}

{# `with name as <this> (…)`: the CTE is not stored; for rows that are cheaper to read again than to store. #}
{% macro not_materialized() -%}
    not materialized
{%- endmacro %}
