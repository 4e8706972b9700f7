{# The value of one threshold of the seed, read when the model runs: each number is in one place only. #}
{% macro threshold(threshold_id) -%}
    (select value from {{ ref("thresholds") }} where threshold_id = '{{ threshold_id }}')
{%- endmacro %}
