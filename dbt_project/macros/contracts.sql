{# Contracts on Spark, whose name for text without a length is string. #}
{% macro spark__get_empty_schema_sql(columns) -%}
    {%- set spelled = {} -%}
    {%- for name, column in columns.items() -%}
        {%- do spelled.update({name: dict(column, data_type="string" if column["data_type"] == "varchar" else column["data_type"])}) -%}
    {%- endfor -%}
    {{ return(default__get_empty_schema_sql(spelled)) }}
{%- endmacro %}
