{# The quantile at `share` (0 to 1) of the values in a window, linear between neighbours. #}
{% macro quantile_over(value, share, window) -%}
    quantile_cont({{ value }}, {{ share }}) over {{ window }}
{%- endmacro %}

{# The quantile at `share` (0 to 1) of the values of a group, linear between neighbours. #}
{% macro quantile_of(value, share) -%}
    quantile_cont({{ value }}, {{ share }})
{%- endmacro %}

{# The least value of a window with at least `share` (0 to 1) of the values at or below it. #}
{% macro discrete_quantile_over(value, share, window) -%}
    quantile_disc({{ value }}, {{ share }}) over {{ window }}
{%- endmacro %}

{# The values of a window as a list, NULLs left out. #}
{% macro listed_over(value, window) -%}
    list({{ value }}) filter (where {{ value }} is not null) over {{ window }}
{%- endmacro %}

{# A list in ascending order. #}
{% macro sorted_list(values) -%}
    list_sort({{ values }})
{%- endmacro %}

{# The k-th of a sorted list, counted from 1; NULL where there is none. #}
{% macro kth_of_sorted(sorted, k) -%}
    case when {{ k }} >= 1 then {{ sorted }}[({{ k }})::integer] end
{%- endmacro %}

{# The n-th largest value of a group, or its smallest where there are fewer. #}
{% macro nth_largest(value, n) -%}
    max({{ value }}, {{ n }})[-1]
{%- endmacro %}

{# The n-th smallest value of a group, or its largest where there are fewer. #}
{% macro nth_smallest(value, n) -%}
    min({{ value }}, {{ n }})[-1]
{%- endmacro %}
