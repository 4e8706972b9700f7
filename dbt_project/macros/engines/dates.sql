{# The number of days from one date to another. #}
{% macro days_between(earlier, later) -%}
    date_diff('day', {{ earlier }}, {{ later }})
{%- endmacro %}

{# The English name of the weekday of a date or timestamp. #}
{% macro weekday_name(day) -%}
    dayname({{ day }})
{%- endmacro %}
