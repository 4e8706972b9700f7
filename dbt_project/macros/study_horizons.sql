{# Horizons of the event studies in sessions: one day, one week, two weeks, one month, two months, one quarter. #}
{% macro study_horizons() -%}
    {{ return([1, 5, 10, 21, 42, 63]) }}
{%- endmacro %}
