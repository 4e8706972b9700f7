{# Horizons of the event studies, in sessions: a day, a week, two weeks, a month, two months, a quarter. #}
{% macro study_horizons() -%}
    {{ return([1, 5, 10, 21, 42, 63]) }}
{%- endmacro %}
