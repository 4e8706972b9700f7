{# Lengths in sessions of the windows that name-days are measured with. #}

{% macro mean_windows() -%}
    {{ return([20, 50, 100, 200]) }}
{%- endmacro %}

{% macro extreme_windows() -%}
    {{ return([21, 63, 252]) }}
{%- endmacro %}
