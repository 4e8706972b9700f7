{# Windows of equity_correlation_daily, in sessions. #}
{% macro correlation_windows() -%}
    {{ return([21, 63]) }}
{%- endmacro %}

{# Sessions read before a window's end: the longest window, and the session before it whose close gives its weights. #}
{% macro correlation_lookback() -%}
    {{ return(correlation_windows() | max) }}
{%- endmacro %}
