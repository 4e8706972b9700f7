{# The quantile at `share` (0 to 1) of the values in a window, linear between neighbours. #}
{% macro quantile_over(value, share, window) -%}
    quantile_cont({{ value }}, {{ share }}) over {{ window }}
{%- endmacro %}

{# The quantile at `share` (0 to 1) of the values of a group, linear between neighbours. #}
{% macro quantile_of(value, share) -%}
    quantile_cont({{ value }}, {{ share }})
{%- endmacro %}
