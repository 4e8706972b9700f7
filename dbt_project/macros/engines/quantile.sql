{# The quantile at `share` (0 to 1) of the values in a window, linear between neighbours. #}
{% macro quantile_over(value, share, window) -%}
    quantile_cont({{ value }}, {{ share }}) over {{ window }}
{%- endmacro %}

{# The quantile at `share` (0 to 1) of the values of a group, linear between neighbours. #}
{% macro quantile_of(value, share) -%}
    quantile_cont({{ value }}, {{ share }})
{%- endmacro %}

{# The values of a window in ascending order as a list, NULLs left out. #}
{% macro sorted_over(value, window) -%}
    list_sort(list({{ value }}) filter (where {{ value }} is not null) over {{ window }})
{%- endmacro %}

{# The k-th of a sorted list, counted from 1; NULL where there is none. #}
{% macro kth_of_sorted(sorted, k) -%}
    case when {{ k }} >= 1 then {{ sorted }}[({{ k }})::integer] end
{%- endmacro %}
