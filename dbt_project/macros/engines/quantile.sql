{# The quantile at `share` (0 to 1) of the values in a window, linear between neighbours. #}
{% macro quantile_over(value, share, window) -%}
    {{ adapter.dispatch("quantile_of")(value, share) }} over {{ window }}
{%- endmacro %}

{# The quantile at `share` (0 to 1) of the values of a group, linear between neighbours. #}
{% macro quantile_of(value, share) -%}
    {{ adapter.dispatch("quantile_of")(value, share) }}
{%- endmacro %}

{% macro duckdb__quantile_of(value, share) -%}
    quantile_cont({{ value }}, {{ share }})
{%- endmacro %}

{% macro spark__quantile_of(value, share) -%}
    percentile({{ value }}, {{ share }})
{%- endmacro %}

{# The median of the values of a group or, followed by `over`, of a window. #}
{% macro median_of(value) -%}
    {{ adapter.dispatch("median_of")(value) }}
{%- endmacro %}

{% macro duckdb__median_of(value) -%}
    median({{ value }})
{%- endmacro %}

{% macro spark__median_of(value) -%}
    percentile({{ value }}, 0.5)
{%- endmacro %}

{# The least value of a window with at least `share` (0 to 1) of the values at or below it. #}
{% macro discrete_quantile_over(value, share, window) -%}
    {{ adapter.dispatch("discrete_quantile_over")(value, share, window) }}
{%- endmacro %}

{% macro duckdb__discrete_quantile_over(value, share, window) -%}
    quantile_disc({{ value }}, {{ share }}) over {{ window }}
{%- endmacro %}

{% macro spark__discrete_quantile_over(value, share, window) -%}
    try_element_at(
        sort_array(collect_list({{ value }}) over {{ window }}),
        greatest(1, count({{ value }}) over {{ window }} - floor(
            count({{ value }}) over {{ window }} - {{ share }}::double * count({{ value }}) over {{ window }}
        ))::integer
    )
{%- endmacro %}

{# The values of a window as a list, NULLs left out. #}
{% macro listed_over(value, window) -%}
    {{ adapter.dispatch("listed_over")(value, window) }}
{%- endmacro %}

{% macro duckdb__listed_over(value, window) -%}
    list({{ value }}) filter (where {{ value }} is not null) over {{ window }}
{%- endmacro %}

{% macro spark__listed_over(value, window) -%}
    collect_list({{ value }}) over {{ window }}
{%- endmacro %}

{# A list in ascending order. #}
{% macro sorted_list(values) -%}
    {{ adapter.dispatch("sorted_list")(values) }}
{%- endmacro %}

{% macro duckdb__sorted_list(values) -%}
    list_sort({{ values }})
{%- endmacro %}

{% macro spark__sorted_list(values) -%}
    sort_array({{ values }})
{%- endmacro %}

{# The k-th of a sorted list, counted from 1; NULL where there is none. #}
{% macro kth_of_sorted(sorted, k) -%}
    {{ adapter.dispatch("kth_of_sorted")(sorted, k) }}
{%- endmacro %}

{% macro duckdb__kth_of_sorted(sorted, k) -%}
    case when {{ k }} >= 1 then {{ sorted }}[({{ k }})::integer] end
{%- endmacro %}

{% macro spark__kth_of_sorted(sorted, k) -%}
    case when {{ k }} >= 1 then try_element_at({{ sorted }}, ({{ k }})::integer) end
{%- endmacro %}

{# The n-th largest value of a group, or its smallest where there are fewer. #}
{% macro nth_largest(value, n) -%}
    {{ adapter.dispatch("nth_largest")(value, n) }}
{%- endmacro %}

{% macro duckdb__nth_largest(value, n) -%}
    max({{ value }}, {{ n }})[-1]
{%- endmacro %}

{% macro spark__nth_largest(value, n) -%}
    try_element_at(slice(sort_array(collect_list({{ value }}), false), 1, {{ n }}), -1)
{%- endmacro %}

{# The n-th smallest value of a group, or its largest where there are fewer. #}
{% macro nth_smallest(value, n) -%}
    {{ adapter.dispatch("nth_smallest")(value, n) }}
{%- endmacro %}

{% macro duckdb__nth_smallest(value, n) -%}
    min({{ value }}, {{ n }})[-1]
{%- endmacro %}

{% macro spark__nth_smallest(value, n) -%}
    try_element_at(slice(sort_array(collect_list({{ value }})), 1, {{ n }}), -1)
{%- endmacro %}
