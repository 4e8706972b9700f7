{# The number of days from one date to another. #}
{% macro days_between(earlier, later) -%}
    {{ adapter.dispatch("days_between")(earlier, later) }}
{%- endmacro %}

{% macro duckdb__days_between(earlier, later) -%}
    date_diff('day', {{ earlier }}, {{ later }})
{%- endmacro %}

{% macro spark__days_between(earlier, later) -%}
    datediff({{ later }}, {{ earlier }})::bigint
{%- endmacro %}

{# The English name of the weekday of a date or timestamp. #}
{% macro weekday_name(day) -%}
    {{ adapter.dispatch("weekday_name")(day) }}
{%- endmacro %}

{% macro duckdb__weekday_name(day) -%}
    dayname({{ day }})
{%- endmacro %}

{% macro spark__weekday_name(day) -%}
    date_format({{ day }}, 'EEEE')
{%- endmacro %}
