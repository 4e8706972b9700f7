{# `with name as <this> (…)`: the engine computes the step once instead of copying its text into every later one. #}
{% macro materialized() -%}
    materialized
{%- endmacro %}
