{# `with name as <this> (…)`: the engine computes the step once instead of copying its text into every later one. #}
{% macro materialized() -%}
    materialized
{%- endmacro %}

{# `with name as <this> (…)`: the text is copied, where to keep the rows would cost more than to find them again. #}
{% macro not_materialized() -%}
    not materialized
{%- endmacro %}
