{# Windows of equity_correlation_daily, in sessions. #}
{% macro correlation_windows() -%}
    {{ return([21, 63]) }}
{%- endmacro %}

{# How many sessions before a session its longest window begins, the previous close included: weights are of that close. #}
{% macro correlation_lookback() -%}
    {{ return(correlation_windows() | max) }}
{%- endmacro %}
