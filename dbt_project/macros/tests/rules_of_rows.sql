{# What `sound_rows` (tests/generic) is put together from. #}

{# A rule for every double of a model: its words, and the condition that breaks it. #}
{% macro finite_rules(model) -%}
    {%- set rules = [] -%}
    {%- if execute -%}
        {%- for column in adapter.get_column_schema_from_query("select * from " ~ model ~ " limit 0") -%}
            {%- if column.dtype | lower in ("double", "float") -%}
                {%- do rules.append((column.name ~ " is not finite", is_not_finite(column.name))) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(rules) }}
{%- endmacro %}

{# Values as SQL, separated by commas. #}
{% macro sql_list(values) -%}
    {%- for value in values -%}
        {% if value is string %}'{{ value | replace("'", "''") }}'{% else %}{{ value }}{% endif %}{% if not loop.last %}, {% endif %}
    {%- endfor -%}
{%- endmacro %}
