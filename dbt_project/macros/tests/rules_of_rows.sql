{# What `sound_rows` (tests/generic) is put together from. #}

{# A rule for every double of a model: its words, and the condition that breaks it. #}
{% macro finite_rules(model) -%}
    {%- set rules = [] -%}
    {%- for column in adapter.get_columns_in_relation(model) if column.dtype in ["DOUBLE", "FLOAT"] -%}
        {%- do rules.append((column.name ~ " is not finite", "not isfinite(" ~ column.name ~ ")")) -%}
    {%- endfor -%}
    {{ return(rules) }}
{%- endmacro %}

{# Values as SQL, separated by commas. #}
{% macro sql_list(values) -%}
    {%- for value in values -%}
        {% if value is string %}'{{ value | replace("'", "''") }}'{% else %}{{ value }}{% endif %}{% if not loop.last %}, {% endif %}
    {%- endfor -%}
{%- endmacro %}
