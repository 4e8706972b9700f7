{# Rolling quantiles, highs and lows, with the rules of rolling.sql: NULL until the window has `least` values. #}

{# The quantile at `share` (0 to 1) of the window; pages draw bands from it. #}
{% macro rolling_quantile(value, share, window, least) -%}
    case when count({{ value }}) over {{ window }} >= {{ least }} then {{ quantile_over(value, share, window) }} end
{%- endmacro %}

{% macro rolling_high(value, window, least) -%}
    case when count({{ value }}) over {{ window }} >= {{ least }} then max({{ value }}) over {{ window }} end
{%- endmacro %}

{% macro rolling_low(value, window, least) -%}
    case when count({{ value }}) over {{ window }} >= {{ least }} then min({{ value }}) over {{ window }} end
{%- endmacro %}

{# Comparisons with a round bound: differences and ratios of quotes in hundredths may miss it by rounding error. #}
{% macro at_least(value, bound) -%}
    {{ value }} >= {{ bound }} - 1e-9
{%- endmacro %}

{% macro at_most(value, bound) -%}
    {{ value }} <= {{ bound }} + 1e-9
{%- endmacro %}
