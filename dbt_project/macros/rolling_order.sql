{# Rolling order statistics, under the rules of rolling.sql: NULL until the window is full enough. #}

{# The quantile at `share` (0 to 1) of the window: the bands that pages draw. #}
{% macro rolling_quantile(value, share, window, least) -%}
    case when count({{ value }}) over {{ window }} >= {{ least }} then {{ quantile_over(value, share, window) }} end
{%- endmacro %}

{% macro rolling_high(value, window, least) -%}
    case when count({{ value }}) over {{ window }} >= {{ least }} then max({{ value }}) over {{ window }} end
{%- endmacro %}

{% macro rolling_low(value, window, least) -%}
    case when count({{ value }}) over {{ window }} >= {{ least }} then min({{ value }}) over {{ window }} end
{%- endmacro %}

{# Comparisons of quotes in hundredths: differences and ratios miss a round bound by the last digits of a double. #}
{% macro at_least(value, bound) -%}
    {{ value }} >= {{ bound }} - 1e-9
{%- endmacro %}

{% macro at_most(value, bound) -%}
    {{ value }} <= {{ bound }} + 1e-9
{%- endmacro %}
