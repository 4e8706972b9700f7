{# The value of one threshold of the seed, read when the model runs: each number is in one place only. #}
{% macro threshold(threshold_id) -%}
    (select value from {{ ref("thresholds") }} where threshold_id = '{{ threshold_id }}')
{%- endmacro %}

{#
A query for one row with a column for each of these thresholds, for a model that reads many: each threshold() is a join of
its own, and to plan thirty of them took DuckDB 0.3 s.
#}
{% macro threshold_row(threshold_ids) -%}
    select
        {%- for threshold_id in threshold_ids %}
        max(value) filter (where threshold_id = '{{ threshold_id }}') as {{ threshold_id }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref("thresholds") }}
{%- endmacro %}
