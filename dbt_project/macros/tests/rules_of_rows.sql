{# What `sound_rows` (tests/generic) is put together from. #}

{# A rule for every double of a model: its words, and the condition that breaks it. #}
{% macro finite_rules(model) -%}
    {%- set rules = [] -%}
    {%- if execute -%}
        {%- set doubles -%}
            select column_name from (describe {{ model }}) where column_type in ('DOUBLE', 'FLOAT')
        {%- endset -%}
        {%- for column in run_query(doubles).columns[0].values() -%}
            {%- do rules.append((column ~ " is not finite", "not isfinite(" ~ column ~ ")")) -%}
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
